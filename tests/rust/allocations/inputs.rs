//! What the work is done on: assignments as callers make them, and lists as Graph gives them.

use std::fmt::Write;

use appassign::json::Json;
use appassign::model::{AssignmentTarget, MobileAppAssignment, MobileAppGroupAssignment, TargetKind};
use appassign::request::Assignments;
use bytes::Bytes;

pub(crate) const APP: &str = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b";
pub(crate) const DATE: &str = "2026-11-23T20:15:42Z";

fn group(number: usize) -> String {
    format!("11111111-2222-4333-8444-{number:012}")
}

/// In the seed's form.
pub(crate) fn group_assignment(number: usize) -> MobileAppGroupAssignment {
    MobileAppGroupAssignment::new(group(number), "required", None, None).unwrap()
}

/// In today's form.
pub(crate) fn assignment(number: usize) -> MobileAppAssignment {
    let target = AssignmentTarget::new(TargetKind::Group, Some(group(number)), None, None).unwrap();
    MobileAppAssignment::new(target, "required", None, None).unwrap()
}

pub(crate) fn assignments(count: usize) -> Vec<MobileAppAssignment> {
    (0..count).map(assignment).collect()
}

pub(crate) fn in_either_form(count: usize) -> [Assignments; 2] {
    [Assignments::Group((0..count).map(group_assignment).collect()), Assignments::App(assignments(count))]
}

/// An entry as Graph lists it.
fn listed(number: usize) -> String {
    let group = group(number);
    format!(
        r##"{{"id":"{group}_1_0","intent":"required","source":"direct","sourceId":null,"target":{{"@odata.type":"#microsoft.graph.groupAssignmentTarget","deviceAndAppManagementAssignmentFilterId":null,"deviceAndAppManagementAssignmentFilterType":"none","groupId":"{group}"}},"settings":null}}"##
    )
}

/// A page of so many.
pub(crate) fn page(count: usize) -> Bytes {
    let mut text = format!(
        r#"{{"@odata.context":"https://graph.microsoft.com/beta/$metadata#deviceAppManagement/mobileApps('{APP}')/assignments","value":["#
    );
    for number in 0..count {
        write!(text, "{}{}", if number == 0 { "" } else { "," }, listed(number)).unwrap();
    }
    text.push_str("]}");
    text.into()
}

/// The entries of a page.
pub(crate) fn live(count: usize) -> Vec<MobileAppAssignment> {
    (0..count)
        .map(|number| MobileAppAssignment::from_json(Json::parse(&listed(number)).unwrap()).unwrap())
        .collect()
}
