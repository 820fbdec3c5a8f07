//! What happens in a call, for whoever keeps a log. Nothing else is ever told: no body, no header, no token.

use std::fmt;
use std::time::Duration;

use http::Method;
use uuid::Uuid;

use crate::error::{Call, Error, Kind, seconds};

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// One request and what came of it, or a wait for the client's own pace.
    Attempt,
    /// A call and what became of it.
    Write,
    /// A call has to wait for the service.
    Wait,
}

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// GET or POST.
    pub method: &'a Method,
    /// Where the request goes, below the version segment.
    pub path: &'a str,
    /// Under which id the service logs it.
    pub client_request_id: Uuid,
    /// What it was.
    pub what: What<'a>,
}

/// What can happen.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    /// A request was answered, or not.
    Attempt {
        /// Which one of the call, from 1.
        number: u32,
        /// How long it took.
        took: Duration,
        /// What came of it.
        ended: Ended<'a>,
    },
    /// The call waits before its next request.
    Wait {
        /// How long.
        wait: Duration,
        /// What for.
        cause: Cause<'a>,
    },
    /// The call is over.
    Write {
        /// How many assignments it carried.
        assignments: usize,
        /// What is known of it.
        call: &'a Call,
        /// What came of it.
        ended: Ended<'a>,
    },
}

/// What a call waits for.
#[derive(Clone, Copy, Debug)]
pub enum Cause<'a> {
    /// The request before ended in this error.
    Error(&'a Error),
    /// Another call of the client was told to wait.
    HeldBack,
    /// The client keeps to a quota.
    Pace,
}

/// What came of a request or a call.
#[derive(Clone, Copy, Debug)]
pub enum Ended<'a> {
    /// An answer with this status, which is a success.
    Status(u16),
    /// A write of which no answer told, and which a read found done.
    Recovered,
    /// An error.
    Error(&'a Error),
}

impl Event<'_> {
    /// How much it matters.
    #[must_use]
    pub fn weight(&self) -> Weight {
        match self.what {
            What::Attempt { .. } | What::Wait { cause: Cause::Pace, .. } => Weight::Attempt,
            What::Wait { .. } => Weight::Wait,
            What::Write { .. } => Weight::Write,
        }
    }
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, client_request_id, what } = self;
        write!(out, "{method} {path}: ")?;
        match what {
            What::Attempt { number, took, ended } => {
                write!(out, "attempt {number}, {ended}, {:.3} s", took.as_secs_f64())?;
            }
            What::Wait { wait, cause: Cause::Error(error) } => {
                write!(out, "{}, waiting {} s before the next attempt", Ended::Error(error), seconds(*wait))?;
            }
            What::Wait { wait, cause: Cause::Pace } => {
                write!(out, "keeping to the client's pace: waiting {} s", seconds(*wait))?;
            }
            What::Wait { wait, cause: Cause::HeldBack } => {
                write!(out, "held back, as the client was throttled: waiting {} s", seconds(*wait))?;
            }
            What::Write { assignments, call, ended } => {
                let Call { outcome, attempts, elapsed, .. } = call;
                let (outcome, elapsed) = (outcome.as_str(), elapsed.as_secs_f64());
                write!(out, "{ended}, outcome {outcome}, assignments {assignments}, ")?;
                write!(out, "attempts {attempts}, {elapsed:.3} s")?;
            }
        }
        write!(out, " (client-request-id {client_request_id})")
    }
}

impl fmt::Display for Ended<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = match self {
            Self::Status(status) => return write!(out, "{status}"),
            Self::Recovered => return out.write_str("found done by a read"),
            Self::Error(error) => error,
        };
        let word = match &error.kind {
            Kind::Status(refusal) => {
                write!(out, "{}", refusal.status)?;
                if let Some(code) = &refusal.code {
                    write!(out, " {code}")?;
                }
                if let Some(request_id) = &refusal.request_id {
                    write!(out, ", request-id {request_id}")?;
                }
                return Ok(());
            }
            Kind::Response { status, .. } => return write!(out, "{status}, which is not documented"),
            Kind::Connect | Kind::ProxyAuthentication => "no connection",
            Kind::Tls => "certificate not trusted",
            Kind::Timeout => "no answer in time",
            Kind::Transport | Kind::Broken { .. } => "the connection failed",
            Kind::Credential => "no token",
            Kind::Stale(_) => "the app was changed meanwhile",
            _ => "not possible",
        };
        out.write_str(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Outcome, Refusal};

    fn said(what: What<'_>) -> String {
        let path = "deviceAppManagement/mobileApps/A/assign";
        Event { method: &Method::POST, path, client_request_id: Uuid::nil(), what }.to_string()
    }

    const ID: &str = "(client-request-id 00000000-0000-0000-0000-000000000000)";

    #[test]
    fn each_event_is_one_line_of_known_facts() {
        let refusal = Refusal {
            status: 429,
            code: Some("TooManyRequests".to_owned()),
            message: "WORDS".to_owned(),
            request_id: Some("R".to_owned()),
            date: None,
            retry_after: None,
            claims: Some("CLAIMS".to_owned()),
        };
        let throttled = Error::new(Kind::Status(Box::new(refusal)), "WORDS").with_hint("WORDS");
        let took = Duration::from_millis(1_234);
        let attempt = What::Attempt { number: 2, took, ended: Ended::Error(&throttled) };
        let path = "POST deviceAppManagement/mobileApps/A/assign";
        assert_eq!(
            said(attempt),
            format!("{path}: attempt 2, 429 TooManyRequests, request-id R, 1.234 s {ID}")
        );
        let wait = What::Wait { wait: took, cause: Cause::Error(&throttled) };
        let expected = "429 TooManyRequests, request-id R, waiting 1.23 s before the next attempt";
        assert_eq!(said(wait), format!("{path}: {expected} {ID}"));
        let paced = said(What::Wait { wait: took, cause: Cause::Pace });
        assert_eq!(paced, format!("{path}: keeping to the client's pace: waiting 1.23 s {ID}"));
        let held = said(What::Wait { wait: took, cause: Cause::HeldBack });
        assert_eq!(held, format!("{path}: held back, as the client was throttled: waiting 1.23 s {ID}"));
        let call = Call { outcome: Outcome::Applied, attempts: 3, elapsed: took, client_request_id: None };
        let write = What::Write { assignments: 7, call: &call, ended: Ended::Status(204) };
        let expected = "204, outcome applied, assignments 7, attempts 3, 1.234 s";
        assert_eq!(said(write), format!("{path}: {expected} {ID}"));
    }

    #[test]
    fn a_fault_is_named_by_its_kind_alone() {
        for kind in [Kind::Connect, Kind::Tls, Kind::Timeout, Kind::Transport, Kind::Credential, Kind::Closed]
        {
            let error = Error::new(kind, "WORDS");
            let line = said(What::Attempt { number: 1, took: Duration::ZERO, ended: Ended::Error(&error) });
            assert!(!line.contains("WORDS"), "{line}");
        }
    }
}
