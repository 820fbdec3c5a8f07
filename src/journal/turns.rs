//! Whose turn it is: calls of one process share the file's lock, but not for ever.

use std::time::{Duration, Instant};

/// After so long, nobody new comes in before others had their turn.
const LONGEST_TURN: Duration = Duration::from_secs(5);

/// Who lets go for less than this was there all the time.
const BREATH: Duration = Duration::from_millis(50);

/// How long others wait between two looks at the lock, at most.
pub(super) const LONGEST_POLL: Duration = Duration::from_millis(15);

/// How long the lock is left to others: two of their looks.
const REST: Duration = Duration::from_millis(30);

/// Who of this process is in, and since when.
#[derive(Debug, Default)]
pub(super) struct Turns {
    holders: usize,
    since: Option<Instant>,
    let_go: Option<Instant>,
}

/// What a call does that wants to come in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It shares the lock, which is held.
    Join,
    /// It waits until all others have left.
    Wait,
    /// It waits so long, while the lock is free for other processes.
    Rest(Duration),
    /// It takes the lock, if that is free.
    Lock,
}

impl Turns {
    fn is_over(&self, now: Instant) -> bool {
        self.since.is_some_and(|since| now.saturating_duration_since(since) >= LONGEST_TURN)
    }

    fn free_for(&self, now: Instant) -> Duration {
        self.let_go.map_or(Duration::MAX, |let_go| now.saturating_duration_since(let_go))
    }

    /// Whether anyone is in.
    pub(super) fn is_held(&self) -> bool {
        self.holders > 0
    }

    /// What the next call does.
    pub(super) fn next(&self, now: Instant) -> Next {
        match (self.is_held(), self.is_over(now)) {
            (true, false) => Next::Join,
            (true, true) => Next::Wait,
            (false, true) if self.free_for(now) < REST => Next::Rest(REST.saturating_sub(self.free_for(now))),
            (false, _) => Next::Lock,
        }
    }

    /// One more is in.
    pub(super) fn enter(&mut self, now: Instant) {
        if !self.is_held() && (self.is_over(now) || self.free_for(now) >= BREATH) {
            self.since = Some(now);
        }
        self.holders += 1;
    }

    /// One has left; whether it was the last one.
    pub(super) fn leave(&mut self, now: Instant) -> bool {
        self.holders = self.holders.saturating_sub(1);
        self.let_go = Some(now);
        !self.is_held()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_millis(1);

    /// A moment before a turn is over.
    const NEARLY: Duration = Duration::from_millis(4_999);

    #[test]
    fn calls_share_a_turn_until_it_is_over() {
        let (start, mut turns) = (Instant::now(), Turns::default());
        assert_eq!(turns.next(start), Next::Lock);
        turns.enter(start);
        assert_eq!(turns.next(start + NEARLY), Next::Join);
        turns.enter(start + NEARLY);
        assert_eq!(turns.next(start + LONGEST_TURN), Next::Wait);
        assert!(!turns.leave(start + LONGEST_TURN));
        assert_eq!(turns.next(start + LONGEST_TURN), Next::Wait);
        assert!(turns.leave(start + LONGEST_TURN));
    }

    #[test]
    fn after_a_long_turn_the_lock_is_free_for_two_looks_of_others() {
        let (start, mut turns) = (Instant::now(), Turns::default());
        turns.enter(start);
        let end = start + LONGEST_TURN;
        turns.leave(end);
        assert_eq!(turns.next(end), Next::Rest(2 * LONGEST_POLL));
        assert_eq!(turns.next(end + Duration::from_millis(29)), Next::Rest(MOMENT));
        assert_eq!(turns.next(end + REST), Next::Lock);
        turns.enter(end + REST);
        assert_eq!(turns.next(end + REST + NEARLY), Next::Join);
    }

    #[test]
    fn short_turns_with_hardly_a_breath_between_them_are_one_long_turn() {
        let (mut now, mut turns, mut entered) = (Instant::now(), Turns::default(), 0);
        while turns.next(now) == Next::Lock {
            turns.enter(now);
            now += Duration::from_millis(200);
            turns.leave(now);
            now += MOMENT;
            entered += 1;
        }
        assert_eq!((turns.next(now), entered), (Next::Rest(Duration::from_millis(29)), 25));
    }

    #[test]
    fn who_leaves_the_lock_alone_for_a_while_has_a_new_turn() {
        let (start, mut turns) = (Instant::now(), Turns::default());
        turns.enter(start);
        turns.leave(start + NEARLY);
        turns.enter(start + NEARLY + BREATH);
        assert_eq!(turns.next(start + LONGEST_TURN + BREATH), Next::Join);
    }
}
