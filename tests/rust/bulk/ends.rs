//! A run that is called off, and one that cannot go well for anybody.

use std::time::Duration;

use appassign::client::Common;
use appassign::error::{Kind, Outcome};
use appassign::pace::Quota;
use tokio::time::{Instant, sleep};

use crate::service::{Reply, Run, Service, failures, left_alone};

#[tokio::test(start_paused = true)]
async fn who_may_write_to_none_of_the_first_three_is_not_let_at_the_rest() {
    let forbidden = |is_write| {
        Service::of(
            move |asked| if asked.is_write == is_write { Reply::Refused(403, None) } else { Reply::Good },
        )
    };
    let service = forbidden(true);
    let report = Run::of(&service).apply(100).await;
    let failed = failures(&report);
    assert_eq!(failed.len(), 100);
    assert!((3..=3 + 8).contains(&service.seen(true).len()));
    assert_eq!(left_alone(&failed) + service.seen(true).len(), 100);
    for (place, error) in failed {
        assert!(matches!(&error.kind, Kind::Status(refusal) if refusal.status == 403), "{place}: {error:?}");
    }
    let service = forbidden(false);
    let planned = Run::of(&service).plan(100).await;
    assert!(planned.0.iter().all(|result| result.plan.is_err()));
    assert!((3..=3 + 8).contains(&service.seen(false).len()));
}

#[tokio::test(start_paused = true)]
async fn who_may_write_to_one_of_the_first_three_is_let_at_all() {
    for allowed in 0..3 {
        let service = Service::of(move |asked| {
            if asked.is_write && asked.number != allowed { Reply::Refused(403, None) } else { Reply::Good }
        });
        let run = Run { concurrency: 1, ..Run::of(&service) };
        let report = run.apply(50).await;
        assert_eq!((failures(&report).len(), left_alone(&failures(&report))), (49, 0), "{allowed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_ends_the_run() {
    let service = Service::of(|_| Reply::Refused(401, None));
    let report = Run::of(&service).apply(100).await;
    assert!(service.seen(false).len() <= 8 && service.seen(true).is_empty());
    for (place, error) in failures(&report) {
        assert!(matches!(&error.kind, Kind::Status(refusal) if refusal.status == 401), "{place}: {error:?}");
    }
    assert!(left_alone(&failures(&report)) >= 100 - 8);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_called_off_begins_nothing_and_leaves_nothing_half_done() {
    let service = Service::taking(|_| (Reply::Good, Duration::from_secs(1)));
    let run = Run::of(&service);
    let somebody = async {
        sleep(Duration::from_millis(10_500)).await;
        run.called_off.tell();
        Instant::now()
    };
    let (report, told) = tokio::join!(run.apply(100), somebody);
    assert!(service.seen(true).iter().all(|asked| asked.at <= told), "nothing is written after that");
    assert!(told.elapsed() <= Duration::from_secs(5));
    assert_eq!(report.0.len(), 100);
    let failed = failures(&report);
    for (number, result) in report.0.iter().enumerate() {
        assert_eq!(result.receipt.is_ok(), service.is_written(number), "{number}");
    }
    assert!((1..100).contains(&failed.len()));
    for (place, error) in failed {
        assert_eq!((&error.kind, error.call.outcome), (&Kind::Interrupted, Outcome::NotSent), "{place}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_does_not_end_is_in_doubt_after_five_seconds() {
    let service =
        Service::taking(|asked| (Reply::Good, Duration::from_secs(if asked.is_write { 50 } else { 1 })));
    let run = Run::of(&service);
    let somebody = async {
        sleep(Duration::from_secs(20)).await;
        run.called_off.tell();
        Instant::now()
    };
    let (report, told) = tokio::join!(run.apply(100), somebody);
    assert_eq!(told.elapsed(), Duration::from_secs(5));
    let failed = failures(&report);
    let doubtful = failed.iter().filter(|(_, error)| error.call.outcome == Outcome::Unknown).count();
    assert_eq!((failed.len(), doubtful, left_alone(&failed)), (100, 8, 92));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_only_reads_ends_at_once() {
    let service = Service::taking(|_| (Reply::Good, Duration::from_secs(1)));
    let run = Run::of(&service);
    let somebody = async {
        sleep(Duration::from_millis(2_500)).await;
        run.called_off.tell();
        Instant::now()
    };
    let (report, told) = tokio::join!(run.plan(100), somebody);
    assert_eq!(told.elapsed(), Duration::ZERO);
    let planned: Vec<_> = report.0.iter().map(|result| result.plan.is_ok()).collect();
    assert_eq!(planned, [vec![true; 16], vec![false; 84]].concat());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_for_its_pace_or_for_a_service_that_fails_ends_at_once() {
    let paced = || Common::new(Some(Quota::PUBLISHED));
    for (common, writes, reply) in
        [(paced(), 100, Reply::Good), (Common::default(), 12, Reply::Refused(503, None))]
    {
        let service = Service::of(move |asked| if asked.is_write { reply } else { Reply::Good });
        let run = Run { common, ..Run::of(&service) };
        let somebody = async {
            sleep(Duration::from_secs(4)).await;
            run.called_off.tell();
            Instant::now()
        };
        let (report, told) = tokio::join!(run.apply(500), somebody);
        assert_eq!(told.elapsed(), Duration::ZERO);
        assert!((5..=writes).contains(&service.seen(true).len()), "{} writes", service.seen(true).len());
        let failed = failures(&report);
        assert!(failed.iter().all(|(_, error)| error.call.outcome <= Outcome::NotApplied), "{failed:?}");
        assert!(left_alone(&failed) >= 500 - 100 - 8);
    }
}
