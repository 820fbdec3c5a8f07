//! A service of many apps in virtual time, and a run of calls to it.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use appassign::bulk::{ApplyMany, Maker, Manner, PlanMany};
use appassign::change::{AppLocks, CalledOff};
use appassign::client::{Common, Surroundings};
use appassign::error::{Error, Kind, Outcome};
use appassign::json::Json;
use appassign::model::{MobileAppAssignment, MobileAppPath};
use appassign::plan::{Change, Plan, Wanted};
use appassign::report::{ApplyReport, PlanReport};
use appassign::request::Request;
use appassign::secret::Token;
use appassign::service::{Cloud, Limits, ServiceRoot};
use appassign::transport::Transport;
use bytes::Bytes;
use http::{Method, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

pub(crate) const LIMITS: Limits = Limits { timeout: Duration::from_secs(180), attempts: 4 };

/// A request, as a script sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) at: Instant,
    /// Of the app.
    pub(crate) number: usize,
    pub(crate) is_write: bool,
    /// How many of its kind came before.
    pub(crate) earlier: usize,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reply {
    /// A write is done, and a read tells what is there.
    Good,
    /// Refused, with what it says in `Retry-After`.
    Refused(u16, Option<u32>),
    /// Read, and never answered: the connection broke.
    Lost,
}

type Script = Box<dyn Fn(Asked) -> (Reply, Duration) + Send + Sync>;

/// Its apps hold group 1.
pub(crate) struct Service {
    script: Script,
    written: Mutex<HashMap<usize, Value>>,
    seen: Mutex<Vec<Asked>>,
    begun: Mutex<HashSet<usize>>,
    done: AtomicUsize,
    most: AtomicUsize,
}

impl Service {
    /// Each request takes 10 ms.
    pub(crate) fn of(script: impl Fn(Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::taking(move |asked| (script(asked), Duration::from_millis(10)))
    }

    pub(crate) fn taking(script: impl Fn(Asked) -> (Reply, Duration) + Send + Sync + 'static) -> Self {
        Self {
            script: Box::new(script),
            written: Mutex::default(),
            seen: Mutex::default(),
            begun: Mutex::default(),
            done: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        }
    }

    /// When which app was written to, or read.
    pub(crate) fn seen(&self, is_write: bool) -> Vec<Asked> {
        self.seen.lock().unwrap().iter().filter(|asked| asked.is_write == is_write).copied().collect()
    }

    /// How many apps were under way at once, at the most.
    pub(crate) fn most_under_way(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }

    /// Whether the app was written to, and the write was done.
    pub(crate) fn is_written(&self, number: usize) -> bool {
        self.written.lock().unwrap().contains_key(&number)
    }

    fn note(&self, number: usize, is_write: bool) -> Asked {
        let begun = {
            let mut begun = self.begun.lock().unwrap();
            begun.insert(number);
            begun.len()
        };
        self.most.fetch_max(begun - self.done.load(Ordering::Relaxed), Ordering::Relaxed);
        let mut seen = self.seen.lock().unwrap();
        let earlier =
            seen.iter().rev().find(|asked| asked.is_write == is_write).map_or(0, |last| last.earlier + 1);
        let asked = Asked { at: Instant::now(), number, is_write, earlier };
        seen.push(asked);
        asked
    }

    fn shown(&self, number: usize, is_list: bool) -> String {
        let held = self.written.lock().unwrap().get(&number).cloned().unwrap_or_else(|| json!([entry(1)]));
        if is_list { json!({ "value": held }) } else { json!({ "isAssigned": true }) }.to_string()
    }
}

impl Transport for Service {
    async fn send(&self, request: Request, within: Duration) -> Result<Response<Bytes>, Error> {
        let path = request.url.path();
        let app = path.split('/').nth(4).unwrap();
        let number = app.rsplit('-').next().unwrap().parse().unwrap();
        let asked = self.note(number, request.method == Method::POST);
        let (reply, takes) = (self.script)(asked);
        assert!(takes < within, "no script is that slow");
        if asked.is_write && matches!(reply, Reply::Good) {
            let body: Value = serde_json::from_slice(&request.body.unwrap()).unwrap();
            self.written.lock().unwrap().insert(number, body["mobileAppAssignments"].clone());
        }
        let shown = self.shown(number, path.ends_with("/assignments"));
        sleep(takes).await;
        let answer = Response::builder();
        match reply {
            Reply::Good if asked.is_write => Ok(answer.status(204).body(Bytes::new()).unwrap()),
            Reply::Good => Ok(answer.status(200).body(shown.into()).unwrap()),
            Reply::Refused(status, wait) => {
                let answer = wait.into_iter().fold(answer.status(status), |answer, wait| {
                    answer.header("retry-after", wait.to_string())
                });
                Ok(answer.body(Bytes::new()).unwrap())
            }
            Reply::Lost => {
                let mut error = Error::new(Kind::Transport, "lost");
                error.call.outcome = Outcome::Unknown;
                Err(error)
            }
        }
    }
}

fn entry(group: usize) -> Value {
    let target = json!({
        "@odata.type": "#microsoft.graph.groupAssignmentTarget",
        "groupId": format!("11111111-2222-4333-8444-{group:012}"),
    });
    json!({ "intent": "required", "target": target })
}

fn to_group(group: usize) -> MobileAppAssignment {
    MobileAppAssignment::from_json(Json::parse(&entry(group).to_string()).unwrap()).unwrap()
}

/// The id of an app.
pub(crate) fn app(number: usize) -> String {
    format!("aaaaaaaa-bbbb-4ccc-8ddd-{number:012}")
}

/// So many apps are to have group 9, too.
pub(crate) fn changes(count: usize) -> Vec<Arc<Change>> {
    let change = |number| {
        let wanted = Wanted::Change { add: vec![to_group(9)], remove: vec![] };
        Arc::new(Change::new(MobileAppPath::new(&app(number)).unwrap(), wanted).unwrap())
    };
    (0..count).map(change).collect()
}

/// What comes of planning that.
pub(crate) fn plans(count: usize) -> Vec<Plan> {
    (0..count)
        .map(|number| Plan::change(&app(number), vec![to_group(1)], &[to_group(9)], &[]).unwrap())
        .collect()
}

/// A client, and whoever makes a run.
pub(crate) struct Run<'a> {
    pub(crate) service: &'a Service,
    pub(crate) common: Common,
    pub(crate) called_off: CalledOff,
    pub(crate) concurrency: usize,
    pub(crate) locks: AppLocks,
    pub(crate) token: Token,
}

impl<'a> Run<'a> {
    /// With eight apps under way.
    pub(crate) fn of(service: &'a Service) -> Self {
        Self {
            service,
            common: Common::default(),
            called_off: CalledOff::default(),
            concurrency: 8,
            locks: AppLocks::default(),
            token: Token::new("T").unwrap(),
        }
    }

    pub(crate) async fn plan(&self, count: usize) -> PlanReport {
        let run = PlanMany::new(self.manner(), changes(count)).unwrap();
        run.run(&self.around(), &self.maker(&self.progress())).await
    }

    pub(crate) async fn apply(&self, count: usize) -> ApplyReport {
        let run = ApplyMany::new(self.manner(), plans(count), None, false, None).unwrap();
        run.run(&self.around(), &self.locks, None, &self.maker(&self.progress())).await
    }

    fn manner(&self) -> Manner {
        let root = ServiceRoot::of_cloud(Cloud::Global).unwrap();
        Manner { root, limits: LIMITS, concurrency: self.concurrency }
    }

    fn maker<'b>(&'b self, progress: &'b (dyn Fn(usize) + Sync)) -> Maker<'b> {
        Maker { called_off: &self.called_off, progress }
    }

    /// Tells one after the other.
    fn progress(&self) -> impl Fn(usize) + Sync {
        self.service.begun.lock().unwrap().clear();
        self.service.done.store(0, Ordering::Relaxed);
        |done| assert_eq!(self.service.done.fetch_add(1, Ordering::Relaxed) + 1, done)
    }

    fn around(&self) -> Surroundings<'_, Service, Token> {
        let date = || "2026-11-23T20:15:42Z".parse::<Timestamp>().unwrap();
        let Self { service, common, token, .. } = self;
        Surroundings { transport: *service, tokens: token, common, observe: &|_| {}, date, chance: || 0.5 }
    }
}

/// What failed, and where.
pub(crate) fn failures(report: &ApplyReport) -> Vec<(usize, &Error)> {
    let errors = report.0.iter().enumerate();
    errors.filter_map(|(place, result)| Some((place, result.receipt.as_ref().err()?))).collect()
}

/// Of these errors, those of calls that were not begun.
pub(crate) fn left_alone(failures: &[(usize, &Error)]) -> usize {
    let not_begun = failures.iter().filter(|(_, error)| error.message.starts_with("not begun"));
    not_begun
        .inspect(|(_, error)| assert_eq!((error.call.attempts, error.call.outcome), (0, Outcome::NotSent)))
        .count()
}
