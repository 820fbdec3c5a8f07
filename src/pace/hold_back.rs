//! No write of a client goes while the service has asked it to wait.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, Kind, Refusal, seconds};
use crate::retry::LONGEST_ASKED;

/// Longer than any service asks, and within what any clock can hold.
const LONGEST_HOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// What the service has told a client.
#[derive(Clone, Debug, Default)]
pub struct HoldBack(Option<Hold>);

#[derive(Clone, Debug)]
struct Hold {
    until: Instant,
    refusal: Box<Refusal>,
}

impl HoldBack {
    /// The service refused a request with 429: nothing goes for so long.
    pub fn hold(&mut self, now: Instant, wait: Duration, error: &Error) {
        let Kind::Status(refusal) = &error.kind else { return };
        let until = now + wait.min(LONGEST_HOLD);
        if self.0.as_ref().is_none_or(|hold| hold.until < until) {
            self.0 = Some(Hold { until, refusal: refusal.clone() });
        }
    }

    /// How long the next write has to wait; `None` if it may go.
    ///
    /// # Errors
    /// The refusal that holds it back, if it would have to wait longer than a call does, or than this one can.
    pub fn wait(&mut self, now: Instant, left: Duration) -> Result<Option<Duration>, Error> {
        let Some(hold) = &self.0 else { return Ok(None) };
        let wait = hold.until.saturating_duration_since(now);
        if wait.is_zero() {
            self.0 = None;
            return Ok(None);
        }
        if wait < left && wait <= LONGEST_ASKED {
            return Ok(Some(wait));
        }
        let message = format!(
            "held back: Graph answered another call of this client with 429, and asked for a wait of which {} s are left",
            seconds(wait)
        );
        let refusal = Refusal { retry_after: Some(wait), claims: None, ..(*hold.refusal).clone() };
        Err(Error::new(Kind::Status(Box::new(refusal)), message)
            .with_hint(format!("call again in {} s", seconds(wait).ceil())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttled() -> Error {
        let refusal = Refusal {
            status: 429,
            code: Some("TooManyRequests".to_owned()),
            message: "Please retry again later.".to_owned(),
            request_id: Some("R".to_owned()),
            date: None,
            retry_after: None,
            claims: None,
        };
        Error::new(Kind::Status(Box::new(refusal)), "throttled")
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn nothing_holds_a_client_back_that_was_never_refused() {
        assert_eq!(HoldBack::default().wait(Instant::now(), MINUTE), Ok(None));
    }

    #[test]
    fn all_writes_wait_for_the_longest_that_was_asked() {
        let (now, mut held) = (Instant::now(), HoldBack::default());
        held.hold(now, Duration::from_secs(5), &throttled());
        held.hold(now, Duration::from_secs(2), &throttled());
        assert_eq!(held.wait(now, MINUTE), Ok(Some(Duration::from_secs(5))));
        assert_eq!(held.wait(now + Duration::from_secs(4), MINUTE), Ok(Some(Duration::from_secs(1))));
        assert_eq!(held.wait(now + Duration::from_secs(5), MINUTE), Ok(None));
        assert_eq!(held.wait(now, MINUTE), Ok(None), "what is over is forgotten");
    }

    #[test]
    fn a_call_that_cannot_wait_is_told_how_long_it_would_be() {
        let (now, mut held) = (Instant::now(), HoldBack::default());
        held.hold(now, Duration::from_secs(90), &throttled());
        let error = held.wait(now, MINUTE).unwrap_err();
        let Kind::Status(refusal) = &error.kind else { panic!("{error:?}") };
        assert_eq!((refusal.status, refusal.retry_after), (429, Some(Duration::from_secs(90))));
        assert_eq!(refusal.request_id.as_deref(), Some("R"));
        assert!(error.message.contains("90 s are left") && error.hint.is_some(), "{error}");
        held.hold(now, Duration::MAX, &throttled());
        assert!(held.wait(now, Duration::MAX).is_err());
    }
}
