//! How many requests the service takes in a while, as Graph publishes it for Intune's apps.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// The published window.
pub(super) const WINDOW: Duration = Duration::from_secs(20);

/// What is counted together, and how much of it a window takes. The first limit that is hit throttles.
const LIMITS: [(Scope, Counted, usize); 4] = [
    (Scope::Application, Counted::Writes, 100),
    (Scope::Tenant, Counted::Writes, 200),
    (Scope::Application, Counted::All, 1000),
    (Scope::Tenant, Counted::All, 2000),
];

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Scope {
    /// One application in one tenant.
    Application,
    /// All applications in one tenant.
    Tenant,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Counted {
    Writes,
    All,
}

/// The requests of the last window. That the window slides is inferred: whoever keeps to a sliding one keeps to any.
pub(super) struct Quota {
    window: Duration,
    meters: HashMap<(Scope, Counted, String), VecDeque<Instant>>,
}

impl Quota {
    pub(super) fn new(window: Duration) -> Self {
        Self { window, meters: HashMap::new() }
    }

    /// Whether a request may pass at this time; else, how long it has to wait.
    ///
    /// A refused one counts too, as the documentation warns: who asks again at once is not let in the sooner.
    ///
    /// # Errors
    /// The time until the window has room again.
    pub(super) fn admit(
        &mut self,
        now: Instant,
        tenant: &str,
        application: &str,
        is_write: bool,
    ) -> Result<(), Duration> {
        let mut wait = Duration::ZERO;
        for (scope, counted, limit) in LIMITS {
            if counted == Counted::Writes && !is_write {
                continue;
            }
            let whose = match scope {
                Scope::Application => format!("{tenant} {application}"),
                Scope::Tenant => tenant.to_owned(),
            };
            let meter = self.meters.entry((scope, counted, whose)).or_default();
            while meter.front().is_some_and(|oldest| now.saturating_duration_since(*oldest) >= self.window) {
                meter.pop_front();
            }
            let is_full = meter.len() == limit;
            if is_full {
                meter.pop_front();
            }
            meter.push_back(now);
            if let (true, Some(next)) = (is_full, meter.front()) {
                wait = wait.max(self.window.saturating_sub(now.saturating_duration_since(*next)));
            }
        }
        if wait.is_zero() { Ok(()) } else { Err(wait) }
    }

    /// How Graph would say it: in whole seconds, or to the millisecond where the window was made shorter.
    pub(super) fn retry_after(&self, wait: Duration) -> String {
        if self.window < WINDOW {
            format!("{:.3}", (wait.as_secs_f64() * 1000.0).ceil() / 1000.0)
        } else {
            wait.as_secs_f64().ceil().to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn writes(quota: &mut Quota, now: Instant, application: &str, number: usize) -> usize {
        (0..number).filter(|_| quota.admit(now, "t", application, true).is_ok()).count()
    }

    #[test]
    fn one_application_writes_a_hundred_times_in_a_window_and_all_together_two_hundred() {
        let (mut quota, now) = (Quota::new(WINDOW), Instant::now());
        assert_eq!(writes(&mut quota, now, "a", 100), 100);
        assert_eq!(quota.admit(now, "t", "a", true), Err(WINDOW));
        assert_eq!(writes(&mut quota, now, "b", 150), 99, "the refused one of the other application counts");
        assert_eq!(quota.admit(now, "another tenant", "a", true), Ok(()));
    }

    #[test]
    fn reads_pass_while_writes_wait_and_have_limits_of_their_own() {
        let (mut quota, now) = (Quota::new(WINDOW), Instant::now());
        assert_eq!(writes(&mut quota, now, "a", 101), 100);
        let reads = (0..1000).filter(|_| quota.admit(now, "t", "a", false).is_ok()).count();
        assert_eq!(reads, 899, "1,000 requests less 101 writes");
    }

    #[test]
    fn a_window_slides_and_says_how_long_to_wait() {
        let (mut quota, start) = (Quota::new(WINDOW), Instant::now());
        assert_eq!(writes(&mut quota, start, "a", 1), 1);
        assert_eq!(writes(&mut quota, start + 10 * SECOND, "a", 99), 99);
        let wait = quota.admit(start + 15 * SECOND, "t", "a", true).unwrap_err();
        assert_eq!((wait, quota.retry_after(wait)), (15 * SECOND, "15".to_owned()), "until the 99 are over");
        assert_eq!(quota.admit(start + 15 * SECOND + wait, "t", "a", true), Ok(()));
    }

    #[test]
    fn asking_again_at_once_counts_against_the_limit() {
        let (mut quota, start) = (Quota::new(WINDOW), Instant::now());
        assert_eq!(writes(&mut quota, start, "a", 100), 100);
        assert_eq!(writes(&mut quota, start + 19 * SECOND, "a", 100), 0);
        assert_eq!(quota.admit(start + 20 * SECOND, "t", "a", true), Err(19 * SECOND));
        assert_eq!(quota.admit(start + 39 * SECOND, "t", "a", true), Ok(()));
    }

    #[test]
    fn a_shorter_window_waits_in_fractions_of_a_second() {
        let (mut quota, start) = (Quota::new(SECOND), Instant::now());
        assert_eq!(writes(&mut quota, start, "a", 100), 100);
        let wait = quota.admit(start + SECOND / 4, "t", "a", true).unwrap_err();
        assert_eq!(quota.retry_after(wait), "0.750");
    }
}
