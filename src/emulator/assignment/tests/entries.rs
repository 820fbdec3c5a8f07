//! An entry as a whole.

use serde_json::{Value, json};

use super::{GROUP, Refused, WIN32, by_model, by_rule, entry, read, to};

#[test]
fn an_entry_is_listed_in_the_order_of_the_service() {
    let sent = json!({
        "settings": null,
        "target": {"groupId": GROUP, "@odata.type": "microsoft.graph.exclusionGroupAssignmentTarget"},
        "@odata.type": "#microsoft.graph.mobileAppAssignment",
        "intent": "uninstall",
    });
    let listed = json!({
        "id": format!("{GROUP}_2_1"),
        "intent": "uninstall",
        "source": "direct",
        "sourceId": null,
        "target": {
            "@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget",
            "deviceAndAppManagementAssignmentFilterId": null,
            "deviceAndAppManagementAssignmentFilterType": "none",
            "groupId": GROUP,
        },
        "settings": null,
    });
    assert_eq!(Value::from(read(WIN32, &sent).unwrap()).to_string(), listed.to_string());
}

#[test]
fn what_was_listed_can_be_sent_again() {
    let sent = json!({
        "@odata.type": "#microsoft.graph.mobileAppAssignment",
        "intent": "required",
        "target": to("groupAssignmentTarget"),
        "settings": {"@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings", "restartSettings": null},
    });
    let listed = read(WIN32, &sent).unwrap();
    assert_eq!(read(WIN32, &listed.clone().into()).unwrap(), listed);
}

#[test]
fn an_entry_need_not_say_its_type() {
    let plain = read(WIN32, &entry("required", "groupAssignmentTarget")).unwrap();
    for name in ["#microsoft.graph.mobileAppAssignment", "microsoft.graph.mobileAppAssignment"] {
        let mut sent = entry("required", "groupAssignmentTarget");
        sent["@odata.type"] = json!(name);
        assert_eq!(read(WIN32, &sent).unwrap(), plain);
    }
}

#[test]
fn an_entry_of_another_type_does_not_belong_there() {
    let mut sent = entry("required", "groupAssignmentTarget");
    sent["@odata.type"] = json!("#microsoft.graph.groupAssignmentTarget");
    assert_eq!(
        by_model(read(WIN32, &sent)),
        "An entry with type 'microsoft.management.services.api.groupAssignmentTarget' was found, but it is not \
         assignable to the expected type 'microsoft.management.services.api.mobileAppAssignment'. The type specified in \
         the entry must be equal to either the expected type or a derived type."
    );
    for odd in [json!(5), json!(null), json!(["#microsoft.graph.mobileAppAssignment"]), json!({})] {
        sent["@odata.type"] = odd;
        assert!(by_model(read(WIN32, &sent)).contains("'Edm.String'"));
    }
    sent["@odata.type"] = json!("");
    assert!(by_model(read(WIN32, &sent)).contains("A type named ''"));
    sent["@odata.type"] = json!("#some.other.type");
    assert!(by_model(read(WIN32, &sent)).contains("A type named 'some.other.type'"));
}

#[test]
fn an_entry_is_an_object() {
    for other in [json!(null), json!([]), json!("text"), json!(1)] {
        assert!(by_model(read(WIN32, &other)).starts_with("Cannot convert the "));
    }
}

#[test]
fn an_unknown_property_of_an_entry_is_not_in_the_model() {
    for name in ["surprise", "Intent", "targetGroupId", "installIntent", ""] {
        let mut sent = entry("required", "groupAssignmentTarget");
        sent[name] = json!("x");
        let said = by_model(read(WIN32, &sent));
        let expected =
            format!("The property '{name}' does not exist on type 'microsoft.management.services.api.mobile");
        assert!(said.starts_with(&expected), "{said}");
    }
}

#[test]
fn where_it_comes_from_is_for_the_service_to_say() {
    let mut sent = entry("required", "groupAssignmentTarget");
    sent["source"] = json!("policySets");
    sent["sourceId"] = json!("a-policy-set");
    let held = read(WIN32, &sent).unwrap();
    assert_eq!((&held["source"], &held["sourceId"]), (&json!("direct"), &Value::Null));
    sent["sourceId"] = json!(1);
    assert!(by_model(read(WIN32, &sent)).contains("'Edm.String'"));
    sent["source"] = json!("elsewhere");
    assert!(by_model(read(WIN32, &sent)).contains("AssignmentSource'"));
    sent["source"] = Value::Null;
    assert!(by_model(read(WIN32, &sent)).contains("[Nullable=False]"));
}

/// Observed: IntuneGet#340.
#[test]
fn an_unknown_intent_breaks_the_service() {
    for intent in ["updateOnly", "notApplicable", "required ", "", "1"] {
        assert_eq!(read(WIN32, &entry(intent, "groupAssignmentTarget")), Err(Refused::Internal), "{intent}");
    }
}

/// Observed: intune-uploader#16.
#[test]
fn an_intent_may_be_written_in_other_letters() {
    for intent in ["Required", "REQUIRED", "required"] {
        let held = read(WIN32, &entry(intent, "groupAssignmentTarget")).unwrap();
        assert_eq!((&held["intent"], &held["id"]), (&json!("required"), &json!(format!("{GROUP}_1_0"))));
    }
}

#[test]
fn an_intent_is_a_text_and_must_be_there() {
    let mut sent = entry("required", "groupAssignmentTarget");
    for (intent, said) in [
        (
            json!(1),
            "Cannot convert the literal '1' to the expected type 'microsoft.management.services.api.installIntent'.",
        ),
        (json!(true), "Cannot convert the literal 'true'"),
        (json!(["required"]), "Cannot convert the value of property 'intent'"),
        (json!(null), "A null value was found for the property named 'intent'"),
    ] {
        sent["intent"] = intent;
        assert!(by_model(read(WIN32, &sent)).starts_with(said), "{said}");
    }
    sent.as_object_mut().unwrap().remove("intent");
    assert_eq!(by_rule(read(WIN32, &sent)), "An error has occurred");
}

#[test]
fn annotations_are_accepted_and_dropped() {
    let mut sent = entry("required", "groupAssignmentTarget");
    let plain = read(WIN32, &sent).unwrap();
    for (name, value) in [
        ("@odata.id", json!("mobileApps('x')/assignments('y')")),
        ("@odata.etag", json!(null)),
        ("intent@odata.type", json!("#microsoft.graph.installIntent")),
        ("settings@odata.context", json!({"deep": [{}]})),
        ("sourceId@odata.null", json!(true)),
    ] {
        sent[name] = value;
    }
    assert_eq!(read(WIN32, &sent).unwrap(), plain);
}

#[test]
fn json_of_any_depth_is_survived() {
    let deep = format!("{}1{}", r#"{"a":["#.repeat(60), "]}".repeat(60));
    let deep: Value = serde_json::from_str(&deep).unwrap();
    for place in ["intent", "target", "settings", "source", "id", "surprise", "@odata.type", "@odata.deep"] {
        let mut sent = entry("required", "groupAssignmentTarget");
        sent[place] = deep.clone();
        assert_eq!(read(WIN32, &sent).is_ok(), place == "@odata.deep", "{place}");
    }
    for place in ["groupId", "deviceAndAppManagementAssignmentFilterId", "surprise", "@odata.type"] {
        let mut sent = entry("required", "groupAssignmentTarget");
        sent["target"][place] = deep.clone();
        by_model(read(WIN32, &sent));
    }
}
