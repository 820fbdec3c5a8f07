//! The caller goes: before the write nothing is sent, and later it comes to its end.

use std::time::Duration;

use appassign::error::{Error, Kind};
use appassign::receipt::ApplyReceipt;
use http::Method;
use tokio::time::{Instant, sleep};

use crate::service::{APP, Service, Step, Story, answer, asking, done, groups};

/// The end of a change that is called off after so many milliseconds, and how long it took from then on.
async fn ended(service: &Service, after: u64) -> (Result<ApplyReceipt, Error>, Duration) {
    let story = Story::of(service);
    let caller = async {
        sleep(Duration::from_millis(after)).await;
        story.called_off.tell();
        Instant::now()
    };
    let call = async { (story.change().await, Instant::now()) };
    let ((ended, at), told) = tokio::join!(call, caller);
    (ended, at.saturating_duration_since(told))
}

#[tokio::test(start_paused = true)]
async fn a_call_that_only_reads_so_far_ends_at_once() {
    for read in [done(Step::Silence), answer(200).after(30), asking(503, 20)] {
        let service = Service::of(&[]).reading(&[read]);
        let (ended, took) = ended(&service, 500).await;
        assert_eq!((ended.unwrap_err().kind, took), (Kind::Interrupted, Duration::ZERO));
        assert_eq!(service.story(), "r");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_its_turn_ends_at_once() {
    let service = Service::of(&[answer(204).applied().after(30)]);
    let story = Story::of(&service);
    let second = Story { locks: story.locks.clone(), ..Story::of(&service) };
    let caller = async {
        sleep(Duration::from_secs(2)).await;
        second.called_off.tell();
    };
    let waiting = async {
        sleep(Duration::from_secs(1)).await;
        let start = Instant::now();
        (second.change().await, start.elapsed())
    };
    let (first, (ended, took), ()) = tokio::join!(story.change(), waiting, caller);
    first.unwrap();
    assert_eq!((ended.unwrap_err().kind, took), (Kind::Interrupted, Duration::from_secs(1)));
    assert_eq!(service.story(), "rWr");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_begun_comes_to_its_end() {
    let service = Service::of(&[answer(204).applied().after(4)]);
    let (ended, took) = ended(&service, 500).await;
    assert_eq!(groups(&ended.unwrap().after), [0, 1, 2, 9]);
    assert!(took < Duration::from_secs(4));
    assert_eq!(service.story(), "rWr");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_still_looked_for() {
    let service = Service::of(&[answer(504).applied().after(1)]);
    let (ended, _) = ended(&service, 500).await;
    assert!(ended.unwrap().recovered);
    assert_eq!(service.story(), "rWrr");
}

#[tokio::test(start_paused = true)]
async fn a_write_has_five_seconds_to_come_to_its_end() {
    for write in [done(Step::Silence), answer(204).applied().after(30)] {
        let service = Service::of(&[write]);
        let (ended, took) = ended(&service, 500).await;
        assert_eq!((ended.unwrap_err().kind, took), (Kind::Interrupted, Duration::from_secs(5)));
        assert_eq!(service.count(&Method::POST), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn who_goes_waits_neither_for_another_attempt_nor_for_lists_that_lag() {
    let service = Service::of(&[asking(503, 60)]);
    let (ended_by, took) = ended(&service, 500).await;
    assert!(matches!(ended_by.unwrap_err().kind, Kind::Status(_)));
    assert!(took < Duration::from_secs(1));
    assert_eq!(service.story(), "rWr");
    let service = Service { lag: Duration::from_secs(20), ..Service::of(&[]) };
    let (ended_by, took) = ended(&service, 500).await;
    assert_eq!(groups(&ended_by.unwrap().after), [0, 1, 2, 9]);
    assert!(took < Duration::from_secs(1));
    assert_eq!(service.count(&Method::POST), 1);
}

#[tokio::test(start_paused = true)]
async fn no_other_round_is_begun() {
    let service = Service::of(&[answer(409).after(1), answer(204).applied()]);
    let (ended, _) = ended(&service, 500).await;
    let error = ended.unwrap_err();
    assert!(matches!(&error.kind, Kind::Status(refusal) if refusal.status == 409), "{error:?}");
    assert_eq!((service.story().as_str(), service.groups(APP)), ("rW", vec![0, 1, 2]));
}

#[tokio::test(start_paused = true)]
async fn between_two_rounds_it_ends_at_once() {
    let service = Service::of(&[answer(409)]);
    let (ended, took) = ended(&service, 50).await;
    assert_eq!((ended.unwrap_err().kind, took), (Kind::Interrupted, Duration::ZERO));
    assert_eq!(service.story(), "rW");
}

#[tokio::test(start_paused = true)]
async fn who_goes_after_the_end_changes_nothing() {
    let service = Service::of(&[]);
    let (ended, _) = ended(&service, 60_000).await;
    ended.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_turn_of_a_call_that_was_called_off_goes_to_the_next() {
    let service = Service::of(&[done(Step::Silence)]);
    let story = Story::of(&service);
    let caller = async {
        sleep(Duration::from_millis(500)).await;
        story.called_off.tell();
    };
    let (ended, ()) = tokio::join!(story.change(), caller);
    assert_eq!(ended.unwrap_err().kind, Kind::Interrupted);
    let next = Story { locks: story.locks.clone(), ..Story::of(&service) };
    next.change().await.unwrap();
    assert_eq!(service.groups(APP), [0, 1, 2, 9]);
}
