//! Calls that keep to a quota, in virtual time, against a service that counts as it likes between a request and its answer.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use appassign::assign::Assign;
use appassign::client::{Common, Surroundings};
use appassign::error::{Error, Kind, Outcome};
use appassign::event::{Event, Weight};
use appassign::model::{MobileAppGroupAssignment, MobileAppPath};
use appassign::pace::Quota;
use appassign::read::Read;
use appassign::request::{Assignments, Request};
use appassign::secret::Token;
use appassign::service::{Cloud, Limits, ServiceRoot};
use appassign::transport::Transport;
use bytes::Bytes;
use http::{Method, Response};
use jiff::Timestamp;
use proptest::prelude::*;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

const WINDOW: Duration = Duration::from_secs(20);
const MILLISECOND: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3_600);

/// What a request meets.
#[derive(Clone, Copy, Debug)]
struct Met {
    /// Until the service counts it.
    before: Duration,
    /// From there to the answer.
    after: Duration,
    /// 0: no connection comes about.
    status: u16,
    /// In `Retry-After`.
    asks: Option<u32>,
}

const TAKEN: Met = Met { before: MILLISECOND, after: MILLISECOND, status: 204, asks: None };

/// Notes when it counted each request, and whether that was a write.
#[derive(Default)]
struct Service {
    /// One after the other, the first one again after the last.
    meets: Vec<Met>,
    sent: Mutex<usize>,
    counted: Mutex<Vec<(Instant, bool)>>,
}

impl Service {
    /// When it counted the requests, or the writes among them.
    fn counted(&self, only_writes: bool) -> Vec<Instant> {
        let mut counted = self.counted.lock().unwrap().clone();
        counted.sort();
        counted.into_iter().filter(|(_, is_write)| *is_write || !only_writes).map(|(at, _)| at).collect()
    }

    /// The most that any window held.
    fn most(&self, only_writes: bool, window: Duration) -> usize {
        let counted = self.counted(only_writes);
        let within =
            |start: Instant| counted.iter().filter(|at| **at >= start && **at - start < window).count();
        counted.iter().map(|start| within(*start)).max().unwrap_or_default()
    }
}

/// Counts a request at the latest when nobody waits for it any more.
struct Counting<'a>(&'a Service, bool);

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        self.0.counted.lock().unwrap().push((Instant::now(), self.1));
    }
}

impl Transport for Service {
    async fn send(&self, request: Request, _: Duration) -> Result<Response<Bytes>, Error> {
        let Met { before, after, status, asks } = {
            let mut sent = self.sent.lock().unwrap();
            *sent += 1;
            self.meets.get((*sent - 1) % self.meets.len().max(1)).copied().unwrap_or(TAKEN)
        };
        if status == 0 {
            sleep(before).await;
            let mut error = Error::new(Kind::Connect, "no connection came about");
            error.call.outcome = Outcome::NotSent;
            return Err(error);
        }
        let counting = Counting(self, request.method == Method::POST);
        sleep(before).await;
        drop(counting);
        sleep(after).await;
        let mut response = Response::builder().status(status);
        if let Some(asks) = asks {
            response = response.header("retry-after", asks);
        }
        Ok(response.body(Bytes::new()).unwrap())
    }
}

struct Client {
    service: Service,
    common: Common,
    limits: Limits,
    events: Mutex<Vec<(Weight, String)>>,
}

fn quota(rate: f64) -> Quota {
    Quota::read(Some(rate), &ServiceRoot::of_cloud(Cloud::Global).unwrap()).unwrap().unwrap()
}

impl Client {
    fn of(quota: Quota, meets: &[Met]) -> Arc<Self> {
        Self::within(HOUR, quota, meets)
    }

    fn within(timeout: Duration, quota: Quota, meets: &[Met]) -> Arc<Self> {
        let service = Service { meets: meets.to_vec(), ..Service::default() };
        let limits = Limits { timeout, attempts: 2 };
        Arc::new(Self { service, common: Common::new(Some(quota)), limits, events: Mutex::default() })
    }

