//! The acts on many apps: plan them, write what was planned. A few are under way at a time, each as if it were alone.

mod stop;

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::call::Leave;
use crate::change::{AppLocks, CalledOff, PlannedWrite, Planning, Safety};
use crate::circuit::Circuit;
use crate::client::Surroundings;
use crate::error::{Error, Kind, Result};
use crate::journal::Journal;
use crate::model::MobileAppPath;
use crate::plan::{Change, Plan, each_once};
use crate::read::Read;
use crate::receipt::ApplyReceipt;
use crate::report::{ApplyReport, ApplyResult, PlanReport, PlanResult};
use crate::service::{Limits, ServiceRoot};
use crate::token::TokenSource;
use crate::transport::Transport;
use stop::Stop;

/// How many apps may be under way at a time.
pub const MAX_CONCURRENCY: usize = 256;

/// How many apps one run is about.
pub const MAX_APPS: usize = 100_000;

/// How many apps are named in a message.
const SHOWN: usize = 3;

/// Where a run goes, and how.
#[derive(Clone, Debug)]
pub struct Manner {
    /// The service.
    pub root: ServiceRoot,
    /// Of each call.
    pub limits: Limits,
    /// How many apps are under way at a time.
    pub concurrency: usize,
}

/// Whoever made a run, as the run sees them.
pub struct Maker<'a> {
    /// Whether they have gone.
    pub called_off: &'a CalledOff,
    /// They hear how many apps are done.
    pub progress: &'a (dyn Fn(usize) + Sync),
}

/// A run that reads and plans, and changes nothing.
pub struct PlanMany {
    manner: Manner,
    changes: Vec<Arc<Change>>,
}

/// A run that writes what was planned.
pub struct ApplyMany {
    manner: Manner,
    plans: Vec<Plan>,
    reason: Option<String>,
}

impl Manner {
    fn check(&self) -> Result<()> {
        self.root.must_be_beta()?;
        if (1..=MAX_CONCURRENCY).contains(&self.concurrency) {
            return Ok(());
        }
        let message = format!("must be from 1 to {MAX_CONCURRENCY}, not {}", self.concurrency);
        Err(Error::invalid_input("concurrency", message))
    }

    fn read(&self, app: MobileAppPath) -> Result<Read> {
        Read::new(self.root.clone(), app, self.limits)
    }
}

impl PlanMany {
    /// Accepts a run.
    ///
    /// # Errors
    /// An input error for an app that is there twice.
    pub fn new(manner: Manner, changes: Vec<Arc<Change>>) -> Result<Self> {
        manner.check()?;
        each_once("changes", changes.iter().map(|change| change.app_id()))?;
        Ok(Self { manner, changes })
    }

    /// How many apps it is about.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a run of none is a run")]
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Makes it.
    pub async fn run(
        self,
        around: &Surroundings<'_, impl Transport, impl TokenSource>,
        maker: &Maker<'_>,
    ) -> PlanReport {
        let Self { manner, changes } = self;
        let circuit = Circuit::default();
        let begin = |place: usize, leave| {
            let change = changes.get(place).cloned();
            let manner = &manner;
            async move {
                let change = change.ok_or_else(|| Error::internal("a run beyond its end"))?;
                let read = manner.read(change.app().clone())?;
                Planning::new(read, change.wanted().clone())?.run_with(around, leave).await
            }
        };
        let crew = Crew { circuit: &circuit, concurrency: manner.concurrency, maker, is_writing: false };
        let planned = crew.each(around, changes.len(), begin).await;
        let results = changes.into_iter().zip(planned);
        PlanReport(results.map(|(change, plan)| PlanResult { change, plan }).collect())
    }
}

impl ApplyMany {
    /// Accepts a run. No more is removed than may be, of all apps together, and no app is cleared unless that is asked for.
    ///
    /// # Errors
    /// An input error for an app that is there twice; a limit error.
    pub fn new(
        manner: Manner,
        plans: Vec<Plan>,
        max_removals: Option<u64>,
        allow_empty: bool,
        reason: Option<String>,
    ) -> Result<Self> {
        manner.check()?;
        each_once("plans", plans.iter().map(Plan::app_id))?;
        let removed: Vec<_> = plans.iter().map(|plan| plan.removed().len()).collect();
        let total: usize = removed.iter().sum();
        if let Some(most) = max_removals
            && u64::try_from(total).unwrap_or(u64::MAX) > most
        {
            let removing = plans.iter().zip(&removed).filter(|(_, removed)| **removed > 0);
            let apps = named(removing.map(|(plan, _)| plan.app_id()));
            let assignments = if total == 1 { "assignment" } else { "assignments" };
            let message = format!(
                "the plans remove {total} {assignments}, of {apps}, and max_removals is {most} for all of them"
            );
            return Err(Error::new(Kind::Limit, message)
                .with_hint("print the plans; if all of that shall go, pass a higher max_removals"));
        }
        let cleared = plans.iter().filter(|plan| plan.after().is_empty() && !plan.before().is_empty());
        if !allow_empty && cleared.clone().next().is_some() {
            let message =
                format!("the plans leave {} without any assignment", named(cleared.map(Plan::app_id)));
            return Err(Error::new(Kind::Limit, message)
                .with_hint("if these shall have none, pass allow_empty=True; it can be undone"));
        }
        Ok(Self { manner, plans, reason })
    }

