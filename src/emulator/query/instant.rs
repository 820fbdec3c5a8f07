//! Moments, as OData writes them: `2026-11-24`, `2026-11-24T18:00:00.5Z`, `2026-11-24T18:00:00+01:00`.

/// Moments are ordered as time is, whatever zone they were written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Instant {
    seconds: i64,
    nanoseconds: u32,
}

impl Instant {
    /// A date alone is its midnight in UTC; a time needs a zone.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let midnight = days(date)?.checked_mul(86_400)?;
        if rest.is_empty() {
            return Some(Self { seconds: midnight, nanoseconds: 0 });
        }
        let time = rest.strip_prefix(['T', 't'])?;
        let (time, offset) = zone(time)?;
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let mut parts = time.split(':').map(|part| number(part, 2));
        let (hours, minutes) = (parts.next()??, parts.next()??);
        let seconds = parts.next().unwrap_or(Some(0))?;
        if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 59 {
            return None;
        }
        let nanoseconds = u32::try_from(number(&format!("{fraction:0<9}"), 9)?).ok()?;
        Some(Self { seconds: midnight + hours * 3_600 + minutes * 60 + seconds - offset, nanoseconds })
    }
}

/// The seconds that a zone is ahead of UTC.
fn zone(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let (time, zone) = time.split_at_checked(time.rfind(['+', '-'])?)?;
    let (sign, zone) = zone.split_at_checked(1)?;
    let (hours, minutes) = zone.split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    let ahead = hours * 3_600 + minutes * 60;
    (hours <= 14 && minutes <= 59).then_some((time, if sign == "-" { -ahead } else { ahead }))
}

/// The days between the first of January of the year 1 and a date.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month - 1).ok()?;
    let length = *lengths.get(before)?;
    if parts.next().is_some() || year < 1 || day < 1 || day > length {
        return None;
    }
    let whole = year - 1;
    let of_years = whole * 365 + whole / 4 - whole / 100 + whole / 400;
    Some(of_years + lengths.iter().take(before).sum::<i64>() + day - 1)
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let digits_only = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    digits_only.then(|| text.parse().ok()).flatten()
}
