//! Where a page starts, and how the next one is found.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;

use super::options::Options;
use super::{Unanswerable, Window};

#[derive(Debug)]
pub(super) struct Paging {
    top: Option<usize>,
    start: usize,
    /// What makes a place in one list no place in another.
    list: u64,
}

impl Paging {
    pub(super) fn read(options: &Options) -> Result<Self, Unanswerable> {
        let mut hasher = DefaultHasher::new();
        [options.get("$filter"), options.get("$orderby")].hash(&mut hasher);
        let list = hasher.finish();
        let (top, skip) = (options.number("$top")?, options.number("$skip")?);
        // Seen on other parts of Graph; what Intune says is not known.
        let forged = || Unanswerable::Invalid("Invalid Skip Token".to_owned());
        let start = match options.get("$skiptoken") {
            Some(token) => place(token, list).ok_or_else(forged)?,
            None => skip.unwrap_or_default(),
        };
        Ok(Self { top, start, list })
    }

    /// On Graph `$top` is a page size: a link leads on while more remain. It makes no page larger than the server's.
    pub(super) fn window(&self, options: &Options, total: usize, default_size: usize) -> Window {
        let size = self.top.map_or(default_size, |top| top.min(default_size));
        let start = self.start.min(total);
        let end = start.saturating_add(size).min(total);
        // An empty page would lead to itself for ever.
        let next = (start < end && end < total).then(|| options.with_skiptoken(&token(end, self.list)));
        Window { start, end, next }
    }
}

fn token(place: usize, list: u64) -> String {
    BASE64URL.encode(format!("{list:016x}{place}"))
}

fn place(token: &str, list: u64) -> Option<usize> {
    let plain = String::from_utf8(BASE64URL.decode(token).ok()?).ok()?;
    let place = plain.strip_prefix(&format!("{list:016x}"))?.parse().ok()?;
    (self::token(place, list) == token).then_some(place)
}
