//! The model as documented; its laws are in `laws`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

use appassign::json::Json;
use appassign::model::{Changes, InstallIntent, MobileAppGroupAssignment};
use proptest::prelude::*;

const SEED: &str = r##"{
  "@odata.type": "#microsoft.graph.mobileAppGroupAssignment",
  "targetGroupId": "Target Group Id value",
  "vpnConfigurationId": "Vpn Configuration Id value",
  "id": "ce4d1a28-1a28-ce4d-281a-4dce281a4dce",
  "installIntent": "notApplicable"
}"##;

fn read(text: &str) -> MobileAppGroupAssignment {
    MobileAppGroupAssignment::from_json(Json::parse(text).unwrap()).unwrap()
}

fn written(assignment: &MobileAppGroupAssignment) -> String {
    serde_json::to_string(assignment).unwrap()
}

fn refused(text: &str) -> String {
    MobileAppGroupAssignment::from_json(Json::parse(text).unwrap()).unwrap_err().to_string()
}

#[test]
fn the_seeds_example_comes_out_of_the_constructor() {
    let made = MobileAppGroupAssignment::new(
        "Target Group Id value".to_owned(),
        "notApplicable",
        Some("Vpn Configuration Id value".to_owned()),
        Some("ce4d1a28-1a28-ce4d-281a-4dce281a4dce".to_owned()),
    )
    .unwrap();
    let compact: String = SEED.lines().map(|line| line.trim().replace("\": \"", "\":\"")).collect();
    assert_eq!(written(&made), compact);
    assert_eq!(made, read(SEED));
}

#[test]
fn absent_and_null_stay_apart_on_the_wire_and_are_equal() {
    let absent = read(r#"{"targetGroupId":"G","installIntent":"required"}"#);
    let null = read(
        r#"{"targetGroupId":"G","vpnConfigurationId":null,"id":null,"installIntent":"required","x":null}"#,
    );
    assert_eq!(absent, null);
    assert!(!written(&absent).contains("null"));
    assert!(written(&null).contains(r#""vpnConfigurationId":null"#));
    assert!(!absent.is_expressible() && !null.is_expressible());
}

#[test]
fn the_default_type_says_nothing_more_and_a_derived_one_does() {
    let typed = |name: &str| {
        read(&format!(r#"{{"@odata.type":"{name}","targetGroupId":"G","installIntent":"required"}}"#))
    };
    let untyped = read(r#"{"targetGroupId":"G","installIntent":"required"}"#);
    assert_eq!(untyped, typed("#microsoft.graph.mobileAppGroupAssignment"));
    assert_eq!(untyped, typed("microsoft.graph.mobileAppGroupAssignment"));
    assert_ne!(untyped, typed("#microsoft.graph.mobileAppVppGroupAssignment"));
}

#[test]
fn a_document_that_lacks_or_mistypes_a_property_is_refused_where_it_stands() {
    for (text, expected) in [
        (r#"{"installIntent":"required"}"#, "targetGroupId: this property is required"),
        (r#"{"targetGroupId":"G"}"#, "installIntent: this property is required"),
        (r#"{"targetGroupId":null,"installIntent":"required"}"#, "targetGroupId: must be a string, not null"),
        (r#"{"targetGroupId":"G","installIntent":7}"#, "installIntent: must be a string, not a number"),
        (
            r#"{"targetGroupId":"G","installIntent":"x","id":[]}"#,
            "id: must be a string or null, not an array",
        ),
        ("[]", "a mobileAppGroupAssignment is a JSON object, not an array"),
    ] {
        let message = refused(text);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn replace_checks_what_changes_and_keeps_the_rest() {
    let server = read(r#"{"targetGroupId":"","installIntent":"later","id":"I","useDeviceLicensing":true}"#);
    let changed = server.replace(Changes { id: Some(None), ..Changes::default() }).unwrap();
    assert_eq!(changed.install_intent(), &InstallIntent::Unknown("later".to_owned()));
    assert_eq!(
        written(&changed),
        r#"{"targetGroupId":"","installIntent":"later","useDeviceLicensing":true}"#
    );
    for (changes, location) in [
        (Changes { target_group_id: Some(String::new()), ..Changes::default() }, "target_group_id"),
        (Changes { install_intent: Some("later".to_owned()), ..Changes::default() }, "install_intent"),
        (
            Changes { vpn_configuration_id: Some(Some(String::new())), ..Changes::default() },
            "vpn_configuration_id",
        ),
        (Changes { id: Some(Some(String::new())), ..Changes::default() }, "id"),
    ] {
        assert!(server.replace(changes).unwrap_err().to_string().starts_with(location));
    }
}

proptest! {
    #[test]
    fn equal_numbers_have_equal_hashes(digits in "[1-9][0-9]{0,10}", zeros in 0_usize..20) {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let hash = |number: &Json| { let mut state = DefaultHasher::new(); number.hash(&mut state); state.finish() };
        let long = Json::parse(&format!("{digits}{}", "0".repeat(zeros))).unwrap();
        let short = Json::parse(&format!("{digits}e{zeros}")).unwrap();
        prop_assert_eq!(&long, &short);
        prop_assert_eq!(hash(&long), hash(&short));
    }
}
