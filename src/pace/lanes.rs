//! The places that a quota gives to the requests of a client.
//!
//! A request takes a place when it is let go, and the place is free again one window after its answer came. The service
//! has counted it by then, so whatever window it counts by, sliding or fixed, meets no more requests than there are
//! places. And all of them may go at once: places, unlike a constant rate, lose no time to a slow start.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::pace::Quota;

/// One for all requests, and one for the writes among them: a write takes a place in both.
#[derive(Clone, Debug)]
pub struct Lanes {
    all: Lane,
    writes: Lane,
}

impl Lanes {
    /// Places for so many requests, all of them free.
    #[must_use]
    pub fn new(quota: Quota) -> Self {
        let (writes, window) = (quota.limit(true), quota.window());
        Self {
            // A planned write has a place before it reads. Where all writes have theirs, there are as many for reads.
            all: Lane::new(quota.limit(false), 2 * writes, window),
            writes: Lane::new(writes, writes / 16, window),
        }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// There is none: the time at which there is, unless that depends on requests that are under way.
    pub fn take(&mut self, is_write: bool, now: Instant) -> Result<(), Option<Instant>> {
        let free = self
            .taken(is_write)
            .map(|lane| lane.free(now))
            .try_fold(now, |latest, free| free.map(|free| latest.max(free)));
        if free != Some(now) {
            return Err(free);
        }
        self.taken(is_write).for_each(|lane| lane.open += 1);
        Ok(())
    }

    /// The request was not sent: its place is free at once.
    pub fn give_back(&mut self, is_write: bool) {
        self.taken(is_write).for_each(|lane| lane.open = lane.open.saturating_sub(1));
    }

    /// The request was answered, or given up after it was sent.
    pub fn end(&mut self, is_write: bool, now: Instant) {
        for lane in self.taken(is_write) {
            lane.open = lane.open.saturating_sub(1);
            lane.ended.push_back(now);
        }
    }

    /// The service refused a request that was sent at that time: there were too many of its kind.
    pub fn slow_down(&mut self, is_write: bool, now: Instant, sent: Instant) {
        self.lane(is_write).slow_down(now, sent);
    }

    /// How many of a kind go in a window just now.
    #[must_use]
    pub fn used(&self, is_write: bool) -> usize {
        if is_write { self.writes.used } else { self.all.used }
    }

    fn lane(&mut self, is_write: bool) -> &mut Lane {
        if is_write { &mut self.writes } else { &mut self.all }
    }

    /// The lanes in which such a request takes a place.
    fn taken(&mut self, is_write: bool) -> impl Iterator<Item = &mut Lane> {
        [Some(&mut self.all), is_write.then_some(&mut self.writes)].into_iter().flatten()
    }
}

#[derive(Clone, Debug)]
struct Lane {
    limit: usize,
    /// However often the service refuses, so many still go.
    least: usize,
    window: Duration,
    /// Part of the limit, less after a refusal.
    used: usize,
    /// Requests without an answer, sent or about to be.
    open: usize,
    /// When the others ended, of the last window.
    ended: VecDeque<Instant>,
    slowed: Option<Instant>,
    /// When the service refused last, or the lane was last given more.
    changed: Option<Instant>,
}

impl Lane {
    fn new(limit: usize, least: usize, window: Duration) -> Self {
        let (ended, least) = (VecDeque::new(), least.max(1));
        Self { limit, least, window, used: limit, open: 0, ended, slowed: None, changed: None }
    }

    /// When there is a place; `None` if that depends on requests that are under way.
    fn free(&mut self, now: Instant) -> Option<Instant> {
        self.recover(now);
        while self.ended.front().is_some_and(|ended| now.saturating_duration_since(*ended) >= self.window) {
            self.ended.pop_front();
        }
        match (self.open + self.ended.len()).checked_sub(self.used) {
            None => Some(now),
            Some(before) => self.ended.get(before).map(|ended| *ended + self.window),
        }
    }

    /// Half as many from now on, once a window: a refused request that was sent before that can show any effect tells
    /// nothing new.
    fn slow_down(&mut self, now: Instant, sent: Instant) {
        self.recover(now);
        self.changed = Some(now);
        if self.slowed.is_none_or(|slowed| sent.saturating_duration_since(slowed) >= self.window) {
            self.used = (self.used / 2).max(self.least);
            self.slowed = Some(now);
        }
    }

    /// A tenth more for each window without a refusal.
    fn recover(&mut self, now: Instant) {
        while self.used < self.limit
            && let Some(changed) = self.changed
            && now.saturating_duration_since(changed) >= self.window
        {
            self.used = self.limit.min(self.used + self.limit.div_ceil(10));
            self.changed = Some(changed + self.window);
        }
    }
}
