//! Calls of one client in virtual time, on a service that keeps to a script, and what was seen of them.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use appassign::assign::Assign;
use appassign::client::{Common, Surroundings};
use appassign::error::{Call, Error, Kind, Outcome};
use appassign::model::{MobileAppGroupAssignment, MobileAppPath};
use appassign::request::{Assignments, Request};
use appassign::response;
use appassign::secret::Token;
use appassign::service::{Cloud, Limits, ServiceRoot};
use appassign::token::{Grant, TokenRequest, TokenSource};
use appassign::transport::Transport;
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// What the service does with one request, some time after it came.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// An answer, and what it says in `Retry-After`.
    Answer(u16, Option<HeaderValue>),
    /// None.
    Fault(Kind, Outcome),
    /// Nothing for as long as anybody waits.
    Silence,
}

impl Step {
    /// The error that the step ends an attempt in, if it does.
    pub(crate) fn error(&self) -> Option<Error> {
        match self {
            Self::Answer(..) => {
                let answer = self.answer()?;
                response::read(&answer, &[], date()).err()
            }
            Self::Fault(kind, outcome) => Some(fault(kind.clone(), *outcome)),
            Self::Silence => Some(fault(Kind::Timeout, Outcome::Unknown)),
        }
    }

    fn answer(&self) -> Option<Response<Bytes>> {
        let Self::Answer(status, wait) = self else { return None };
        let mut answer = Response::builder().status(*status).body(Bytes::new()).unwrap();
        if let Some(wait) = wait {
            answer.headers_mut().insert(header::RETRY_AFTER, wait.clone());
        }
        Some(answer)
    }
}

fn fault(kind: Kind, outcome: Outcome) -> Error {
    let mut error = Error::new(kind, "a fault");
    error.call.outcome = outcome;
    error
}

fn date() -> Timestamp {
    "2026-11-23T20:15:42Z".parse().unwrap()
}

/// What is told.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) limits: Limits,
    /// Where chance begins.
    pub(crate) chance: u64,
    /// After how long each call begins.
    pub(crate) calls: Vec<Duration>,
    /// When the steps are over, all is well.
    pub(crate) steps: Vec<(Duration, Step)>,
}

/// One request, and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// The `client-request-id`.
    pub(crate) call: String,
    pub(crate) token: String,
    pub(crate) sent: Instant,
    pub(crate) ended: Instant,
    pub(crate) step: Step,
}

/// One call as its caller sees it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) start: Instant,
    pub(crate) end: Instant,
    pub(crate) status: Option<u16>,
    pub(crate) call: Call,
}

#[derive(Default)]
struct Service {
    steps: Mutex<VecDeque<(Duration, Step)>>,
    /// In the order in which they ended.
    seen: Mutex<Vec<Attempt>>,
}

impl Transport for Service {
    async fn send(&self, request: Request, within: Duration) -> Result<Response<Bytes>, Error> {
        let header = |name| request.headers.get(name).unwrap().to_str().unwrap().to_owned();
        let (call, token) = (header("client-request-id"), header("authorization"));
        let sent = Instant::now();
        let next = self.steps.lock().unwrap().pop_front();
        let (takes, step) = next.unwrap_or((Duration::ZERO, Step::Answer(204, None)));
        let step = match timeout(within, sleep(takes)).await {
            Ok(()) if !matches!(step, Step::Silence) => step,
            _ => {
                sleep(within.saturating_sub(sent.elapsed())).await;
                Step::Silence
            }
        };
        let attempt = Attempt { call, token, sent, ended: Instant::now(), step: step.clone() };
        self.seen.lock().unwrap().push(attempt);
        step.answer().ok_or_else(|| step.error().unwrap())
    }
}

/// Gives another token each time.
#[derive(Default)]
struct Issuer(Mutex<u32>);

impl TokenSource for Issuer {
    async fn token(&self, _: TokenRequest) -> Result<Grant, Error> {
        let mut asked = self.0.lock().unwrap();
        *asked += 1;
        Ok(Token::new(&format!("token-{asked}"))?.into())
    }
}

thread_local! {
    static CHANCE: Cell<u64> = const { Cell::new(0) };
}

fn chance() -> f64 {
    CHANCE.with(|state| {
        state.set(state.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        f64::from(u32::try_from(state.get() >> 32).unwrap()) / 4_294_967_296.0
    })
}

/// Tells it: what the service saw, and what each caller was told.
pub(crate) fn told(script: &Script) -> (Vec<Attempt>, Vec<Told>) {
    CHANCE.with(|state| state.set(script.chance));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let service =
            Service { steps: Mutex::new(script.steps.iter().cloned().collect()), ..Service::default() };
        let shared = Arc::new((service, Issuer::default(), Common::default()));
        let mut calls = JoinSet::new();
        for begins in &script.calls {
            calls.spawn(one_call(shared.clone(), script.limits, *begins));
        }
        let told = calls.join_all().await;
        (shared.0.seen.lock().unwrap().clone(), told)
    })
}

async fn one_call(shared: Arc<(Service, Issuer, Common)>, limits: Limits, begins: Duration) -> Told {
    sleep(begins).await;
    let (transport, tokens, common) = &*shared;
    let root = ServiceRoot::of_cloud(Cloud::Global).unwrap();
    let assignment = MobileAppGroupAssignment::new("G".to_owned(), "required", None, None).unwrap();
    let call =
        Assign::new(root, MobileAppPath::new("A").unwrap(), &Assignments::Group(vec![assignment]), limits)
            .unwrap();
    let start = Instant::now();
    let ended = call.run(&Surroundings { transport, tokens, common, observe: &|_| {}, date, chance }).await;
    let end = Instant::now();
    match ended {
        Ok(receipt) => {
            let call = Call {
                outcome: Outcome::Applied,
                attempts: receipt.attempts,
                elapsed: receipt.elapsed,
                client_request_id: Some(receipt.client_request_id),
            };
            Told { start, end, status: Some(receipt.status), call }
        }
        Err(error) => Told { start, end, status: None, call: *error.call },
    }
}
