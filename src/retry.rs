//! When to try again, and how long to wait first: a pure function of what is known after an attempt.

use std::time::Duration;

use crate::error::{Error, Kind};

/// The longest wait that a service may ask for; a call that should wait longer ends at once, and says how long.
pub const LONGEST_ASKED: Duration = Duration::from_secs(120);

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(20);
const BASE: Duration = Duration::from_millis(500);
const BASE_WHEN_THROTTLED: Duration = Duration::from_secs(1);

/// An attempt that failed, and what room there is for another.
#[derive(Clone, Copy, Debug)]
pub struct Failed<'a> {
    /// What it ended in.
    pub error: &'a Error,
    /// How many requests the call has made, this one included.
    pub attempts: u32,
    /// How many it may make.
    pub allowed: u32,
    /// Until the end of the call.
    pub left: Duration,
    /// A number from 0 to below 1, by chance: many clients that failed together must not come back together.
    pub jitter: f64,
}

/// What to do after an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// To ask again would not help, or would not be right.
    Raise,
    /// It would help, and all attempts are made.
    NoAttemptLeft,
    /// It would help after so long, which is longer than a call waits, or than this one can.
    TooLong(Duration),
    /// Wait so long, then try again.
    Again(Duration),
}

impl Failed<'_> {
    /// What to do now.
    #[must_use]
    pub fn next(&self) -> Next {
        if !is_passing(self.error) {
            return Next::Raise;
        }
        if self.attempts >= self.allowed {
            return Next::NoAttemptLeft;
        }
        let wait = match asked(self.error) {
            Some(asked) if asked > LONGEST_ASKED => return Next::TooLong(asked),
            Some(asked) => spread(asked, self.jitter).max(SHORTEST),
            None => self.backoff(),
        };
        if wait < self.left { Next::Again(wait) } else { Next::TooLong(wait) }
    }

    /// Full jitter: anything from the shortest wait to one that doubles with each attempt.
    fn backoff(&self) -> Duration {
        let base = if is_throttled(self.error) { BASE_WHEN_THROTTLED } else { BASE };
        let doubled = base.saturating_mul(1 << self.attempts.saturating_sub(1).min(16));
        SHORTEST + doubled.min(LONGEST).saturating_sub(SHORTEST).mul_f64(part(self.jitter))
    }
}

/// A wait that was asked for, made up to a tenth longer.
#[must_use]
pub fn spread(asked: Duration, jitter: f64) -> Duration {
    asked.saturating_add(asked.min(LONGEST_ASKED).mul_f64(part(jitter) / 10.0))
}

/// A number that is none counts as 0.
fn part(jitter: f64) -> f64 {
    if jitter.is_nan() { 0.0 } else { jitter.clamp(0.0, 1.0) }
}

/// How long the service asks to be left alone.
#[must_use]
pub fn asked(error: &Error) -> Option<Duration> {
    match &error.kind {
        Kind::Status(refusal) => refusal.retry_after,
        _ => None,
    }
}

/// Whether the service refused because there were too many requests.
#[must_use]
pub fn is_throttled(error: &Error) -> bool {
    matches!(&error.kind, Kind::Status(refusal) if refusal.status == 429)
}

/// Whether the trouble may be over a little later. A bare assign may be sent again whether or not it was applied: it says
/// what the app shall have, whatever is there. A planned write looks first.
#[must_use]
pub fn is_passing(error: &Error) -> bool {
    match &error.kind {
        Kind::Connect | Kind::Timeout | Kind::Transport | Kind::Broken { .. } => true,
        Kind::Status(refusal) => matches!(refusal.status, 408 | 429 | 500 | 502 | 503 | 504),
        _ => false,
    }
}

/// What keeps a client from asking a service in trouble ever more: retries cost, and success pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget(u32);

impl Budget {
    const FULL: u32 = 500;
    const COST: u32 = 14;
    const COST_WHEN_THROTTLED: u32 = 5;

    /// Pays for a retry after this error; `None` if there is not enough left.
    pub fn pay(&mut self, error: &Error) -> Option<u32> {
        let cost = if is_throttled(error) { Self::COST_WHEN_THROTTLED } else { Self::COST };
        self.0 = self.0.checked_sub(cost)?;
        Some(cost)
    }

    /// Takes back the price of a retry that was never made.
    pub fn refund(&mut self, paid: u32) {
        self.0 = self.0.saturating_add(paid).min(Self::FULL);
    }

    /// A call succeeded that paid so much: it gets all of it back, or 1 if it needed no retry.
    pub fn succeed(&mut self, paid: u32) {
        self.refund(paid.max(1));
    }

