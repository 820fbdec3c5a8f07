//! What the calls of one client have in common, and what a call finds around it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::error::Error;
use crate::event::Event;
use crate::model::MobileAppAssignment;
use crate::pace::Pace;
use crate::plan::compare;
use crate::retry::Budget;

/// What the calls of one client know of each other. A call without a client has one for itself.
#[derive(Default)]
pub struct Common {
    pace: Mutex<Pace>,
    budget: Mutex<Budget>,
    last_writes: Mutex<LastWrites>,
}

impl Common {
    /// When the next write may go.
    pub(crate) fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the last writes left.
    pub(crate) fn last_writes(&self) -> MutexGuard<'_, LastWrites> {
        self.last_writes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much trying again is left.
    pub(crate) fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the last writes left, by app: a list that shows less may lag behind.
#[derive(Default)]
pub(crate) struct LastWrites(HashMap<String, Arc<LastWrite>>);

/// A write that the service took, or that was found done.
pub(crate) struct LastWrite {
    pub(crate) before: Vec<MobileAppAssignment>,
    pub(crate) after: Vec<MobileAppAssignment>,
    time: Instant,
}

impl LastWrite {
    /// Whether a list may be one of before the write.
    pub(crate) fn is_missed_by(&self, live: &[MobileAppAssignment]) -> bool {
        compare(&self.before, live).is_none() || !compare(&self.after, live).missing.is_empty()
    }
}

impl LastWrites {
    /// No list lags so long behind, as far as anybody has seen.
    const KEPT: Duration = Duration::from_secs(60);
    const MOST: usize = 64;

    pub(crate) fn remember(
        &mut self,
        app_id: &str,
        before: Vec<MobileAppAssignment>,
        after: Vec<MobileAppAssignment>,
    ) {
        if self.0.len() >= Self::MOST {
            self.0.retain(|_, last| last.time.elapsed() < Self::KEPT);
            let oldest = self.0.iter().min_by_key(|(_, last)| last.time).map(|(app_id, _)| app_id.clone());
            if let Some(oldest) = oldest.filter(|_| self.0.len() >= Self::MOST) {
                self.0.remove(&oldest);
            }
        }
        let last = LastWrite { before, after, time: Instant::now() };
        self.0.insert(app_id.to_ascii_lowercase(), Arc::new(last));
    }

    pub(crate) fn last(&self, app_id: &str) -> Option<Arc<LastWrite>> {
        let last = self.0.get(&app_id.to_ascii_lowercase())?;
        (last.time.elapsed() < Self::KEPT).then(|| last.clone())
    }

    pub(crate) fn forget(&mut self, app_id: &str) {
        self.0.remove(&app_id.to_ascii_lowercase());
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
