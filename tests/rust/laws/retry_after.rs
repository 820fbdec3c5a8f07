//! How long a service asks to be left alone: never less than any of its headers says.

use std::time::Duration;

use appassign::retry_after::retry_after;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;

use super::{Input, wire};

const NOW: &str = "2026-11-23T20:15:42Z";
const NANOSECOND: Duration = Duration::from_nanos(1);

/// The bytes are header lines.
pub(crate) fn check(bytes: &[u8]) -> Input {
    let now: Timestamp = NOW.parse().unwrap();
    let (headers, _) = wire::headers(bytes);
    let asked = retry_after(&headers, now);
    let (dates, others): (Vec<_>, Vec<_>) = headers.iter().partition(|(name, _)| *name == header::DATE);
    let mut longest = None;
    for (name, value) in others {
        // A wait until a date counts from the service's own clock, so its dates go along.
        let alone: HeaderMap = dates
            .iter()
            .copied()
            .chain([(name, value)])
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let alone = retry_after(&alone, now);
        is_what_the_header_says(name, value, alone);
        longest = longest.max(alone);
    }
    assert_eq!(asked, longest, "{headers:?}");
    match asked {
        Some(wait) => {
            assert!(wait.as_secs_f64().is_finite());
            Input::Accepted
        }
        None => Input::Refused,
    }
}

fn is_what_the_header_says(name: &HeaderName, value: &HeaderValue, asked: Option<Duration>) {
    let nanoseconds = match name.as_str() {
        "retry-after" => 1_000_000_000,
        "retry-after-ms" | "x-ms-retry-after-ms" => 1_000_000,
        _ => return assert_eq!(asked, None, "{name} asks for nothing"),
    };
    let Ok(text) = value.to_str() else { return assert_eq!(asked, None, "{value:?}") };
    match plain(text.trim(), nanoseconds) {
        Some(exact) => {
            let asked = asked.unwrap();
            assert!(asked + NANOSECOND >= exact, "{text:?} is {asked:?}, sooner than {exact:?}");
            assert!(asked <= exact + NANOSECOND, "{text:?} is {asked:?}, later than {exact:?}");
        }
        None if !text.bytes().any(|byte| byte.is_ascii_digit()) => assert_eq!(asked, None, "{text:?}"),
        None => {}
    }
}

/// A decimal number of at most six digits before the point, counted without floating point.
fn plain(text: &str, unit: u64) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || whole.len() > 6 {
        return None;
    }
    let billionths: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let fraction = billionths.parse::<u64>().ok()? * unit / 1_000_000_000;
    Some(Duration::from_nanos(whole.parse::<u64>().ok()? * unit + fraction))
}
