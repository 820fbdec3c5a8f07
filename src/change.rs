//! The acts on what an app holds: see what would change, change it and keep the rest, undo it.

mod safety;
mod write;

pub use safety::{AppLocks, CalledOff, Safety};

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::time::{sleep, timeout};

use crate::call::{Leave, Underway};
use crate::client::{LastWrite, Surroundings};
use crate::error::{Call, Error, Kind, Outcome, Result};
use crate::model::MobileAppAssignment;
use crate::plan::{Plan, Wanted, compare, refuse_policy_sets};
use crate::read::Read;
use crate::receipt::ApplyReceipt;
use crate::request::Unsigned;
use crate::token::TokenSource;
use crate::transport::Transport;
use safety::to_its_end;
use write::{Write, stale};

/// How often a change is planned anew where somebody else changes the app meanwhile.
const ROUNDS: u32 = 3;

/// How long a list may lag behind a write, as far as this library waits for one.
const LONGEST_LAG: Duration = Duration::from_secs(32);
const LAG_LOOK: Duration = Duration::from_secs(1);

/// How long a call keeps its turn while it waits for others.
const LONGEST_KEPT: Duration = Duration::from_secs(1);

/// A call that reads, and changes nothing: it tells what would change.
pub struct Planning {
    read: Read,
    wanted: Wanted,
}

impl Planning {
    /// Accepts a call.
    ///
    /// # Errors
    /// An input error for an assignment that may not be sent, or for two with one key.
    pub fn new(read: Read, wanted: Wanted) -> Result<Self> {
        wanted.check()?;
        Ok(Self { read, wanted })
    }

    /// What is known of the call if it never comes to an end.
    #[must_use]
    pub fn unsettled(&self) -> Call {
        self.read.unsettled()
    }

    /// Makes the call.
    ///
    /// # Errors
    /// Whatever kept it from success; a plan error for what cannot be planned.
    pub async fn run(self, around: &Surroundings<'_, impl Transport, impl TokenSource>) -> Result<Plan> {
        self.run_with(around, Leave::default()).await
    }

    /// Makes the call, which has leave to begin.
    pub(crate) async fn run_with<'a>(
        self,
        around: &'a Surroundings<'a, impl Transport, impl TokenSource>,
        leave: Leave<'a>,
    ) -> Result<Plan> {
        let mut call = Underway::begin(self.read.subject(), around).with_leave_to_read(leave);
        let planned = match call.assignments(self.read.app_id()).await {
            Ok(live) => self.wanted.plan(self.read.app_id(), live),
            Err(error) => Err(error),
        };
        planned.map_err(|error| call.ended(error))
    }
}

/// A call that writes what it has planned.
pub struct PlannedWrite {
    read: Read,
    what: What,
    reason: Option<String>,
    /// When the write was made that is to be undone.
    since: Option<Timestamp>,
}

enum What {
    /// Planned by the call itself, on what it reads.
    Wanted(Wanted),
    /// Planned before, on what was there then.
    Plan(Plan),
}

impl PlannedWrite {
    /// Accepts a change that is planned and written in one go.
    ///
    /// # Errors
    /// As for `Planning`.
    pub fn new(read: Read, wanted: Wanted, reason: Option<String>) -> Result<Self> {
        wanted.check()?;
        Ok(Self { read, what: What::Wanted(wanted), reason, since: None })
    }

