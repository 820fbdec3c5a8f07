//! What comes of it: in order, with as many apps under way as asked, and as fast as the service allows.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use appassign::client::Common;
use appassign::pace::Quota;
use tokio::time::Instant;

use crate::service::{Reply, Run, Service, app, failures};

/// From 1 to 200 ms, with no pattern.
fn some_time(number: usize, earlier: usize) -> Duration {
    let mixed = (number * 7_919 + earlier * 104_729) % 200;
    Duration::from_millis(1 + u64::try_from(mixed).unwrap())
}

#[tokio::test(start_paused = true)]
async fn five_thousand_results_stand_in_the_order_of_the_input() {
    let service = Service::taking(|asked| (Reply::Good, some_time(asked.number, asked.earlier)));
    let run = Run::of(&service);
    let planned = run.plan(5_000).await;
    for (number, result) in planned.0.iter().enumerate() {
        assert_eq!(result.change.app_id(), app(number));
        assert_eq!(result.plan.as_ref().unwrap().app_id(), app(number));
    }
    assert_eq!((planned.0.len(), service.most_under_way()), (5_000, 8));
    let applied = run.apply(1_000).await;
    for (number, result) in applied.0.iter().enumerate() {
        assert_eq!(result.plan.app_id(), app(number));
        assert_eq!(result.receipt.as_ref().unwrap().app_id, app(number));
    }
    assert_eq!((applied.0.len(), service.most_under_way()), (1_000, 8));
    assert_eq!(service.seen(true).len(), 1_000);
}

#[tokio::test(start_paused = true)]
async fn nobody_who_may_be_under_way_is_idle() {
    let second = |_| (Reply::Good, Duration::from_secs(1));
    for (concurrency, seconds) in [(1, 100), (7, 15), (100, 1), (256, 1)] {
        let (service, start) = (Service::taking(second), Instant::now());
        Run { concurrency, ..Run::of(&service) }.plan(100).await;
        assert_eq!(start.elapsed().as_secs(), seconds, "{concurrency}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bad_app_spoils_no_other() {
    let service = Service::of(|asked| match asked.number % 10 {
        3 => Reply::Refused(404, None),
        7 if asked.is_write => Reply::Refused(400, None),
        _ => Reply::Good,
    });
    let report = Run::of(&service).apply(100).await;
    let failed: Vec<_> = failures(&report).iter().map(|(place, _)| place % 10).collect();
    assert_eq!(failed, [3, 7].repeat(10));
    assert!((0..100).all(|number| service.is_written(number) != matches!(number % 10, 3 | 7)));
}

#[tokio::test(start_paused = true)]
async fn a_429_for_one_holds_back_the_writes_of_all() {
    let service = Service::of(|asked| match (asked.is_write, asked.earlier) {
        (true, 3) => Reply::Refused(429, Some(5)),
        _ => Reply::Good,
    });
    let report = Run::of(&service).apply(40).await;
    assert!(failures(&report).is_empty());
    let writes: Vec<_> = service.seen(true).iter().map(|asked| asked.at).collect();
    let answered = writes[3] + Duration::from_millis(10);
    let held_back = writes.iter().filter(|at| **at > answered);
    assert!(held_back.clone().count() >= 40 - 8);
    assert!(held_back.clone().all(|at| *at >= answered + Duration::from_secs(5)));
}

/// The quota of Graph's own documentation, counted as a window that slides.
#[tokio::test(start_paused = true)]
async fn a_thousand_apps_take_hardly_longer_than_their_quota_and_meet_no_429() {
    const WINDOW: Duration = Duration::from_secs(20);
    let counted: [Mutex<VecDeque<Instant>>; 2] = Default::default();
    let service = Service::taking(move |asked| {
        let takes = some_time(asked.number, asked.earlier);
        for (lane, most) in [(0, 1_000), (1, 100)].into_iter().take(1 + usize::from(asked.is_write)) {
            let mut lane: MutexGuard<'_, VecDeque<Instant>> = counted[lane].lock().unwrap();
            while lane.front().is_some_and(|at| asked.at - *at >= WINDOW) {
                lane.pop_front();
            }
            lane.push_back(asked.at);
            if lane.len() > most {
                return (Reply::Refused(429, Some(20)), takes);
            }
        }
        (Reply::Good, takes)
    });
    let common = Common::new(Some(Quota::PUBLISHED));
    let (start, run) = (Instant::now(), Run { common, concurrency: 16, ..Run::of(&service) });
    let report = run.apply(1_000).await;
    assert!(failures(&report).is_empty());
    assert_eq!(service.seen(true).len(), 1_000, "nothing was refused");
    let (took, least) = (start.elapsed(), WINDOW * 9);
    assert!(took <= least.mul_f64(1.03), "{took:?}");
}
