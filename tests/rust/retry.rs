//! Stories of waits and retries, told in virtual time on a scripted transport: ten minutes pass in milliseconds.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use appassign::assign::Assign;
use appassign::client::{Common, Surroundings};
use appassign::error::{Error, Kind, Outcome};
use appassign::event::Event;
use appassign::model::{MobileAppGroupAssignment, MobileAppPath};
use appassign::receipt::AssignReceipt;
use appassign::request::{Assignments, Request};
use appassign::secret::Token;
use appassign::service::{Cloud, Limits, ServiceRoot};
use appassign::token::{Cached, Grant, TokenCache, TokenRequest, TokenSource};
use appassign::transport::Transport;
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use proptest::prelude::*;
use tokio::time::{Instant, sleep};

/// What the transport does with one request.
#[derive(Clone, Debug)]
enum Step {
    Answer(u16, Vec<(&'static str, String)>),
    Fault(Kind, Outcome),
    /// No answer for as long as anybody waits.
    Silence,
}

fn answer(status: u16) -> Step {
    Step::Answer(status, vec![])
}

fn asking(status: u16, seconds: &dyn std::fmt::Display) -> Step {
    Step::Answer(status, vec![("retry-after", seconds.to_string())])
}

/// Takes its steps one after the other, the last one for ever, and notes when.
#[derive(Default)]
struct Script {
    steps: Mutex<VecDeque<Step>>,
    sent: Mutex<Vec<(Instant, String, String)>>,
}

impl Script {
    fn of(steps: &[Step]) -> Self {
        Self { steps: Mutex::new(steps.iter().cloned().collect()), sent: Mutex::default() }
    }

    /// Seconds between the requests.
    fn gaps(&self) -> Vec<f64> {
        let sent = self.sent.lock().unwrap();
        sent.windows(2).map(|pair| (pair[1].0 - pair[0].0).as_secs_f64()).collect()
    }

    fn count(&self) -> usize {
        self.sent.lock().unwrap().len()
    }
}

impl Transport for Script {
    async fn send(&self, request: Request, within: Duration) -> Result<Response<Bytes>, Error> {
        let header = |name| request.headers.get(name).unwrap().to_str().unwrap().to_owned();
        let facts = (Instant::now(), header("authorization"), header("client-request-id"));
        self.sent.lock().unwrap().push(facts);
        let step = {
            let mut steps = self.steps.lock().unwrap();
            if steps.len() > 1 { steps.pop_front() } else { steps.front().cloned() }
        };
        match step.unwrap() {
            Step::Answer(status, headers) => {
                sleep(Duration::from_millis(1)).await;
                let response = headers
                    .into_iter()
                    .fold(Response::builder().status(status), |response, (name, value)| {
                        response.header(name, value)
                    });
                Ok(response.body(Bytes::new()).unwrap())
            }
            Step::Fault(kind, outcome) => Err(fault(kind, outcome)),
            Step::Silence => {
                sleep(within).await;
                Err(fault(Kind::Timeout, Outcome::Unknown))
            }
        }
    }
}

fn fault(kind: Kind, outcome: Outcome) -> Error {
    let mut error = Error::new(kind, "a fault");
    error.call.outcome = outcome;
    error
}

struct Story<'a, S> {
    script: &'a Script,
    tokens: S,
    common: &'a Common,
    events: Arc<Mutex<Vec<String>>>,
    chance: fn() -> f64,
    limits: Limits,
}

const LIMITS: Limits = Limits { timeout: Duration::from_secs(180), attempts: 4 };

impl<'a> Story<'a, Token> {
    fn of(script: &'a Script, common: &'a Common) -> Self {
        let tokens = Token::new("T").unwrap();
        Story { script, tokens, common, events: Arc::default(), chance: || 0.5, limits: LIMITS }
    }
}

impl<S: TokenSource> Story<'_, S> {
    async fn call(&self) -> Result<AssignReceipt, Error> {
        let root = ServiceRoot::of_cloud(Cloud::Global).unwrap();
        let assignment = MobileAppGroupAssignment::new("G".to_owned(), "required", None, None).unwrap();
        let call = Assign::new(
            root,
            MobileAppPath::new("A").unwrap(),
            &Assignments::Group(vec![assignment]),
            self.limits,
        )
        .unwrap();
        let around = Surroundings {
            transport: self.script,
            tokens: &self.tokens,
            common: self.common,
            observe: &|event: &Event<'_>| self.events.lock().unwrap().push(event.to_string()),
            date: || "2026-11-23T20:15:42Z".parse::<Timestamp>().unwrap(),
            chance: self.chance,
        };
        call.run(&around).await
    }
}

