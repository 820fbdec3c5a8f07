//! `mobileAppGroupAssignment`: whatever is read is written again, and equality, hash and copies go by value.

use appassign::json::Json;
use appassign::model::{Changes, InstallIntent, MobileAppGroupAssignment};
use appassign::request::{self, Assignments};

use super::json::hash;
use super::{Input, text};

/// The bytes are a document.
pub(crate) fn check(bytes: &[u8]) -> Input {
    let Ok(document) = std::str::from_utf8(bytes) else { return Input::Refused };
    let Ok(document) = Json::parse(document) else { return Input::Refused };
    let assignment = match MobileAppGroupAssignment::from_json(document.clone()) {
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
    let again = MobileAppGroupAssignment::from_json(again).unwrap();
    assert_eq!(again, assignment);
    assert_eq!(hash(&again), hash(&assignment));
    assert_eq!(serde_json::to_string(&again).unwrap(), written);
    assert_eq!(assignment.replace(Changes::default()).unwrap(), assignment);
    is_sent_or_refused(&assignment, &written);
    if assignment.is_expressible() {
        is_constructed(&assignment, &written);
    }
    Input::Accepted
}

/// All that `from_json` asks of a document.
fn is_an_assignment(document: &Json) -> bool {
    let Json::Object(members) = document else { return false };
    let member = |name| members.iter().find_map(|(other, value)| (other == name).then_some(value));
    let is_text = |name| matches!(member(name), Some(Json::Text(_)));
    let may_be_text = |name| matches!(member(name), None | Some(Json::Null | Json::Text(_)));
    ["targetGroupId", "installIntent"].into_iter().all(is_text)
        && ["@odata.type", "vpnConfigurationId", "id"].into_iter().all(may_be_text)
}

/// What is not fit to be sent is refused where it stands, and all else goes out as it is.
fn is_sent_or_refused(assignment: &MobileAppGroupAssignment, written: &str) {
    let may_be_sent = !assignment.target_group_id().is_empty()
        && !matches!(assignment.install_intent(), InstallIntent::Unknown(_))
        && assignment.vpn_configuration_id() != Some("")
        && assignment.id() != Some("");
    match request::body(&Assignments::Group(vec![assignment.clone()])) {
        Ok(body) => {
            assert!(may_be_sent);
            assert_eq!(body, format!(r#"{{"mobileAppGroupAssignments":[{written}]}}"#));
        }
        Err(error) => {
            assert!(!may_be_sent, "{error}");
            assert!(error.to_string().starts_with("assignments[0]."), "{error}");
            text::is_short(&error);
        }
    }
}

fn is_constructed(assignment: &MobileAppGroupAssignment, written: &str) {
    let made = MobileAppGroupAssignment::new(
        assignment.target_group_id().to_owned(),
        assignment.install_intent().as_str(),
        assignment.vpn_configuration_id().map(str::to_owned),
        assignment.id().map(str::to_owned),
    );
    let made = made.unwrap();
    assert_eq!(&made, assignment);
    assert_eq!(serde_json::to_string(&made).unwrap(), written);
}
