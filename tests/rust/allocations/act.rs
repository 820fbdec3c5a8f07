//! Whole calls, from input to receipt.

use std::time::Duration;

use allocation_counter::{AllocationInfo, measure};
use appassign::assign::Assign;
use appassign::change::{AppLocks, CalledOff, Change, Safety, Wanted};
use appassign::client::{Common, Surroundings};
use appassign::model::MobileAppPath;
use appassign::pace::Quota;
use appassign::read::Read;
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

    async fn add(&self, group: usize) -> bool {
        let Self { locks, called_off, .. } = self;
        let wanted = Wanted::Change { add: vec![assignment(group)], remove: vec![] };
        let change = Change::new(Read::new(root(), app(), LIMITS).unwrap(), wanted, None).unwrap();
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
pub(crate) fn counted(pace: Option<Quota>, call: &impl AsyncFn(&Client)) -> AllocationInfo {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let clients = [Client::at(pace), Client::at(pace)];
    runtime.block_on(call(&clients[0]));
    measure(|| runtime.block_on(call(&clients[1])))
}
