//! Trying again: never sooner than the service asks, never past the call's end, never more than the budget pays for.

mod script;
mod story;

use std::collections::HashMap;
use std::time::Duration;

use appassign::error::{Error, Kind, Outcome};
use appassign::response;
use appassign::retry::{Failed, LONGEST_ASKED, Next};

use super::Input;
use story::{Attempt, Script, Step, Told};

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(20);
/// Tokio's clock counts whole milliseconds, and rounds up.
const TICK: Duration = Duration::from_millis(2);
/// Longer than this nothing is held back.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The bytes are a script: its first line has the limits, and each other one is a call or a step of the service's.
pub(crate) fn check(bytes: &[u8]) -> Input {
    let Some(script) = script::read(bytes) else { return Input::Refused };
    for (_, step) in &script.steps {
        if let Some(error) = step.error() {
            is_decided_well(&error, &script);
        }
    }
    let (attempts, told) = story::told(&script);
    assert_eq!(told.len(), script.calls.len());
    for told in &told {
        let id = told.call.client_request_id.unwrap().to_string();
        let own: Vec<_> = attempts.iter().filter(|attempt| attempt.call == id).collect();
        is_told_as_it_was(told, &own);
        ends_in_time(told, &own, &script);
        waits_between(&own, told, script.calls.len() == 1);
    }
    let ids: Vec<_> = told.iter().map(|told| told.call.client_request_id.unwrap().to_string()).collect();
    assert!(attempts.iter().all(|attempt| ids.contains(&attempt.call)));
    is_held_back(&attempts);
    is_paid_for(&attempts);
    Input::Accepted
}

/// The decision alone, with numbers that no story reaches.
fn is_decided_well(error: &Error, script: &Script) {
    let jitter = f64::from(u16::try_from(script.chance % 1_000).unwrap()) / 1_000.0;
    let allowed = script.limits.attempts;
    for attempts in [1, allowed.saturating_sub(1), allowed, u32::MAX] {
        for left in [Duration::ZERO, script.limits.timeout, Duration::MAX] {
            let next = Failed { error, attempts, allowed, left, jitter }.next();
            let least = asked(error).unwrap_or(SHORTEST).max(SHORTEST);
            match next {
                Next::Again(wait) => {
                    assert!(is_passing(error) && attempts < allowed, "{error:?}");
                    assert!(least <= wait && wait < left, "{wait:?} of {left:?} for {error:?}");
                    assert!(wait <= longest(error), "{wait:?} for {error:?}");
                }
                Next::TooLong(wait) => {
                    assert!(is_passing(error) && attempts < allowed, "{error:?}");
                    assert!(
                        wait >= left || asked(error).is_some_and(|asked| asked > LONGEST_ASKED),
                        "{wait:?}"
                    );
                }
                Next::NoAttemptLeft => assert!(attempts >= allowed),
                Next::Raise => assert!(!is_passing(error), "{error:?}"),
            }
        }
    }
}

/// The table of RFC 9110 and Graph's: what may be over a little later.
fn is_passing(error: &Error) -> bool {
    match &error.kind {
        Kind::Status(refusal) => [408, 429, 500, 502, 503, 504].contains(&refusal.status),
        Kind::Connect | Kind::Timeout | Kind::Transport => true,
        _ => false,
    }
}

fn asked(error: &Error) -> Option<Duration> {
    match &error.kind {
        Kind::Status(refusal) => refusal.retry_after,
        _ => None,
    }
}

fn longest(error: &Error) -> Duration {
    asked(error).map_or(LONGEST, |asked| asked.saturating_add(asked / 10)).max(SHORTEST) + TICK
}

fn is_told_as_it_was(told: &Told, own: &[&Attempt]) {
    assert_eq!(told.call.attempts as usize, own.len());
    assert_eq!(told.call.elapsed, told.end - told.start);
    let outcome = |step: &Step| match step {
        Step::Answer(status, _) => response::outcome(*status),
        Step::Fault(_, outcome) => *outcome,
        Step::Silence => Outcome::Unknown,
    };
    if let Some(status) = told.status {
        assert!(matches!(own.last().unwrap().step, Step::Answer(last, _) if last == status));
    } else {
        let outcomes: Vec<_> = own.iter().map(|attempt| outcome(&attempt.step)).collect();
        let worst =
            [Outcome::Unknown, Outcome::NotApplied].into_iter().find(|worst| outcomes.contains(worst));
        assert_eq!(told.call.outcome, worst.unwrap_or(Outcome::NotSent), "{outcomes:?}");
    }
    // What succeeded is not done a second time.
    for attempt in own.iter().rev().skip(1) {
        assert_ne!(outcome(&attempt.step), Outcome::Applied);
    }
}

fn ends_in_time(told: &Told, own: &[&Attempt], script: &Script) {
    let end = told.start + script.limits.timeout;
    assert!(told.end <= end + TICK, "{told:?}");
    assert!(own.iter().all(|attempt| attempt.sent < end), "{told:?}");
    assert!(own.len() <= script.limits.attempts as usize);
}

fn waits_between(own: &[&Attempt], told: &Told, is_alone: bool) {
    let mut renewals = 0;
    for pair in own.windows(2) {
        let [before, after] = pair else { continue };
        let error = before.step.error().unwrap();
        let wait = after.sent - before.ended;
        if matches!(before.step, Step::Answer(401, _)) {
            renewals += 1;
            assert_ne!(before.token, after.token);
        } else {
            assert!(is_passing(&error), "{told:?} went on after {error:?}");
            let least = asked(&error).unwrap_or_default().max(SHORTEST);
            assert!(wait >= least, "{wait:?} is sooner than {least:?}");
            assert!(least <= LONGEST_ASKED, "nobody waits {least:?}");
            assert!(!is_alone || wait <= longest(&error), "{wait:?} for {error:?}");
        }
    }
    assert!(renewals <= 1, "a token is renewed once");
}

/// What a 429 asks of one call holds for all of the client's.
fn is_held_back(attempts: &[Attempt]) {
    for throttled in attempts.iter().filter(|attempt| matches!(attempt.step, Step::Answer(429, _))) {
        let Some(asked) = throttled.step.error().as_ref().and_then(asked) else { continue };
        for other in attempts.iter().filter(|other| other.sent > throttled.ended) {
            let wait = other.sent - throttled.ended;
            assert!(wait >= asked.min(A_DAY), "{other:?} was sent {wait:?} after {throttled:?}");
        }
    }
}

/// The budget, counted a second time: a retry costs 14, or 5 after a 429, and success pays that back, or 1.
fn is_paid_for(attempts: &[Attempt]) {
    let mut budget = 500_u32;
    let mut paid: HashMap<&str, u32> = HashMap::new();
    for (index, attempt) in attempts.iter().enumerate() {
        let cost = match attempt.step {
            Step::Answer(200..=204, _) => {
                let back = paid.get(attempt.call.as_str()).copied().unwrap_or_default().max(1);
                budget = (budget + back).min(500);
                continue;
            }
            Step::Answer(401, _) => continue,
            Step::Answer(429, _) => 5,
            _ => 14,
        };
        if attempts[index + 1..].iter().any(|later| later.call == attempt.call) {
            budget = budget.checked_sub(cost).expect("a retry that nothing paid for");
            *paid.entry(&attempt.call).or_default() += cost;
        }
    }
}
