//! An answer: judged by its status, bounded and printable whatever it says, and never showing a token.

use std::collections::HashSet;
use std::sync::LazyLock;

use appassign::advice;
use appassign::error::{Error, Kind, Outcome};
use appassign::model::MobileAppPath;
use appassign::response;
use appassign::secret::Token;
use appassign::service::{Cloud, ServiceRoot};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Response, StatusCode};
use jiff::Timestamp;

use super::{Input, text, wire};

/// Two tokens that a call has sent: a JWT, and an opaque one with every character that encoders escape.
const TOKENS: [&str; 2] = [
    "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJodHRwczovL2dyYXBoLm1pY3Jvc29mdC5jb20iLCJleHAiOjF9.Qm9uZS1kcnktc2lnbmF0dXJl",
    "q7Zx+0pL/4vNw8+Rk2/Tj6Ys+9hB/1mDc5+Fg3/Ue0Ai+a2X/b3Y==",
];

/// So much of a token tells nobody anything, and words of the text may have it by chance.
const WINDOW: usize = 16;

type Spell = fn(&str) -> String;

/// How servers spell what they send back; a seed names the spelling.
const SPELLINGS: [(&str, Spell); 8] = [
    ("raw", str::to_owned),
    ("slashes", |token| token.replace('/', r"\/")),
    ("unicode", |token| token.replace('+', r"\u002B").replace('/', r"\u002F").replace('=', r"\u003D")),
    ("percent", |token| token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")),
    ("lower", |token| token.replace('+', "%2b").replace('/', "%2f").replace('=', "%3d")),
    ("plus", |token| token.replace('+', r"\u002b")),
    ("coded", |token| token.bytes().fold(String::new(), |coded, byte| format!("{coded}%{byte:02X}"))),
    ("claims", |token| STANDARD.encode(format!(r#"{{"reflected":"{token}"}}"#))),
];

/// The bytes are an HTTP answer as text. `{raw1}` becomes the first token as it is, `{percent2}` the second one as in
/// a URL, and so on.
pub(crate) fn check(bytes: &[u8]) -> Input {
    if shows_a_token(bytes) {
        return Input::Refused; // Part of a token cannot be told from any other text.
    }
    let bytes = planted(bytes);
    let (status_line, rest) = wire::first_line(&bytes);
    let Some(status) =
        status_line.split(|byte| *byte == b' ').find_map(|word| StatusCode::from_bytes(word).ok())
    else {
        return Input::Refused;
    };
    let (headers, body) = wire::headers(rest);
    let mut answer = Response::new(Bytes::copy_from_slice(body));
    (*answer.status_mut(), *answer.headers_mut()) = (status, headers);
    let status = status.as_u16();
    let [first, second] = TOKENS.map(|token| Token::new(token).unwrap());
    let now: Timestamp = "2026-11-23T20:15:42Z".parse().unwrap();
    let shown = match response::read(&answer, &[&first, &second], now) {
        Ok(accepted) => {
            assert_eq!((accepted.status, response::outcome(status)), (status, Outcome::Applied));
            is_id(accepted.request_id.as_deref());
            format!("{accepted:?}")
        }
        Err(error) => {
            assert_ne!(response::outcome(status), Outcome::Applied);
            let root = ServiceRoot::of_cloud(Cloud::Global).unwrap();
            let error =
                advice::advised(error, &root, Some(&MobileAppPath::new("A").unwrap()), true, &first, now);
            is_bounded(&error, status);
            format!("{error:?} {error}")
        }
    };
    assert!(!shows_a_token(shown.as_bytes()), "{shown}");
    Input::Accepted
}

fn planted(bytes: &[u8]) -> Vec<u8> {
    let (mut planted, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    while let Some((first, behind)) = rest.split_first() {
        let place = PLACES.iter().find(|(place, _)| *first == b'{' && rest.starts_with(place.as_bytes()));
        if let Some((place, token)) = place {
            planted.extend_from_slice(token.as_bytes());
            rest = &rest[place.len()..];
        } else {
            planted.push(*first);
            rest = behind;
        }
    }
    planted
}

/// What a seed says, and what the service says instead.
static PLACES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let tokens = TOKENS.iter().enumerate();
    let each = |(number, token): (usize, &&str)| {
        SPELLINGS.map(|(name, spell)| (format!("{{{name}{}}}", number + 1), spell(token)))
    };
    tokens.flat_map(each).collect()
});

/// Every stretch of a token that is long enough to be of use.
static PARTS: LazyLock<HashSet<&[u8]>> =
    LazyLock::new(|| TOKENS.iter().flat_map(|token| token.as_bytes().windows(WINDOW)).collect());

fn shows_a_token(text: &[u8]) -> bool {
    text.windows(WINDOW).any(|part| PARTS.contains(part))
}

fn is_bounded(error: &Error, status: u16) {
    text::is_short(error);
    match &error.kind {
        Kind::Status(refusal) => {
            assert_eq!(refusal.status, status);
            assert!((400..=599).contains(&status));
            is_id(refusal.code.as_deref());
            is_id(refusal.request_id.as_deref());
            text::is_printable(&refusal.message);
            assert!(refusal.message.len() <= 4 * 1024 + '…'.len_utf8());
        }
        Kind::Response { status: told, body } => {
            assert_eq!(*told, status);
            assert!(!(400..=599).contains(&status));
            text::is_printable(body);
            assert!(body.len() <= 1_024 + '…'.len_utf8());
        }
        other => panic!("{other:?}"),
    }
}

fn is_id(id: Option<&str>) {
    let id = id.unwrap_or_default();
    text::is_printable(id);
    assert!(id.len() <= 256 + '…'.len_utf8(), "{id}");
}
