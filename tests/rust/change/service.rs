//! A service in virtual time that holds what apps are assigned, and answers as a script says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use appassign::change::{AppLocks, CalledOff, PlannedWrite, Safety};
use appassign::client::{Common, Surroundings};
use appassign::error::{Error, Kind, Outcome};
use appassign::event::Event;
use appassign::json::Json;
use appassign::model::{MobileAppAssignment, MobileAppPath};
use appassign::plan::{Plan, Wanted};
use appassign::read::Read;
use appassign::receipt::ApplyReceipt;
use appassign::request::Request;
use appassign::secret::Token;
use appassign::service::{Cloud, Limits, ServiceRoot};
use appassign::token::TokenSource;
use appassign::transport::Transport;
use bytes::Bytes;
use http::{Method, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

pub(crate) const APP: &str = "11111111-1111-4111-8111-aaaaaaaaaaaa";
pub(crate) const OTHER_APP: &str = "22222222-2222-4222-8222-bbbbbbbbbbbb";
pub(crate) const LIMITS: Limits = Limits { timeout: Duration::from_secs(180), attempts: 4 };

/// What comes back of a request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// An answer, and what it says in `Retry-After`.
    Answer(u16, Option<u32>),
    Fault(Kind, Outcome),
    /// No answer for as long as anybody waits.
    Silence,
}

/// What is done with a request before something comes back.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) step: Step,
    /// Whether a write is done.
    pub(crate) applies: bool,
    /// Whom somebody else adds after that.
    pub(crate) joins: Option<u32>,
    pub(crate) takes: Duration,
}

pub(crate) fn done(step: Step) -> Done {
    Done { step, applies: false, joins: None, takes: Duration::from_millis(1) }
}

pub(crate) fn answer(status: u16) -> Done {
    done(Step::Answer(status, None))
}

pub(crate) fn asking(status: u16, seconds: u32) -> Done {
    done(Step::Answer(status, Some(seconds)))
}

pub(crate) fn fault(outcome: Outcome) -> Done {
    let kind = if outcome == Outcome::NotSent { Kind::Connect } else { Kind::Transport };
    done(Step::Fault(kind, outcome))
}

impl Done {
    pub(crate) fn applied(self) -> Self {
        Self { applies: true, ..self }
    }

    pub(crate) fn and_joined_by(self, group: u32) -> Self {
        Self { joins: Some(group), ..self }
    }

    pub(crate) fn after(self, seconds: u64) -> Self {
        Self { takes: Duration::from_secs(seconds), ..self }
    }
}

/// A request as the service saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) token: String,
    pub(crate) call: String,
}

/// What an app held, since when.
pub(crate) type History = Vec<(Instant, String, Vec<Value>)>;

/// Writes and reads have a script each. When it is over, the last step of a script that repeats is done for ever; else a
/// write is applied, and a read tells what was there some time ago.
pub(crate) struct Service {
    pub(crate) writes: Mutex<VecDeque<Done>>,
    pub(crate) reads: Mutex<VecDeque<Done>>,
    /// Done with each write, or read, for which the script has nothing.
    pub(crate) all_writes: Option<Done>,
    pub(crate) all_reads: Option<Done>,
    pub(crate) lag: Duration,
    pub(crate) held: Mutex<History>,
    pub(crate) seen: Mutex<Vec<Seen>>,
}

impl Service {
    /// Its apps hold three groups, 0 to 2.
    pub(crate) fn of(writes: &[Done]) -> Self {
        let start = Instant::now() - Duration::from_secs(3_600);
        let three: Vec<_> = (0..3).map(entry).collect();
        let held = [APP, OTHER_APP].map(|app| (start, app.to_owned(), three.clone())).to_vec();
        Self {
            writes: Mutex::new(writes.iter().cloned().collect()),
            reads: Mutex::default(),
            all_writes: None,
            all_reads: None,
            lag: Duration::ZERO,
            held: Mutex::new(held),
            seen: Mutex::default(),
        }
    }

    /// Every write meets the same.
    pub(crate) fn always(write: Done) -> Self {
        Self { all_writes: Some(write), ..Self::of(&[]) }
    }

