//! The whole set that `assign` asks for.

use serde_json::{Value, json};

use super::{FILTER, GROUP, Refused, WIN32, assign, by_model, by_rule, entry, read};

const OLD: &str = "A type named 'microsoft.management.services.api.mobileAppGroupAssignment' could not be resolved by \
                   the model. When a model is available, each type name must resolve to a valid type.";

#[test]
fn a_set_keeps_its_order() {
    let entries = [
        entry("uninstall", "exclusionGroupAssignmentTarget"),
        entry("required", "groupAssignmentTarget"),
        entry("available", "allLicensedUsersAssignmentTarget"),
    ];
    let held = assign(&json!({"mobileAppAssignments": entries})).unwrap();
    assert_eq!(held, entries.map(|sent| read(WIN32, &sent).unwrap()));
}

#[test]
fn an_empty_set_is_a_set() {
    for parameters in [json!({"mobileAppAssignments": []}), json!({"mobileAppAssignments": null}), json!({})]
    {
        assert_eq!(assign(&parameters), Ok(vec![]));
    }
}

/// Observed: Intune-Toolkit#57.
#[test]
fn of_two_entries_with_the_same_key_the_later_one_is_ignored() {
    let first = entry("required", "allDevicesAssignmentTarget");
    let mut later = first.clone();
    later["target"]["deviceAndAppManagementAssignmentFilterId"] = json!(FILTER);
    later["target"]["deviceAndAppManagementAssignmentFilterType"] = json!("include");
    let between = entry("required", "groupAssignmentTarget");
    let held = assign(&json!({"mobileAppAssignments": [first, between, later]})).unwrap();
    assert_eq!(held, [&first, &between].map(|sent| read(WIN32, sent).unwrap()));
}

#[test]
fn a_group_in_other_letters_is_the_same_group() {
    let mut other = entry("required", "groupAssignmentTarget");
    let mut first = other.clone();
    first["target"]["groupId"] = json!("abcdefab-2222-4333-8444-555555555501");
    other["target"]["groupId"] = json!("ABCDEFAB-2222-4333-8444-555555555501");
    assert_eq!(assign(&json!({"mobileAppAssignments": [first, other]})).unwrap().len(), 1);
}

/// Observed to be legal: IntuneWin32App#101, #85, #76.
#[test]
fn one_group_may_be_there_with_other_intents_and_as_an_exclusion() {
    let entries = [
        entry("available", "groupAssignmentTarget"),
        entry("required", "groupAssignmentTarget"),
        entry("uninstall", "groupAssignmentTarget"),
        entry("available", "exclusionGroupAssignmentTarget"),
        entry("required", "exclusionGroupAssignmentTarget"),
    ];
    assert_eq!(assign(&json!({"mobileAppAssignments": entries})).unwrap().len(), 5);
}

#[test]
fn a_duplicate_that_is_refused_refuses_the_set() {
    let first = entry("required", "groupAssignmentTarget");
    let mut later = first.clone();
    later["settings"] = json!({"@odata.type": "#microsoft.graph.iosLobAppAssignmentSettings"});
    assert_eq!(by_rule(assign(&json!({"mobileAppAssignments": [first, later]}))), "An error has occurred");
}

/// Observed: microsoft-graph-docs#2183.
#[test]
fn the_form_of_2017_is_told_by_its_type_under_whatever_parameter() {
    let new = entry("required", "groupAssignmentTarget");
    for prefix in ["#microsoft.graph.", "microsoft.graph."] {
        let old = json!({"@odata.type": format!("{prefix}mobileAppGroupAssignment"), "targetGroupId": "G"});
        for parameters in [
            json!({"mobileAppGroupAssignments": [old]}),
            json!({"mobileAppAssignments": [new, old]}),
            json!({"anything": [old]}),
            json!({"mobileAppAssignments": [new], "mobileAppGroupAssignments": [old]}),
        ] {
            assert_eq!(by_model(assign(&parameters)), OLD);
        }
        let vpp = json!({"@odata.type": format!("{prefix}mobileAppVppGroupAssignment")});
        let said = by_model(assign(&json!({"mobileAppGroupAssignments": [vpp]})));
        assert_eq!(said, OLD.replace("mobileAppGroup", "mobileAppVppGroup"));
    }
}

