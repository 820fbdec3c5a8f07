//! The work that is counted: what every call does, and what grows with the number of assignments.

use std::hint::black_box;

use allocation_counter::{AllocationInfo, measure};
use appassign::model::MobileAppAssignment;
use appassign::pace::{Lanes, Quota};
use appassign::page;
use appassign::plan::Plan;
use appassign::receipt::{ApplyReceipt, Entry};
use appassign::request;
use appassign::secret::Token;
use appassign::service::{Cloud, ServiceRoot};
use bytes::Bytes;
use http::Response;
use tokio::time::Instant;
use uuid::Uuid;

use crate::act::{self, Client};
use crate::inputs::{APP, DATE, assignment, assignments, group_assignment, in_either_form, live, page};

/// All of it, by name.
pub(crate) fn counted() -> Vec<(&'static str, AllocationInfo)> {
    let [group_1, app_1] = in_either_form(1);
    let [group_100, app_100] = in_either_form(100);
    let [group_1000, app_1000] = in_either_form(1_000);
    let (two, thousand) = (page(2), page(1_000));
    let (held, same, more) = (live(1_000), assignments(1_000), [assignment(2)]);
    vec![
        ("a group assignment", count(|| group_assignment(1))),
        ("an assignment", count(|| assignment(1))),
        ("the body of 1 group assignment", count(|| request::body(&group_1))),
        ("the body of 100 group assignments", count(|| request::body(&group_100))),
        ("the body of 1,000 group assignments", count(|| request::body(&group_1000))),
        ("the body of 1 assignment", count(|| request::body(&app_1))),
        ("the body of 100 assignments", count(|| request::body(&app_100))),
        ("the body of 1,000 assignments", count(|| request::body(&app_1000))),
        ("a page of 2", count(|| read(&two))),
        ("a page of 1,000", count(|| read(&thousand))),
        ("a page of 2, and the plan to add one", count(|| Plan::change(APP, read(&two), &more, &[]))),
        ("the plan to add 1,000 that are there", count(|| Plan::change(APP, held.clone(), &same, &[]))),
        ("the plan to replace 1,000 by 999", count(|| Plan::replace(APP, held.clone(), &same[1..]))),
        ("a line of a journal", count(|| line(&held[..2]))),
        ("the pace of 100 writes", count(|| pace(100))),
        ("a bare call", act::counted(None, &Client::assign)),
        ("a bare call at Graph's pace", act::counted(Some(Quota::PUBLISHED), &Client::assign)),
        ("a planned write", act::counted(None, &Client::change)),
        ("a planned write at Graph's pace", act::counted(Some(Quota::PUBLISHED), &Client::change)),
        ("a planned write with nothing to do", act::counted(None, &Client::change_nothing)),
        ("the plans of 100 apps", act::counted(None, &Client::plan_many)),
    ]
}

/// Of the second time: the first one makes what a process or a thread makes once.
fn count<R>(mut work: impl FnMut() -> R) -> AllocationInfo {
    drop(work());
    let mut result = None;
    let info = measure(|| result = Some(black_box(work())));
    drop(result);
    info
}

fn read(body: &Bytes) -> Vec<MobileAppAssignment> {
    let root = ServiceRoot::of_cloud(Cloud::Global).unwrap();
    let token = Token::new("a-token").unwrap();
    page::read(&Response::new(body.clone()), &root, &[&token], MobileAppAssignment::from_json)
        .unwrap()
        .entries
}

/// What is written before anything is sent.
fn line(held: &[MobileAppAssignment]) -> String {
    let receipt = ApplyReceipt {
        app_id: APP.to_owned(),
        before: held.to_vec(),
        after: held.to_vec(),
        reason: None,
        time: DATE.parse().unwrap(),
        recovered: false,
        response: None,
    };
    let base_url = "https://graph.microsoft.com/beta";
    let entry = Entry::Intent { id: Uuid::nil(), base_url, receipt: &receipt };
    serde_json::to_string(&entry.to_json().unwrap()).unwrap()
}

/// As many writes as go at once, each of which was answered.
fn pace(writes: usize) -> Lanes {
    let (mut lanes, now) = (Lanes::new(Quota::PUBLISHED), Instant::now());
    (0..writes).for_each(|_| lanes.take(true, now).unwrap());
    (0..writes).for_each(|_| lanes.end(true, now));
    lanes
}