    /// Accepts a plan. No more is removed than may be, and an app is not cleared unless that is asked for.
    ///
    /// # Errors
    /// A limit error.
    pub fn apply(
        read: Read,
        plan: Plan,
        max_removals: Option<u64>,
        allow_empty: bool,
        reason: Option<String>,
    ) -> Result<Self> {
        let removed = plan.removed().len();
        if max_removals.is_some_and(|most| u64::try_from(removed).unwrap_or(u64::MAX) > most) {
            let most = max_removals.unwrap_or_default();
            let assignments = if removed == 1 { "assignment" } else { "assignments" };
            let app_id = plan.app_id();
            let message = format!(
                "the plan removes {removed} {assignments} of the app {app_id}, and max_removals is {most}"
            );
            return Err(Error::new(Kind::Limit, message)
                .with_hint("print the plan; if all of that shall go, pass a higher max_removals"));
        }
        if plan.after().is_empty() && !plan.before().is_empty() && !allow_empty {
            let message = format!("the plan leaves the app {} without any assignment", plan.app_id());
            return Err(Error::new(Kind::Limit, message)
                .with_hint("if the app shall have none, pass allow_empty=True; it can be undone"));
        }
        Ok(Self { read, what: What::Plan(plan), reason, since: None })
    }

    /// Accepts the undoing of a write: what the app held before it, if it still holds what it held after it.
    #[must_use]
    pub fn undo(read: Read, receipt: ApplyReceipt) -> Self {
        let plan = Plan::restore(read.app_id(), receipt.after, receipt.before);
        let reason = Some(match receipt.reason {
            Some(reason) => format!("undo: {reason}"),
            None => "undo".to_owned(),
        });
        Self { read, what: What::Plan(plan), reason, since: Some(receipt.time) }
    }

    /// What is known of the call if it never comes to an end.
    #[must_use]
    pub fn unsettled(&self) -> Call {
        Call { outcome: Outcome::Unknown, ..self.read.unsettled() }
    }

    /// Makes the call.
    ///
    /// # Errors
    /// Whatever kept it from success, with what became of the write.
    pub async fn run(
        self,
        around: &Surroundings<'_, impl Transport, impl TokenSource>,
        safety: &Safety<'_>,
    ) -> Result<ApplyReceipt> {
        self.run_with(around, safety, Leave::default()).await
    }

    /// Makes the call, which has leave to begin.
    pub(crate) async fn run_with<'a>(
        self,
        around: &'a Surroundings<'a, impl Transport, impl TokenSource>,
        safety: &Safety<'_>,
        leave: Leave<'a>,
    ) -> Result<ApplyReceipt> {
        let mut call = Underway::begin(self.read.subject(), around).with_leave_to_write(leave);
        let is_writing = AtomicBool::new(false);
        let work = async {
            let written = self.in_turn(&mut call, safety, &is_writing).await;
            written.map_err(|error| call.ended(error))
        };
        to_its_end(safety.called_off, &is_writing, work).await
    }

    /// One call at a time changes an app, and one process at a time writes by way of a journal.
    async fn in_turn<T: Transport, S: TokenSource>(
        &self,
        call: &mut Underway<'_, T, S>,
        safety: &Safety<'_>,
        is_writing: &AtomicBool,
    ) -> Result<ApplyReceipt> {
        // Whatever has to be waited for is waited for before others have to wait for this call, and before the read: what was
        // read is not to grow old.
        let ready = Unsigned::assign(self.read.root(), self.read.app(), Bytes::new());
        call.make_ready(&ready).await?;
        let lock = safety.locks.turn(self.read.root(), self.read.app_id(), call.left());
        let _lock = waiting_for_others(call, lock).await?;
        let journal = match safety.journal {
            Some(journal) => Some(waiting_for_others(call, journal.enter(call.left())).await?),
            None => None,
        };
        let mut round = 1;
        loop {
            call.make_ready(&ready).await?;
            let (plan, live) = match &self.what {
                What::Wanted(wanted) => {
                    let live = call.assignments(self.read.app_id()).await?;
                    let plan = wanted.plan(self.read.app_id(), live)?;
                    let live = plan.before().to_vec();
                    (plan, live)
                }
                What::Plan(plan) => (plan.clone(), reread(call, plan, self.since).await?),
            };
            if is_there(&plan, &live) {
                return Ok(self.nothing_to_write(live, call));
            }
            if call.make_ready(&ready).await? {
                continue;
            }
            let (reason, journal) = (self.reason.as_deref(), journal.as_ref());
            let called_off = safety.called_off;
            let app = self.read.app();
            let write = Write { app, plan: &plan, live, reason, journal, is_writing, called_off };
            let error = match write.run(call).await {
                Ok(receipt) => return Ok(receipt),
                Err(error) => error,
            };
            let may_plan_again = matches!(self.what, What::Wanted(_)) && is_conflict(&error);
            if !may_plan_again || round == ROUNDS || safety.called_off.is_told() {
                return Err(error);
            }
            round += 1;
            let wait = Duration::from_millis(100).mul_f64(1.0 + (call.around.chance)().clamp(0.0, 1.0));
            if wait >= call.left() {
                return Err(error);
            }
            sleep(wait).await;
        }
    }

    fn nothing_to_write<T: Transport, S: TokenSource>(
        &self,
        live: Vec<MobileAppAssignment>,
        call: &Underway<'_, T, S>,
    ) -> ApplyReceipt {
        ApplyReceipt {
            app_id: self.read.app_id().to_owned(),
            before: live.clone(),
            after: live,
            reason: self.reason.clone(),
            time: (call.around.date)(),
            recovered: false,
            response: None,
        }
    }
}