#[test]
fn an_unknown_parameter_is_named() {
    for (parameters, name) in [
        (json!({"mobileAppGroupAssignments": []}), "mobileAppGroupAssignments"),
        (json!({"mobileAppGroupAssignments": null}), "mobileAppGroupAssignments"),
        (json!({"mobileAppGroupAssignments": [{"targetGroupId": "G"}]}), "mobileAppGroupAssignments"),
        (json!({"mobileAppAssignments": [], "assignments": []}), "assignments"),
        (json!({"MobileAppAssignments": []}), "MobileAppAssignments"),
        (json!({"assignments": [{"@odata.type": "#microsoft.graph.mobileAppAssignment"}]}), "assignments"),
        (entry("required", "groupAssignmentTarget"), "intent"),
    ] {
        let expected = format!(
            "The parameter '{name}' in the request payload is not a valid parameter for the operation 'assign'."
        );
        assert_eq!(by_model(assign(&parameters)), expected);
    }
}

#[test]
fn an_annotation_is_no_parameter() {
    let parameters = json!({
        "@odata.context": "x",
        "mobileAppAssignments@odata.type": "#Collection(microsoft.graph.mobileAppAssignment)",
        "mobileAppAssignments": [entry("required", "groupAssignmentTarget")],
    });
    assert_eq!(assign(&parameters).unwrap().len(), 1);
}

#[test]
fn the_parameter_is_a_collection_of_objects() {
    for other in [json!({}), json!("text"), json!(1), entry("required", "groupAssignmentTarget")] {
        let said = by_model(assign(&json!({"mobileAppAssignments": other})));
        assert!(
            said.ends_with("'Collection(microsoft.management.services.api.mobileAppAssignment)'."),
            "{said}"
        );
    }
    for other in
        [json!([null]), json!([[]]), json!(["text"]), json!([entry("required", "groupAssignmentTarget"), 1])]
    {
        let said = by_model(assign(&json!({"mobileAppAssignments": other})));
        assert!(said.ends_with("'microsoft.management.services.api.mobileAppAssignment'."), "{said}");
    }
}

#[test]
fn the_model_speaks_before_the_rules_wherever_it_has_to() {
    let against_a_rule = json!({"intent": "required", "target": null});
    let mut against_the_model = entry("required", "groupAssignmentTarget");
    against_the_model["surprise"] = json!(1);
    let parameters = json!({"mobileAppAssignments": [against_a_rule, against_the_model]});
    assert!(by_model(assign(&parameters)).contains("'surprise'"));
}

#[test]
fn one_bad_entry_refuses_the_set() {
    let good = entry("required", "groupAssignmentTarget");
    let bad = entry("updateOnly", "groupAssignmentTarget");
    assert_eq!(assign(&json!({"mobileAppAssignments": [good, bad]})), Err(Refused::Internal));
    let mut bad = good.clone();
    bad["target"]["groupId"] = json!("Sales");
    assert_eq!(by_rule(assign(&json!({"mobileAppAssignments": [good, bad]}))), "An error has occurred");
}

#[test]
fn a_thousand_entries_are_a_set() {
    let of = |number: usize| {
        let mut sent = entry("required", "groupAssignmentTarget");
        sent["target"]["groupId"] = json!(format!("{}{number:04}", &GROUP[..32]));
        sent
    };
    let entries: Vec<Value> = (0..1000).map(of).collect();
    assert_eq!(assign(&json!({"mobileAppAssignments": entries})).unwrap().len(), 1000);
}
