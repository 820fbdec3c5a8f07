//! What calls share: the turn to change an app, the token, the pace, and the budget.

use std::sync::Mutex;
use std::time::Duration;

use appassign::error::{Error, Kind, Outcome};
use appassign::secret::Token;
use appassign::service::Limits;
use appassign::token::{Grant, TokenRequest, TokenSource};
use http::Method;
use tokio::time::{Instant, sleep, timeout};

use crate::service::{APP, LIMITS, OTHER_APP, Service, Step, Story, answer, asking, done, groups};

#[tokio::test(start_paused = true)]
async fn one_call_at_a_time_changes_an_app() {
    let service = Service::of(&[answer(204).applied().after(5), answer(204).applied().after(5)]);
    let story = Story::of(&service);
    let upper = APP.to_uppercase();
    let (first, second) = tokio::join!(story.change(), story.change_of(&upper));
    assert!(first.unwrap().response.is_some());
    assert!(second.unwrap().response.is_none(), "the first one has done it already");
    assert_eq!(service.story(), "rWrr");
}

#[tokio::test(start_paused = true)]
async fn another_app_is_not_waited_for() {
    let service = Service::of(&[done(Step::Silence), answer(204).applied()]);
    let story = Story::of(&service);
    let other = async {
        sleep(Duration::from_secs(1)).await;
        let start = Instant::now();
        story.change_of(OTHER_APP).await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(1));
    };
    let (first, ()) = tokio::join!(story.change(), other);
    first.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_does_not_come_is_a_timeout_that_sent_nothing() {
    let service = Service::of(&[answer(204).applied().after(50)]);
    let story = Story::of(&service);
    let limits = Limits { timeout: Duration::from_secs(10), ..LIMITS };
    let impatient = Story { limits, locks: story.locks.clone(), ..Story::of(&service) };
    let second = async {
        sleep(Duration::from_secs(1)).await;
        let start = Instant::now();
        (impatient.change().await.unwrap_err(), start.elapsed())
    };
    let (first, (error, took)) = tokio::join!(story.change(), second);
    first.unwrap();
    assert_eq!((error.kind.clone(), error.call.outcome), (Kind::Timeout, Outcome::NotSent));
    assert_eq!((error.call.attempts, took), (0, Duration::from_secs(10)));
    assert!(error.message.contains("other changes of the app"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_goes_away_gives_its_turn_to_the_next() {
    let service = Service::of(&[]).reading(&[done(Step::Silence)]);
    let story = Story::of(&service);
    assert!(timeout(Duration::from_secs(1), story.change()).await.is_err());
    story.change().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_429_holds_back_writes_and_no_reads() {
    let service = Service::of(&[asking(429, 30)]);
    let story = Story::of(&service);
    let reading = async {
        sleep(Duration::from_secs(1)).await;
        let start = Instant::now();
        assert_eq!(groups(&story.assignments(OTHER_APP).await.unwrap()), [0, 1, 2]);
        assert!(start.elapsed() < Duration::from_millis(100), "it goes at once");
    };
    let writing = async {
        sleep(Duration::from_secs(1)).await;
        story.change_of(OTHER_APP).await
    };
    let (first, (), second) = tokio::join!(story.change(), reading, writing);
    first.unwrap();
    second.unwrap();
    let writes = service.times(&Method::POST);
    assert!(writes.len() == 3 && writes[1] >= 30.0 && writes[2] >= 30.0, "{writes:?}");
    for app in [APP, OTHER_APP] {
        let seen: Vec<_> = service.seen().into_iter().filter(|seen| seen.path.contains(app)).collect();
        let write = seen.iter().rposition(|seen| seen.method == Method::POST).unwrap();
        assert!(seen[write].at - seen[write - 1].at < Duration::from_millis(5), "it is read just before");
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_to_a_read_holds_back_the_writes_too() {
    let service = Service::of(&[]).reading(&[asking(429, 30)]);
    let story = Story::of(&service);
    let other = async {
        sleep(Duration::from_secs(1)).await;
        story.change_of(OTHER_APP).await
    };
    let (first, second) = tokio::join!(story.change(), other);
    first.unwrap();
    second.unwrap();
    let seen = service.seen();
    for write in seen.iter().filter(|seen| seen.method == Method::POST) {
        assert!(write.at - seen[0].at >= Duration::from_secs(30));
    }
}

/// A wait between read and write is a window in which everybody else writes: what was read before it tells nothing.
#[tokio::test(start_paused = true)]
async fn a_write_that_was_held_back_is_planned_on_what_is_there_then() {
    let service = Service::of(&[asking(429, 30)]);
    let story = Story::of(&service);
    let other = async {
        sleep(Duration::from_secs(1)).await;
        story.change_of(OTHER_APP).await
    };
    let somebody = async {
        sleep(Duration::from_secs(10)).await;
        service.joined_by(OTHER_APP, 5);
    };
    let (first, second, ()) = tokio::join!(story.change(), other, somebody);
    first.unwrap();
    second.unwrap();
    assert_eq!(service.groups(OTHER_APP), [0, 1, 2, 5, 9]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_would_be_held_back_past_its_end_writes_nothing() {
    let service = Service::of(&[asking(429, 600)]);
    let story = Story::of(&service);
    story.change().await.unwrap_err();
    let error = story.change_of(OTHER_APP).await.unwrap_err();
    let Kind::Status(refusal) = &error.kind else { panic!("{error:?}") };
    assert_eq!((refusal.status, error.call.outcome), (429, Outcome::NotSent));
    assert!(refusal.retry_after.unwrap() > Duration::from_secs(590));
    assert_eq!(service.count(&Method::POST), 1);
    sleep(Duration::from_secs(601)).await;
    story.change_of(OTHER_APP).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_outage_uses_up_the_budget_and_then_nothing_is_sent_twice() {
    let service = Service::always(answer(503));
    let story = Story::of(&service);
    let mut given_up = 0;
    for _ in 0..30 {
        let error = story.change().await.unwrap_err();
        assert_eq!(error.call.outcome, Outcome::NotApplied, "{error}");
        given_up += u32::from(error.hint.is_some_and(|hint| hint.contains("tries none again")));
    }
    assert!(given_up >= 15, "{given_up}");
    // Reads that need no retry pay a little back.
    let retries = service.count(&Method::POST) - 30;
    let paid_back = service.count(&Method::GET);
    assert!((500 / 14..=(500 + paid_back) / 14).contains(&retries), "{retries} retries, {paid_back} reads");
}

#[tokio::test(start_paused = true)]
async fn without_a_budget_a_write_that_was_done_is_still_found() {
    let service = Service::always(answer(503));
    let story = Story::of(&service);
    for _ in 0..30 {
        story.change().await.unwrap_err();
    }
    service.writes.lock().unwrap().push_back(answer(503).applied());
    assert!(story.change().await.unwrap().recovered);
}

/// Gives another token each time, some time after it was asked.
#[derive(Default)]
struct Issuer {
    asked: Mutex<u32>,
    takes: Duration,
}

impl TokenSource for Issuer {
    async fn token(&self, _: TokenRequest) -> Result<Grant, Error> {
        sleep(self.takes).await;
        let mut asked = self.asked.lock().unwrap();
        *asked += 1;
        Ok(Token::new(&format!("token-{asked}"))?.into())
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_in_the_middle_is_renewed_once() {
    let all = [
        (Service::of(&[]).reading(&[answer(401)]), "rrWr", [1, 2, 2, 2].as_slice()),
        (Service::of(&[answer(401)]), "rWrWr", &[1, 1, 2, 2, 2]),
        (Service::of(&[answer(503), answer(401)]), "rWrWrWr", &[1, 1, 1, 1, 2, 2, 2]),
        (Service::of(&[answer(503)]).reading(&[answer(200), answer(401)]), "rWrrWr", &[1, 1, 1, 2, 2, 2]),
        (Service::of(&[]).reading(&[answer(200), answer(401)]), "rWrr", &[1, 1, 1, 2]),
    ];
    for (service, told, tokens) in all {
        let story = Story::with(&service, Issuer::default());
        story.change().await.unwrap();
        assert_eq!(service.story(), told);
        let sent: Vec<_> = service.seen().iter().map(|seen| seen.token.clone()).collect();
        let expected: Vec<_> = tokens.iter().map(|number| format!("Bearer token-{number}")).collect();
        assert_eq!(sent, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_twice_ends_the_call() {
    let service = Service::of(&[answer(401), answer(401)]);
    let error = Story::with(&service, Issuer::default()).change().await.unwrap_err();
    assert!(matches!(&error.kind, Kind::Status(refusal) if refusal.status == 401), "{error:?}");
    assert_eq!((error.call.outcome, service.story().as_str()), (Outcome::NotApplied, "rWrW"));
}

/// As a 429 does, a credential that takes its time opens a window.
#[tokio::test(start_paused = true)]
async fn what_somebody_else_writes_while_a_token_is_renewed_is_kept() {
    let service = Service::of(&[answer(401)]);
    let story = Story::with(&service, Issuer { takes: Duration::from_secs(20), ..Issuer::default() });
    let somebody = async {
        sleep(Duration::from_secs(30)).await;
        service.joined_by(APP, 5);
    };
    let (ended, ()) = tokio::join!(story.change(), somebody);
    ended.unwrap();
    assert_eq!(service.groups(APP), [0, 1, 2, 5, 9]);
}
