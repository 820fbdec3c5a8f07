//! What was written is read again, until it is there or the time for that is over.

use std::time::Duration;

use appassign::error::{Kind, Outcome};
use appassign::service::Limits;
use http::Method;
use tokio::time::Instant;

use crate::service::{APP, LIMITS, Service, Story, answer, entry, fault, groups, to_group};

const AT: [f64; 7] = [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5];

fn lagging(seconds: f64) -> Service {
    Service { lag: Duration::from_secs_f64(seconds), ..Service::of(&[]) }
}

/// Seconds from the write to each read after it.
fn reads_after_the_write(service: &Service) -> Vec<f64> {
    let seen = service.seen();
    let wrote = seen.iter().position(|seen| seen.method == Method::POST).unwrap();
    seen[wrote + 1..].iter().map(|read| (read.at - seen[wrote].at).as_secs_f64()).collect()
}

/// Each answer takes a millisecond.
fn is_as_planned(reads: &[f64]) -> bool {
    reads.iter().zip(AT).all(|(read, at)| (at..at + 0.02).contains(read))
}

#[tokio::test(start_paused = true)]
async fn lists_that_lag_are_waited_for_and_nothing_is_sent_again() {
    for (lag, reads) in [(0.0, 1), (0.2, 2), (1.0, 3), (3.0, 4), (7.0, 5), (10.0, 6), (15.0, 6), (31.0, 7)] {
        let service = lagging(lag);
        let receipt = Story::of(&service).change().await.unwrap();
        let at = reads_after_the_write(&service);
        assert_eq!((at.len(), service.count(&Method::POST)), (reads, 1), "{lag}");
        assert!(is_as_planned(&at), "{at:?}");
        assert_eq!(groups(&receipt.after), [0, 1, 2, 9]);
        assert!(!receipt.recovered && receipt.response.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_after_half_a_minute_is_missing() {
    for service in [lagging(40.0), Service::always(answer(202))] {
        let start = Instant::now();
        let error = Story::of(&service).change().await.unwrap_err();
        let Kind::Verification(compared) = &error.kind else { panic!("{error:?}") };
        assert!(compared.expected.contains("000000000009") && compared.found == "[]", "{compared:?}");
        assert_eq!(error.call.outcome, Outcome::Unknown);
        let at = reads_after_the_write(&service);
        assert_eq!((at.len(), service.count(&Method::POST)), (7, 1));
        assert!(is_as_planned(&at), "{at:?}");
        assert!(start.elapsed() < Duration::from_secs(32));
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_adds_meanwhile_is_theirs_and_stays() {
    let service = Service::of(&[answer(204).applied().and_joined_by(7)]);
    let receipt = Story::of(&service).change().await.unwrap();
    assert_eq!(groups(&receipt.after), [0, 1, 2, 9]);
    assert_eq!((service.groups(APP), service.story().as_str()), (vec![0, 1, 2, 9, 7], "rWr"));
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_takes_away_meanwhile_is_missing() {
    let service = Service::of(&[answer(204).applied().after(2)]);
    let story = Story::of(&service);
    let thief = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        service.hold(APP, vec![entry(9)]);
    };
    let (ended, ()) = tokio::join!(story.change(), thief);
    let error = ended.unwrap_err();
    let Kind::Verification(compared) = &error.kind else { panic!("{error:?}") };
    for group in ["000000000000", "000000000001", "000000000002"] {
        assert!(compared.expected.contains(group));
    }
    assert_eq!((error.call.outcome, service.count(&Method::POST)), (Outcome::Unknown, 1));
    assert_eq!(service.groups(APP), [9]);
}

#[tokio::test(start_paused = true)]
async fn the_calls_own_time_bounds_the_verification() {
    for (seconds, reads) in [(1, 2), (3, 3), (10, 5), (20, 6)] {
        let limits = Limits { timeout: Duration::from_secs(seconds), ..LIMITS };
        let service = lagging(100.0);
        let start = Instant::now();
        let error = Story { limits, ..Story::of(&service) }.change().await.unwrap_err();
        assert!(matches!(error.kind, Kind::Verification(_)), "{error:?}");
        assert!(start.elapsed() <= limits.timeout);
        assert_eq!((reads_after_the_write(&service).len(), service.count(&Method::POST)), (reads, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_takes_all_the_time_is_applied_and_not_verified() {
    let limits = Limits { timeout: Duration::from_secs(10), ..LIMITS };
    let service = Service::of(&[answer(204).applied().after(9)]);
    service.reads.lock().unwrap().extend([answer(200), answer(200).after(5)]);
    let error = Story { limits, ..Story::of(&service) }.change().await.unwrap_err();
    assert_eq!((error.kind.clone(), error.call.outcome), (Kind::Timeout, Outcome::Applied));
    assert!(error.message.contains("took the write"), "{error}");
    assert!(error.hint.is_some());
}

#[tokio::test(start_paused = true)]
async fn reads_that_verify_are_tried_as_often_as_there_is_time() {
    let service = Service::of(&[]).reading(&[
        answer(200),
        answer(503),
        answer(503),
        answer(503),
        answer(503),
        answer(204),
        fault(Outcome::Unknown),
    ]);
    Story::of(&service).change().await.unwrap();
    assert_eq!((service.count(&Method::POST), service.story().as_str()), (1, "rWrrrrrrr"));
}

#[tokio::test(start_paused = true)]
async fn a_write_that_nobody_may_verify_is_applied() {
    for status in [403, 404] {
        let service = Service::of(&[]).reading(&[answer(200), answer(status)]);
        let error = Story::of(&service).change().await.unwrap_err();
        assert_eq!((error.call.outcome, service.story().as_str()), (Outcome::Applied, "rWr"));
        assert!(error.message.contains("could not be verified"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_that_is_cleared_is_asked_whether_it_is() {
    let service = Service::of(&[]);
    service.hold(APP, vec![]);
    let story = Story::of(&service);
    let receipt = story.change().await.unwrap();
    assert_eq!(groups(&receipt.after), [9]);
    let undone = story.undo(receipt).await.unwrap();
    assert_eq!((undone.after, service.groups(APP)), (vec![], vec![]));
    let last = service.seen().pop().unwrap();
    assert!(!last.path.ends_with("/assignments"), "the app itself has the last word: {last:?}");
    assert_eq!(undone.before, [to_group(9)]);
}
