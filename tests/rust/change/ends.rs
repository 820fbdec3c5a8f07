//! What becomes of a write that meets trouble, and what its caller is told.

use std::time::Duration;

use appassign::error::{Error, Kind, Outcome};
use appassign::service::Limits;
use http::Method;
use tokio::time::Instant;

use crate::service::{APP, Done, LIMITS, Service, Step, Story, answer, asking, done, fault, groups};

fn status(error: &Error) -> Option<u16> {
    match &error.kind {
        Kind::Status(refusal) => Some(refusal.status),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_reads_writes_and_reads() {
    let service = Service::of(&[]);
    let receipt = Story::of(&service).change().await.unwrap();
    assert_eq!((groups(&receipt.before), groups(&receipt.after)), (vec![0, 1, 2], vec![0, 1, 2, 9]));
    assert_eq!((service.story().as_str(), receipt.recovered), ("rWr", false));
    let answered = receipt.response.unwrap();
    assert_eq!((answered.status, answered.attempts), (204, 1));
    let id = answered.client_request_id.to_string();
    assert!(service.seen().iter().all(|seen| seen.call == id));
    assert_eq!(service.groups(APP), [0, 1, 2, 9]);
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_fits_is_written_and_one_that_is_done_already_is_not() {
    let service = Service::of(&[]);
    let story = Story::of(&service);
    let receipt = story.apply().await.unwrap();
    assert_eq!(service.story(), "rWr");
    assert!(story.apply().await.unwrap().response.is_none());
    assert_eq!(service.story(), "rWrrr", "a list that shows what is wanted is looked at twice");
    assert_eq!(groups(&story.undo(receipt.clone()).await.unwrap().after), [0, 1, 2]);
    service.joined_by(APP, 5);
    assert!(matches!(story.undo(receipt).await.unwrap_err().kind, Kind::Stale(_)));
    assert_eq!(service.count(&Method::POST), 2);
}

fn passing() -> Vec<Done> {
    let statuses = [408, 429, 500, 502, 503, 504].map(answer);
    let faults = [fault(Outcome::NotSent), fault(Outcome::Unknown), done(Step::Silence)];
    statuses.into_iter().chain(faults).collect()
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_not_done_is_sent_again_after_a_read() {
    for step in passing() {
        let service = Service::of(&[step.clone(), step.clone()]);
        let receipt = Story::of(&service).change().await.unwrap();
        assert_eq!(service.story(), "rWrWrWr", "{step:?}");
        assert_eq!((receipt.recovered, receipt.response.unwrap().attempts), (false, 3));
        assert_eq!(service.groups(APP), [0, 1, 2, 9]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_done_is_found_and_not_sent_again() {
    for step in passing() {
        let service = Service::of(&[step.clone().applied()]);
        let receipt = Story::of(&service).change().await.unwrap();
        assert_eq!(service.story(), "rWrr", "{step:?}");
        assert!(receipt.recovered && receipt.response.is_none());
        assert_eq!((groups(&receipt.before), groups(&receipt.after)), (vec![0, 1, 2], vec![0, 1, 2, 9]));
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_attempt_is_looked_after_too() {
    for step in passing() {
        let once = Limits { attempts: 1, ..LIMITS };
        let service = Service::of(&[step.clone().applied()]);
        let receipt = Story { limits: once, ..Story::of(&service) }.change().await.unwrap();
        assert!(receipt.recovered, "{step:?}");
        let service = Service::of(std::slice::from_ref(&step));
        let error = Story { limits: once, ..Story::of(&service) }.change().await.unwrap_err();
        assert!(error.call.outcome <= Outcome::NotApplied, "{step:?}: {:?}", error.call);
        assert_eq!(service.story(), "rWr", "{step:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_end_tells_what_became_of_the_write() {
    use Outcome::{NotApplied, NotSent, Unknown};
    for (writes, outcome, sent) in [
        (vec![answer(500); 4], NotApplied, 4),
        (vec![answer(429); 4], NotApplied, 4),
        (vec![fault(NotSent); 4], NotSent, 4),
        (vec![fault(Unknown); 4], NotApplied, 4),
        (vec![fault(Unknown), fault(NotSent), answer(503), answer(500)], NotApplied, 4),
        (vec![answer(403)], NotApplied, 1),
        (vec![answer(400)], NotApplied, 1),
        (vec![answer(302)], NotApplied, 1),
        (vec![fault(NotSent), answer(403)], NotApplied, 2),
        (vec![asking(503, 121)], NotApplied, 1),
        // Undocumented; what leaves the outcome unknown is looked for all the same.
        (vec![answer(599)], NotApplied, 1),
    ] {
        let service = Service::of(&writes);
        let error = Story::of(&service).change().await.unwrap_err();
        assert_eq!(error.call.outcome, outcome, "{writes:?}: {error}");
        assert_eq!(service.count(&Method::POST), sent, "{writes:?}");
        assert_eq!(service.groups(APP), [0, 1, 2]);
        assert_eq!(error.call.attempts as usize, service.seen().len());
        if let Step::Answer(status_of_last, _) = writes[sent - 1].step
            && status_of_last >= 400
        {
            assert_eq!(status(&error), Some(status_of_last));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_a_read_found_undone_leaves_nothing_unknown() {
    for first in [answer(503), answer(408), fault(Outcome::Unknown), done(Step::Silence)] {
        for (last, story) in [
            (answer(400), "rWrW"),
            (answer(401), "rWrW"),
            (answer(403), "rWrW"),
            (answer(302), "rWrW"),
            (answer(599), "rWrWr"),
        ] {
            let service = Service::of(&[first.clone(), last.clone()]);
            let error = Story::of(&service).change().await.unwrap_err();
            assert_eq!(service.story(), story, "{first:?} {last:?}");
            assert_eq!(error.call.outcome, Outcome::NotApplied, "{first:?} {last:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_nobody_can_look_for_is_not_sent_again() {
    for step in [answer(503), answer(504).applied(), fault(Outcome::Unknown).applied()] {
        for read in [answer(403), answer(404), answer(204)] {
            let service = Service::of(std::slice::from_ref(&step)).reading(&[answer(200), read]);
            let error = Story::of(&service).change().await.unwrap_err();
            assert_eq!((error.call.outcome, service.story().as_str()), (Outcome::Unknown, "rWr"));
            assert_ne!(status(&error), Some(403), "the write's own error is told");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn reads_that_fail_for_a_while_are_tried_again_wherever_they_are() {
    let service = Service::of(&[answer(503)]).reading(&[
        answer(500),
        fault(Outcome::Unknown),
        answer(200), // before the write
        answer(503),
        answer(200), // after the first attempt
        asking(429, 3),
        answer(200), // to verify
    ]);
    let receipt = Story::of(&service).change().await.unwrap();
    assert_eq!((service.story().as_str(), receipt.response.unwrap().attempts), ("rrrWrrWrr", 2));
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_for_ever_before_the_write_leaves_it_unsent() {
    for read in [answer(500), fault(Outcome::Unknown), done(Step::Silence), answer(404)] {
        let service = Service { all_reads: Some(read.clone()), ..Service::of(&[]) };
        let start = Instant::now();
        let error = Story::of(&service).change().await.unwrap_err();
        assert_eq!((error.call.outcome, service.count(&Method::POST)), (Outcome::NotSent, 0), "{read:?}");
        assert!(start.elapsed() <= LIMITS.timeout);
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_kept_exactly_and_read_after() {
    for status in [429, 503] {
        let service = Service::of(&[asking(status, 7), asking(status, 119)]);
        Story::of(&service).change().await.unwrap();
        let writes = service.times(&Method::POST);
        let gaps = [writes[1] - writes[0], writes[2] - writes[1]];
        assert!((7.0..=7.8).contains(&gaps[0]), "{status}: {gaps:?}");
        assert!((119.0..=131.0).contains(&gaps[1]), "{status}: {gaps:?}");
        let seen = service.seen();
        let read = seen.iter().zip(&seen[1..]).find(|(_, next)| next.method == Method::POST);
        assert_eq!(read.unwrap().0.method, Method::GET);
        for pair in seen.windows(2).filter(|pair| pair[1].method == Method::POST) {
            assert!(
                pair[1].at - pair[0].at < Duration::from_millis(5),
                "nothing stands between read and write"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_too_long_is_told_after_a_look() {
    let service = Service::of(&[asking(429, 3_600).applied()]);
    assert!(Story::of(&service).change().await.unwrap().recovered);
    let service = Service::of(&[asking(503, 3_600)]);
    let start = Instant::now();
    let error = Story::of(&service).change().await.unwrap_err();
    assert_eq!((status(&error), error.call.outcome), (Some(503), Outcome::NotApplied));
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn the_timeout_of_the_call_is_kept_whatever_keeps_silent() {
    for seconds in [1, 30, 59, 60, 61, 90, 180] {
        let timeout = Duration::from_secs(seconds);
        let limits = Limits { timeout, ..LIMITS };
        for (writes, reads) in [
            (Some(done(Step::Silence)), None),
            (Some(done(Step::Silence).applied()), Some(done(Step::Silence))),
            (None, Some(done(Step::Silence))),
            (Some(asking(503, 20)), None),
            (Some(answer(204).after(50)), None),
        ] {
            let service =
                Service { all_writes: writes.clone(), all_reads: reads.clone(), ..Service::of(&[]) };
            if reads.is_some() && writes.is_some() {
                service.reads.lock().unwrap().push_back(answer(200));
            }
            let start = Instant::now();
            let error = Story { limits, ..Story::of(&service) }.change().await.unwrap_err();
            let took = start.elapsed();
            assert!(took <= timeout + Duration::from_millis(2), "{writes:?} {reads:?}: {took:?}");
            assert_eq!(error.call.elapsed, took);
            for pair in service.seen().windows(2) {
                assert!(pair[1].at - pair[0].at <= Duration::from_secs(60 + 23), "{:?}", pair[0]);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_attempt_gets_a_minute() {
    let service = Service::of(&[done(Step::Silence)]).reading(&[done(Step::Silence)]);
    Story::of(&service).change().await.unwrap();
    assert_eq!(service.story(), "rrWrWr");
    let seen = service.seen();
    for silent in [0, 2] {
        let gap = (seen[silent + 1].at - seen[silent].at).as_secs_f64();
        assert!((60.0..60.6).contains(&gap), "{gap}");
    }
}
