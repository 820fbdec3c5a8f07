//! Trouble on demand: what the next requests meet, and how often any request meets some.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{Method, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

use super::access;
use super::answer::Answer;
use super::resource_path::Segment;

/// What the next requests meet.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trouble {
    /// The method that it waits for; absent: any.
    #[serde(default)]
    method: Option<String>,
    /// How many requests meet it.
    #[serde(default = "once")]
    times: u32,
    /// Whether the request takes effect before.
    #[serde(default)]
    pub(super) after_apply: bool,
    /// Seconds that it takes first.
    #[serde(default)]
    pub(super) delay: f64,
    pub(super) what: What,
}

fn once() -> u32 {
    1
}

/// The kinds of trouble.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum What {
    /// Nothing but the delay.
    Delay,
    /// An answer with this status.
    Answer(Refusal),
    /// An answer that does not arrive, or not whole.
    Cut(Cut),
    /// A list of assignments as it was before the latest change.
    StaleRead,
    /// A list of assignments that is empty whatever the app holds.
    EmptyRead,
}

/// A status with what belongs to it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Refusal {
    status: u16,
    retry_after: Option<String>,
    form: Form,
    claims: Option<Value>,
}

/// The forms in which a refusal was seen.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    /// As Graph or Intune usually words it.
    #[default]
    Usual,
    Plain,
    Nested,
    NestedTwice,
    /// As the documentation of throttling prints it.
    Documented,
    Html,
    Empty,
}

/// What becomes of an answer on its way.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cut {
    /// The connection is reset before it.
    Reset,
    /// The connection is closed before it.
    Close,
    /// The connection is closed in its middle.
    Half,
    /// It comes byte by byte, with as many seconds in between.
    Drip(f64),
    /// Nothing comes, and the connection stays.
    Silence,
}

/// Everything that is in store.
pub(super) struct Troubles {
    next: Vec<Trouble>,
    rate: f64,
    chance: fastrand::Rng,
}

impl Troubles {
    /// A request meets some with the probability `rate`; the seed decides which.
    pub(super) fn new(rate: f64, seed: u64) -> Self {
        Self { next: Vec::new(), rate, chance: fastrand::Rng::with_seed(seed) }
    }

    pub(super) fn add(&mut self, trouble: Trouble) {
        if trouble.times > 0 {
            self.next.push(trouble);
        }
    }

    /// What a request with this method meets.
    pub(super) fn meet(&mut self, method: &Method) -> Option<Trouble> {
        let waits =
            |trouble: &Trouble| trouble.method.as_ref().is_none_or(|wanted| wanted == method.as_str());
        if let Some(index) = self.next.iter().position(waits) {
            let found = self.next.get_mut(index)?;
            found.times -= 1;
            let trouble = found.clone();
            if trouble.times == 0 {
                self.next.remove(index);
            }
            return Some(trouble);
        }
        (self.rate > 0.0 && self.chance.f64() < self.rate).then(|| self.random(method))
    }

    /// Of the statuses that Graph documents as transient, and lost connections; half of them after the effect.
    fn random(&mut self, method: &Method) -> Trouble {
        let answer = |status: u16, retry_after: Option<&str>| {
            What::Answer(Refusal {
                status,
                retry_after: retry_after.map(str::to_owned),
                ..Refusal::default()
            })
        };
        let what = match self.chance.u8(..8) {
            0 => answer(429, None),
            1 => answer(429, Some("0.1")),
            2 => answer(500, None),
            3 => answer(502, None),
            4 => answer(503, Some("0.1")),
            5 => answer(503, None),
            6 => answer(504, None),
            _ => What::Cut(Cut::Close),
        };
        let throttled = matches!(&what, What::Answer(refusal) if refusal.status == 429);
        let after_apply = method != Method::GET && !throttled && self.chance.bool();
        Trouble { method: None, times: 1, after_apply, delay: 0.0, what }
    }
}

impl Refusal {
    pub(super) fn of(status: StatusCode) -> Self {
        Self { status: status.as_u16(), ..Self::default() }
    }

    /// The answer, to a request for what is below these segments.
    pub(super) fn answer(&self, segments: &[Segment<'_>]) -> Answer {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (code, message, form) = self.words(status);
        let answer = match form {
            _ if !status.is_client_error() && !status.is_server_error() => Answer::bare(status),
            Form::Nested | Form::Usual => Answer::nested_error(status, &code, message, segments),
            Form::Plain => Answer::error(status, &code, message),
            Form::NestedTwice => Answer::twice_nested_error(status, message, segments),
            Form::Documented => Answer::too_many_requests(),
            Form::Html => {
                let page = format!("<html><head><title>{code}</title></head><body>{message}</body></html>");
                Answer::text(status, "text/html", page)
            }
            Form::Empty => Answer::bare(status),
        };
        let answer = match (&self.claims, status) {
            (Some(claims), _) => {
                let claims = BASE64_STANDARD.encode(claims.to_string());
                let challenge = format!(
                    "{}, error=\"insufficient_claims\", claims=\"{claims}\"",
                    access::AUTHORIZATION_URI
                );
                answer.with(header::WWW_AUTHENTICATE, challenge)
            }
            (None, StatusCode::UNAUTHORIZED) => answer.with(header::WWW_AUTHENTICATE, access::CHALLENGE),
            _ => answer,
        };
        match &self.retry_after {
            Some(retry_after) => answer.with(header::RETRY_AFTER, retry_after),
            None => answer,
        }
    }

    /// The code, the message, and whether it is Graph's (plain) or Intune's (nested). Those of 400, 401, 403, 404, 409,
    /// 429, 500, 503 and 504 are in `tests/wire`; the others are inferred from how the status is called.
    fn words(&self, status: StatusCode) -> (String, String, Form) {
        let intune = "An error has occurred";
        let (code, message, form) = match self.status {
            400 => ("BadRequest", intune, Form::Nested),
            401 if self.claims.is_some() => (
                "InvalidAuthenticationToken",
                "Continuous access evaluation resulted in challenge with result: InteractionRequired.",
                Form::Plain,
            ),
            401 => (
                "InvalidAuthenticationToken",
                "Lifetime validation failed, the token is expired.",
                Form::Plain,
            ),
            403 => ("Forbidden", "Application is not authorized to perform this operation.", Form::Nested),
            404 => ("ResourceNotFound", intune, Form::Nested),
            409 => ("Conflict", intune, Form::Nested),
            429 if self.retry_after.is_some() => ("TooManyRequests", "Too many requests.", Form::Plain),
            429 => ("TooManyRequests", intune, Form::Nested),
            500 => ("InternalError", "An internal server error has occurred", Form::Nested),
            503 => ("ServiceUnavailable", "Service unavailable.", Form::Plain),
            504 => ("GatewayTimeout", "Gateway timeout.", Form::Plain),
            _ => {
                let reason = status.canonical_reason().unwrap_or("Unknown Error");
                let form = if matches!(self.form, Form::Usual) { Form::Plain } else { self.form };
                return (reason.replace(' ', ""), format!("{reason}."), form);
            }
        };
        let form = if matches!(self.form, Form::Usual) { form } else { self.form };
        (code.to_owned(), message.to_owned(), form)
    }
}
