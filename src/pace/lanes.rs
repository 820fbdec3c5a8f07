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

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(20);
    const SECOND: Duration = Duration::from_secs(1);

    fn lanes() -> (Lanes, Instant) {
        (Lanes::new(Quota::PUBLISHED), Instant::now())
    }

    /// How many go at once, and end at once.
    fn burst(lanes: &mut Lanes, is_write: bool, now: Instant) -> usize {
        let count = (0..2_000).take_while(|_| lanes.take(is_write, now).is_ok()).count();
        (0..count).for_each(|_| lanes.end(is_write, now));
        count
    }

    #[test]
    fn a_place_is_free_again_one_window_after_the_answer() {
        let (mut lanes, start) = lanes();
        assert_eq!(lanes.take(true, start), Ok(()));
        assert_eq!(burst(&mut lanes, true, start), 99);
        assert_eq!(lanes.take(true, start + SECOND), Err(Some(start + WINDOW)));
        lanes.end(true, start + 3 * SECOND);
        let until = start + WINDOW;
        assert!(lanes.take(true, until - Duration::from_nanos(1)).is_err());
        assert_eq!(burst(&mut lanes, true, until), 99);
        assert_eq!(
            lanes.take(true, until),
            Err(Some(start + 23 * SECOND)),
            "the slow one counts from its answer"
        );
    }

    #[test]
    fn nobody_knows_when_the_place_of_an_open_request_is_free() {
        let (mut lanes, now) = lanes();
        (0..100).for_each(|_| lanes.take(true, now).unwrap());
        assert_eq!(lanes.take(true, now), Err(None));
        assert_eq!(lanes.take(false, now), Ok(()), "reads have places of their own");
        lanes.give_back(true);
        assert_eq!(lanes.take(true, now), Ok(()), "what was not sent costs nothing");
    }

    #[test]
    fn a_write_counts_among_all_requests_and_a_read_among_no_writes() {
        let (mut lanes, now) = lanes();
        assert_eq!(burst(&mut lanes, true, now), 100);
        assert_eq!(burst(&mut lanes, false, now), 900);
        let later = now + WINDOW;
        assert_eq!(burst(&mut lanes, false, later), 1_000);
        assert_eq!(lanes.take(true, later), Err(Some(later + WINDOW)));
    }

    #[test]
    fn refusals_of_one_overload_halve_the_pace_once() {
        let (mut lanes, start) = lanes();
        for answered in 1..=50 {
            lanes.slow_down(true, start + SECOND * answered / 10, start);
        }
        assert_eq!((lanes.used(true), lanes.used(false)), (50, 1_000));
        let early = start + 19 * SECOND;
        lanes.slow_down(true, early + SECOND / 2, early);
        assert_eq!(lanes.used(true), 50, "it was sent before the slower pace had lasted for a window");
        let late = start + 21 * SECOND;
        lanes.slow_down(true, late, late);
        assert_eq!(lanes.used(true), 25);
    }

    #[test]
    fn some_requests_go_however_often_the_service_refuses() {
        let (mut lanes, start) = lanes();
        let mut now = start;
        for _ in 0..20 {
            now += 15 * SECOND;
            lanes.slow_down(true, now, now);
            lanes.slow_down(false, now, now);
        }
        assert_eq!((lanes.used(true), lanes.used(false)), (6, 200));
        assert_eq!(burst(&mut lanes, true, now), 6);
    }

    #[test]
    fn each_window_without_a_refusal_gives_a_tenth_back() {
        let (mut lanes, start) = lanes();
        lanes.slow_down(true, start, start);
        for (after, places) in [(19, 50), (20, 60), (59, 70), (60, 80)] {
            let mut then = lanes.clone();
            assert_eq!(burst(&mut then, true, start + after * SECOND), places, "{after} s");
        }
        lanes.slow_down(true, start + 59 * SECOND, start + 59 * SECOND);
        assert_eq!(lanes.used(true), 35, "70, halved");
        assert_eq!(burst(&mut lanes.clone(), true, start + 78 * SECOND), 35);
        assert_eq!(burst(&mut lanes.clone(), true, start + 79 * SECOND), 45);
        assert_eq!(burst(&mut lanes, true, start + 10_000 * SECOND), 100);
    }

    #[test]
    fn where_all_writes_wait_for_their_reads_there_is_a_place_for_these() {
        for writes in [1_u8, 2, 6, 15, 16, 33, 100] {
            let quota = Quota::read(Some(f64::from(writes) / 20.0), &root()).unwrap().unwrap();
            assert_eq!(quota.limit(true), usize::from(writes));
            let (mut lanes, now) = (Lanes::new(quota), Instant::now());
            (0..writes).for_each(|_| lanes.take(true, now).unwrap());
            for refusals in 1..20 {
                let then = now + 15 * SECOND * refusals;
                lanes.slow_down(false, then, then);
                assert_eq!(lanes.clone().take(false, then), Ok(()), "{writes}, {refusals}");
            }
        }
    }

    fn root() -> crate::service::ServiceRoot {
        crate::service::ServiceRoot::of_cloud(crate::service::Cloud::Global).unwrap()
    }
}
