//! What a test puts in, and what the model knows from then on.

use serde_json::{Value, json};

use super::{
    Extensions, FILTER, GROUP, Reader, Refused, Version, WIN32, as_v1, by_model, by_rule, entry, read, seed,
    to,
};

/// The same assignment, sent by a client after a test put it in.
fn sent_again(seeded: &Value, app: &str, version: Version) -> Result<Value, Refused> {
    let mut extensions = Extensions::default();
    let held = seed(&mut extensions, app, seeded).unwrap();
    let reader = Reader { version, app_type: app, extensions: &extensions };
    Ok(reader.read(&held.into())?.into())
}

#[test]
fn a_plain_one_is_held_as_if_it_was_sent() {
    let sent = entry("required", "groupAssignmentTarget");
    let mut extensions = Extensions::default();
    assert_eq!(seed(&mut extensions, WIN32, &sent), read(WIN32, &sent));
}

#[test]
fn id_and_source_are_kept() {
    let mut sent = entry("required", "groupAssignmentTarget");
    sent["id"] = json!("an id of its own");
    sent["source"] = json!("policySets");
    sent["sourceId"] = json!(FILTER);
    let held = seed(&mut Extensions::default(), WIN32, &sent).unwrap();
    assert_eq!(held["id"], "an id of its own");
    assert_eq!((&held["source"], &held["sourceId"]), (&json!("policySets"), &json!(FILTER)));
    assert_eq!(held.keys().collect::<Vec<_>>(), ["id", "intent", "source", "sourceId", "target", "settings"]);
}

