//! A script as text: `timeout 180000 attempts 4 chance 7`, then lines such as `call 500`, `429 20 2.5` or `lost 3`.

use std::time::Duration;

use appassign::error::{Kind, Outcome};
use appassign::service::Limits;
use http::HeaderValue;

use super::story::{Script, Step};

/// So much is told in no time.
const MOST_CALLS: usize = 16;
const MOST_STEPS: usize = 400;
const MOST_ATTEMPTS: u32 = 100;

/// Times are milliseconds. Lines that say nothing are passed over.
pub(crate) fn read(bytes: &[u8]) -> Option<Script> {
    let mut lines = std::str::from_utf8(bytes).ok()?.lines();
    let first: Vec<_> = lines.next()?.split(' ').collect();
    let &["timeout", timeout, "attempts", attempts, "chance", chance] = first.as_slice() else { return None };
    let (timeout, attempts): (u32, u32) = (timeout.parse().ok()?, attempts.parse().ok()?);
    let mut script = Script {
        limits: Limits {
            timeout: Duration::from_millis(timeout.max(1).into()),
            attempts: attempts.clamp(1, MOST_ATTEMPTS),
        },
        chance: chance.parse().ok()?,
        calls: Vec::new(),
        steps: Vec::new(),
    };
    for line in lines {
        let mut words = line.splitn(3, ' ');
        let (word, time, wait) = (words.next().unwrap_or_default(), words.next(), words.next());
        let Some(time) =
            time.unwrap_or("0").parse::<u32>().ok().map(|time| Duration::from_millis(time.into()))
        else {
            continue;
        };
        if word == "call" && script.calls.len() < MOST_CALLS {
            script.calls.push(time);
        } else if let Some(step) = step(word, wait)
            && script.steps.len() < MOST_STEPS
        {
            script.steps.push((time, step));
        }
    }
    (!script.calls.is_empty()).then_some(script)
}

fn step(word: &str, wait: Option<&str>) -> Option<Step> {
    Some(match word {
        "refused" => Step::Fault(Kind::Connect, Outcome::NotSent),
        "tls" => Step::Fault(Kind::Tls, Outcome::NotSent),
        "lost" => Step::Fault(Kind::Transport, Outcome::Unknown),
        "back" => Step::Fault(Kind::Transport, Outcome::NotApplied),
        "silence" => Step::Silence,
        status => {
            let status = status.parse().ok().filter(|status| (200..=599).contains(status))?;
            Step::Answer(status, wait.and_then(|wait| HeaderValue::from_str(wait).ok()))
        }
    })
}
