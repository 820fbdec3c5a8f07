//! Whom an assignment is for.

use serde_json::{Value, json};

use super::{FILTER, GROUP, Refused, TARGETS, WIN32, by_model, by_rule, entry, read, to};

fn held(target: &Value) -> Result<Value, Refused> {
    Ok(read(WIN32, &json!({"intent": "required", "target": target}))?["target"].clone())
}

#[test]
fn every_target_is_listed_with_its_type_its_filter_and_its_own() {
    let own = |target: &str| match target {
        "groupAssignmentTarget" | "exclusionGroupAssignmentTarget" => json!({"groupId": GROUP}),
        "configurationManagerCollectionAssignmentTarget" => json!({"collectionId": "SMS00001"}),
        _ => json!({}),
    };
    let mut targets = 0;
    for of in TARGETS.into_iter().filter(|of| !of.is_abstract) {
        for prefix in ["#microsoft.graph.", "microsoft.graph."] {
            let mut sent = own(of.name);
            sent["@odata.type"] = json!(format!("{prefix}{}", of.name));
            let mut listed = json!({
                "@odata.type": format!("#microsoft.graph.{}", of.name),
                "deviceAndAppManagementAssignmentFilterId": null,
                "deviceAndAppManagementAssignmentFilterType": "none",
            });
            listed.as_object_mut().unwrap().extend(own(of.name).as_object().unwrap().clone());
            assert_eq!(held(&sent).unwrap().to_string(), listed.to_string());
        }
        targets += 1;
    }
    assert_eq!(targets, 5);
}

#[test]
fn a_filter_is_held() {
    for kind in ["include", "exclude"] {
        for target in
            ["groupAssignmentTarget", "allLicensedUsersAssignmentTarget", "allDevicesAssignmentTarget"]
        {
            let mut sent = to(target);
            sent["deviceAndAppManagementAssignmentFilterType"] = json!(kind);
            sent["deviceAndAppManagementAssignmentFilterId"] = json!(FILTER);
            let held = held(&sent).unwrap();
            assert_eq!(held["deviceAndAppManagementAssignmentFilterId"], FILTER);
            assert_eq!(held["deviceAndAppManagementAssignmentFilterType"], kind);
        }
    }
}

/// Of filter id and filter type; `None` is left out.
fn filtered(id: Option<Value>, kind: Option<Value>) -> Result<Value, Refused> {
    let mut sent = to("groupAssignmentTarget");
    if let Some(id) = id {
        sent["deviceAndAppManagementAssignmentFilterId"] = id;
    }
    if let Some(kind) = kind {
        sent["deviceAndAppManagementAssignmentFilterType"] = kind;
    }
    held(&sent)
}

#[test]
fn what_clients_send_for_no_filter_is_no_filter() {
    let nothing =
        [None, Some(json!(null)), Some(json!("")), Some(json!("00000000-0000-0000-0000-000000000000"))];
    for id in nothing {
        for kind in [None, Some(json!("none"))] {
            let held = filtered(id.clone(), kind).unwrap();
            assert_eq!(held["deviceAndAppManagementAssignmentFilterId"], Value::Null);
            assert_eq!(held["deviceAndAppManagementAssignmentFilterType"], "none");
        }
    }
}

#[test]
fn half_a_filter_is_refused() {
    for (id, kind) in [
        (Some(json!(FILTER)), None),
        (Some(json!(FILTER)), Some(json!("None"))),
        (None, Some(json!("include"))),
        (Some(json!(null)), Some(json!("exclude"))),
        (Some(json!("")), Some(json!("include"))),
        (Some(json!("my filter")), Some(json!("include"))),
    ] {
        assert_eq!(by_rule(filtered(id, kind)), "An error has occurred");
    }
}

