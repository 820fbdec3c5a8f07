//! Whole calls, from input to receipt.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use allocation_counter::{AllocationInfo, measure};
use appassign::assign::Assign;
use appassign::bulk::{Maker, Manner, PlanMany};
use appassign::change::{AppLocks, CalledOff, PlannedWrite, Safety};
use appassign::client::{Common, Surroundings};
use appassign::model::MobileAppPath;
use appassign::pace::Quota;
use appassign::plan::{Change, Wanted};
use appassign::read::Read;
use appassign::report::PlanReport;
use appassign::request::Assignments;
use appassign::secret::Token;
use appassign::service::{Cloud, Limits, ServiceRoot};
use tokio::runtime::Builder;

use crate::answers::Answers;
use crate::inputs::{APP, DATE, assignment, group_assignment, page};

const LIMITS: Limits = Limits { timeout: Duration::from_secs(180), attempts: 4 };

/// A client, and its service: one app that holds two groups, and after a write three.
pub(crate) struct Client {
    answers: Answers,
    token: Token,
    common: Common,
    locks: AppLocks,
    called_off: CalledOff,
}

impl Client {
    fn at(pace: Option<Quota>) -> Self {
        Self {
            answers: Answers::of(page(2), page(3)),
            token: Token::new("a-token").unwrap(),
            common: Common::new(pace),
            locks: AppLocks::default(),
            called_off: CalledOff::default(),
        }
    }

    fn around(&self) -> Surroundings<'_, Answers, Token> {
        let Self { answers, token, common, .. } = self;
        let date = || DATE.parse().unwrap();
        Surroundings { transport: answers, tokens: token, common, observe: &|_| {}, date, chance: || 0.5 }
    }

    /// One POST.
    pub(crate) async fn assign(&self) {
        let assignments = Assignments::Group(vec![group_assignment(1)]);
        let call = Assign::new(root(), app(), &assignments, LIMITS).unwrap();
        let receipt = call.run(&self.around()).await.unwrap();
        assert_eq!(receipt.attempts, 1);
    }

    /// Reads, adds the third group, reads again.
    pub(crate) async fn change(&self) {
        assert!(self.add(2).await, "there was something to write");
    }

    /// Reads, and finds the group there.
    pub(crate) async fn change_nothing(&self) {
        assert!(!self.add(1).await, "there was nothing to write");
    }

    /// Plans to add the third group to each of a hundred apps.
    pub(crate) async fn plan_many(&self) -> PlanReport {
        let change = |number| {
            let app = MobileAppPath::new(&format!("aaaaaaaa-bbbb-4ccc-8ddd-{number:012}")).unwrap();
            let wanted = Wanted::Change { add: vec![assignment(2)], remove: vec![] };
            Arc::new(Change::new(app, wanted).unwrap())
        };
        let manner = Manner { root: root(), limits: LIMITS, concurrency: 16 };
        let run = PlanMany::new(manner, (0..100).map(change).collect()).unwrap();
        let report =
            run.run(&self.around(), &Maker { called_off: &self.called_off, progress: &|_| {} }).await;
        assert!(report.0.iter().all(|result| result.plan.is_ok()));
        report
    }

    async fn add(&self, group: usize) -> bool {
        let Self { locks, called_off, .. } = self;
        let wanted = Wanted::Change { add: vec![assignment(group)], remove: vec![] };
        let change = PlannedWrite::new(Read::new(root(), app(), LIMITS).unwrap(), wanted, None).unwrap();
        let receipt = change.run(&self.around(), &Safety { locks, journal: None, called_off }).await;
        receipt.unwrap().response.is_some()
    }
}

fn root() -> ServiceRoot {
    ServiceRoot::of_cloud(Cloud::Global).unwrap()
}

fn app() -> MobileAppPath {
    MobileAppPath::new(APP).unwrap()
}

/// Of a client's first call, in a process that has made others.
pub(crate) fn counted<R>(pace: Option<Quota>, call: &impl AsyncFn(&Client) -> R) -> AllocationInfo {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let clients = [Client::at(pace), Client::at(pace)];
    runtime.block_on(call(&clients[0]));
    let mut result = None;
    let info = measure(|| result = Some(black_box(runtime.block_on(call(&clients[1])))));
    drop(result);
    info
}
