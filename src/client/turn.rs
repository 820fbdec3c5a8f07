//! Leave to send one request.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Door, Notify};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::error::{Error, Kind, Result, seconds};
use crate::pace::{Lanes, Quota};

/// Leave to send one request. Let go of unsent, the next one has it at once.
pub(crate) struct Turn<'a> {
    place: Option<Place<'a>>,
    /// Whether it did not come at once.
    pub(crate) has_waited: bool,
}

impl<'a> Turn<'a> {
    pub(super) fn new(place: Option<Place<'a>>, has_waited: bool) -> Self {
        Self { place, has_waited }
    }

    /// The request goes now: from here on the service may count it.
    pub(crate) fn sent(&mut self, now: Instant) {
        if let Some(place) = &mut self.place {
            place.sent = Some(now);
        }
    }

    /// The request ended in this error.
    pub(crate) fn failed(&mut self, error: &Error) {
        let Some(place) = &mut self.place else { return };
        match &error.kind {
            Kind::Status(refusal) if refusal.status == 429 => place.slow_down(),
            // There was no connection, so there was nothing to count.
            Kind::Connect | Kind::ProxyAuthentication | Kind::Tls => place.sent = None,
            _ => {}
        }
    }
}

/// A place in the lanes of a quota.
pub(super) struct Place<'a> {
    paced: &'a Paced,
    is_write: bool,
    sent: Option<Instant>,
}

impl Place<'_> {
    fn slow_down(&self) {
        if let Some(sent) = self.sent {
            self.paced.lanes().slow_down(self.is_write, Instant::now(), sent);
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut lanes = self.paced.lanes();
        match self.sent {
            None => lanes.give_back(self.is_write),
            Some(_) => lanes.end(self.is_write, Instant::now()),
        }
        drop(lanes);
        self.paced.changed.notify_waiters();
    }
}

/// The pace of a client that keeps to a quota.
pub(super) struct Paced {
    quota: Quota,
    lanes: Mutex<Lanes>,
    /// Who comes first goes first, reads and writes each among themselves: writes that wait must not hold up the reads
    /// of one that has its turn.
    writes: Door<()>,
    reads: Door<()>,
    /// A place was given back, or it is known now when it will be.
    changed: Notify,
}

impl Paced {
    pub(super) fn new(quota: Quota) -> Self {
        let (writes, reads) = (Door::default(), Door::default());
        Self { quota, lanes: Mutex::new(Lanes::new(quota)), writes, reads, changed: Notify::new() }
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place, and tells `hear` once for how long. Gives whether there was anything to wait for, too.
    ///
    /// # Errors
    /// A timeout: at once, where it is known that there will be none by then.
    pub(super) async fn place(
        &self,
        is_write: bool,
        by: Option<Instant>,
        hear: impl Fn(Duration),
    ) -> Result<(Place<'_>, bool)> {
        let door = if is_write { &self.writes } else { &self.reads };
        let mut has_waited = false;
        let _first = match (door.try_lock(), by) {
            (Ok(first), _) => first,
            (Err(_), None) => {
                has_waited = true;
                door.lock().await
            }
            (Err(_), Some(by)) => {
                has_waited = true;
                timeout_at(by, door.lock()).await.map_err(|_| self.too_late(is_write, None))?
            }
        };
        let mut is_told = false;
        loop {
            let changed = self.changed.notified();
            let now = Instant::now();
            let free = match self.lanes().take(is_write, now) {
                Ok(()) => return Ok((Place { paced: self, is_write, sent: None }, has_waited)),
                Err(free) => free,
            };
            has_waited = true;
            if by.is_some_and(|by| free.unwrap_or(now) >= by) {
                return Err(self.too_late(is_write, free.map(|free| free - now)));
            }
            if let Some(free) = free.filter(|_| !is_told) {
                is_told = true;
                hear(free - now);
            }
            let Some(until) = free.or(by) else {
                changed.await;
                continue;
            };
            tokio::select! {
                () = changed => {}
                () = sleep_until(until) => {}
            }
        }
    }

    fn too_late(&self, is_write: bool, wait: Option<Duration>) -> Error {
        let used = self.lanes().used(is_write);
        let (kind, plural) = (if is_write { "write" } else { "request" }, if used == 1 { "" } else { "s" });
        let slowed =
            if used < self.quota.limit(is_write) { ", fewer than its quota after a 429" } else { "" };
        let window = seconds(self.quota.window());
        let next = match wait {
            Some(wait) => {
                format!("the next may go in {} s, which is longer than the call has left", seconds(wait))
            }
            None => "the turn of this call did not come before its timeout".to_owned(),
        };
        let message = format!("the client keeps to {used} {kind}{plural} in {window} s{slowed}, and {next}");
        Error::new(Kind::Timeout, message).with_hint(
            "pass a longer timeout=, or a higher rate_limit= if the service allows this client more than that",
        )
    }
}