#[test]
fn every_new_name_is_in_the_model_from_then_on() {
    let mut new = json!({
        "intent": "updateOnly",
        "source": "elsewhere",
        "target": {
            "@odata.type": "#microsoft.graph.groupAssignmentTarget",
            "groupId": GROUP,
            "deviceAndAppManagementAssignmentFilterId": FILTER,
            "deviceAndAppManagementAssignmentFilterType": "prefer",
        },
        "settings": {
            "@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings",
            "notifications": "whisper",
            "restartSettings": {"gracePeriodInMinutes": 5, "politeness": 9},
            "mood": null,
        },
        "priority": 7,
    });
    new["target"]["ring"] = serde_json::from_str(r#"{"number":[1.50]}"#).unwrap();
    assert_eq!(read(WIN32, &new), Err(Refused::Internal));
    let held = sent_again(&new, WIN32, Version::Beta).unwrap();
    assert_eq!(held["id"], format!("{GROUP}_4_0"));
    assert_eq!(held["settings"].to_string(), new["settings"].to_string());
    assert_eq!(held["target"]["ring"].to_string(), r#"{"number":[1.50]}"#);
    assert_eq!(held["priority"], 7);
    assert_eq!(held.as_object().unwrap().keys().next_back().unwrap(), "priority");
}

#[test]
fn new_types_may_have_anything_in_them() {
    let new = json!({
        "@odata.type": "#microsoft.graph.mobileAppStagedAssignment",
        "intent": "required",
        "target": {"@odata.type": "microsoft.graph.ringAssignmentTarget", "ringId": 3, "groupId": GROUP},
        "settings": {"@odata.type": "#microsoft.graph.holoAppAssignmentSettings", "a": {"@odata.type": "#b.c"}},
        "stage": "first",
    });
    for app in [WIN32, "#microsoft.graph.holoApp"] {
        let held = sent_again(&new, app, Version::Beta).unwrap();
        assert_eq!(held["@odata.type"], "#microsoft.graph.mobileAppStagedAssignment");
        assert_eq!(
            held["target"].to_string(),
            json!({
                "@odata.type": "#microsoft.graph.ringAssignmentTarget",
                "deviceAndAppManagementAssignmentFilterId": null,
                "deviceAndAppManagementAssignmentFilterType": "none",
                "ringId": 3,
                "groupId": GROUP,
            })
            .to_string()
        );
        assert_eq!(held["settings"], new["settings"]);
        assert_eq!(held["id"], format!("{GROUP}_1_0"));
    }
}

#[test]
fn a_new_target_without_a_group_has_an_id_too() {
    let new = json!({"intent": "required", "target": {"@odata.type": "#microsoft.graph.everythingTarget"}});
    assert_eq!(sent_again(&new, WIN32, Version::Beta).unwrap()["id"], "everythingtarget_1_0");
}

#[test]
fn settings_fit_where_a_test_put_them() {
    let new = json!({
        "intent": "required",
        "target": to("groupAssignmentTarget"),
        "settings": {"@odata.type": "#microsoft.graph.winGetAppAssignmentSettings", "notifications": "showAll"},
    });
    assert_eq!(by_rule(read(WIN32, &new)), "An error has occurred");
    sent_again(&new, WIN32, Version::Beta).unwrap();
}

#[test]
fn new_names_are_new_in_one_place_alone() {
    let mut extensions = Extensions::default();
    let mut new = entry("required", "groupAssignmentTarget");
    new["target"]["ring"] = json!(1);
    seed(&mut extensions, WIN32, &new).unwrap();
    let reader = Reader { version: Version::Beta, app_type: WIN32, extensions: &extensions };
    let mut other = entry("required", "exclusionGroupAssignmentTarget");
    other["target"]["ring"] = json!(1);
    assert!(by_model(reader.read(&other)).contains("'ring'"));
    let mut other = entry("required", "groupAssignmentTarget");
    other["ring"] = json!(1);
    assert!(by_model(reader.read(&other)).contains("'ring'"));
}

#[test]
fn v1_knows_nothing_new() {
    let mut extensions = Extensions::default();
    let mut new = entry("required", "groupAssignmentTarget");
    new["priority"] = json!(7);
    new["target"]["ring"] = json!(1);
    new["settings"] = json!({"@odata.type": "#microsoft.graph.holoAppAssignmentSettings"});
    let held = seed(&mut extensions, WIN32, &new).unwrap();
    let reader = Reader { version: Version::V1, app_type: WIN32, extensions: &extensions };
    by_model(reader.read(&new));
    let shown = as_v1(held);
    assert_eq!(
        Value::from(shown.clone()),
        json!({
            "id": format!("{GROUP}_1_0"),
            "intent": "required",
            "target": to("groupAssignmentTarget"),
            "settings": null,
        })
    );
    reader.read(&shown.into()).unwrap();
}

#[test]
fn an_app_can_hold_what_the_rules_would_not_let_in() {
    let mut old = entry("available", "allDevicesAssignmentTarget");
    old["target"]["deviceAndAppManagementAssignmentFilterId"] = json!(FILTER);
    seed(&mut Extensions::default(), WIN32, &old).unwrap();
    assert_eq!(by_rule(sent_again(&old, WIN32, Version::Beta)), "An error has occurred");
}

#[test]
fn what_no_service_could_hold_is_refused_and_leaves_no_trace() {
    let mut extensions = Extensions::default();
    let mut bad = entry("required", "groupAssignmentTarget");
    bad["priority"] = json!(7);
    bad["target"]["groupId"] = json!(7);
    assert!(by_model(seed(&mut extensions, WIN32, &bad)).contains("'Edm.String'"));
    bad["target"] = Value::Null;
    assert!(by_rule(seed(&mut extensions, WIN32, &bad)).contains("'target'"));
    bad.as_object_mut().unwrap().remove("intent");
    assert!(by_rule(seed(&mut extensions, WIN32, &bad)).contains("'intent'"));
    by_model(seed(&mut extensions, WIN32, &json!("text")));
    by_model(seed(&mut extensions, WIN32, &json!({"intent": "required", "target": {"groupId": GROUP}})));
    let mut good = entry("required", "groupAssignmentTarget");
    good["priority"] = json!(7);
    let reader = Reader { version: Version::Beta, app_type: WIN32, extensions: &extensions };
    assert!(by_model(reader.read(&good)).contains("'priority'"));
}

#[test]
fn new_intents_are_numbered_in_the_order_in_which_they_came() {
    let mut extensions = Extensions::default();
    for (intent, number) in
        [("updateOnly", 4), ("updateOnly", 4), ("preview", 5), ("updateOnly", 4), ("Required", 1)]
    {
        let held = seed(&mut extensions, WIN32, &entry(intent, "groupAssignmentTarget")).unwrap();
        assert_eq!(held["id"], format!("{GROUP}_{number}_0"), "{intent}");
    }
}