#[test]
fn a_filter_of_the_wrong_kind_is_not_in_the_model() {
    assert!(by_model(filtered(Some(json!(1)), None)).contains("'Edm.String'"));
    let said = by_model(filtered(Some(json!(FILTER)), Some(json!("includes"))));
    assert!(
        said.contains("'microsoft.management.services.api.deviceAndAppManagementAssignmentFilterType'"),
        "{said}"
    );
    assert!(by_model(filtered(None, Some(Value::Null))).contains("[Nullable=False]"));
}

#[test]
fn a_group_is_named_by_its_id() {
    for target in ["groupAssignmentTarget", "exclusionGroupAssignmentTarget"] {
        let id = json!("11111111-2222-4333-8444-55555555550A");
        let of =
            |id: &Value| held(&json!({"@odata.type": format!("microsoft.graph.{target}"), "groupId": id}));
        assert_eq!(of(&id).unwrap()["groupId"], id);
        for name in
            ["", "Sales", "11111111222243338444555555555501", "{11111111-2222-4333-8444-555555555501}"]
        {
            assert_eq!(by_rule(of(&json!(name))), "An error has occurred", "{name}");
        }
        assert_eq!(by_rule(of(&Value::Null)), "An error has occurred");
        assert_eq!(
            by_model(of(&json!(5))),
            "Cannot convert the literal '5' to the expected type 'Edm.String'."
        );
        let nothing = json!({"@odata.type": format!("microsoft.graph.{target}")});
        assert_eq!(by_rule(held(&nothing)), "An error has occurred");
    }
}

#[test]
fn a_collection_is_named() {
    let of = |id: Value| {
        held(
            &json!({"@odata.type": "#microsoft.graph.configurationManagerCollectionAssignmentTarget", "collectionId": id}),
        )
    };
    assert_eq!(of(json!("SMS00001")).unwrap()["collectionId"], "SMS00001");
    assert_eq!(by_rule(of(json!(""))), "An error has occurred");
    assert_eq!(by_rule(of(Value::Null)), "An error has occurred");
    assert!(by_model(of(json!([]))).contains("'collectionId'"));
}

#[test]
fn a_target_must_be_there() {
    for sent in [json!({"intent": "required"}), json!({"intent": "required", "target": null})] {
        assert_eq!(by_rule(read(WIN32, &sent)), "Target cannot be null.");
    }
    for other in [json!("text"), json!([]), json!(7), json!(true)] {
        assert!(by_model(held(&other)).starts_with("Cannot convert"));
    }
}

#[test]
fn a_target_says_its_type() {
    let said = by_model(held(&json!({"groupId": GROUP})));
    assert!(said.contains("is abstract"), "{said}");
    let base = to("deviceAndAppManagementAssignmentTarget");
    assert_eq!(by_model(held(&base)), said);
    let said = by_model(held(&to("win32LobAppAssignmentSettings")));
    assert!(said.contains("incompatible with the metadata"), "{said}");
    let said = by_model(held(&to("cloudPcManagementGroupAssignmentTarget")));
    assert_eq!(
        said,
        "A type named 'microsoft.management.services.api.cloudPcManagementGroupAssignmentTarget' could not be resolved \
         by the model. When a model is available, each type name must resolve to a valid type."
    );
}

#[test]
fn a_target_has_the_properties_of_its_type_alone() {
    let mut sent = to("allDevicesAssignmentTarget");
    sent["groupId"] = json!(GROUP);
    assert!(by_model(held(&sent)).contains("'groupId' does not exist on type"));
    let mut sent = to("groupAssignmentTarget");
    sent["collectionId"] = json!("SMS00001");
    assert!(by_model(held(&sent)).contains("'collectionId' does not exist on type"));
}

#[test]
fn annotations_are_dropped() {
    let mut sent = entry("required", "groupAssignmentTarget");
    sent["target"]["groupId@odata.type"] = json!("#String");
    sent["target"]["@odata.id"] = json!({"anything": []});
    assert_eq!(read(WIN32, &sent).unwrap()["target"], held(&to("groupAssignmentTarget")).unwrap());
}
