//! Somebody else changes the app at the same time.

use std::time::Duration;

use appassign::error::{Kind, Outcome};
use appassign::service::Limits;
use http::Method;

use crate::service::{APP, LIMITS, Service, Story, answer, asking, fault, groups};

#[tokio::test(start_paused = true)]
async fn a_conflict_is_planned_again_on_what_is_there_now() {
    for status in [409, 412] {
        let service = Service::of(&[answer(status).and_joined_by(5), answer(status).and_joined_by(6)]);
        let receipt = Story::of(&service).change().await.unwrap();
        assert_eq!(service.story(), "rWrWrWr");
        assert_eq!(groups(&receipt.before), [0, 1, 2, 5, 6]);
        assert_eq!(service.groups(APP), [0, 1, 2, 5, 6, 9]);
        assert_eq!(receipt.response.unwrap().attempts, 1);
        let writes = service.times(&Method::POST);
        for pair in writes.windows(2) {
            assert!((0.1..0.21).contains(&(pair[1] - pair[0])), "{writes:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn three_rounds_are_enough() {
    let service = Service::always(answer(409));
    let error = Story::of(&service).change().await.unwrap_err();
    let Kind::Status(refusal) = &error.kind else { panic!("{error:?}") };
    assert_eq!((refusal.status, error.call.outcome), (409, Outcome::NotApplied));
    assert_eq!(service.story(), "rWrWrW");
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_not_planned_again() {
    let service = Service::always(answer(409).and_joined_by(5));
    let error = Story::of(&service).apply().await.unwrap_err();
    assert!(matches!(&error.kind, Kind::Status(refusal) if refusal.status == 409), "{error:?}");
    assert_eq!((error.call.outcome, service.story().as_str()), (Outcome::NotApplied, "rW"));
    let error = Story::of(&service).apply().await.unwrap_err();
    let Kind::Stale(compared) = &error.kind else { panic!("{error:?}") };
    assert!(compared.found.contains("000000000005") && !compared.expected.contains("000000000005"));
    assert_eq!((error.call.outcome, service.count(&Method::POST)), (Outcome::NotSent, 1));
}

#[tokio::test(start_paused = true)]
async fn a_write_that_failed_never_goes_over_somebody_elses() {
    let service = Service::of(&[answer(503).and_joined_by(5)]);
    Story::of(&service).change().await.unwrap();
    assert_eq!((service.groups(APP), service.story().as_str()), (vec![0, 1, 2, 5, 9], "rWrrWr"));
    for step in [answer(503), fault(Outcome::Unknown)] {
        let service = Service::of(&[step.and_joined_by(5)]);
        let error = Story::of(&service).apply().await.unwrap_err();
        assert!(matches!(error.kind, Kind::Stale(_)), "{error:?}");
        assert_eq!((error.call.outcome, service.story().as_str()), (Outcome::Unknown, "rWr"));
        assert_eq!(service.groups(APP), [0, 1, 2, 5]);
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_who_always_changes_it_first_is_left_to_it_after_three_rounds() {
    let writes: Vec<_> = (20..24).map(|group| answer(503).and_joined_by(group)).collect();
    let service = Service::of(&writes);
    let error = Story::of(&service).change().await.unwrap_err();
    assert!(matches!(error.kind, Kind::Stale(_)), "{error:?}");
    assert_eq!((error.call.outcome, service.story().as_str()), (Outcome::Unknown, "rWrrWrrWr"));
    assert_eq!(service.groups(APP), [0, 1, 2, 20, 21, 22]);
}

#[tokio::test(start_paused = true)]
async fn a_round_for_which_there_is_no_time_is_not_begun() {
    let limits = Limits { timeout: Duration::from_millis(50), ..LIMITS };
    let service = Service::always(answer(409));
    let error = Story { limits, ..Story::of(&service) }.change().await.unwrap_err();
    assert!(matches!(&error.kind, Kind::Status(refusal) if refusal.status == 409), "{error:?}");
    assert_eq!(service.story(), "rW");
}

#[tokio::test(start_paused = true)]
async fn what_became_of_one_round_is_not_forgotten_in_the_next() {
    // Whether the first one was done, nobody knows: somebody else has written since.
    let service = Service::of(&[fault(Outcome::Unknown).and_joined_by(5), answer(403)]);
    let error = Story::of(&service).change().await.unwrap_err();
    assert!(matches!(&error.kind, Kind::Status(refusal) if refusal.status == 403), "{error:?}");
    assert_eq!(error.call.outcome, Outcome::Unknown);
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_writes_while_a_write_waits_is_kept() {
    let service = Service::of(&[asking(503, 60)]);
    let story = Story::of(&service);
    let other = async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        service.joined_by(APP, 5);
    };
    let (ended, ()) = tokio::join!(story.change(), other);
    ended.unwrap();
    assert_eq!(service.groups(APP), [0, 1, 2, 5, 9]);
}
