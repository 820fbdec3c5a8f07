//! Assignments as the tests name them.

use appassign::error::Error;
use appassign::json::Json;
use appassign::model::{AssignmentTarget, MobileAppAssignment, Named};
use appassign::plan::Plan;

pub(crate) const APP: &str = "11111111-1111-4111-8111-111111111111";
pub(crate) const SALES: &str = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b";
pub(crate) const PARIS: &str = "aaaaaaaa-8f0e-4b7e-9a55-0c1d2e3f4a5b";
pub(crate) const FILTER: &str = "c0ffee00-0000-4000-8000-000000000001";

pub(crate) fn read(text: &str) -> MobileAppAssignment {
    MobileAppAssignment::from_json(Json::parse(text).unwrap()).unwrap()
}

pub(crate) fn target(kind: &str, rest: &str) -> AssignmentTarget {
    let text = format!(r##"{{"@odata.type":"#microsoft.graph.{kind}AssignmentTarget"{rest}}}"##);
    AssignmentTarget::from_json(Json::parse(&text).unwrap()).unwrap()
}

/// An assignment to a group; `rest` stands at its end, for example `,"settings":{}`.
pub(crate) fn to_group(group: &str, intent: &str, rest: &str) -> MobileAppAssignment {
    to("group", &format!(r#","groupId":"{group}""#), intent, rest)
}

pub(crate) fn to(kind: &str, of_target: &str, intent: &str, rest: &str) -> MobileAppAssignment {
    let target = written(&target(kind, of_target));
    read(&format!(r#"{{"intent":"{intent}","target":{target}{rest}}}"#))
}

/// What stands in a target with a filter.
pub(crate) fn filter(kind: &str) -> String {
    format!(
        r#","deviceAndAppManagementAssignmentFilterId":"{FILTER}","deviceAndAppManagementAssignmentFilterType":"{kind}""#
    )
}

pub(crate) fn written(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

/// Every document as it stands on the wire.
pub(crate) fn wire(entries: &[MobileAppAssignment]) -> Vec<String> {
    entries.iter().map(written).collect()
}

pub(crate) fn change(live: &[MobileAppAssignment], add: &[MobileAppAssignment], remove: &[Named]) -> Plan {
    Plan::change(APP, live.to_vec(), add, remove).unwrap()
}

pub(crate) fn refused(live: &[MobileAppAssignment], add: &[MobileAppAssignment]) -> Error {
    Plan::change(APP, live.to_vec(), add, &[]).unwrap_err()
}

pub(crate) fn replace(live: &[MobileAppAssignment], wanted: &[MobileAppAssignment]) -> Plan {
    Plan::replace(APP, live.to_vec(), wanted).unwrap()
}

pub(crate) fn codes(plan: &Plan) -> Vec<&str> {
    plan.warnings().iter().map(|warning| warning.code.as_ref()).collect()
}