    /// What is left.
    #[must_use]
    pub fn left(self) -> u32 {
        self.0
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self(Self::FULL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Refusal;

    const MINUTE: Duration = Duration::from_secs(60);

    fn status(status: u16, retry_after: Option<f64>) -> Error {
        let refusal = Refusal {
            status,
            code: None,
            message: String::new(),
            request_id: None,
            date: None,
            retry_after: retry_after.map(Duration::from_secs_f64),
            claims: None,
        };
        Error::new(Kind::Status(Box::new(refusal)), "refused")
    }

    fn fault(kind: Kind) -> Error {
        Error::new(kind, "a fault")
    }

    fn next(error: &Error, attempts: u32, jitter: f64) -> Next {
        Failed { error, attempts, allowed: 4, left: MINUTE, jitter }.next()
    }

    fn seconds(next: Next) -> f64 {
        match next {
            Next::Again(wait) => wait.as_secs_f64(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_may_be_over_soon_is_tried_again() {
        for error in [408, 429, 500, 502, 503, 504].map(|code| status(code, None)) {
            assert!(matches!(next(&error, 1, 0.5), Next::Again(_)), "{error:?}");
        }
        for kind in [Kind::Connect, Kind::Timeout, Kind::Transport] {
            assert!(matches!(next(&fault(kind), 1, 0.5), Next::Again(_)));
        }
    }

    #[test]
    fn what_stays_as_it_is_is_raised() {
        for error in [400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 423, 501, 505, 599]
            .map(|code| status(code, Some(1.0)))
        {
            assert_eq!(next(&error, 1, 0.5), Next::Raise, "{error:?}");
        }
        for kind in [
            Kind::Tls,
            Kind::ProxyAuthentication,
            Kind::Credential,
            Kind::Configuration,
            Kind::Closed,
            Kind::Internal,
            Kind::Response { status: 302, body: String::new() },
        ] {
            assert_eq!(next(&fault(kind), 1, 0.5), Next::Raise);
        }
    }

    #[test]
    fn the_wait_doubles_and_chance_takes_any_part_of_it() {
        for (attempts, most) in [(1, 0.5), (2, 1.0), (3, 2.0)] {
            let wait = |jitter| seconds(next(&status(503, None), attempts, jitter));
            assert!((wait(0.0) - 0.1).abs() < 1e-9);
            assert!((wait(1.0) - most).abs() < 1e-9);
        }
        let throttled = |attempts| seconds(next(&status(429, None), attempts, 1.0));
        assert!((throttled(1) - 1.0).abs() < 1e-9 && (throttled(3) - 4.0).abs() < 1e-9);
        let error = status(503, None);
        for (odd, least) in [(f64::NAN, 0.1), (-1.0, 0.1), (f64::INFINITY, 0.5)] {
            assert!((seconds(next(&status(503, None), 1, odd)) - least).abs() < 1e-9);
        }
        let late = Failed { attempts: 4_000_000_000, allowed: u32::MAX, ..failed(&error) };
        assert!((seconds(late.next()) - 20.0).abs() < 1e-9);
    }

    fn failed(error: &Error) -> Failed<'_> {
        Failed { error, attempts: 1, allowed: 4, left: MINUTE, jitter: 1.0 }
    }

    #[test]
    fn what_the_service_asks_is_kept_and_up_to_a_tenth_more() {
        for (asked, least, most) in [(2.128, 2.128, 2.3408), (10.0, 10.0, 11.0), (0.0, 0.1, 0.1)] {
            let wait = |jitter| seconds(next(&status(429, Some(asked)), 3, jitter));
            assert!((wait(0.0) - least).abs() < 1e-6, "{asked}");
            assert!((wait(1.0) - most).abs() < 1e-6, "{asked}");
        }
    }

    #[test]
    fn nobody_waits_for_longer_than_two_minutes_or_past_the_end_of_the_call() {
        let asked = status(429, Some(3600.0));
        assert_eq!(next(&asked, 1, 0.0), Next::TooLong(Duration::from_secs(3600)));
        let asked = status(503, Some(119.0));
        let call = |left| Failed { left: Duration::from_secs(left), jitter: 0.0, ..failed(&asked) }.next();
        assert_eq!(call(119), Next::TooLong(Duration::from_secs(119)));
        assert_eq!(call(120), Next::Again(Duration::from_secs(119)));
        let no_time = status(503, None);
        let none = Failed { left: Duration::ZERO, jitter: 0.0, ..failed(&no_time) }.next();
        assert_eq!(none, Next::TooLong(SHORTEST));
        assert_eq!(next(&status(429, Some(1e18)), 1, 1.0), Next::TooLong(Duration::from_secs_f64(1e18)));
    }

    #[test]
    fn the_attempts_are_counted_with_the_first_one() {
        let error = status(503, None);
        assert!(matches!(next(&error, 3, 0.0), Next::Again(_)));
        assert_eq!(next(&error, 4, 0.0), Next::NoAttemptLeft);
        assert_eq!(Failed { allowed: 1, ..failed(&error) }.next(), Next::NoAttemptLeft);
    }

    #[test]
    fn retries_empty_the_budget_and_success_refills_it() {
        let (error, throttled) = (status(503, None), status(429, None));
        let mut budget = Budget::default();
        let mut paid = 0;
        while let Some(cost) = budget.pay(&error) {
            paid += cost;
        }
        assert_eq!((paid, budget.left()), (490, 10));
        assert_eq!(budget.pay(&throttled), Some(5));
        budget.succeed(0);
        assert_eq!(budget.left(), 6);
        budget.succeed(490);
        assert_eq!(budget.left(), 496);
        budget.succeed(490);
        assert_eq!(budget.left(), Budget::FULL);
    }
}