async fn told(steps: &[Step]) -> (Script, Result<AssignReceipt, Error>) {
    let script = Script::of(steps);
    let common = Common::default();
    let ended = Story::of(&script, &common).call().await;
    (script, ended)
}

#[tokio::test(start_paused = true)]
async fn ten_minutes_of_trouble_end_well() {
    let wait = |seconds: u32| asking(429, &seconds);
    let steps = [
        wait(119),
        Step::Fault(Kind::Connect, Outcome::NotSent),
        Step::Silence,
        wait(119),
        answer(503),
        Step::Silence,
        Step::Silence,
        wait(119),
        wait(60),
        Step::Fault(Kind::Transport, Outcome::Unknown),
        answer(504),
        answer(204),
    ];
    let (script, common) = (Script::of(&steps), Common::default());
    let limits = Limits { timeout: Duration::from_secs(1_200), attempts: 20 };
    let story = Story { limits, ..Story::of(&script, &common) };
    let receipt = story.call().await.unwrap();
    assert_eq!((receipt.status, receipt.attempts), (204, 12));
    assert!(receipt.elapsed >= Duration::from_secs(600), "{:?}", receipt.elapsed);
    assert!(receipt.elapsed <= Duration::from_secs(680), "{:?}", receipt.elapsed);
    let ids: Vec<_> = script.sent.lock().unwrap().iter().map(|sent| sent.2.clone()).collect();
    assert!(ids.iter().all(|id| *id == receipt.client_request_id.to_string()), "{ids:?}");
    let events = story.events.lock().unwrap();
    assert_eq!(events.iter().filter(|event| event.contains(" waiting ")).count(), 11);
    assert_eq!(events.iter().filter(|event| event.contains(": attempt ")).count(), 12);
    assert!(events.last().unwrap().contains("204, outcome applied, assignments 1, attempts 12"));
}