    /// How many apps it is about.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a run of none is a run")]
    pub fn len(&self) -> usize {
        self.plans.len()
    }

    /// Makes it.
    pub async fn run(
        self,
        around: &Surroundings<'_, impl Transport, impl TokenSource>,
        locks: &AppLocks,
        journal: Option<&Arc<Journal>>,
        maker: &Maker<'_>,
    ) -> ApplyReport {
        let Self { manner, plans, reason } = self;
        let circuit = Circuit::default();
        let safety = Safety { locks, journal, called_off: maker.called_off };
        let begin = |place: usize, leave| {
            let (plan, reason) = (plans.get(place).cloned(), reason.clone());
            let (manner, safety) = (&manner, &safety);
            async move {
                let plan = plan.ok_or_else(|| Error::internal("a run beyond its end"))?;
                let read = manner.read(MobileAppPath::new(plan.app_id())?)?;
                PlannedWrite::apply(read, plan, None, true, reason)?.run_with(around, safety, leave).await
            }
        };
        let crew = Crew { circuit: &circuit, concurrency: manner.concurrency, maker, is_writing: true };
        let written: Vec<Result<ApplyReceipt>> = crew.each(around, plans.len(), begin).await;
        let results = plans.into_iter().zip(written);
        ApplyReport(results.map(|(plan, receipt)| ApplyResult { plan, receipt }).collect())
    }
}

/// How many apps, and the first of them.
fn named<'a>(app_ids: impl Iterator<Item = &'a str> + Clone) -> String {
    let count = app_ids.clone().count();
    let shown: Vec<_> = app_ids.take(SHOWN).collect();
    let more = if count > SHOWN { ", …" } else { "" };
    format!("{count} app{} ({}{more})", if count == 1 { "" } else { "s" }, shown.join(", "))
}

/// Those who are at work in a run.
struct Crew<'a> {
    circuit: &'a Circuit,
    concurrency: usize,
    maker: &'a Maker<'a>,
    is_writing: bool,
}

impl<'a> Crew<'a> {
    /// What comes of each call, in order. Its time begins when it has leave: what many calls have to wait for each other is
    /// no fault of one.
    async fn each<T, F: Future<Output = Result<T>>>(
        &self,
        around: &'a Surroundings<'a, impl Transport, impl TokenSource>,
        count: usize,
        begin: impl Fn(usize, Leave<'a>) -> F,
    ) -> Vec<Result<T>> {
        let Maker { called_off, progress } = *self.maker;
        let mut results: Vec<Option<Result<T>>> = Vec::new();
        results.resize_with(count, || None);
        let (mut next, mut done, mut is_called_off) = (0, 0, false);
        let mut stop = Stop::default();
        let mut under_way = FuturesUnordered::new();
        loop {
            let may_begin =
                next < count && under_way.len() < self.concurrency && !stop.is_told() && !is_called_off;
            // What only reads is dropped where it stands; what writes comes to its end by itself.
            let is_over = under_way.is_empty() || (is_called_off && !self.is_writing);
            if is_over && !may_begin {
                break;
            }
            tokio::select! {
                biased;
                () = called_off.wait(), if !is_called_off => is_called_off = true,
                Some((place, ended)) = under_way.next(), if !under_way.is_empty() => {
                    done += 1;
                    progress(done);
                    let ended: Result<T> = ended;
                    stop.note(ended.as_ref().err());
                    if let Some(result) = results.get_mut(place) {
                        *result = Some(ended);
                    }
                }
                leave = self.leave(around), if may_begin => match leave {
                    Ok(leave) => {
                        let (place, work) = (next, begin(next, leave));
                        under_way.push(Box::pin(async move { (place, work.await) }));
                        next += 1;
                    }
                    Err(error) => stop.at(&error),
                },
            }
        }
        let not_begun = || Err(stop.not_begun(is_called_off));
        results.into_iter().map(|result| result.unwrap_or_else(not_begun)).collect()
    }

    async fn leave(
        &self,
        around: &'a Surroundings<'a, impl Transport, impl TokenSource>,
    ) -> Result<Leave<'a>> {
        let pass = self.circuit.pass(None).await?;
        let turn = around.common.turn(self.is_writing, None, around.chance, |_| {}).await?;
        Ok(Leave { turn: Some(turn), circuit: Some(self.circuit), pass: Some(pass) })
    }
}
