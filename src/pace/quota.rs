//! How many requests a client lets go in a while.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::service::ServiceRoot;

/// So many writes in a window, and ten times as many requests of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    writes: u16,
    window: Duration,
}

impl Quota {
    /// What Graph publishes for Intune's apps, for one application in one tenant: "Intune applications service limits".
    pub const PUBLISHED: Self = Self { writes: 100, window: Duration::from_secs(20) };

    const REQUESTS_A_WRITE: usize = 10;

    /// What a rate means, in writes a second: a part of the published quota, but for one write at least, or all of it in
    /// a shorter time. So there are never more at once than the service is known to take. Infinity: no quota. Without a
    /// rate it is the published quota, and none on loopback.
    ///
    /// # Errors
    /// A configuration error for a rate that lets nothing go.
    pub fn read(rate_limit: Option<f64>, root: &ServiceRoot) -> Result<Option<Self>> {
        const LONGEST: f64 = 31_536_000.0;
        let Some(rate) = rate_limit else {
            return Ok((!root.is_loopback()).then_some(Self::PUBLISHED));
        };
        if rate.is_nan() || rate <= 0.0 {
            let message = format!("rate_limit: {rate} is not a number of writes a second above zero");
            return Err(Error::configuration(message).with_hint(
                "leave rate_limit away to keep to Graph's published quota; float(\"inf\") keeps to none",
            ));
        }
        if rate.is_infinite() {
            return Ok(None);
        }
        let published = Self::PUBLISHED;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is whole, and saturates"
        )]
        let whole = (rate * published.window.as_secs_f64()).floor() as u16;
        let writes = whole.clamp(1, published.writes);
        let window = Duration::from_secs_f64((f64::from(writes) / rate).min(LONGEST));
        Ok(Some(Self { writes, window }))
    }

    /// How many requests of a kind go in a window: writes, or any.
    #[must_use]
    pub fn limit(self, is_write: bool) -> usize {
        let writes = usize::from(self.writes);
        if is_write { writes } else { writes * Self::REQUESTS_A_WRITE }
    }

    /// In what time so many go.
    #[must_use]
    pub fn window(self) -> Duration {
        self.window
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::service::Cloud;

    fn read(rate: f64) -> Result<Option<Quota>> {
        Quota::read(Some(rate), &ServiceRoot::of_cloud(Cloud::Global)?)
    }

    #[test]
    fn without_a_rate_it_is_the_published_quota_but_on_loopback() {
        let of = |url| Quota::read(None, &ServiceRoot::read(url, Cloud::Global).unwrap()).unwrap();
        assert_eq!(of("https://graph.microsoft.com/beta"), Some(Quota::PUBLISHED));
        assert_eq!(of("https://gateway.example/beta"), Some(Quota::PUBLISHED));
        assert_eq!(of("http://127.0.0.1:8080/beta"), None);
        let asked = ServiceRoot::read("http://127.0.0.1:8080/beta", Cloud::Global).unwrap();
        assert_eq!(
            Quota::read(Some(5.0), &asked).unwrap(),
            Some(Quota::PUBLISHED),
            "5 a second are asked for"
        );
    }

    #[test]
    fn a_rate_is_a_part_of_the_published_quota_or_all_of_it_in_a_shorter_time() {
        for (rate, writes, window) in [
            (5.0, 100, 20.0),
            (0.5, 10, 20.0),
            (0.01, 1, 100.0),
            (0.12, 2, 2.0 / 0.12),
            (100.0, 100, 1.0),
            (1e9, 100, 1e-7),
        ] {
            let quota = read(rate).unwrap().unwrap();
            assert_eq!((quota.limit(true), quota.limit(false)), (writes, 10 * writes), "{rate}");
            assert!((quota.window().as_secs_f64() - window).abs() < 1e-8, "{rate}: {quota:?}");
        }
        assert_eq!(read(f64::INFINITY).unwrap(), None);
        for odd in [f64::MIN_POSITIVE, f64::MAX] {
            assert!(read(odd).unwrap().is_some(), "{odd}");
        }
    }

    #[test]
    fn a_rate_that_lets_nothing_go_is_refused() {
        for rate in [0.0, -0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            let error = read(rate).unwrap_err();
            assert_eq!(error.kind, Kind::Configuration);
            assert!(error.message.starts_with("rate_limit: ") && error.hint.is_some(), "{error}");
        }
    }
}
