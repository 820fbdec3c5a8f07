//! What the calls of one client have in common, and what a call finds around it.

mod turn;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use crate::error::{Error, Result};
use crate::event::{Cause, Event, What};
use crate::model::MobileAppAssignment;
use crate::pace::{HoldBack, Quota};
use crate::plan::compare;
use crate::retry::{self, Budget};
use turn::Paced;
pub(crate) use turn::Turn;

/// What the calls of one client know of each other. A call without a client has one for itself.
#[derive(Default)]
pub struct Common {
    hold_back: Mutex<HoldBack>,
    /// `None`: no request waits for the client's own pace.
    paced: Option<Paced>,
    budget: Mutex<Budget>,
    last_writes: Mutex<LastWrites>,
}

impl Common {
    /// Calls that together keep to a quota, if there is one.
    #[must_use]
    pub fn new(quota: Option<Quota>) -> Self {
        Self { paced: quota.map(Paced::new), ..Self::default() }
    }

    /// What the service has said of writes.
    pub(crate) fn hold_back(&self) -> MutexGuard<'_, HoldBack> {
        self.hold_back.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for leave to send a request, for as long as is left; `None`: for as long as it takes.
    ///
    /// # Errors
    /// A timeout, where the client's own pace has no room by then; the refusal that holds the client back for longer, or
    /// for longer than any call waits.
    pub(crate) async fn turn(
        &self,
        is_write: bool,
        left: Option<Duration>,
        chance: fn() -> f64,
        tell: impl Fn(What<'_>),
    ) -> Result<Turn<'_>> {
        let by = left.and_then(|left| Instant::now().checked_add(left));
        let mut has_waited = is_write && self.wait_while_held(by, chance, &tell).await?;
        let Some(paced) = &self.paced else { return Ok(Turn::new(None, has_waited)) };
        let hear = |wait| tell(What::Wait { wait, cause: Cause::Pace });
        let (place, has_queued) = paced.place(is_write, by, hear).await?;
        if has_queued && is_write {
            self.wait_while_held(by, chance, &tell).await?;
        }
        has_waited |= has_queued;
        Ok(Turn::new(Some(place), has_waited))
    }

    /// Waits while the service has asked this client not to write, whichever of its calls it told so. Tells whether there
    /// was anything to wait for.
    ///
    /// # Errors
    /// The refusal that holds it back for longer than that.
    pub(crate) async fn wait_while_held(
        &self,
        by: Option<Instant>,
        chance: fn() -> f64,
        tell: impl Fn(What<'_>),
    ) -> Result<bool> {
        let mut has_waited = false;
        loop {
            let now = Instant::now();
            let left = by.map_or(Duration::MAX, |by| by.saturating_duration_since(now));
            let held = self.hold_back().wait(now, left)?;
            let Some(held) = held else { return Ok(has_waited) };
            has_waited = true;
            let wait = Some(retry::spread(held, chance())).filter(|wait| *wait < left).unwrap_or(held);
            tell(What::Wait { wait, cause: Cause::HeldBack });
            sleep(wait).await;
        }
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
