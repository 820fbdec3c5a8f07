//! Spares a service that fails, and the caller's time: after five failures in a row nothing new is begun and nothing written,
//! but for one probe after a while, and the next one after a longer while.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::error::{Call, Error, Result};

/// Failures in a row, of reads or of writes, that open the circuit.
const FAILURES: u32 = 5;

/// How long it is open before each probe. When the last one has failed, it stays open.
const WAITS: [Duration; 3] = [Duration::from_secs(5), Duration::from_secs(10), Duration::from_secs(20)];

/// The circuit of one run of many calls.
#[derive(Default)]
pub(crate) struct Circuit {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    reads: u32,
    writes: u32,
    open: Option<Open>,
}

struct Open {
    /// Whether it is writes that failed.
    by_writes: bool,
    /// How many probes have failed.
    probes: usize,
    until: Instant,
    is_probed: bool,
    because: Error,
}

/// Leave to begin, or to write. While the circuit is open, it is the probe's.
pub(crate) struct Pass<'a> {
    circuit: &'a Circuit,
    is_probe: bool,
    pub(crate) has_waited: bool,
}

/// What somebody may do who wants to begin.
enum Next {
    Go { is_probe: bool },
    Wait(Option<Instant>),
    Never(Error),
}

impl Circuit {
    /// Waits until something may be begun, or written; not longer than until `by`, if that is said.
    ///
    /// # Errors
    /// What the service failed with, where it has failed for too long, or the time is up.
    pub(crate) async fn pass(&self, by: Option<Instant>) -> Result<Pass<'_>> {
        let mut has_waited = false;
        loop {
            let changed = self.changed.notified();
            let until = match self.state().next(Instant::now()) {
                Next::Go { is_probe } => return Ok(Pass { circuit: self, is_probe, has_waited }),
                Next::Never(error) => return Err(error),
                Next::Wait(until) => until,
            };
            has_waited = true;
            match until.into_iter().chain(by).min() {
                Some(until) => drop(timeout_at(until, changed).await),
                None => changed.await,
            }
            if by.is_some_and(|by| Instant::now() >= by) {
                return Err(self.state().failing());
            }
        }
    }

    /// What became of a request: whether it failed as a service does that is in trouble.
    pub(crate) fn note(&self, is_write: bool, failure: Option<&Error>, is_probe: bool) {
        let has_changed = self.state().note(is_write, failure, is_probe, Instant::now());
        if has_changed {
            self.changed.notify_waiters();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&mut self, now: Instant) -> Next {
        let Some(open) = &mut self.open else { return Next::Go { is_probe: false } };
        if open.probes >= WAITS.len() {
            return Next::Never(self.failing());
        }
        if open.is_probed {
            return Next::Wait(None);
        }
        if now < open.until {
            return Next::Wait(Some(open.until));
        }
        open.is_probed = true;
        Next::Go { is_probe: true }
    }

    fn note(&mut self, is_write: bool, failure: Option<&Error>, is_probe: bool, now: Instant) -> bool {
        let in_a_row = if is_write { &mut self.writes } else { &mut self.reads };
        *in_a_row = if failure.is_some() { *in_a_row + 1 } else { 0 };
        let is_too_much = *in_a_row >= FAILURES;
        match (&mut self.open, failure) {
            (Some(open), None) if open.by_writes == is_write => {
                self.open = None;
                true
            }
            // A write is read for before it is made: who could not even read has probed, too.
            (Some(open), Some(error)) if is_probe => {
                open.probes += 1;
                open.is_probed = false;
                open.until = now + WAITS.get(open.probes).copied().unwrap_or_default();
                open.because = error.clone();
                true
            }
            (None, Some(error)) if is_too_much => {
                let [wait, ..] = WAITS;
                let (probes, is_probed, because) = (0, false, error.clone());
                self.open = Some(Open { by_writes: is_write, probes, until: now + wait, is_probed, because });
                true
            }
            _ => false,
        }
    }

    fn failing(&self) -> Error {
        let Some(open) = &self.open else { return Error::internal("a circuit that is not open") };
        let what = if open.by_writes { "writes" } else { "reads" };
        let since = match open.probes {
            0 => String::new(),
            1 => ", and a probe since".to_owned(),
            probes => format!(", and {probes} probes since"),
        };
        let message =
            format!("the service has failed {FAILURES} {what} in a row{since}: {}", open.because.message);
        Error { message, call: Box::new(Call::default()), ..open.because.clone() }
            .with_hint("run it again when the service works: what is done plans as nothing to do")
    }
}

impl Pass<'_> {
    pub(crate) fn is_probe(&self) -> bool {
        self.is_probe
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if !self.is_probe {
            return;
        }
        // A probe that sent nothing tells nothing, and the next one may go.
        if let Some(open) = &mut self.circuit.state().open {
            open.is_probed = false;
        }
        self.circuit.changed.notify_waiters();
    }
}
