//! Every warning, where it is due and where it is not.

use appassign::model::MobileAppAssignment;
use appassign::plan::Plan;

use super::given::{SALES, change, codes, replace, target, to, to_group};

fn with_settings(intent: &str, settings: &str) -> MobileAppAssignment {
    to_group(SALES, intent, &format!(r#","settings":{{{settings}}}"#))
}

fn of_type(app: &str, rest: &str) -> String {
    format!(r##""@odata.type":"#microsoft.graph.{app}AppAssignmentSettings"{rest}"##)
}

fn found(entry: MobileAppAssignment) -> Vec<String> {
    let plan = change(&[], &[entry], &[]);
    codes(&plan).into_iter().map(str::to_owned).collect()
}

fn exclusion(rest: &str) -> MobileAppAssignment {
    to("exclusionGroup", &format!(r#","groupId":"{SALES}""#), "required", rest)
}

#[test]
fn settings_that_graph_refuses_are_warned_of_and_others_are_not() {
    let ios = |rest: &str| of_type("iosVpp", rest);
    let win32 = |rest: &str| of_type("win32Lob", rest);
    for (intent, settings, expected) in [
        ("required", ios(r#","isRemovable":true"#), None),
        ("available", ios(r#","isRemovable":false"#), Some("is_removable_without_required")),
        ("available", ios(r#","isRemovable":null"#), None),
        ("required", ios(r#","uninstallOnDeviceRemoval":true,"preventManagedAppBackup":true"#), None),
        (
            "uninstall",
            ios(r#","uninstallOnDeviceRemoval":true"#),
            Some("uninstall_on_removal_with_uninstall"),
        ),
        ("uninstall", ios(r#","uninstallOnDeviceRemoval":null"#), None),
        ("uninstall", ios(r#","preventManagedAppBackup":true"#), Some("prevent_backup_with_uninstall")),
        ("available", win32(r#","autoUpdateSettings":{}"#), None),
        ("required", win32(r#","autoUpdateSettings":{}"#), Some("auto_update_without_available")),
        ("required", win32(r#","autoUpdateSettings":null"#), None),
        ("required", r#""notifications":"showAll""#.to_owned(), Some("settings_without_type")),
        ("required", r#""@odata.type":null"#.to_owned(), Some("settings_without_type")),
        ("required", of_type("win32LOB", ""), Some("settings_type_unknown")),
        ("required", r#""@odata.type":"microsoft.graph.winGetAppAssignmentSettings""#.to_owned(), None),
    ] {
        let found = found(with_settings(intent, &settings));
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{intent} {settings}");
    }
}

#[test]
fn all_documented_settings_are_known() {
    for app in [
        "iosStore",
        "iosLob",
        "iosVpp",
        "macOsVpp",
        "macOsLob",
        "androidManagedStore",
        "microsoftStoreForBusiness",
        "windowsAppX",
        "windowsUniversalAppX",
        "win32Lob",
        "win32Catalog",
        "winGet",
        "windowsAutoUpdateCatalog",
        "iosDdmStore",
        "iosDdmVpp",
        "iosDdmLob",
        "macOsDdmVpp",
    ] {
        assert_eq!(found(with_settings("required", &of_type(app, ""))), Vec::<String>::new(), "{app}");
    }
}

#[test]
fn targets_that_graph_refuses_are_warned_of_and_others_are_not() {
    let android = format!(r#","settings":{{{}}}"#, of_type("androidManagedStore", ""));
    let win32 = format!(r#","settings":{{{}}}"#, of_type("win32Lob", ""));
    for (entry, expected) in [
        (exclusion(""), None),
        (exclusion(&win32), Some("exclusion_with_settings")),
        (to("allDevices", "", "required", ""), None),
        (to("allDevices", "", "available", ""), Some("available_to_all_devices")),
        (to("allDevices", "", "availableWithoutEnrollment", ""), Some("available_to_all_devices")),
        (to("allDevices", "", "available", &android), None),
        (to("allLicensedUsers", "", "available", ""), None),
        (to("later", "", "required", ""), Some("target_unknown")),
        (to("group", "", "required", ""), Some("target_unknown")),
    ] {
        assert_eq!(found(entry.clone()), expected.into_iter().collect::<Vec<_>>(), "{entry:?}");
    }
    let mac = with_settings("required", &of_type("macOsLob", ""));
    assert_eq!(codes(&change(&[mac], &[exclusion("")], &[])), ["exclusion_of_mac_lob"]);
}

#[test]
fn settings_of_another_type_than_the_apps_other_entries_have_are_warned_of() {
    let win32 = with_settings("required", &of_type("win32Lob", ""));
    let ios = with_settings("available", &of_type("iosVpp", ""));
    let same = with_settings("available", &of_type("win32Lob", ""));
    assert_eq!(
        codes(&change(std::slice::from_ref(&win32), std::slice::from_ref(&ios), &[])),
        ["settings_type_differs"]
    );
    assert_eq!(
        codes(&replace(std::slice::from_ref(&win32), std::slice::from_ref(&ios))),
        ["settings_type_differs"]
    );
    assert!(codes(&change(std::slice::from_ref(&win32), &[same], &[])).is_empty());
    assert_eq!(codes(&change(&[], &[win32, ios], &[])), ["settings_type_differs"]);
}

#[test]
fn what_is_kept_is_not_warned_of_and_what_changes_is() {
    let odd = to("allDevices", "", "available", r#","settings":{}"#);
    let kept = change(std::slice::from_ref(&odd), &[], &[]);
    assert!(kept.warnings().is_empty());
    let plan = replace(&[odd], &[to("allDevices", "", "available", "")]);
    assert_eq!(codes(&plan), ["available_to_all_devices"]);
    assert_eq!(Plan::restore("A", Vec::new(), plan.after().to_vec()).warnings(), []);
}

#[test]
fn a_warning_names_the_entry_and_says_what_to_do() {
    let plan = change(&[], &[exclusion(r#","settings":{}"#)], &[]);
    let summary = format!(
        "required {}, settings {{}}: ",
        target("exclusionGroup", &format!(r#","groupId":"{SALES}""#)).summary()
    );
    let [first, second] = plan.warnings() else { panic!("{plan}") };
    assert_eq!(first.message, format!("{summary}Graph refuses settings on an exclusion; leave them out"));
    assert!(second.message.starts_with(&summary));
}

#[test]
fn what_came_from_another_apps_policy_set_is_warned_of_where_it_becomes_this_apps_own() {
    let theirs = to_group(SALES, "required", r#","source":"policySets","sourceId":"P""#);
    for plan in [change(&[], std::slice::from_ref(&theirs), &[]), replace(&[], std::slice::from_ref(&theirs))]
    {
        assert_eq!(codes(&plan), ["of_policy_set"]);
        assert!(plan.warnings()[0].message.starts_with(&to_group(SALES, "required", "").summary()));
        assert_eq!(plan.after()[0].source(), None);
    }
    let ours = to_group(SALES, "required", r#","source":"direct""#);
    assert!(codes(&change(std::slice::from_ref(&ours), &[theirs], &[])).is_empty());
    assert!(codes(&change(&[], &[ours], &[])).is_empty());
}
