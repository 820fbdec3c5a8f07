//! What an answer means: success, Graph's refusal, or something that Graph does not document.

use bytes::Bytes;
use http::{HeaderMap, Response};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::Value;
use uuid::Uuid;

use crate::challenge;
use crate::error::{Call, Error, Kind, Outcome, Refusal, Result, cut, printable};
use crate::json::document::{self, Document};
use crate::receipt::AssignReceipt;
use crate::retry_after::retry_after;
use crate::secret::{Token, scrub};

const MAX_MESSAGE_BYTES: usize = 4 * 1024;
const MAX_BODY_BYTES_SHOWN: usize = 1_024;
/// Of a code or an id.
const MAX_ID_BYTES: usize = 256;

/// What a successful answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The HTTP status, 200 to 204.
    pub status: u16,
    /// The service's id for the request.
    pub request_id: Option<String>,
    /// When the service answered.
    pub date: Option<Timestamp>,
}

impl Accepted {
    /// What such an answer leaves behind of a call.
    #[must_use]
    pub fn receipt(self, client_request_id: Uuid, call: &Call) -> AssignReceipt {
        let Self { status, request_id, date } = self;
        let Call { attempts, elapsed, .. } = *call;
        AssignReceipt { status, request_id, client_request_id, date, attempts, elapsed }
    }
}

/// Why the body of an answer is not whole; the transport notes it among the answer's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It is longer than an answer may be.
    TooLarge,
    /// The connection broke in the middle.
    Broken,
    /// It did not end in time.
    TooLate,
}

/// The body of an answer that counts only as a whole: one to a read.
///
/// # Errors
/// A response error for one that is too large or broke off, a timeout for one that did not end in time.
pub fn whole(response: &Response<Bytes>) -> Result<&[u8]> {
    let status = response.status().as_u16();
    let Some(cut) = response.extensions().get::<Cut>() else {
        return match status {
            200 => Ok(response.body()),
            _ => Err(undocumented(status, String::new())),
        };
    };
    let (kind, message) = match cut {
        Cut::TooLarge => {
            (Kind::Response { status, body: String::new() }, "the answer is larger than 8 MiB, decompressed")
        }
        Cut::Broken => (Kind::Broken { status }, "the connection broke in the middle of the answer"),
        Cut::TooLate => (Kind::Timeout, "the answer began and did not end in time"),
    };
    Err(Error::new(kind, message))
}

fn undocumented(status: u16, body: String) -> Error {
    let message = format!("the service answered {status}, which Graph does not document for this call");
    Error::new(Kind::Response { status, body }, message)
}

/// Success, or an error of the kind that the status asks for. Whatever the server says is scrubbed of the tokens.
///
/// # Errors
/// Any status but 200 to 204.
pub fn read(response: &Response<Bytes>, tokens: &[&Token], now: Timestamp) -> Result<Accepted> {
    let status = response.status().as_u16();
    let request_id = header(response.headers(), "request-id").map(|text| clean(&text, tokens, MAX_ID_BYTES));
    let date = header(response.headers(), "date").and_then(|text| http_date(&text));
    match status {
        200..=204 => Ok(Accepted { status, request_id, date }),
        400..=599 => {
            let (code, message, inner_request_id, inner_date) = envelope(response.body(), tokens);
            let refusal = Refusal {
                status,
                code,
                message,
                request_id: request_id.or(inner_request_id),
                date: inner_date.or(date),
                retry_after: retry_after(response.headers(), now),
                // They go on to the credential as they stand: what repeats a token is nothing to ask for.
                claims: challenge::claims(response.headers())
                    .filter(|claims| scrub(tokens, claims) == *claims),
            };
            let message = sentence(&refusal);
            Err(Error::new(Kind::Status(Box::new(refusal)), message))
        }
        _ => {
            let body = clean(&String::from_utf8_lossy(response.body()), tokens, MAX_BODY_BYTES_SHOWN);
            let error = undocumented(status, body);
            Err(match status {
                301..=303 | 307 | 308 => {
                    error.with_hint("redirects are never followed: the token would go elsewhere")
                }
                _ => error,
            })
        }
    }
}

