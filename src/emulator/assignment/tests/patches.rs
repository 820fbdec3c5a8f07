//! PATCH.

use serde_json::{Map, Value, json};

use super::{Extensions, GROUP, Reader, Refused, Version, by_model, by_rule, read, to, with_settings};

const APP: &str = "#microsoft.graph.iosStoreApp";

fn held() -> Map<String, Value> {
    let settings =
        json!({"@odata.type": "#microsoft.graph.iosStoreAppAssignmentSettings", "vpnConfigurationId": "v"});
    read(APP, &with_settings("available", &settings)).unwrap()
}

fn patch_as(version: Version, changes: &Value) -> Result<Map<String, Value>, Refused> {
    Reader { version, app_type: APP, extensions: &Extensions::default() }.patch(&held(), changes)
}

fn patch(changes: &Value) -> Result<Map<String, Value>, Refused> {
    patch_as(Version::Beta, changes)
}

#[test]
fn settings_are_replaced_and_all_else_stays() {
    let settings = json!({"@odata.type": "#microsoft.graph.iosStoreAppAssignmentSettings", "preventManagedAppBackup": true});
    let changed =
        patch(&json!({"@odata.type": "microsoft.graph.mobileAppAssignment", "settings": settings})).unwrap();
    let mut expected = held();
    expected.insert("settings".to_owned(), settings);
    assert_eq!(Value::from(changed).to_string(), Value::from(expected).to_string());
    assert_eq!(patch(&json!({"settings": null})).unwrap()["settings"], Value::Null);
}

#[test]
fn nothing_is_no_change() {
    assert_eq!(patch(&json!({})).unwrap(), held());
    assert_eq!(patch(&json!({"id": "another", "@odata.etag": "x"})).unwrap(), held());
}

/// Observed: terraform-provider-microsoft365.
#[test]
fn what_an_assignment_is_cannot_be_patched() {
    for changes in [
        json!({"intent": "required"}),
        json!({"target": to("allDevicesAssignmentTarget")}),
        json!({"source": "direct"}),
        json!({"sourceId": null}),
        json!({"settings": null, "intent": "available"}),
        held().into(),
    ] {
        assert_eq!(by_rule(patch(&changes)), "Cannot patch read-only properties");
    }
}

#[test]
fn changes_keep_to_the_model_and_to_the_rules() {
    assert!(by_model(patch(&json!({"surprise": 1}))).contains("'surprise'"));
    assert!(by_model(patch(&json!([]))).starts_with("Cannot convert"));
    let wrong = json!({"settings": {"@odata.type": "#microsoft.graph.iosLobAppAssignmentSettings"}});
    assert_eq!(by_rule(patch(&wrong)), "An error has occurred");
    let mut removable =
        json!({"settings": {"@odata.type": "#microsoft.graph.iosStoreAppAssignmentSettings"}});
    removable["settings"]["isRemovable"] = json!(false);
    assert_eq!(by_rule(patch(&removable)), "IsRemovable setting is only supported for Required intent.");
}

#[test]
fn v1_patches_what_it_knows() {
    let beta = json!({"settings": {"@odata.type": "#microsoft.graph.iosStoreAppAssignmentSettings", "preventManagedAppBackup": true}});
    assert!(by_model(patch_as(Version::V1, &beta)).contains("'preventManagedAppBackup'"));
    assert!(by_model(patch_as(Version::V1, &json!({"source": "direct"}))).contains("'source'"));
    let changed = patch_as(Version::V1, &json!({"settings": null})).unwrap();
    assert_eq!((&changed["id"], &changed["source"]), (&json!(format!("{GROUP}_0_0")), &json!("direct")));
}