    pub(crate) fn reading(self, reads: &[Done]) -> Self {
        Self { reads: Mutex::new(reads.iter().cloned().collect()), ..self }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The methods in order, as one letter each.
    pub(crate) fn story(&self) -> String {
        self.seen().iter().map(|seen| if seen.method == Method::POST { 'W' } else { 'r' }).collect()
    }

    pub(crate) fn count(&self, method: &Method) -> usize {
        self.seen().iter().filter(|seen| seen.method == *method).count()
    }

    /// Seconds from the first request with this method to the others.
    pub(crate) fn times(&self, method: &Method) -> Vec<f64> {
        let seen = self.seen();
        let of_it: Vec<_> = seen.iter().filter(|seen| seen.method == *method).map(|seen| seen.at).collect();
        of_it.iter().map(|at| (*at - of_it[0]).as_secs_f64()).collect()
    }

    /// The groups that an app holds.
    pub(crate) fn groups(&self, app: &str) -> Vec<u32> {
        self.as_of(app, Duration::ZERO).iter().map(number).collect()
    }

    /// Somebody else adds a group.
    pub(crate) fn joined_by(&self, app: &str, group: u32) {
        let mut entries = self.as_of(app, Duration::ZERO);
        entries.push(entry(group));
        self.hold(app, entries);
    }

    pub(crate) fn hold(&self, app: &str, entries: Vec<Value>) {
        self.held.lock().unwrap().push((Instant::now(), app.to_ascii_lowercase(), entries));
    }

    fn as_of(&self, app: &str, lag: Duration) -> Vec<Value> {
        let (then, held) = (Instant::now() - lag, self.held.lock().unwrap());
        let known =
            held.iter().rev().find(|(since, name, _)| name.eq_ignore_ascii_case(app) && *since <= then);
        known.map(|(_, _, entries)| entries.clone()).unwrap_or_default()
    }

    fn next(&self, is_write: bool) -> Done {
        let (script, all) =
            if is_write { (&self.writes, &self.all_writes) } else { (&self.reads, &self.all_reads) };
        let next = script.lock().unwrap().pop_front().or_else(|| all.clone());
        next.unwrap_or_else(|| if is_write { answer(204).applied() } else { answer(200) })
    }

    fn shown(&self, app: &str, is_list: bool) -> Value {
        let held = self.as_of(app, self.lag);
        if is_list { json!({ "value": held }) } else { json!({ "id": app, "isAssigned": !held.is_empty() }) }
    }
}

impl Transport for Service {
    async fn send(&self, request: Request, within: Duration) -> Result<Response<Bytes>, Error> {
        let header = |name| request.headers.get(name).unwrap().to_str().unwrap().to_owned();
        let path = request.url.path().to_owned();
        let app = path.split('/').nth(4).unwrap();
        let is_write = request.method == Method::POST;
        let (token, call) = (header("authorization"), header("client-request-id"));
        let (at, method) = (Instant::now(), request.method.clone());
        self.seen.lock().unwrap().push(Seen { at, method, path: path.clone(), token, call });
        let Done { step, applies, joins, takes } = self.next(is_write);
        if is_write && applies {
            let body: Value = serde_json::from_slice(&request.body.unwrap()).unwrap();
            self.hold(app, body["mobileAppAssignments"].as_array().unwrap().clone());
        }
        if let Some(group) = joins {
            self.joined_by(app, group);
        }
        let shown = self.shown(app, path.ends_with("/assignments"));
        let in_time = timeout(within, sleep(takes)).await;
        let is_late = in_time.is_err() || matches!(step, Step::Silence);
        if is_late {
            sleep(within.saturating_sub(at.elapsed())).await;
            return Err(failed(Kind::Timeout, Outcome::Unknown));
        }
        match step {
            Step::Fault(kind, outcome) => Err(failed(kind, outcome)),
            Step::Silence => Err(failed(Kind::Timeout, Outcome::Unknown)),
            Step::Answer(status, wait) => {
                let mut response = Response::builder().status(status);
                if let Some(wait) = wait {
                    response = response.header("retry-after", wait.to_string());
                }
                let body = if status == 200 { shown.to_string() } else { String::new() };
                Ok(response.body(body.into()).unwrap())
            }
        }
    }
}

fn failed(kind: Kind, outcome: Outcome) -> Error {
    let mut error = Error::new(kind, "a fault");
    error.call.outcome = outcome;
    error
}

/// A group by its number, as an app lists it.
pub(crate) fn entry(group: u32) -> Value {
    let target = json!({
        "@odata.type": "#microsoft.graph.groupAssignmentTarget",
        "groupId": format!("11111111-2222-4333-8444-{group:012}"),
    });
    json!({ "intent": "required", "target": target })
}

fn number(entry: &Value) -> u32 {
    entry["target"]["groupId"].as_str().unwrap().rsplit('-').next().unwrap().parse().unwrap()
}

pub(crate) fn to_group(group: u32) -> MobileAppAssignment {
    MobileAppAssignment::from_json(Json::parse(&entry(group).to_string()).unwrap()).unwrap()
}

pub(crate) fn groups(assignments: &[MobileAppAssignment]) -> Vec<u32> {
    let written = |entry| serde_json::from_str(&serde_json::to_string(entry).unwrap()).unwrap();
    assignments.iter().map(|entry| number(&written(entry))).collect()
}

/// A client in a process, and a caller.
pub(crate) struct Story<'a, S> {
    pub(crate) service: &'a Service,
    pub(crate) tokens: S,
    pub(crate) common: Common,
    pub(crate) locks: Arc<AppLocks>,
    pub(crate) called_off: CalledOff,
    pub(crate) limits: Limits,
    pub(crate) chance: fn() -> f64,
    pub(crate) events: Mutex<Vec<String>>,
}