/// What an attempt with this status did.
#[must_use]
pub fn outcome(status: u16) -> Outcome {
    match status {
        200..=204 => Outcome::Applied,
        408 => Outcome::Unknown,
        300..=499 => Outcome::NotApplied,
        _ => Outcome::Unknown,
    }
}

/// Graph's error envelope: code, message, request id and date, as far as the body has them.
fn envelope(body: &[u8], tokens: &[&Token]) -> (Option<String>, String, Option<String>, Option<Timestamp>) {
    let document: Value = document::read(body).unwrap_or_default();
    let error = member(&document, "error");
    let text = |value: &Value| {
        value.as_str().filter(|text| !text.is_empty()).map(|text| clean(text, tokens, MAX_ID_BYTES))
    };
    let inner = match member(error, "innerError") {
        Value::Null => member(error, "innererror"),
        inner => inner,
    };
    let (packed_code, message) = member(error, "message").as_str().map(unwrapped).unwrap_or_default();
    let code = match text(member(error, "code")) {
        // What Graph says when it could not read the error that Intune gave it.
        Some(code) if code == "UnknownError" => packed_code.and_then(|packed| text(&packed)).or(Some(code)),
        code => code,
    };
    let date = member(inner, "date").as_str().and_then(utc);
    (code, clean(&message, tokens, MAX_MESSAGE_BYTES), text(member(inner, "request-id")), date)
}

/// One line for a person: status, code, Graph's words, and the id that Microsoft's support asks for.
fn sentence(refusal: &Refusal) -> String {
    let mut line = format!("Graph answered {}", refusal.status);
    if let Some(code) = &refusal.code {
        line = format!("{line} {code}");
    }
    if !refusal.message.is_empty() {
        line = format!("{line}: {}", refusal.message);
    }
    if let Some(request_id) = &refusal.request_id {
        line = format!("{line} (request-id {request_id})");
    }
    line
}

/// Intune packs its own error as JSON text into `message`, at times twice, with its support data behind the sentence.
/// Gives the code of its own that the outer wrapping has, if any, and the sentence.
fn unwrapped(message: &str) -> (Option<Value>, String) {
    const MOST_WRAPPINGS: usize = 4;
    let mut sentence = message.to_owned();
    let mut code = None;
    for _ in 0..MOST_WRAPPINGS {
        // Only the start has to be JSON: support data may follow at every level.
        let packed = serde_json::Deserializer::from_str(&sentence).into_iter::<Document>().next();
        let Some(Ok(Document(packed))) = packed else { break };
        let Some(inner) = member(&packed, "Message").as_str().filter(|inner| !inner.is_empty()) else {
            break;
        };
        code = code.or_else(|| packed.get("ErrorCode").cloned());
        sentence = String::from(inner);
    }
    let ends = [" - Operation ID (for customer support):", " - CustomApiErrorPhrase:"];
    let end = ends.iter().filter_map(|end| sentence.find(end)).min().unwrap_or(sentence.len());
    let sentence = match sentence.get(..end) {
        Some(start) if !start.is_empty() => start.to_owned(),
        _ => message.to_owned(),
    };
    (code, sentence)
}

/// `2026-11-23T20:15:42`: Graph means UTC and does not say so.
fn utc(text: &str) -> Option<Timestamp> {
    let instant = text.parse().or_else(|_| TimeZone::UTC.to_timestamp(text.parse::<DateTime>()?));
    // What lies outside is no date that a service answers on, and more than Python's calendar holds.
    instant
        .ok()
        .filter(|instant: &Timestamp| (1..=9998).contains(&TimeZone::UTC.to_datetime(*instant).year()))
}

fn http_date(text: &str) -> Option<Timestamp> {
    httpdate::parse_http_date(text).ok()?.try_into().ok()
}

