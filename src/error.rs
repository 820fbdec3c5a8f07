//! One error type for the whole core: what kind it is, what it says, and what became of the call.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

/// What became of what the caller asked for. Of several attempts, the greatest is what became of the call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Not one byte of a request left this machine.
    #[default]
    NotSent,
    /// The service refused: nothing changed.
    NotApplied,
    /// A request left and no answer settles what became of it.
    Unknown,
    /// The service did it.
    Applied,
}

impl Outcome {
    /// The word that users read.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::NotApplied => "not_applied",
            Self::Applied => "applied",
            Self::Unknown => "unknown",
        }
    }
}

/// What is known of the call in which an error happened. The default: nothing ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// What became of the call as a whole.
    pub outcome: Outcome,
    /// How many requests were tried, the first one included.
    pub attempts: u32,
    /// From the start of the call to its end.
    pub elapsed: Duration,
    /// The `client-request-id` that all attempts of the call carry.
    pub client_request_id: Option<Uuid>,
}

/// What Graph said when it refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Graph's `error.code`, where the body has one.
    pub code: Option<String>,
    /// Graph's own words, with Intune's wrapping taken off; empty where it gave none.
    pub message: String,
    /// The service's id for the request.
    pub request_id: Option<String>,
    /// When the service answered.
    pub date: Option<Timestamp>,
    /// How long the service asks to be left alone.
    pub retry_after: Option<Duration>,
    /// What a new token must also claim, as JSON, if that is why this one was refused.
    pub claims: Option<String>,
}

/// Two lists of assignments, each as a JSON array: those that were expected, and those that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// What was planned for; of a verification, what is missing.
    pub expected: String,
    /// What is there; of a verification, what should not be.
    pub found: String,
}

/// What kind of error it is, with the facts that only this kind has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Refused before anything was sent.
    InvalidInput {
        /// Where in the input, for example `assignments[3].target_group_id`.
        location: Option<String>,
    },
    /// A bad base URL, token, cloud or timeout.
    Configuration,
    /// No credential, or one that gave no token.
    Credential,
    /// No connection came about.
    Connect,
    /// A proxy wants a user and password, or others than it was given.
    ProxyAuthentication,
    /// The connection was not trusted.
    Tls,
    /// The time was up.
    Timeout,
    /// Any other way not to get a usable answer.
    Transport,
    /// An answer that Graph does not document.
    Response {
        /// The HTTP status.
        status: u16,
        /// The body, cut.
        body: String,
    },
    /// An answer that broke off, to a request that may be repeated.
    Broken {
        /// The HTTP status.
        status: u16,
    },
    /// Graph answered with an error status.
    Status(Box<Refusal>),
    /// A change that contradicts what is there, or an app that cannot be planned.
    Plan,
    /// The app holds something else than was planned for.
    Stale(Box<Compared>),
    /// A write that would remove more than it may.
    Limit,
    /// After the write, the app does not hold what was written.
    Verification(Box<Compared>),
    /// The journal cannot be written or read: nothing is sent without it.
    Journal,
    /// Whoever made the call has gone.
    Interrupted,
    /// The interpreter is on its way out.
    Closed,
    /// A broken promise inside this library.
    Internal,
}

/// An error of this library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of error it is.
    pub kind: Kind,
    /// What went wrong and where.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// What became of the call.
    pub call: Box<Call>,
}

/// The result type of the core.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of the given kind, of a call in which nothing ran yet.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, call: Box::default() }
    }

    /// An input that is refused; `location` says where it stands.
    #[must_use]
    pub fn invalid_input(location: &str, message: impl Into<String>) -> Self {
        Self::new(Kind::InvalidInput { location: Some(location.to_owned()) }, message)
    }

    /// A setting that is refused.
    #[must_use]
    pub fn configuration(message: impl Into<String>) -> Self {
        Self::new(Kind::Configuration, message)
    }

    /// A broken promise inside this library.
    #[must_use]
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message).with_hint("this is a fault in appassign: please report it")
    }

    /// The same error, with advice.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same error, seen from one level further out: `assignments[3]` before `target_group_id`.
    #[must_use]
    pub fn inside(mut self, outer: &str) -> Self {
        if let Kind::InvalidInput { location } = &mut self.kind {
            *location = Some(match location.take() {
                None => outer.to_owned(),
                Some(inner) if inner.starts_with('[') => format!("{outer}{inner}"),
                Some(inner) => format!("{outer}.{inner}"),
            });
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Kind::InvalidInput { location: Some(location) } = &self.kind {
            write!(out, "{}: ", printable(location))?;
        }
        out.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Text from outside, fit for a terminal and a log: control characters and marks that turn its direction are escaped.
#[must_use]
pub fn printable(text: &str) -> String {
    let turns_direction = |char| matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() || turns_direction(char) {
            shown.extend(char.escape_default());
        } else {
            shown.push(char);
        }
    }
    shown
}

/// A duration as people read it: seconds, to a hundredth.
#[must_use]
pub fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100.0).round() / 100.0
}

/// The start of a text, within so many bytes, with a mark where it was cut.
#[must_use]
pub fn cut(text: &str, bytes: usize) -> String {
    match (0..=bytes.min(text.len())).rev().find_map(|end| text.get(..end)) {
        Some(start) if start.len() < text.len() => format!("{start}…"),
        _ => text.to_owned(),
    }
}