#[tokio::test(start_paused = true)]
async fn a_throttled_call_waits_as_long_as_graph_asks() {
    for (asked, least, most) in [("1", 1.0, 1.1), ("2.128", 2.128, 2.5), ("0", 0.1, 0.11), ("7", 7.0, 7.7)] {
        let (script, ended) = told(&[asking(429, &asked), asking(429, &asked), answer(204)]).await;
        assert_eq!(ended.unwrap().attempts, 3);
        for gap in script.gaps() {
            assert!((least..=most + 0.002).contains(&gap), "{asked}: {gap}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_date_is_waited_for_and_one_that_has_passed_is_not() {
    for (date, least, most) in [
        ("Mon, 23 Nov 2026 20:15:52 GMT", 10.0, 11.0),
        ("Monday, 23-Nov-26 20:15:52 GMT", 10.0, 11.0),
        ("Mon Nov 23 20:15:52 2026", 10.0, 11.0),
        ("Mon, 23 Nov 2026 19:00:00 GMT", 0.1, 0.1),
    ] {
        let (script, ended) = told(&[asking(503, &date), answer(204)]).await;
        assert_eq!(ended.unwrap().attempts, 2);
        assert!((least..=most + 0.002).contains(&script.gaps()[0]), "{date}: {:?}", script.gaps());
    }
}

/// The clock on the wall is asked for the date alone, and what it says can make a wait no longer than any other.
#[tokio::test(start_paused = true)]
async fn a_wall_clock_that_jumps_moves_only_what_names_a_date() {
    let ahead = "Mon, 23 Nov 2026 21:15:42 GMT"; // An hour ahead of the clock on the wall.
    let (script, ended) = told(&[asking(429, &ahead), answer(204)]).await;
    let Kind::Status(refusal) = ended.unwrap_err().kind else { panic!("it is a refusal") };
    assert_eq!((refusal.retry_after, script.count()), (Some(Duration::from_secs(3600)), 1));
    // Where the service shows its own clock, the two are compared.
    let both = vec![("retry-after", ahead.to_owned()), ("date", "Mon, 23 Nov 2026 21:15:40 GMT".to_owned())];
    let (script, ended) = told(&[Step::Answer(429, both), answer(204)]).await;
    assert_eq!(ended.unwrap().attempts, 2);
    assert!((2.0..2.21).contains(&script.gaps()[0]));
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_too_long_is_the_callers_to_make() {
    let start = Instant::now();
    let (script, ended) = told(&[asking(429, &3600)]).await;
    let error = ended.unwrap_err();
    let Kind::Status(refusal) = &error.kind else { panic!("{error:?}") };
    assert_eq!(refusal.retry_after, Some(Duration::from_secs(3600)));
    assert_eq!((error.call.outcome, error.call.attempts), (Outcome::NotApplied, 1));
    assert_eq!((script.count(), start.elapsed()), (1, Duration::from_millis(1)));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_throttles_for_ever_is_asked_four_times_with_growing_gaps() {
    let script = Script::of(&[answer(429)]);
    let common = Common::default();
    let story = Story { chance: || 0.999, ..Story::of(&script, &common) };
    let error = story.call().await.unwrap_err();
    assert_eq!((error.call.outcome, error.call.attempts), (Outcome::NotApplied, 4));
    let gaps = script.gaps();
    assert!(gaps[0] < gaps[1] && gaps[1] < gaps[2] && gaps[2] <= 4.01, "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn what_became_of_the_call_is_the_worst_that_any_attempt_leaves_open() {
    use Outcome::{NotApplied, NotSent, Unknown};
    let connect = || Step::Fault(Kind::Connect, NotSent);
    for (steps, outcome, attempts) in [
        (vec![answer(500)], Unknown, 4),
        (vec![connect()], NotSent, 4),
        (vec![answer(500), connect()], Unknown, 4),
        (vec![answer(503), answer(403)], Unknown, 2),
        (vec![answer(429), connect()], NotApplied, 4),
        (vec![connect(), answer(403)], NotApplied, 2),
        (vec![Step::Fault(Kind::Transport, Unknown), answer(400)], Unknown, 2),
        (vec![answer(408), answer(302)], Unknown, 2),
        (vec![Step::Fault(Kind::Tls, NotSent)], NotSent, 1),
    ] {
        let (script, ended) = told(&steps).await;
        let call = ended.unwrap_err().call;
        assert_eq!((call.outcome, call.attempts), (outcome, attempts), "{steps:?}");
        assert_eq!(script.count(), attempts as usize);
    }
}

#[tokio::test(start_paused = true)]
async fn a_mute_service_gets_a_minute_an_attempt_and_the_call_its_own_time() {
    let start = Instant::now();
    let (script, ended) = told(&[Step::Silence]).await;
    let error = ended.unwrap_err();
    assert_eq!((error.kind.clone(), error.call.outcome), (Kind::Timeout, Outcome::Unknown));
    assert_eq!(script.count(), 3);
    assert!(start.elapsed() <= LIMITS.timeout, "{:?}", start.elapsed());
    assert_eq!(error.call.elapsed, start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_429_holds_back_every_write_of_the_client() {
    let script = Script::of(&[asking(429, &5), answer(204)]);
    let common = Common::default();
    let story = Story::of(&script, &common);
    let others = async {
        sleep(Duration::from_secs(1)).await;
        futures(&story, 8).await
    };
    let (first, others) = tokio::join!(story.call(), others);
    assert_eq!(first.unwrap().attempts, 2);
    assert!(others.iter().all(|ended| ended.as_ref().unwrap().attempts == 1));
    let sent = script.sent.lock().unwrap();
    assert_eq!(sent.len(), 10);
    for (at, ..) in &sent[1..] {
        assert!(at.duration_since(sent[0].0) >= Duration::from_secs(5));
    }
}

async fn futures<S: TokenSource>(story: &Story<'_, S>, count: usize) -> Vec<Result<AssignReceipt, Error>> {
    let mut calls: Vec<_> = (0..count).map(|_| Box::pin(story.call())).collect();
    let mut ended: Vec<Option<_>> = (0..count).map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (call, ended) in calls.iter_mut().zip(&mut ended) {
            if ended.is_none()
                && let std::task::Poll::Ready(result) = call.as_mut().poll(context)
            {
                *ended = Some(result);
            }
        }
        if ended.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    ended.into_iter().flatten().collect()
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_held_back_past_its_end_is_told_and_sends_nothing() {
    let script = Script::of(&[asking(429, &600), answer(204)]);
    let common = Common::default();
    let story = Story::of(&script, &common);
    story.call().await.unwrap_err();
    let error = story.call().await.unwrap_err();
    let Kind::Status(refusal) = &error.kind else { panic!("{error:?}") };
    assert_eq!((refusal.status, refusal.retry_after), (429, Some(Duration::from_secs(600))));
    assert_eq!((error.call.outcome, error.call.attempts, script.count()), (Outcome::NotSent, 0, 1));
    // Another client, or a call without one, knows nothing of it.
    Story::of(&script, &Common::default()).call().await.unwrap();
    sleep(Duration::from_secs(601)).await;
    story.call().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_held_back_before_its_next_attempt_does_not_deny_the_first() {
    let script = Script::of(&[asking(503, &60), asking(429, &600)]);
    let common = Common::default();
    let story = Story::of(&script, &common);
    let other = async {
        sleep(Duration::from_secs(1)).await;
        story.call().await
    };
    let (first, other) = tokio::join!(story.call(), other);
    other.unwrap_err();
    let error = first.unwrap_err();
    assert!(error.message.starts_with("held back"), "{}", error.message);
    assert_eq!((error.call.outcome, error.call.attempts), (Outcome::Unknown, 1));
    assert!(!error.hint.unwrap().contains("nothing was sent"));
}

#[tokio::test(start_paused = true)]
async fn an_outage_uses_up_the_budget_and_then_each_call_is_one_request() {
    let script = Script::of(&[answer(503)]);
    let common = Common::default();
    let story = Story::of(&script, &common);
    for _ in 0..100 {
        let error = story.call().await.unwrap_err();
        assert_eq!(error.call.outcome, Outcome::Unknown);
    }
    assert_eq!(script.count(), 100 + 500 / 14);
    let error = story.call().await.unwrap_err();
    assert!(error.hint.unwrap().contains("tries none again"));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_cancelled_while_it_waits_pays_for_no_retry() {
    let script = Script::of(&[asking(503, &60)]);
    let common = Common::default();
    let story = Story::of(&script, &common);
    for _ in 0..100 {
        assert!(tokio::time::timeout(Duration::from_secs(1), story.call()).await.is_err());
    }
    script.steps.lock().unwrap().clear();
    script.steps.lock().unwrap().extend([answer(503), answer(204)]);
    assert_eq!(story.call().await.unwrap().attempts, 2);
}

#[tokio::test(start_paused = true)]
async fn twenty_thousand_calls_with_a_tenth_of_faults_never_starve() {
    let mut random = 1_u32;
    let steps: Vec<_> = (0..30_000)
        .map(|_| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if random >> 16 < 6_554 { answer(503) } else { answer(204) }
        })
        .chain([answer(204)])
        .collect();
    let script = Script::of(&steps);
    let common = Common::default();
    let story = Story::of(&script, &common);
    let mut failed = 0;
    for _ in 0..20_000 {
        if let Err(error) = story.call().await {
            assert_eq!(error.call.attempts, 4, "{error}");
            failed += 1;
        }
    }
    assert!(failed <= 12, "four faults in a row are one in ten thousand: {failed}");
}

/// Gives numbered tokens, some time after it was asked, and notes what it was asked.
#[derive(Default)]
struct Issuer {
    asked: Mutex<Vec<TokenRequest>>,
    good_for: Option<Duration>,
    takes: Duration,
    fails: Mutex<bool>,
}

impl TokenSource for Issuer {
    async fn token(&self, request: TokenRequest) -> Result<Grant, Error> {
        let number = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(request);
            asked.len()
        };
        sleep(self.takes).await;
        if *self.fails.lock().unwrap() {
            return Err(Error::new(Kind::Credential, format!("failure {number}")));
        }
        let token = Token::new(&format!("token-{number}")).unwrap();
        Ok(Grant { good_for: self.good_for, ..token.into() })
    }
}

fn cached<'a>(
    script: &'a Script,
    common: &'a Common,
    cache: &'a TokenCache,
    source: &'a Issuer,
) -> Story<'a, Cached<'a, Issuer>> {
    let tokens = Cached { cache, source };
    Story { script, tokens, common, events: Arc::default(), chance: || 0.5, limits: LIMITS }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_asked_for_once_and_renewed_before_it_ends() {
    let (script, common, cache) = (Script::of(&[answer(204)]), Common::default(), TokenCache::default());
    let issuer = Issuer { good_for: Some(Duration::from_secs(3600)), ..Issuer::default() };
    let story = cached(&script, &common, &cache, &issuer);
    for _ in 0..55 {
        story.call().await.unwrap();
        sleep(Duration::from_secs(59)).await;
    }
    assert_eq!(issuer.asked.lock().unwrap().len(), 1);
    sleep(Duration::from_secs(120)).await;
    story.call().await.unwrap();
    assert_eq!(issuer.asked.lock().unwrap().len(), 2, "five minutes before its end");
    assert_eq!(script.sent.lock().unwrap().last().unwrap().1, "Bearer token-2");
}

#[tokio::test(start_paused = true)]
async fn many_calls_wait_for_one_token() {
    let (script, common, cache) = (Script::of(&[answer(204)]), Common::default(), TokenCache::default());
    let issuer = Issuer { takes: Duration::from_secs(3), ..Issuer::default() };
    let story = cached(&script, &common, &cache, &issuer);
    let ended = futures(&story, 50).await;
    assert!(ended.iter().all(Result::is_ok));
    assert_eq!(issuer.asked.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn many_calls_that_meet_a_401_at_once_renew_once() {
    let claims = r#"Bearer error="insufficient_claims", claims="e30=""#.to_owned();
    let refusal = Step::Answer(401, vec![("www-authenticate", claims)]);
    let steps: Vec<_> = [answer(204)].into_iter().chain(vec![refusal; 50]).chain([answer(204)]).collect();
    let (script, common, cache) = (Script::of(&steps), Common::default(), TokenCache::default());
    let issuer = Issuer { takes: Duration::from_secs(1), ..Issuer::default() };
    let story = cached(&script, &common, &cache, &issuer);
    story.call().await.unwrap();
    let ended = futures(&story, 50).await;
    assert!(ended.iter().all(|ended| ended.as_ref().unwrap().attempts == 2));
    let asked = issuer.asked.lock().unwrap();
    let claims: Vec<_> = asked.iter().map(|asked| asked.claims.as_deref()).collect();
    assert_eq!(claims, [None, Some("{}")]);
}

/// Gives the same token for as long as no claims are asked for, as azure-identity does out of its own cache.
#[derive(Default)]
struct Repeater(Mutex<Vec<Option<String>>>);

impl TokenSource for Repeater {
    async fn token(&self, request: TokenRequest) -> Result<Grant, Error> {
        let token = Token::new(if request.claims.is_some() { "claimed" } else { "same" }).unwrap();
        self.0.lock().unwrap().push(request.claims);
        sleep(Duration::from_secs(1)).await;
        Ok(Grant { good_for: Some(Duration::from_secs(3600)), ..token.into() })
    }
}

#[tokio::test(start_paused = true)]
async fn a_claims_challenge_is_answered_though_another_call_is_renewing_without_claims() {
    let claims = r#"Bearer error="insufficient_claims", claims="e30=""#.to_owned();
    let refusal = Step::Answer(401, vec![("www-authenticate", claims)]);
    let script = Script::of(&[answer(204), refusal, answer(204)]);
    let (common, cache, source) = (Common::default(), TokenCache::default(), Repeater::default());
    let tokens = Cached { cache: &cache, source: &source };
    let story = Story {
        script: &script,
        tokens,
        common: &common,
        events: Arc::default(),
        chance: || 0.5,
        limits: LIMITS,
    };
    story.call().await.unwrap();
    sleep(Duration::from_secs(3400)).await;
    let (renewing, challenged) = tokio::join!(story.call(), story.call());
    renewing.unwrap();
    assert_eq!(challenged.unwrap().attempts, 2);
    assert_eq!(*source.0.lock().unwrap(), [None, None, Some("{}".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn all_who_wait_hear_that_there_is_no_token() {
    let (script, common, cache) = (Script::of(&[answer(204)]), Common::default(), TokenCache::default());
    let issuer = Issuer { takes: Duration::from_secs(1), ..Issuer::default() };
    *issuer.fails.lock().unwrap() = true;
    let story = cached(&script, &common, &cache, &issuer);
    for ended in futures(&story, 50).await {
        assert_eq!(ended.unwrap_err().message, "failure 1");
    }
    *issuer.fails.lock().unwrap() = false;
    story.call().await.unwrap();
    assert_eq!(issuer.asked.lock().unwrap().len(), 2, "the next call asks anew");
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_fails_is_no_matter_while_the_old_token_is_good() {
    let (script, common, cache) = (Script::of(&[answer(204)]), Common::default(), TokenCache::default());
    let issuer = Issuer { good_for: Some(Duration::from_secs(3600)), ..Issuer::default() };
    let story = cached(&script, &common, &cache, &issuer);
    story.call().await.unwrap();
    *issuer.fails.lock().unwrap() = true;
    sleep(Duration::from_secs(3400)).await;
    for _ in 0..3 {
        story.call().await.unwrap();
    }
    assert_eq!(issuer.asked.lock().unwrap().len(), 2, "it is left alone for a while");
    sleep(Duration::from_secs(60)).await;
    story.call().await.unwrap();
    assert_eq!(issuer.asked.lock().unwrap().len(), 3);
    sleep(Duration::from_secs(200)).await;
    assert_eq!(story.call().await.unwrap_err().kind, Kind::Credential);
}

#[tokio::test(start_paused = true)]
async fn who_goes_away_while_it_asks_leaves_the_question_to_the_next() {
    let (script, common, cache) = (Script::of(&[answer(204)]), Common::default(), TokenCache::default());
    let issuer = Issuer { takes: Duration::from_secs(10), ..Issuer::default() };
    let story = cached(&script, &common, &cache, &issuer);
    let gone = async { tokio::time::timeout(Duration::from_secs(2), story.call()).await.is_err() };
    let (gone, next) = tokio::join!(gone, story.call());
    assert!(gone);
    next.unwrap();
    assert_eq!(issuer.asked.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_anothers_token_no_longer_than_its_own_time() {
    let (script, common, cache) = (Script::of(&[answer(204)]), Common::default(), TokenCache::default());
    let issuer = Issuer { takes: Duration::from_secs(1_000), ..Issuer::default() };
    let long = Limits { timeout: Duration::from_secs(5_000), attempts: 4 };
    let first = Story { limits: long, ..cached(&script, &common, &cache, &issuer) };
    let second = cached(&script, &common, &cache, &issuer);
    let (first, second) = tokio::join!(first.call(), second.call());
    first.unwrap();
    let error = second.unwrap_err();
    assert_eq!((error.kind, error.call.outcome), (Kind::Timeout, Outcome::NotSent));
    assert!(error.message.contains("another call"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_takes_one_of_the_attempts_and_a_refused_token_is_forgotten() {
    let (script, common, cache) = (Script::of(&[answer(401)]), Common::default(), TokenCache::default());
    let issuer = Issuer::default();
    let once = Limits { attempts: 1, ..LIMITS };
    let story = Story { limits: once, ..cached(&script, &common, &cache, &issuer) };
    for call in 1..=2 {
        assert_eq!(story.call().await.unwrap_err().call.attempts, 1);
        assert_eq!(issuer.asked.lock().unwrap().len(), call);
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    let statuses =
        prop::sample::select(vec![204_u16, 200, 302, 400, 401, 403, 408, 429, 429, 500, 502, 503, 504, 599]);
    let wait = prop::option::of(prop_oneof![0_u32..20, 100_u32..4_000]);
    let fault = (
        prop::sample::select(vec![Kind::Connect, Kind::Tls, Kind::Transport]),
        prop::sample::select(vec![Outcome::NotSent, Outcome::Unknown]),
    );
    prop_oneof![
        8 => (statuses, wait).prop_map(|(status, wait)| match wait {
            Some(wait) => asking(status, &wait),
            None => answer(status),
        }),
        2 => fault.prop_map(|(kind, outcome)| Step::Fault(kind, outcome)),
        1 => Just(Step::Silence),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Never sooner than asked, never past the call's end, never more than the attempts or the budget allow.
    #[test]
    fn the_laws_of_retry_hold(
        steps in prop::collection::vec(any_step(), 1..12),
        attempts in 1_u32..12,
        timeout in 1_u64..400,
        jitter in prop::sample::select(vec![0_u8, 1, 2]),
    ) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let (script, common) = (Script::of(&steps), Common::default());
            let limits = Limits { timeout: Duration::from_secs(timeout), attempts };
            let chance: fn() -> f64 = match jitter {
                0 => || 0.0,
                1 => || 0.5,
                _ => || 0.999_999,
            };
            let story = Story { chance, limits, ..Story::of(&script, &common) };
            let start = Instant::now();
            let ended = story.call().await;
            let took = start.elapsed();
            let made = u32::try_from(script.count()).unwrap();
            prop_assert!(took <= limits.timeout + Duration::from_millis(2), "{took:?}");
            prop_assert!(made <= attempts && made - 1 <= 500 / 5);
            let told = match &ended {
                Ok(receipt) => (receipt.attempts, receipt.elapsed),
                Err(error) => (error.call.attempts, error.call.elapsed),
            };
            prop_assert_eq!(told, (made, took));
            for (step, gap) in steps.iter().zip(script.gaps()) {
                let least = match step {
                    Step::Answer(_, headers) => {
                        headers.first().map_or(0.1, |(_, wait)| wait.parse::<f64>().unwrap().max(0.1))
                    }
                    Step::Fault(..) | Step::Silence => 0.1,
                };
                prop_assert!(gap >= least, "{step:?}: {gap} s");
                prop_assert!(least <= 120.0);
            }
            Ok(())
        })?;
    }
}