    async fn call(&self, is_write: bool) -> Result<(), Error> {
        let (root, app) = (ServiceRoot::of_cloud(Cloud::Global).unwrap(), MobileAppPath::new("A").unwrap());
        let token = Token::new("T").unwrap();
        let around = Surroundings {
            transport: &self.service,
            tokens: &token,
            common: &self.common,
            observe: &|event: &Event<'_>| {
                self.events.lock().unwrap().push((event.weight(), event.to_string()));
            },
            date: || "2026-11-23T20:15:42Z".parse::<Timestamp>().unwrap(),
            chance: || 0.5,
        };
        if is_write {
            let assignment = MobileAppGroupAssignment::new("G".to_owned(), "required", None, None).unwrap();
            let assignments = Assignments::Group(vec![assignment]);
            Assign::new(root, app, &assignments, self.limits).unwrap().run(&around).await.map(drop)
        } else {
            Read::new(root, app, self.limits).unwrap().run(&around).await.map(drop)
        }
    }

    async fn write(&self) -> Result<(), Error> {
        self.call(true).await
    }

    /// As many writes at once.
    async fn burst(self: &Arc<Self>, count: usize) {
        let mut calls = JoinSet::new();
        for _ in 0..count {
            let client = self.clone();
            calls.spawn(async move { client.write().await.unwrap() });
        }
        calls.join_all().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_writes_take_nine_windows() {
    let latency = Met { before: 30 * MILLISECOND, after: 20 * MILLISECOND, ..TAKEN };
    let client = Client::of(Quota::PUBLISHED, &[latency]);
    let (start, todo) = (Instant::now(), Arc::new(Mutex::new(1_000)));
    let mut workers = JoinSet::new();
    for _ in 0..16 {
        let (client, todo) = (client.clone(), todo.clone());
        workers.spawn(async move {
            loop {
                {
                    let mut todo = todo.lock().unwrap();
                    if *todo == 0 {
                        return;
                    }
                    *todo -= 1;
                }
                client.write().await.unwrap();
            }
        });
    }
    workers.join_all().await;
    let least = 9 * WINDOW;
    assert_eq!(client.service.counted(true).len(), 1_000);
    assert_eq!(client.service.most(true, WINDOW), 100);
    assert!(start.elapsed() >= least && start.elapsed() <= least.mul_f64(1.03), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_comes_first_goes_first() {
    let client = Client::of(quota(0.05), &[]);
    let (order, mut calls) = (Arc::new(Mutex::new(vec![])), JoinSet::new());
    for number in 0..6 {
        let (client, order) = (client.clone(), order.clone());
        calls.spawn(async move {
            sleep(MILLISECOND * 10 * number).await;
            client.write().await.unwrap();
            order.lock().unwrap().push(number);
        });
    }
    calls.join_all().await;
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn who_comes_when_a_place_is_free_does_not_go_before_who_has_waited() {
    for after in 0..6 {
        let client = Client::of(quota(0.05), &[]);
        client.write().await.unwrap();
        let (order, mut calls) = (Arc::new(Mutex::new(vec![])), JoinSet::new());
        for (name, after) in [("later", WINDOW + MILLISECOND * after), ("earlier", WINDOW / 2)] {
            let (client, order) = (client.clone(), order.clone());
            calls.spawn(async move {
                sleep(after).await;
                client.write().await.unwrap();
                order.lock().unwrap().push(name);
            });
        }
        calls.join_all().await;
        assert_eq!(*order.lock().unwrap(), ["earlier", "later"], "{after}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_turn_cannot_come_in_time_is_told_at_once_and_sends_nothing() {
    let client = Client::within(Duration::from_secs(5), quota(5.0), &[]);
    client.burst(100).await;
    let start = Instant::now();
    let error = client.write().await.unwrap_err();
    assert_eq!(
        (error.kind.clone(), error.call.outcome, error.call.attempts),
        (Kind::Timeout, Outcome::NotSent, 0)
    );
    assert_eq!((start.elapsed(), client.service.counted(true).len()), (Duration::ZERO, 100));
    let said = "the client keeps to 100 writes in 20 s, and the next may go in 20 s, which is longer than the call has left";
    assert_eq!(error.message, said);
    assert!(error.hint.unwrap().contains("rate_limit="));
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_turn_does_not_come_ends_with_its_time() {
    let slow = Met { before: Duration::from_secs(30), ..TAKEN };
    let client = Client::within(Duration::from_secs(40), quota(0.05), &[slow]);
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.write().await }
    });
    sleep(MILLISECOND).await;
    let start = Instant::now();
    // The second is the next one, and hears after 30 s that its place is free after 50; the third does not get that far.
    let (second, third) = tokio::join!(client.write(), client.write());
    for ended in [second, third] {
        let error = ended.unwrap_err();
        assert_eq!((error.kind, error.call.outcome), (Kind::Timeout, Outcome::NotSent));
        assert!(error.message.starts_with("the client keeps to 1 write in 20 s, and "), "{}", error.message);
    }
    assert!(start.elapsed() < Duration::from_secs(41), "{:?}", start.elapsed());
    first.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_the_own_pace_is_told_once_and_softly() {
    let client = Client::of(quota(0.05), &[]);
    client.burst(2).await;
    let events = client.events.lock().unwrap();
    let waits: Vec<_> = events.iter().filter(|(_, line)| line.contains("waiting")).collect();
    assert_eq!(waits.len(), 1, "{events:?}");
    assert_eq!(waits[0].0, Weight::Attempt);
    assert!(waits[0].1.contains("keeping to the client's pace: waiting 20 s"), "{}", waits[0].1);
}

#[tokio::test(start_paused = true)]
async fn who_is_cancelled_leaves_the_turn_to_others() {
    let client = Client::of(quota(0.1), &[Met { before: Duration::from_secs(50), ..TAKEN }]);
    let start = Instant::now();
    // Sent, and given up after a second; then queued, and given up.
    for _ in 0..2 {
        assert!(timeout(Duration::from_secs(1), client.write()).await.is_err());
    }
    assert!(timeout(Duration::from_secs(1), client.write()).await.is_err());
    let third = tokio::spawn({
        let client = client.clone();
        async move { client.write().await }
    });
    sleep(Duration::from_secs(19)).await;
    assert_eq!(
        client.service.counted(true).len(),
        2,
        "a request that was sent counts from when it was given up"
    );
    third.await.unwrap().unwrap();
    let third = client.service.counted(true)[2] - start;
    assert!(third >= Duration::from_secs(71) && third < Duration::from_millis(71_010), "{third:?}");
}

#[tokio::test(start_paused = true)]
async fn where_no_connection_came_about_there_was_nothing_to_count() {
    let client = Client::of(quota(0.05), &[Met { status: 0, ..TAKEN }]);
    let start = Instant::now();
    for _ in 0..4 {
        assert_eq!(client.write().await.unwrap_err().kind, Kind::Connect);
    }
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_429_slows_the_client_down_and_time_without_one_speeds_it_up() {
    let mut meets = vec![TAKEN; 100];
    meets[0].status = 429;
    let client = Client::of(quota(0.5), &meets);
    client.write().await.unwrap();
    // The refused request and the one that followed have two of the five places that are left of ten.
    let start = Instant::now();
    client.burst(5).await;
    let early =
        client.service.counted(true).iter().filter(|at| **at < start + Duration::from_secs(10)).count();
    assert_eq!(early, 5);
    assert!(start.elapsed() > Duration::from_secs(19), "{:?}", start.elapsed());
    sleep(10 * WINDOW).await;
    let start = Instant::now();
    let before = client.service.counted(true).len();
    client.burst(10).await;
    assert!(start.elapsed() < Duration::from_secs(1));
    assert_eq!(client.service.counted(true).len() - before, 10);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_turn_hears_that_the_client_is_held_back_meanwhile() {
    let refused = Met { before: Duration::from_secs(15), status: 429, asks: Some(60), ..TAKEN };
    let client = Client::of(quota(0.1), &[TAKEN, refused, TAKEN, TAKEN]);
    let start = Instant::now();
    client.burst(3).await;
    let last = client.service.counted(true)[2] - start;
    assert!(last >= Duration::from_secs(75), "{last:?}");
}

/// One call of a client.
#[derive(Clone, Copy, Debug)]
struct Made {
    after: Duration,
    is_write: bool,
    /// Given up after so long.
    patience: Duration,
}

fn milliseconds(most: u64) -> impl Strategy<Value = Duration> {
    (0..most).prop_map(Duration::from_millis)
}

fn any_met() -> impl Strategy<Value = Met> {
    let status = prop::sample::select(vec![204_u16, 204, 204, 204, 400, 429, 503, 0]);
    let asks = prop::option::of(0_u32..30);
    (milliseconds(3_000), milliseconds(3_000), status, asks).prop_map(|(before, after, status, asks)| Met {
        before,
        after,
        status,
        asks,
    })
}

fn any_made() -> impl Strategy<Value = Made> {
    let patience = prop_oneof![1 => milliseconds(30_000), 3 => Just(2 * HOUR)];
    (milliseconds(2_000), any::<bool>(), patience).prop_map(|(after, is_write, patience)| Made {
        after,
        is_write,
        patience,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whenever the service counts a request, between its start and its answer, no window holds more than the quota.
    #[test]
    fn no_window_of_the_service_holds_more_than_the_quota(
        calls in prop::collection::vec(any_made(), 1..120),
        meets in prop::collection::vec(any_met(), 1..20),
        rate in prop::sample::select(vec![0.02, 0.05, 0.15, 0.25, 1.0]),
    ) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let quota = quota(rate);
            let client = Client::of(quota, &meets);
            let mut running = JoinSet::new();
            for Made { after, is_write, patience } in calls {
                sleep(after).await;
                let client = client.clone();
                running.spawn(async move { timeout(patience, client.call(is_write)).await.map(drop) });
            }
            running.join_all().await;
            for only_writes in [true, false] {
                let most = client.service.most(only_writes, quota.window());
                prop_assert!(most <= quota.limit(only_writes), "{most} in a window, {only_writes}");
            }
            Ok(())
        })?;
    }
}