impl<'a> Story<'a, Token> {
    pub(crate) fn of(service: &'a Service) -> Self {
        Story::with(service, Token::new("T").unwrap())
    }
}

impl<'a, S: TokenSource> Story<'a, S> {
    pub(crate) fn with(service: &'a Service, tokens: S) -> Self {
        Self {
            service,
            tokens,
            common: Common::default(),
            locks: Arc::default(),
            called_off: CalledOff::default(),
            limits: LIMITS,
            chance: || 0.5,
            events: Mutex::default(),
        }
    }

    /// Adds group 9 to an app.
    pub(crate) async fn change(&self) -> Result<ApplyReceipt, Error> {
        self.change_of(APP).await
    }

    pub(crate) async fn change_of(&self, app: &str) -> Result<ApplyReceipt, Error> {
        let wanted = Wanted::Change { add: vec![to_group(9)], remove: vec![] };
        self.run(PlannedWrite::new(self.read(app), wanted, None).unwrap()).await
    }

    /// The same by a plan that was made before.
    pub(crate) async fn apply(&self) -> Result<ApplyReceipt, Error> {
        let three = (0..3).map(to_group).collect();
        let plan = Plan::change(APP, three, &[to_group(9)], &[]).unwrap();
        self.run(PlannedWrite::apply(self.read(APP), plan, None, false, None).unwrap()).await
    }

    pub(crate) async fn undo(&self, receipt: ApplyReceipt) -> Result<ApplyReceipt, Error> {
        self.run(PlannedWrite::undo(self.read(APP), receipt)).await
    }

    pub(crate) async fn assignments(&self, app: &str) -> Result<Vec<MobileAppAssignment>, Error> {
        let observe = |_: &Event<'_>| {};
        self.read(app).run(&self.around(&observe)).await
    }

    fn read(&self, app: &str) -> Read {
        let root = ServiceRoot::of_cloud(Cloud::Global).unwrap();
        Read::new(root, MobileAppPath::new(app).unwrap(), self.limits).unwrap()
    }

    fn around<'b>(&'b self, observe: &'b (dyn Fn(&Event<'_>) + Sync)) -> Surroundings<'b, Service, S> {
        let Self { service, tokens, common, chance, .. } = self;
        let date = || "2026-11-23T20:15:42Z".parse::<Timestamp>().unwrap();
        Surroundings { transport: *service, tokens, common, observe, date, chance: *chance }
    }

    async fn run(&self, change: PlannedWrite) -> Result<ApplyReceipt, Error> {
        let observe = |event: &Event<'_>| self.events.lock().unwrap().push(event.to_string());
        let safety = Safety { locks: &self.locks, journal: None, called_off: &self.called_off };
        change.run(&self.around(&observe), &safety).await
    }
}
