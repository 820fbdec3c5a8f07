//! The ids that the service makes.

use serde_json::{Value, json};

use super::{GROUP, WIN32, entry, read, to};

fn id(intent: &str, target: &Value) -> Value {
    // Android Enterprise takes every combination.
    let app = "#microsoft.graph.androidManagedStoreApp";
    read(app, &json!({"intent": intent, "target": target})).unwrap()["id"].clone()
}

#[test]
fn an_id_is_the_group_the_number_of_the_intent_and_whether_it_is_an_exclusion() {
    for (number, intent) in
        ["available", "required", "uninstall", "availableWithoutEnrollment"].into_iter().enumerate()
    {
        assert_eq!(id(intent, &to("groupAssignmentTarget")), format!("{GROUP}_{number}_0"));
        assert_eq!(id(intent, &to("exclusionGroupAssignmentTarget")), format!("{GROUP}_{number}_1"));
        assert_eq!(
            id(intent, &to("allLicensedUsersAssignmentTarget")),
            format!("acacacac-9df4-4c7d-9d50-4ef0226f57a9_{number}_0")
        );
        assert_eq!(
            id(intent, &to("allDevicesAssignmentTarget")),
            format!("adadadad-808e-44e2-905a-0b7873a8a531_{number}_0")
        );
    }
}

#[test]
fn an_id_is_in_lower_case() {
    let target = json!({"@odata.type": "microsoft.graph.groupAssignmentTarget", "groupId": "ABCDEFAB-2222-4333-8444-555555555501"});
    assert_eq!(id("required", &target), "abcdefab-2222-4333-8444-555555555501_1_0");
    let target = json!({"@odata.type": "microsoft.graph.configurationManagerCollectionAssignmentTarget", "collectionId": "SMS00001"});
    assert_eq!(id("uninstall", &target), "sms00001_2_0");
}

#[test]
fn a_filter_is_no_part_of_an_id() {
    let mut target = to("groupAssignmentTarget");
    target["deviceAndAppManagementAssignmentFilterId"] = json!(GROUP);
    target["deviceAndAppManagementAssignmentFilterType"] = json!("exclude");
    assert_eq!(id("required", &target), format!("{GROUP}_1_0"));
}

#[test]
fn what_a_client_sends_as_id_is_ignored() {
    let mut sent = entry("required", "groupAssignmentTarget");
    for mine in [json!("mine"), Value::Null] {
        sent["id"] = mine;
        assert_eq!(read(WIN32, &sent).unwrap()["id"], format!("{GROUP}_1_0"));
    }
}