/// A member of an object; `null` where it is missing, or where there is no object.
fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Text from a server, without the tokens and fit for a terminal. It is cut last, so that no part of a token is left.
fn clean(text: &str, tokens: &[&Token], bytes: usize) -> String {
    cut(&printable(&scrub(tokens, text)), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<Accepted> {
        let response = Response::builder()
            .status(status)
            .header("request-id", "R")
            .header("Date", "Mon, 23 Nov 2026 20:15:42 GMT")
            .body(Bytes::from(body.to_owned()))
            .unwrap();
        read(&response, &[&Token::new("SECRET").unwrap()], Timestamp::UNIX_EPOCH)
    }

    fn refused(status: u16, body: &str) -> (Refusal, String) {
        let error = answer(status, body).unwrap_err();
        match error.kind.clone() {
            Kind::Status(refusal) => (*refusal, error.to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_documented_statuses_and_their_neighbours_are_success() {
        for status in 200..=204 {
            let accepted = answer(status, "").unwrap();
            assert_eq!((accepted.status, accepted.request_id.as_deref()), (status, Some("R")));
            assert_eq!(accepted.date.unwrap().to_string(), "2026-11-23T20:15:42Z");
        }
    }

    #[test]
    fn an_undocumented_status_is_no_success() {
        for status in [205, 206, 226, 299, 302, 600] {
            let error = answer(status, "<html>SECRET").unwrap_err();
            assert_eq!(error.kind, Kind::Response { status, body: "<html><token>".to_owned() });
        }
    }

    #[test]
    fn a_refusal_is_read() {
        let body = r#"{"error":{"code":"BadRequest","message":"No.",
            "innerError":{"date":"2026-01-02T03:04:05","request-id":"other"}}}"#;
        let (refusal, sentence) = refused(400, body);
        assert_eq!(refusal.code.as_deref(), Some("BadRequest"));
        assert_eq!(refusal.message, "No.");
        assert_eq!(refusal.request_id.as_deref(), Some("R"));
        assert_eq!(refusal.date.unwrap().to_string(), "2026-01-02T03:04:05Z");
        assert_eq!(sentence, "Graph answered 400 BadRequest: No. (request-id R)");
    }

    #[test]
    fn intunes_wrapping_is_taken_off() {
        let packed =
            r#"{"_version":3,"Message":"Not published. - Operation ID (for customer support): 0 - Url: u"}"#;
        let body = serde_json::json!({"error": {"code": "BadRequest", "message": packed}}).to_string();
        assert_eq!(refused(400, &body).0.message, "Not published.");
    }

    #[test]
    fn every_known_wrapping_is_taken_off() {
        let once =
            r#"{"_version":3,"Message":"No. - Operation ID (for customer support): 0","HttpHeaders":"{}"}"#;
        let twice = serde_json::json!({"ErrorCode": "x", "Message": once}).to_string();
        let trailed =
            serde_json::json!({"Message": format!("{once} - Operation ID (for customer support): 1")});
        for (message, expected) in [
            (once, "No."),
            (&twice, "No."),
            (&trailed.to_string(), "No."),
            ("No. - CustomApiErrorPhrase: ", "No."),
            (r#"{"Message":""}"#, r#"{"Message":""}"#),
            (" - Operation ID (for customer support): 0", " - Operation ID (for customer support): 0"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(unwrapped(message).1, expected);
        }
    }

    #[test]
    fn an_unknown_error_takes_the_code_that_is_packed_in_it() {
        let packed = |code: Value| {
            let once = r#"{"_version":3,"Message":"No. - Operation ID (for customer support): 0"}"#;
            let twice = serde_json::json!({"ErrorCode": code, "Message": once, "Target": null}).to_string();
            serde_json::json!({"error": {"code": "UnknownError", "message": twice}}).to_string()
        };
        let (refusal, sentence) = refused(403, &packed("Forbidden".into()));
        assert_eq!((refusal.code.as_deref(), refusal.message.as_str()), (Some("Forbidden"), "No."));
        assert_eq!(sentence, "Graph answered 403 Forbidden: No. (request-id R)");
        for nothing in [Value::Null, "".into(), 7.into()] {
            assert_eq!(refused(403, &packed(nothing)).0.code.as_deref(), Some("UnknownError"));
        }
    }

    #[test]
    fn a_wait_and_a_claims_challenge_are_found_in_the_headers() {
        let response = Response::builder()
            .status(401)
            .header("Retry-After", "2.5")
            .header("WWW-Authenticate", r#"Bearer error="insufficient_claims", claims="e30=""#)
            .body(Bytes::new())
            .unwrap();
        let error = read(&response, &[&Token::new("T").unwrap()], Timestamp::UNIX_EPOCH).unwrap_err();
        let Kind::Status(refusal) = error.kind else { panic!("it is a refusal") };
        assert_eq!(refusal.retry_after, Some(std::time::Duration::from_millis(2_500)));
        assert_eq!(refusal.claims.as_deref(), Some("{}"));
    }

    #[test]
    fn a_challenge_that_repeats_a_token_asks_for_nothing() {
        let response = Response::builder()
            .status(401)
            .header("WWW-Authenticate", r#"Bearer claims="eyJ4IjoiU0VDUkVUIn0=""#)
            .body(Bytes::new())
            .unwrap();
        let claims = |token| {
            let error = read(&response, &[&Token::new(token).unwrap()], Timestamp::UNIX_EPOCH).unwrap_err();
            let Kind::Status(refusal) = error.kind else { panic!("it is a refusal") };
            refusal.claims
        };
        assert_eq!(claims("OTHER").as_deref(), Some(r#"{"x":"SECRET"}"#));
        assert_eq!(claims("SECRET"), None);
    }

    #[test]
    fn only_dates_that_a_calendar_holds_are_read() {
        for (text, expected) in [
            ("2026-11-23T20:15:42", Some("2026-11-23T20:15:42Z")),
            ("2026-11-23T20:15:42Z", Some("2026-11-23T20:15:42Z")),
            ("2026-11-23T20:15:42+05:00", Some("2026-11-23T15:15:42Z")),
            ("0000-01-01T00:00:00", None),
            ("-000001-01-01T00:00:00", None),
            ("yesterday", None),
        ] {
            assert_eq!(utc(text).map(|instant| instant.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn no_part_of_a_long_token_is_left_at_a_cut() {
        let token = format!("START{}", "x".repeat(2_000));
        for before in 0..1_100 {
            let body = format!("{}{token}", "-".repeat(before));
            let response = Response::builder().status(302).body(Bytes::from(body)).unwrap();
            let error = read(&response, &[&Token::new(&token).unwrap()], Timestamp::UNIX_EPOCH).unwrap_err();
            let Kind::Response { body, .. } = error.kind else { panic!("it is a redirect") };
            assert!(!body.contains("START"), "{body}");
        }
    }

    #[test]
    fn codes_and_ids_are_short_and_on_one_line() {
        let long = "x".repeat(100_000);
        let body =
            serde_json::json!({"error": {"code": format!("C\nhint: {long}"), "message": "a\nb\u{202e}c"}});
        let (refusal, sentence) = refused(400, &body.to_string());
        assert!(refusal.code.unwrap().starts_with(r"C\nhint: x"));
        assert_eq!(refusal.message, r"a\nb\u{202e}c");
        assert!(sentence.len() < 400 && !sentence.contains('\n'), "{sentence}");
    }

    #[test]
    fn a_body_that_is_no_graph_error_still_gives_the_status() {
        for body in
            ["", "<html>", "[]", "{}", r#"{"error":"x"}"#, r#"{"error":{"message":7}}"#, &"[".repeat(100_000)]
        {
            let (refusal, sentence) = refused(503, body);
            assert_eq!((refusal.status, refusal.code, refusal.message.as_str()), (503, None, ""));
            assert_eq!(sentence, "Graph answered 503 (request-id R)");
        }
    }

    #[test]
    fn what_a_server_says_is_scrubbed_escaped_and_cut() {
        let long = format!(r"SECRET\u001b[31m{}", "é".repeat(10_000));
        let (refusal, _) = refused(400, &format!(r#"{{"error":{{"code":"SECRET","message":"{long}"}}}}"#));
        assert_eq!(refusal.code.as_deref(), Some("<token>"));
        assert!(refusal.message.starts_with(r"<token>\u{1b}[31m"), "{}", refusal.message);
        assert!(refusal.message.len() < 4_200 && refusal.message.ends_with('…'));
    }

    #[test]
    fn a_status_tells_what_an_attempt_did() {
        for (status, expected) in [
            (204, Outcome::Applied),
            (302, Outcome::NotApplied),
            (400, Outcome::NotApplied),
            (408, Outcome::Unknown),
            (429, Outcome::NotApplied),
            (500, Outcome::Unknown),
            (206, Outcome::Unknown),
        ] {
            assert_eq!(outcome(status), expected, "{status}");
        }
    }
}
