//! What the service refuses though the model allows it.

use serde_json::{Value, json};

use super::{Refused, WIN32, by_rule, concrete_settings, entry, properties, read, with_settings};

const INTENTS: [&str; 4] = ["available", "required", "uninstall", "availableWithoutEnrollment"];

/// The settings types that have a property, each on an app that takes them.
fn with_property(name: &str, intent: &str, value: &Value) -> Vec<Result<(), Refused>> {
    let having = concrete_settings().filter(|of| properties(of).iter().any(|known| known.name == name));
    having
        .map(|of| {
            let mut settings = json!({"@odata.type": format!("#microsoft.graph.{}", of.name)});
            settings[name] = value.clone();
            read(&super::app(of), &with_settings(intent, &settings)).map(drop)
        })
        .collect()
}

/// Observed live, by terraform-provider-microsoft365, as are the other two.
#[test]
fn removable_is_for_required_alone() {
    for intent in INTENTS {
        for value in [json!(true), json!(false)] {
            let results = with_property("isRemovable", intent, &value);
            assert_eq!(results.len(), 3);
            for result in results {
                if intent == "required" {
                    result.unwrap();
                } else {
                    assert_eq!(by_rule(result), "IsRemovable setting is only supported for Required intent.");
                }
            }
        }
    }
}

#[test]
fn uninstall_on_device_removal_is_not_for_uninstall() {
    for intent in INTENTS {
        for value in [json!(true), json!(false)] {
            let results = with_property("uninstallOnDeviceRemoval", intent, &value);
            assert_eq!(results.len(), 5);
            for result in results {
                if intent == "uninstall" {
                    let expected = "UninstallOnDeviceRemoval setting is not supported Uninstall intent.";
                    assert_eq!(by_rule(result), expected);
                } else {
                    result.unwrap();
                }
            }
        }
    }
}

#[test]
fn keeping_out_of_backups_is_not_for_uninstall() {
    for intent in INTENTS {
        let results = with_property("preventManagedAppBackup", intent, &json!(false));
        assert_eq!(results.len(), 7);
        for result in results {
            if intent == "uninstall" {
                let expected = "PreventManagedAppBackup setting is not supported for Uninstall intent.";
                assert_eq!(by_rule(result), expected);
            } else {
                result.unwrap();
            }
        }
    }
}

/// Observed: CIPP.
#[test]
fn an_exclusion_takes_no_settings() {
    for of in concrete_settings().filter(|of| of.apps[0] != "macOSLobApp") {
        let mut sent = entry("available", "exclusionGroupAssignmentTarget");
        for (settings, good) in
            [(Value::Null, true), (json!({"@odata.type": format!("#microsoft.graph.{}", of.name)}), false)]
        {
            sent["settings"] = settings;
            let result = read(&super::app(of), &sent);
            if good {
                result.unwrap();
            } else {
                assert_eq!(
                    by_rule(result),
                    "Exclusion assignment does not support MobileAppAssignment Settings."
                );
            }
        }
    }
}

/// Observed: terraform-provider-microsoft365.
#[test]
fn updates_of_superseded_apps_are_for_available_alone() {
    for intent in INTENTS {
        for result in
            with_property("autoUpdateSettings", intent, &json!({"autoUpdateSupersededAppsState": "enabled"}))
        {
            if intent == "available" {
                result.unwrap();
            } else {
                assert_eq!(by_rule(result), "An error has occurred", "{intent}");
            }
        }
        for result in with_property("autoUpdateSettings", intent, &Value::Null) {
            result.unwrap();
        }
    }
    assert_eq!(with_property("autoUpdateSettings", "available", &Value::Null).len(), 2);
}

#[test]
fn null_is_as_good_as_absent() {
    for name in ["isRemovable", "uninstallOnDeviceRemoval", "preventManagedAppBackup"] {
        for intent in INTENTS {
            for result in with_property(name, intent, &Value::Null) {
                result.unwrap();
            }
        }
    }
}

#[test]
fn what_is_available_is_so_to_users() {
    for intent in INTENTS {
        let result = read(WIN32, &entry(intent, "allDevicesAssignmentTarget"));
        if intent.starts_with("available") {
            assert_eq!(by_rule(result), "An error has occurred", "{intent}");
        } else {
            result.unwrap();
        }
        for target in
            ["groupAssignmentTarget", "allLicensedUsersAssignmentTarget", "exclusionGroupAssignmentTarget"]
        {
            read(WIN32, &entry(intent, target)).unwrap();
        }
    }
}

/// Documented: memdocs#2831.
#[test]
fn what_is_available_may_be_so_to_android_enterprise_devices() {
    for app in ["androidManagedStoreApp", "androidManagedStoreWebApp"] {
        read(&format!("#microsoft.graph.{app}"), &entry("available", "allDevicesAssignmentTarget")).unwrap();
    }
}

/// Observed: Intuneomator#69.
#[test]
fn mac_apps_of_ones_own_take_no_exclusions() {
    for intent in INTENTS {
        let app = "#microsoft.graph.macOSLobApp";
        assert_eq!(
            by_rule(read(app, &entry(intent, "exclusionGroupAssignmentTarget"))),
            "An error has occurred"
        );
        read(app, &entry(intent, "groupAssignmentTarget")).unwrap();
        for app in ["macOSPkgApp", "macOSDmgApp", "macOsVppApp", "iosLobApp"] {
            read(&format!("#microsoft.graph.{app}"), &entry(intent, "exclusionGroupAssignmentTarget"))
                .unwrap();
        }
    }
}
