//! Today's model by example, and the way to it from the seed's; the laws of both are in `laws`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

use appassign::error::{Error, Kind};
use appassign::json::Json;
use appassign::model::{
    AssignmentChanges, AssignmentTarget, MobileAppAssignment, MobileAppGroupAssignment, TargetChanges,
    TargetKind,
};
use appassign::request::{self, Assignments};

const GROUP: &str = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b";
const FILTER: &str = "c0ffee00-0000-4000-8000-000000000001";

fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

fn read(text: &str) -> MobileAppAssignment {
    MobileAppAssignment::from_json(json(text)).unwrap()
}

fn read_target(text: &str) -> AssignmentTarget {
    AssignmentTarget::from_json(json(text)).unwrap()
}

fn group() -> AssignmentTarget {
    AssignmentTarget::new(TargetKind::Group, Some(GROUP.to_owned()), None, None).unwrap()
}

fn written(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn location(error: &Error) -> &str {
    match &error.kind {
        Kind::InvalidInput { location } => location.as_deref().unwrap_or_default(),
        other => panic!("{other:?}: {error}"),
    }
}

#[test]
fn an_assignment_is_written_in_the_documented_order() {
    let settings = json(r#"{"x":1.0}"#);
    let made = MobileAppAssignment::new(group(), "required", Some(settings), Some("I".to_owned())).unwrap();
    assert_eq!(
        written(&made),
        format!(
            r##"{{"@odata.type":"#microsoft.graph.mobileAppAssignment","id":"I","intent":"required","target":{{"@odata.type":"#microsoft.graph.groupAssignmentTarget","groupId":"{GROUP}"}},"settings":{{"x":1.0}}}}"##
        )
    );
}

#[test]
fn a_target_says_what_it_is_and_only_that() {
    let id = |text: &str| Some(text.to_owned());
    for (kind, id, expected) in [
        (TargetKind::Group, id(GROUP), "group"),
        (TargetKind::ExclusionGroup, id(GROUP), "exclusionGroup"),
        (TargetKind::AllLicensedUsers, None, "allLicensedUsers"),
        (TargetKind::AllDevices, None, "allDevices"),
        (TargetKind::ConfigurationManagerCollection, id("SMS00001"), "configurationManagerCollection"),
    ] {
        let target =
            AssignmentTarget::new(kind, id, Some(id_of_filter()), Some("exclude".to_owned())).unwrap();
        let expected = format!("microsoft.graph.{expected}AssignmentTarget");
        assert_eq!(kind.odata_type().unwrap(), format!("#{expected}"));
        assert_eq!(target.properties()[0].1, Json::Text(format!("#{expected}")));
        assert!(target.is_expressible());
        let with_sign = written(&target);
        let without = read_target(&with_sign.replace("\"#microsoft", "\"microsoft"));
        assert_eq!(without, target);
        assert_eq!(without.kind(), kind);
        assert!(!written(&without).contains('#'));
    }
}

#[test]
fn the_origin_is_written_as_it_was_read_and_its_order_does_not_count() {
    let rest = format!(
        r##""intent":"required","target":{{"@odata.type":"#microsoft.graph.groupAssignmentTarget","groupId":"{GROUP}"}}"##
    );
    let direct = read(&format!(r#"{{{rest},"source":"direct","sourceId":null}}"#));
    for (origin, is_same) in [
        (r#""source":"direct","sourceId":null"#, true),
        (r#""sourceId":null,"source":"direct""#, true),
        (r#""source":"direct""#, true),
        (r#""source":"direct","sourceId":null,"x":null"#, true),
        (r#""x":null,"source":"direct","sourceId":null"#, true),
        (r#""source":"direct","sourceId":null,"x":1"#, false),
        (r#""source":"direct","sourceId":"S""#, false),
        (r#""source":"Direct","sourceId":null"#, false),
        (r#""source":["direct"],"sourceId":null"#, false),
        (r#""source":null,"sourceId":null"#, false),
    ] {
        let text = format!("{{{rest},{origin}}}");
        let assignment = read(&text);
        assert_eq!(written(&assignment), text);
        assert_eq!(assignment == direct, is_same, "{origin}");
        assert_eq!(
            assignment.source() == Some("direct"),
            origin.contains(r#""source":"direct""#),
            "{origin}"
        );
        let body = request::body(&Assignments::App(vec![assignment])).unwrap();
        assert_eq!(body, format!(r#"{{"mobileAppAssignments":[{text}]}}"#));
    }
    assert!(!direct.is_expressible());
}

fn id_of_filter() -> String {
    FILTER.to_owned()
}

#[test]
fn no_filter_is_one_thing_however_it_is_spelled() {
    let plain = read_target(r##"{"@odata.type":"#microsoft.graph.allDevicesAssignmentTarget"}"##);
    let listed = r##"{"@odata.type":"#microsoft.graph.allDevicesAssignmentTarget","deviceAndAppManagementAssignmentFilterId":null,"deviceAndAppManagementAssignmentFilterType":"none","x":null}"##;
    let target = read_target(listed);
    assert_eq!(target, plain);
    assert_eq!(target.filter_type(), None);
    assert!(target.is_expressible());
    assert_eq!(written(&target), listed);
    let made = AssignmentTarget::new(TargetKind::AllDevices, None, None, Some("none".to_owned())).unwrap();
    assert_eq!(written(&made), written(&plain));
}

#[test]
fn what_is_not_known_of_a_target_is_kept_and_makes_it_unknown() {
    for text in [
        r##"{"@odata.type":"#microsoft.graph.laterAssignmentTarget","groupId":7}"##,
        r##"{"@odata.type":"#microsoft.graph.groupAssignmentTarget","groupId":null}"##,
        r##"{"@odata.type":"#microsoft.graph.exclusionGroupAssignmentTarget"}"##,
        r#"{"@odata.type":"microsoft.graph.configurationManagerCollectionAssignmentTarget","x":[1E2]}"#,
    ] {
        let target = read_target(text);
        assert_eq!(target.kind(), TargetKind::Unknown);
        assert_eq!(target.id(), None);
        assert_eq!(written(&target), text);
        assert!(!target.is_expressible());
        assert!(target.check().is_ok());
    }
    let made = AssignmentTarget::new(TargetKind::Unknown, None, None, None);
    assert!(made.unwrap_err().message.contains("unknown type"));
}

#[test]
fn a_target_that_a_caller_may_not_send_is_refused_where_it_stands() {
    let some = |text: &str| Some(text.to_owned());
    for (kind, id, filter_id, filter_type, expected) in [
        (TargetKind::Group, some("Sales"), None, None, "group_id: 'Sales' looks like a name"),
        (TargetKind::ExclusionGroup, None, None, None, "group_id: this property is required"),
        (TargetKind::Group, some(""), None, None, "group_id: is empty"),
        (TargetKind::ConfigurationManagerCollection, some(""), None, None, "collection_id: is empty"),
        (TargetKind::AllDevices, some(GROUP), None, None, "id: this kind of target has no id"),
        (
            TargetKind::AllDevices,
            None,
            some("Old PCs"),
            some("include"),
            "filter_id: 'Old PCs' looks like a name",
        ),
        (TargetKind::AllDevices, None, some(FILTER), None, "filter_type: is missing beside filter_id"),
        (
            TargetKind::AllDevices,
            None,
            some(FILTER),
            some("none"),
            "filter_type: is missing beside filter_id",
        ),
        (TargetKind::AllDevices, None, None, some("include"), "filter_id: is missing beside filter_type"),
        (
            TargetKind::AllDevices,
            None,
            some(FILTER),
            some("Include"),
            "filter_type: must be include or exclude",
        ),
    ] {
        let error = AssignmentTarget::new(kind, id, filter_id, filter_type).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    }
    let upper = AssignmentTarget::new(TargetKind::Group, Some(GROUP.to_uppercase()), None, None);
    assert_eq!(upper.unwrap().id(), Some(GROUP.to_uppercase().as_str()));
}

#[test]
fn an_assignment_that_a_caller_may_not_send_is_refused_where_it_stands() {
    let named =
        read_target(r##"{"@odata.type":"#microsoft.graph.groupAssignmentTarget","groupId":"Sales"}"##);
    let make = |target: &AssignmentTarget, intent: &str, settings: Option<Json>, id: Option<&str>| {
        MobileAppAssignment::new(target.clone(), intent, settings, id.map(str::to_owned)).unwrap_err()
    };
    let not_applicable = make(&group(), "notApplicable", None, None);
    assert_eq!(location(&not_applicable), "intent");
    assert!(not_applicable.message.contains("today's enumeration lacks"), "{not_applicable}");
    let misspelled = make(&group(), "Required", None, None);
    assert_eq!(misspelled.hint.as_deref(), Some("Graph spells it \"required\""));
    assert!(misspelled.message.contains("available, required, uninstall, availableWithoutEnrollment"));
    assert_eq!(location(&make(&named, "required", None, None)), "target.group_id");
    assert_eq!(location(&make(&group(), "required", Some(json("[]")), None)), "settings");
    assert_eq!(location(&make(&group(), "required", None, Some(""))), "id");
}

#[test]
fn a_document_that_lacks_or_mistypes_a_property_is_refused_where_it_stands() {
    let target =
        format!(r#""target":{{"@odata.type":"microsoft.graph.groupAssignmentTarget","groupId":"{GROUP}"}}"#);
    for (text, expected) in [
        ("[]".to_owned(), "a mobileAppAssignment is a JSON object, not an array"),
        (r#"{"intent":"required"}"#.to_owned(), "target: this property is required"),
        (format!("{{{target}}}"), "intent: this property is required"),
        (format!(r#"{{"intent":null,{target}}}"#), "intent: must be a string, not null"),
        (r#"{"intent":"required","target":null}"#.to_owned(), "target: a target is a JSON object, not null"),
        (r#"{"intent":"required","target":{}}"#.to_owned(), "target.@odata.type: this property is required"),
        (
            r#"{"intent":"required","target":{"@odata.type":"microsoft.graph.groupAssignmentTarget","groupId":7}}"#
                .to_owned(),
            "target.groupId: must be a string, not a number",
        ),
        (
            r#"{"intent":"x","target":{"@odata.type":"y","deviceAndAppManagementAssignmentFilterType":1}}"#
                .to_owned(),
            "target.deviceAndAppManagementAssignmentFilterType: must be a string or null",
        ),
        (format!(r#"{{"intent":"x",{target},"settings":""}}"#), "settings: must be an object or null"),
        (format!(r#"{{"intent":"x",{target},"id":1}}"#), "id: must be a string or null"),
    ] {
        let error = MobileAppAssignment::from_json(json(&text)).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[test]
fn replace_checks_what_changes_and_keeps_the_rest() {
    let server = read(
        r#"{"intent":"later","sourceId":"S","target":{"@odata.type":"microsoft.graph.laterAssignmentTarget","x":1},"settings":{"y":2},"id":""}"#,
    );
    let changed = server
        .replace(AssignmentChanges {
            intent: Some("required".to_owned()),
            id: Some(None),
            ..Default::default()
        })
        .unwrap();
    assert_eq!(
        written(&changed),
        r#"{"intent":"required","target":{"@odata.type":"microsoft.graph.laterAssignmentTarget","x":1},"settings":{"y":2},"sourceId":"S"}"#
    );
    let filter = TargetChanges {
        filter_id: Some(Some(id_of_filter())),
        filter_type: Some(Some("include".to_owned())),
        ..Default::default()
    };
    let filtered = server.target().replace(filter).unwrap();
    assert_eq!(filtered.filter_type(), Some("include"));
    assert!(written(&filtered).ends_with(r#","x":1}"#));
    let half = TargetChanges { filter_id: Some(None), ..Default::default() };
    assert_eq!(location(&filtered.replace(half).unwrap_err()), "filter_id");
    let other_group = TargetChanges { id: Some("Sales".to_owned()), ..Default::default() };
    assert_eq!(location(&group().replace(other_group.clone()).unwrap_err()), "group_id");
    assert_eq!(location(&server.target().replace(other_group).unwrap_err()), "id");
    for (changes, expected) in [
        (AssignmentChanges { intent: Some("later".to_owned()), ..Default::default() }, "intent"),
        (AssignmentChanges { settings: Some(Some(json("1"))), ..Default::default() }, "settings"),
        (AssignmentChanges { id: Some(Some(String::new())), ..Default::default() }, "id"),
    ] {
        assert_eq!(location(&server.replace(changes).unwrap_err()), expected);
    }
}

#[test]
fn the_key_goes_by_target_and_intent_in_any_letter_case() {
    let of = |kind: &str, id: &str, intent: &str, rest: &str| {
        let target =
            format!(r##"{{"@odata.type":"#microsoft.graph.{kind}AssignmentTarget","groupId":{id}{rest}}}"##);
        read(&format!(r#"{{"intent":"{intent}","target":{target}}}"#)).key()
    };
    let lower = format!("\"{GROUP}\"");
    let key = of("group", &lower, "required", "");
    let filter = r#","deviceAndAppManagementAssignmentFilterType":"odd""#;
    assert_eq!(of("group", &lower.to_uppercase(), "required", filter), key);
    assert_ne!(of("exclusionGroup", &lower, "required", ""), key);
    assert_ne!(of("group", &lower, "available", ""), key);
    let unknown = of("later", "1", "required", "");
    assert_eq!(of("later", "1.0", "required", filter), unknown);
    assert_ne!(of("later", "2", "required", ""), unknown);
    assert_ne!(of("group", "null", "required", ""), of("exclusionGroup", "null", "required", ""));
}

#[test]
fn the_default_type_says_nothing_more_and_another_does() {
    let typed = |name: &str| {
        read(&format!(r#"{{{name}"intent":"x","target":{{"@odata.type":"y"}},"source":"direct"}}"#))
    };
    let untyped = typed("");
    assert_eq!(typed(r##""@odata.type":"#microsoft.graph.mobileAppAssignment","##), untyped);
    assert_eq!(typed(r#""@odata.type":"microsoft.graph.mobileAppAssignment","#), untyped);
    assert_ne!(typed(r##""@odata.type":"#microsoft.graph.other","##), untyped);
    assert_eq!(untyped.source(), Some("direct"));
}

fn old(text: &str) -> MobileAppGroupAssignment {
    MobileAppGroupAssignment::from_json(json(text)).unwrap()
}

fn old_with(rest: &str) -> MobileAppGroupAssignment {
    old(&format!(r#"{{"targetGroupId":"{GROUP}","installIntent":"required"{rest}}}"#))
}

#[test]
fn the_old_form_becomes_todays_and_leaves_its_id_behind() {
    let made = old_with(r#","id":"I","vpnConfigurationId":null"#).to_mobile_app_assignment(None).unwrap();
    assert_eq!(made, MobileAppAssignment::new(group(), "required", None, None).unwrap());
    for intent in ["available", "required", "uninstall", "availableWithoutEnrollment"] {
        let old = MobileAppGroupAssignment::new(GROUP.to_owned(), intent, None, None).unwrap();
        assert_eq!(old.to_mobile_app_assignment(None).unwrap().intent().as_str(), intent);
    }
}

#[test]
fn what_the_old_form_says_besides_goes_to_settings_that_have_it() {
    let vpn = old_with(r#","vpnConfigurationId":"V""#);
    for name in ["iosStore", "iosLob", "iosVpp", "iosDdmStore", "iosDdmLob", "iosDdmVpp"] {
        let expected = format!(
            r##"{{"@odata.type":"#microsoft.graph.{name}AppAssignmentSettings","vpnConfigurationId":"V"}}"##
        );
        for prefix in ["", "microsoft.graph.", "#microsoft.graph."] {
            let made = vpn.to_mobile_app_assignment(Some(&format!("{prefix}{name}AppAssignmentSettings")));
            assert_eq!(written(made.unwrap().settings().unwrap()), expected);
        }
    }
    let vpp = old_with(
        r##","@odata.type":"#microsoft.graph.mobileAppVppGroupAssignment","useDeviceLicensing":true,"vpnConfigurationId":"V""##,
    );
    let made = vpp.to_mobile_app_assignment(Some("iosVppAppAssignmentSettings")).unwrap();
    assert_eq!(
        written(made.settings().unwrap()),
        r##"{"@odata.type":"#microsoft.graph.iosVppAppAssignmentSettings","useDeviceLicensing":true,"vpnConfigurationId":"V"}"##
    );
    let plain = old_with("").to_mobile_app_assignment(Some("iosVppAppAssignmentSettings")).unwrap();
    assert_eq!(plain.settings(), None);
}

#[test]
fn what_has_no_place_in_todays_form_is_refused_by_name() {
    for (old, settings_type, expected) in [
        (
            old(&format!(r#"{{"targetGroupId":"{GROUP}","installIntent":"notApplicable"}}"#)),
            None,
            "install_intent",
        ),
        (old(&format!(r#"{{"targetGroupId":"{GROUP}","installIntent":"later"}}"#)), None, "install_intent"),
        (old(r#"{"targetGroupId":"Sales","installIntent":"required"}"#), None, "target_group_id"),
        (old_with(r#","vpnConfigurationId":"V""#), None, "vpn_configuration_id"),
        (
            old_with(r#","vpnConfigurationId":"V""#),
            Some("macOsVppAppAssignmentSettings"),
            "vpn_configuration_id",
        ),
        (
            old_with(r#","vpnConfigurationId":"""#),
            Some("iosVppAppAssignmentSettings"),
            "vpn_configuration_id",
        ),
        (old_with(r#","useDeviceLicensing":true"#), None, "useDeviceLicensing"),
        (
            old_with(r#","useDeviceLicensing":false"#),
            Some("iosStoreAppAssignmentSettings"),
            "useDeviceLicensing",
        ),
        (
            old_with(r#","useDeviceLicensing":"yes""#),
            Some("iosVppAppAssignmentSettings"),
            "useDeviceLicensing",
        ),
        (old_with(r#","x":0"#), None, "x"),
        (old_with(r##","@odata.type":"#microsoft.graph.other""##), None, "@odata.type"),
        (old_with(""), Some("win32LobAppAssignmentSettings"), "settings_type"),
        (old_with(""), Some("iosVpp"), "settings_type"),
    ] {
        let error = old.to_mobile_app_assignment(settings_type).unwrap_err();
        assert_eq!(location(&error), expected, "{error}");
    }
    let error = old_with(r#","vpnConfigurationId":"V""#).to_mobile_app_assignment(None).unwrap_err();
    assert!(error.message.contains("iosStoreAppAssignmentSettings, iosLobAppAssignmentSettings"), "{error}");
    assert!(!error.message.contains("macOs"), "{error}");
    assert!(old_with(r#","useDeviceLicensing":null,"x":null"#).to_mobile_app_assignment(None).is_ok());
}
