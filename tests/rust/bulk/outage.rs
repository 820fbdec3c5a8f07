//! A service that fails is asked less and less, and then no more.

use std::time::Duration;

use appassign::error::{Kind, Outcome};
use tokio::time::Instant;

use crate::service::{Asked, Reply, Run, Service, failures, left_alone};

/// So many fail before the circuit opens, so many are under way then, and so often it is tried.
fn most(concurrency: usize) -> usize {
    5 + concurrency + 3
}

fn gaps(asked: &[Asked]) -> Vec<f64> {
    asked.windows(2).map(|pair| (pair[1].at - pair[0].at).as_secs_f64()).collect()
}

#[tokio::test(start_paused = true)]
async fn writes_that_all_fail_end_the_run_after_three_probes() {
    for reply in [Reply::Refused(503, None), Reply::Refused(500, None), Reply::Lost] {
        for concurrency in [1, 8, 64] {
            let service = Service::of(move |asked| if asked.is_write { reply } else { Reply::Good });
            let report = Run { concurrency, ..Run::of(&service) }.apply(200).await;
            let (failed, writes) = (failures(&report), service.seen(true));
            assert_eq!(failed.len(), 200);
            assert!((5 + 3..=most(concurrency)).contains(&writes.len()), "{} writes", writes.len());
            let probes = gaps(&writes).split_off(writes.len() - 4);
            for (gap, wait) in probes.iter().zip([5.0, 10.0, 20.0]) {
                assert!((wait..wait + 1.0).contains(gap), "{probes:?}");
            }
            assert!(left_alone(&failed) >= 200 - most(concurrency));
            for (place, error) in &failed {
                assert!(matches!(error.kind, Kind::Status(_) | Kind::Transport), "{place}: {error:?}");
            }
            assert!((0..200).all(|number| !service.is_written(number)));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn reads_that_all_fail_end_the_run_too() {
    let service = Service::of(|_| Reply::Refused(503, None));
    let planned = Run::of(&service).plan(200).await;
    assert!(planned.0.iter().all(|result| result.plan.is_err()));
    let most = most(8) * 4;
    assert!(service.seen(false).len() <= most, "{} reads", service.seen(false).len());
    let applied = Run::of(&service).apply(200).await;
    assert_eq!(failures(&applied).len(), 200);
    assert!(service.seen(false).len() <= 2 * most, "{} reads", service.seen(false).len());
    assert_eq!(service.seen(true).len(), 0, "nothing is written to what cannot be read");
}

/// Whoever probes with a write reads first, and has failed when that fails.
#[tokio::test(start_paused = true)]
async fn an_outage_that_reaches_the_reads_later_ends_the_run_as_well() {
    let start = Instant::now();
    let service = Service::of(move |asked| {
        let is_out = asked.is_write || asked.at - start > Duration::from_secs(1);
        if is_out { Reply::Refused(503, None) } else { Reply::Good }
    });
    let report = Run::of(&service).apply(1_000).await;
    let failed = failures(&report);
    assert_eq!(failed.len(), 1_000);
    assert!(service.seen(true).len() <= most(8));
    assert!(service.seen(false).len() <= 3 * most(8) * 4, "{} reads", service.seen(false).len());
    assert!(left_alone(&failed) >= 1_000 - 3 * most(8));
}

#[tokio::test(start_paused = true)]
async fn an_outage_that_ends_is_sat_out() {
    for seconds in [3, 12, 33] {
        let start = Instant::now();
        let service = Service::of(move |asked| {
            let is_out = asked.at - start < Duration::from_secs(seconds);
            if asked.is_write && is_out { Reply::Refused(503, None) } else { Reply::Good }
        });
        let report = Run::of(&service).apply(200).await;
        let failed = failures(&report);
        assert_eq!(failed.len(), 0, "{seconds}: {failed:?}");
        let early =
            service.seen(true).iter().filter(|asked| asked.at - start < Duration::from_secs(seconds)).count();
        assert!(early <= most(8), "{early} writes were wasted");
        assert!((0..200).all(|number| service.is_written(number)));
    }
}

#[tokio::test(start_paused = true)]
async fn failures_that_do_not_follow_each_other_open_nothing() {
    let service = Service::of(|asked| match (asked.is_write, asked.earlier % 3) {
        (true, 0) => Reply::Refused(503, None),
        _ => Reply::Good,
    });
    let (start, report) = (Instant::now(), Run::of(&service).apply(60).await);
    assert!(failures(&report).iter().all(|(_, error)| error.call.outcome != Outcome::NotSent));
    assert!(left_alone(&failures(&report)) == 0);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

/// What the service refuses for a reason of its own says nothing of the service.
#[tokio::test(start_paused = true)]
async fn refusals_open_nothing() {
    for status in [400, 404, 409] {
        let service =
            Service::of(move |asked| if asked.is_write { Reply::Refused(status, None) } else { Reply::Good });
        let report = Run::of(&service).apply(60).await;
        assert_eq!((failures(&report).len(), left_alone(&failures(&report))), (60, 0), "{status}");
    }
}