/// Waits for other calls to come to their end. They may need for that what this call has: a turn, or the probe's leave to
/// write.
async fn waiting_for_others<R, T: Transport, S: TokenSource>(
    call: &mut Underway<'_, T, S>,
    others: impl Future<Output = R>,
) -> R {
    let mut others = pin!(others);
    if let Ok(waited) = timeout(LONGEST_KEPT, &mut others).await {
        return waited;
    }
    call.give_way();
    others.await
}

/// What the app holds now, which must be what was planned for, or what was wanted already.
async fn reread<T: Transport, S: TokenSource>(
    call: &mut Underway<'_, T, S>,
    plan: &Plan,
    since: Option<Timestamp>,
) -> Result<Vec<MobileAppAssignment>> {
    let fits = |live: &[_]| compare(plan.before(), live).is_none();
    let mut live = call.assignments(plan.app_id()).await?;
    if !fits(&live) && (is_there(plan, &live) || !compare(plan.before(), &live).missing.is_empty()) {
        // A list that has shrunk may be one that is not whole; and one that shows what is wanted, one of before.
        live = call.assignments(plan.app_id()).await?;
    }
    while is_there(plan, &live) && !fits(&live) && may_lag(call, plan.app_id(), since, &live) {
        sleep(LAG_LOOK).await;
        live = call.assignments(plan.app_id()).await?;
    }
    refuse_policy_sets(&live)?;
    if fits(&live) || is_there(plan, &live) { Ok(live) } else { Err(stale(plan.before(), &live)) }
}

/// Whether the app holds what is wanted, and nothing else.
fn is_there(plan: &Plan, live: &[MobileAppAssignment]) -> bool {
    compare(plan.after(), live).is_none()
}

/// Whether a list may be older than a write that was made so short a time ago: undone, it seems never to have been.
fn may_lag<T: Transport, S: TokenSource>(
    call: &Underway<'_, T, S>,
    app_id: &str,
    since: Option<Timestamp>,
    live: &[MobileAppAssignment],
) -> bool {
    let Some(since) = since else { return false };
    let age = (call.around.date)().duration_since(since).unsigned_abs();
    let is_known = |last: Arc<LastWrite>| compare(&last.after, live).is_none();
    age < LONGEST_LAG
        && call.left() > LAG_LOOK
        && !call.around.common.last_writes().last(app_id).is_some_and(is_known)
}

/// Whether the write met somebody else's: to plan again, on what is there now, may succeed.
fn is_conflict(error: &Error) -> bool {
    match &error.kind {
        Kind::Stale(_) => true,
        Kind::Status(refusal) => matches!(refusal.status, 409 | 412),
        _ => false,
    }
}
