//! How long a service asks to be left alone.

use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;

/// The longest wait that an answer asks for. Seconds may have decimals: Microsoft's own sample says `2.128`.
///
/// A date counts from the service's own clock where the answer shows it, else from `now`. What cannot be read asks for
/// nothing.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text =
        |name: &str| headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).map(str::trim);
    let clock = text("date").find_map(date).unwrap_or(now);
    let until = |text| Some(date(text)?.duration_since(clock).try_into().unwrap_or(Duration::ZERO));
    let seconds = text("retry-after").filter_map(|text| wait(text, 1.0).or_else(|| until(text)));
    let milliseconds = ["retry-after-ms", "x-ms-retry-after-ms"]
        .into_iter()
        .flat_map(text)
        .filter_map(|text| wait(text, 0.001));
    seconds.chain(milliseconds).max()
}

/// A plain number; what a float may be besides (`inf`, `1e3`) is none of HTTP's.
fn wait(text: &str, unit: f64) -> Option<Duration> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number = is_plain.then(|| text.parse::<f64>().ok()).flatten()?;
    // More than any clock holds is for ever.
    Some(Duration::try_from_secs_f64(number * unit).unwrap_or(Duration::MAX))
}

fn date(text: &str) -> Option<Timestamp> {
    httpdate::parse_http_date(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&'static str, &str)]) -> Option<f64> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        retry_after(&map, "2026-11-23T20:15:42Z".parse().unwrap()).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn seconds_are_read_with_and_without_decimals() {
        for (text, seconds) in [("10", 10.0), ("2.128", 2.128), ("0", 0.0), (" 5 ", 5.0), ("3600", 3600.0)] {
            assert_eq!(asked(&[("retry-after", text)]), Some(seconds), "{text}");
        }
    }

    #[test]
    fn the_three_forms_of_a_date_are_read() {
        for text in
            ["Mon, 23 Nov 2026 20:16:12 GMT", "Monday, 23-Nov-26 20:16:12 GMT", "Mon Nov 23 20:16:12 2026"]
        {
            assert_eq!(asked(&[("retry-after", text)]), Some(30.0), "{text}");
        }
        assert_eq!(asked(&[("retry-after", "Mon, 23 Nov 2026 20:00:00 GMT")]), Some(0.0));
    }

    #[test]
    fn a_date_counts_from_the_services_own_clock() {
        let headers =
            [("date", "Mon, 23 Nov 2026 19:00:00 GMT"), ("retry-after", "Mon, 23 Nov 2026 19:00:07 GMT")];
        assert_eq!(asked(&headers), Some(7.0));
    }

    #[test]
    fn the_longest_wait_wins() {
        let headers = [("retry-after", "1"), ("retry-after-ms", "2500"), ("x-ms-retry-after-ms", "300")];
        assert_eq!(asked(&headers), Some(2.5));
        assert_eq!(asked(&[("retry-after", "1"), ("retry-after", "9")]), Some(9.0));
    }

    #[test]
    fn garbage_asks_for_nothing() {
        for text in ["", "-1", "NaN", "inf", "1e3", "+5", "soon", "1,2", "..", "0x10"] {
            assert_eq!(asked(&[("retry-after", text)]), None, "{text}");
        }
        assert_eq!(asked(&[("retry-after", "soon"), ("retry-after-ms", "40")]), Some(0.04));
        assert_eq!(asked(&[]), None);
        assert!(asked(&[("retry-after", &"9".repeat(400))]).unwrap() > 1e18);
    }
}
