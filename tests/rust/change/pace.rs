//! Planned writes of a client that keeps to a quota.

use std::time::Duration;

use appassign::client::Common;
use appassign::pace::Quota;
use appassign::secret::Token;
use appassign::service::{Cloud, ServiceRoot};
use http::Method;
use tokio::time::Instant;

use super::service::{APP, OTHER_APP, Service, Story, answer};

/// A client that writes once in 20 seconds.
fn slowly(service: &Service) -> Story<'_, Token> {
    let root = ServiceRoot::of_cloud(Cloud::Global).unwrap();
    Story { common: Common::new(Quota::read(Some(0.05), &root).unwrap()), ..Story::of(service) }
}

#[tokio::test(start_paused = true)]
async fn a_planned_write_waits_for_its_turn_before_it_reads() {
    let service = Service::of(&[]);
    let story = slowly(&service);
    story.change_of(APP).await.unwrap();
    story.change_of(OTHER_APP).await.unwrap();
    assert_eq!(service.story(), "rWrrWr");
    let seen = service.seen();
    assert!(seen[3].at - seen[1].at >= Duration::from_secs(20));
    assert!(seen[4].at - seen[3].at <= Duration::from_millis(2), "{:?}", seen[4].at - seen[3].at);
}

#[tokio::test(start_paused = true)]
async fn the_turn_of_a_change_that_finds_nothing_to_write_is_free_at_once() {
    let service = Service::of(&[]);
    let story = slowly(&service);
    story.change_of(APP).await.unwrap();
    tokio::time::sleep(Duration::from_secs(20)).await;
    let start = Instant::now();
    for _ in 0..4 {
        assert!(story.change_of(APP).await.unwrap().response.is_none());
    }
    story.change_of(OTHER_APP).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

/// Whoever changes the app needs another turn to come to an end, and the next one is that of a call that waits for it.
#[tokio::test(start_paused = true)]
async fn who_waits_for_others_to_change_the_app_does_not_keep_its_turn_from_them() {
    let service = Service::of(&[answer(412)]);
    let story = slowly(&service);
    let (first, second) = tokio::join!(story.change_of(APP), story.change_of(APP));
    assert!(first.unwrap().response.is_some());
    assert!(second.unwrap().response.is_none(), "the first one has done it");
    let writes = service.times(&Method::POST);
    assert_eq!(writes.len(), 2);
    assert!(writes[1] >= 20.0 && writes[1] < 22.0, "{writes:?}");
}
