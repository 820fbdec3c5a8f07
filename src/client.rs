//! What the calls of one client have in common, and what a call finds around it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::error::Error;
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

/// The price of a retry that is about to be made; whoever is cancelled before gets it back.
pub(crate) struct Price<'a> {
    common: &'a Common,
    paid: u32,
}

impl<'a> Price<'a> {
    /// Pays for a retry after this error; `None` if there is not enough left.
    pub(crate) fn pay(common: &'a Common, error: &Error) -> Option<Self> {
        let paid = common.budget().pay(error)?;
        Some(Self { common, paid })
    }

    /// The retry is made now; gives what it costs.
    pub(crate) fn spend(mut self) -> u32 {
        std::mem::take(&mut self.paid)
    }
}

impl Drop for Price<'_> {
    fn drop(&mut self) {
        self.common.budget().refund(self.paid);
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
