//! What the calls of one client have in common, and what a call finds around it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::event::Event;
use crate::pace::Pace;
use crate::retry::Budget;

/// What the calls of one client know of each other. A call without a client has one for itself.
#[derive(Default)]
pub struct Common {
    pace: Mutex<Pace>,
    budget: Mutex<Budget>,
}

impl Common {
    /// When the next write may go.
    pub(crate) fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much trying again is left.
    pub(crate) fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a call finds around it. Time passes by tokio's clock, which no change of the date disturbs.
pub struct Surroundings<'a, Transport, Tokens> {
    /// The way to the service.
    pub transport: &'a Transport,
    /// Where its tokens come from.
    pub tokens: &'a Tokens,
    /// What it shares with other calls.
    pub common: &'a Common,
    /// Who hears what happens.
    pub observe: &'a (dyn Fn(&Event<'_>) + Sync),
    /// The date, which only a `Retry-After` with a date asks for.
    pub date: fn() -> Timestamp,
    /// A number from 0 to below 1.
    pub chance: fn() -> f64,
}
