//! v1.0 against beta.

use serde_json::{Map, Value, json};

use super::{FILTER, GROUP, Kind, Version, WIN32, as_v1, by_model, concrete_settings, entry, properties};
use super::{TARGETS, app, intent, object, read, read_as, to, typed, with_settings};

fn read_v1(app: &str, sent: &Value) -> Result<Map<String, Value>, super::Refused> {
    read_as(Version::V1, app, sent)
}

fn missing(property: &str, of: &str) -> String {
    format!(
        "The property '{property}' does not exist on type 'microsoft.management.services.api.{of}'. Make sure to only use \
         property names that are defined by the type."
    )
}

#[test]
fn v1_takes_what_it_knows_of_settings() {
    let mut types = 0;
    for of in concrete_settings().filter(|of| of.in_v1) {
        let sent = typed(of, Version::V1);
        let held = read_v1(&app(of), &with_settings(intent(of), &sent)).unwrap();
        assert_eq!(held["settings"], sent);
        types += 1;
    }
    assert_eq!(types, 8);
}

#[test]
fn v1_does_not_know_the_settings_types_of_beta() {
    for of in concrete_settings().filter(|of| !of.in_v1) {
        let said = by_model(read_v1(&app(of), &with_settings("required", &typed(of, Version::Beta))));
        let expected =
            format!("A type named 'microsoft.management.services.api.{}' could not be resolved", of.name);
        assert!(said.starts_with(&expected), "{said}");
    }
}

#[test]
fn v1_does_not_know_the_properties_of_beta() {
    let mut tried = 0;
    for of in concrete_settings().filter(|of| of.in_v1) {
        for property in properties(of).into_iter().filter(|known| !known.in_v1) {
            let mut sent = json!({"@odata.type": format!("#microsoft.graph.{}", of.name)});
            sent[property.name] = Value::Null;
            read(&app(of), &with_settings("required", &sent)).unwrap();
            let said = by_model(read_v1(&app(of), &with_settings("required", &sent)));
            assert_eq!(said, missing(property.name, of.name));
            tried += 1;
        }
    }
    assert_eq!(tried, 7);
}

#[test]
fn v1_knows_no_filters() {
    for of in TARGETS.into_iter().filter(|of| !of.is_abstract) {
        for (name, value) in [
            ("deviceAndAppManagementAssignmentFilterId", Value::Null),
            ("deviceAndAppManagementAssignmentFilterType", json!("none")),
        ] {
            let mut target = to(of.name);
            target[name] = value;
            let said = by_model(read_v1(WIN32, &json!({"intent": "required", "target": target})));
            assert_eq!(said, missing(name, of.name));
        }
    }
}

#[test]
fn v1_does_not_know_where_an_assignment_comes_from() {
    for (name, value) in [("source", json!("direct")), ("sourceId", Value::Null)] {
        let mut sent = entry("required", "groupAssignmentTarget");
        sent[name] = value;
        assert_eq!(by_model(read_v1(WIN32, &sent)), missing(name, "mobileAppAssignment"));
    }
}

#[test]
fn both_versions_hold_the_same() {
    let sent = entry("available", "allLicensedUsersAssignmentTarget");
    assert_eq!(read_v1(WIN32, &sent).unwrap(), read(WIN32, &sent).unwrap());
}

#[test]
fn v1_shows_no_source_and_no_filter() {
    let mut target = to("groupAssignmentTarget");
    target["deviceAndAppManagementAssignmentFilterId"] = json!(FILTER);
    target["deviceAndAppManagementAssignmentFilterType"] = json!("include");
    let held = read(WIN32, &json!({"intent": "required", "target": target})).unwrap();
    let shown = json!({
        "id": format!("{GROUP}_1_0"),
        "intent": "required",
        "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP},
        "settings": null,
    });
    assert_eq!(Value::from(as_v1(held)).to_string(), shown.to_string());
}

#[test]
fn v1_shows_what_it_can_read() {
    for of in concrete_settings() {
        let held = read(&app(of), &with_settings(intent(of), &typed(of, Version::Beta))).unwrap();
        let shown = as_v1(held);
        let expected = if of.in_v1 { typed(of, Version::V1) } else { Value::Null };
        assert_eq!(shown["settings"], expected, "{}", of.name);
        read_v1(&app(of), &shown.into()).unwrap();
    }
}

#[test]
fn nothing_nested_differs_between_the_versions() {
    for of in concrete_settings().filter(|of| of.in_v1) {
        for property in properties(of).into_iter().filter(|known| known.in_v1) {
            if let Kind::Complex(inner) = property.kind {
                assert!(inner.in_v1, "{}", inner.name);
                assert_eq!(object(inner, Version::V1), object(inner, Version::Beta));
            }
        }
    }
}
