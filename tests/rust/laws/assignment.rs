//! `mobileAppAssignment`: whatever is read is written again, and equality, hash and copies go by value.

use appassign::json::Json;
use appassign::model::{
    AssignmentChanges, AssignmentTarget, Columns, InstallIntent, MobileAppAssignment, Named, TargetChanges,
    TargetKind,
};
use appassign::request::{self, Assignments};

use super::json::hash;
use super::{Input, text};

const FILTER_ID: &str = "deviceAndAppManagementAssignmentFilterId";
const FILTER_TYPE: &str = "deviceAndAppManagementAssignmentFilterType";

/// The bytes are a document.
pub(crate) fn check(bytes: &[u8]) -> Input {
    let Ok(document) = std::str::from_utf8(bytes) else { return Input::Refused };
    let Ok(document) = Json::parse(document) else { return Input::Refused };
    let assignment = match MobileAppAssignment::from_json(document.clone()) {
        Ok(assignment) => assignment,
        Err(error) => {
            text::is_short(&error);
            assert!(!is_an_assignment(&document), "{document:?}: {error}");
            return Input::Refused;
        }
    };
    assert!(is_an_assignment(&document), "{document:?}");
    let written = serde_json::to_string(&assignment).unwrap();
    let again = Json::parse(&written).unwrap();
    assert_eq!(again, document);
    let again = MobileAppAssignment::from_json(again).unwrap();
    assert_eq!(again, assignment);
    assert_eq!(hash(&again), hash(&assignment));
    assert_eq!(again.key(), assignment.key());
    assert_eq!(serde_json::to_string(&again).unwrap(), written);
    let body = request::written(&Assignments::App(vec![again])).unwrap();
    assert_eq!(body, format!(r#"{{"mobileAppAssignments":[{written}]}}"#));
    assert_eq!(assignment.replace(AssignmentChanges::default()).unwrap(), assignment);
    assert_eq!(&assignment.target().replace(TargetChanges::default()).unwrap(), assignment.target());
    text::is_printable(&assignment.summary());
    assert!(assignment.summary().len() < 1_010);
    is_sent_or_refused(&assignment);
    is_constructed_or_not(&assignment);
    comes_back_from_a_table(&assignment);
    Input::Accepted
}

/// Whoever reads a table strips its cells, and takes empty ones for blank.
fn comes_back_from_a_table(assignment: &MobileAppAssignment) {
    let Columns { intent, target, target_id, filter_id, filter_type, settings, other } =
        Columns::from(assignment);
    let read = |cell: Option<String>| cell.map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty());
    let columns = Columns {
        intent: read(intent),
        target: read(target),
        target_id: read(target_id),
        filter_id: read(filter_id),
        filter_type: read(filter_type),
        settings: read(settings),
        other: read(other),
    };
    assert_eq!(columns.read(), Ok(Named::Assignment(assignment.clone())), "{columns:?}");
}

fn member<'a>(document: &'a Json, name: &str) -> Option<&'a Json> {
    let Json::Object(members) = document else { return None };
    members.iter().find_map(|(other, value)| (other == name).then_some(value))
}

fn text_of<'a>(document: &'a Json, name: &str) -> Option<&'a str> {
    match member(document, name) {
        Some(Json::Text(text)) => Some(text),
        _ => None,
    }
}

fn may_be_text(document: &Json, name: &str) -> bool {
    matches!(member(document, name), None | Some(Json::Null | Json::Text(_)))
}

/// All that `from_json` asks of a document.
fn is_an_assignment(document: &Json) -> bool {
    text_of(document, "intent").is_some()
        && member(document, "target").is_some_and(is_a_target)
        && ["@odata.type", "id"].into_iter().all(|name| may_be_text(document, name))
        && matches!(member(document, "settings"), None | Some(Json::Null | Json::Object(_)))
}

fn is_a_target(document: &Json) -> bool {
    let Some(name) = text_of(document, "@odata.type") else { return false };
    let id = match name.trim_start_matches('#') {
        _ if name.starts_with("##") => None,
        "microsoft.graph.groupAssignmentTarget" | "microsoft.graph.exclusionGroupAssignmentTarget" => {
            Some("groupId")
        }
        "microsoft.graph.configurationManagerCollectionAssignmentTarget" => Some("collectionId"),
        _ => None,
    };
    let known = [FILTER_ID, FILTER_TYPE].into_iter().chain(id);
    known.into_iter().all(|name| may_be_text(document, name))
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.chars().all(|char| char == '-' || char.is_ascii_hexdigit())
}

/// What is not fit to be sent is refused where it stands.
fn is_sent_or_refused(assignment: &MobileAppAssignment) {
    let target = assignment.target();
    let id_is_fit = match target.kind() {
        TargetKind::Group | TargetKind::ExclusionGroup => target.id().is_some_and(is_guid),
        TargetKind::ConfigurationManagerCollection => target.id().is_some_and(|id| !id.is_empty()),
        TargetKind::AllLicensedUsers | TargetKind::AllDevices | TargetKind::Unknown => target.id().is_none(),
    };
    let filter_is_fit = match (target.filter_id(), target.filter_type()) {
        (None, None) => true,
        (Some(id), Some(kind)) => is_guid(id) && ["include", "exclude"].contains(&kind),
        _ => false,
    };
    let may_be_sent = id_is_fit
        && filter_is_fit
        && InstallIntent::TODAY.contains(assignment.intent())
        && assignment.id() != Some("");
    match assignment.check() {
        Ok(()) => assert!(may_be_sent, "{assignment:?}"),
        Err(error) => {
            assert!(!may_be_sent, "{assignment:?}: {error}");
            text::is_short(&error);
        }
    }
}

/// Whether `new` makes an equal one is what `is_expressible` says.
fn is_constructed_or_not(assignment: &MobileAppAssignment) {
    let target = assignment.target();
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let made = AssignmentTarget::new(
        target.kind(),
        owned(target.id()),
        owned(target.filter_id()),
        owned(target.filter_type()),
    );
    assert_eq!(target.is_expressible(), made.as_ref().is_ok_and(|made| made == target), "{target:?}");
    let made = made.and_then(|made| {
        let settings = assignment.settings().cloned();
        MobileAppAssignment::new(made, assignment.intent().as_str(), settings, owned(assignment.id()))
    });
    let is_made = made.as_ref().is_ok_and(|made| made == assignment);
    assert_eq!(assignment.is_expressible(), is_made, "{assignment:?}");
}
