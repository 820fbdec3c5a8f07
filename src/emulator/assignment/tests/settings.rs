//! Settings, one test for what holds of all their types.

use serde_json::{Value, json};

use super::{Kind, Version, WIN32, by_model, by_rule, concrete_settings, object, properties, read, sample};
use super::{app, intent, typed, with_settings};

#[test]
fn every_type_with_every_property_is_held_as_it_was_sent() {
    let mut types = 0;
    for of in concrete_settings() {
        for app in of.apps {
            let sent = typed(of, Version::Beta);
            let held = read(&format!("#microsoft.graph.{app}"), &with_settings(intent(of), &sent));
            assert_eq!(held.unwrap()["settings"].to_string(), sent.to_string(), "{} on {app}", of.name);
        }
        types += 1;
    }
    assert_eq!(types, 17);
}

/// Observed: CIPP writes `Win32Lob` and `WinGet`.
#[test]
fn types_and_members_may_be_written_in_other_letters() {
    for (name, app) in [
        ("Win32LobAppAssignmentSettings", WIN32),
        ("WinGetAppAssignmentSettings", "#microsoft.graph.winGetApp"),
    ] {
        let sent = json!({"@odata.type": format!("#microsoft.graph.{name}"), "notifications": "HideAll"});
        let held = read(app, &with_settings("required", &sent)).unwrap();
        let name = name.replace("Win", "win");
        let listed = json!({"@odata.type": format!("#microsoft.graph.{name}"), "notifications": "hideAll"});
        assert_eq!(held["settings"], listed);
    }
}

#[test]
fn every_type_may_be_empty() {
    for of in concrete_settings() {
        let sent = json!({"@odata.type": format!("#microsoft.graph.{}", of.name)});
        let held = read(&app(of), &with_settings("available", &sent)).unwrap();
        assert_eq!(held["settings"], sent, "{}", of.name);
    }
}

#[test]
fn order_and_spelling_of_numbers_are_kept() {
    let text = r#"{"restartSettings":{"countdownDisplayBeforeRestartInMinutes":15,"gracePeriodInMinutes":-0},"notifications":"hideAll","@odata.type":"microsoft.graph.win32LobAppAssignmentSettings"}"#;
    let held = read(WIN32, &with_settings("required", &serde_json::from_str(text).unwrap())).unwrap();
    let expected = r##"{"@odata.type":"#microsoft.graph.win32LobAppAssignmentSettings","restartSettings":{"countdownDisplayBeforeRestartInMinutes":15,"gracePeriodInMinutes":-0},"notifications":"hideAll"}"##;
    assert_eq!(held["settings"].to_string(), expected);
}

/// Values that no property of this kind can hold.
fn misfits(kind: &Kind) -> Vec<Value> {
    let mut misfits = match kind {
        Kind::String => vec![json!(1), json!(true)],
        Kind::Bool => vec![json!("true"), json!(0)],
        Kind::Int32 => {
            vec![json!("15"), json!(1.5), json!(1e2), json!(2_147_483_648_i64), json!(-2_147_483_649_i64)]
        }
        Kind::Guid => vec![json!("no GUID"), json!("c0ffee00000040008000000000000001"), json!(1)],
        Kind::DateTimeOffset => vec![json!("tomorrow"), json!(20_261_201)],
        Kind::Strings => vec![json!("one"), json!([1]), json!(["one", null]), json!([["one"]])],
        Kind::Enum(_) => vec![json!("unheardOf"), json!("show All"), json!(""), json!(0)],
        Kind::Complex(_) => vec![json!("text"), json!(1), json!(true)],
    };
    if !matches!(kind, Kind::Complex(_)) {
        misfits.push(json!({}));
    }
    if !matches!(kind, Kind::Strings) {
        misfits.push(json!([]));
    }
    misfits
}

#[test]
fn a_value_of_the_wrong_kind_is_not_in_the_model() {
    let mut kinds = std::collections::HashSet::new();
    for of in concrete_settings() {
        for property in properties(of) {
            kinds.insert(std::mem::discriminant(&property.kind));
            for misfit in misfits(&property.kind) {
                let mut sent = typed(of, Version::Beta);
                sent[property.name] = misfit.clone();
                let said = by_model(read(&app(of), &with_settings("required", &sent)));
                assert!(said.starts_with("Cannot convert the "), "{said}");
                let kind = property.kind.name().replace("Collection(Edm.String)", "");
                assert!(said.contains(&kind), "{}.{} as {misfit}: {said}", of.name, property.name);
            }
        }
    }
    assert_eq!(kinds.len(), 7, "dates are nested, and every other kind is tried here");
}

#[test]
fn a_nested_value_of_the_wrong_kind_is_not_in_the_model() {
    let mut tried = 0;
    for of in concrete_settings() {
        for outer in properties(of) {
            let Kind::Complex(inner) = outer.kind else { continue };
            for property in properties(inner) {
                for misfit in misfits(&property.kind) {
                    let mut sent = typed(of, Version::Beta);
                    sent[outer.name][property.name] = misfit;
                    let said = by_model(read(&app(of), &with_settings("required", &sent)));
                    assert!(said.starts_with("Cannot convert the "), "{said}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 100, "only {tried}");
}

#[test]
fn a_literal_of_the_wrong_kind_is_named_as_the_service_names_it() {
    let said = |name: &str, value: Value| {
        let mut sent = json!({"@odata.type": "#microsoft.graph.iosVppAppAssignmentSettings"});
        sent[name] = value;
        by_model(read("#microsoft.graph.iosVppApp", &with_settings("required", &sent)))
    };
    assert_eq!(
        said("vpnConfigurationId", json!(0)),
        "Cannot convert the literal '0' to the expected type 'Edm.String'."
    );
    assert_eq!(
        said("isRemovable", json!("<enabled/>")),
        "Cannot convert the literal '<enabled/>' to the expected type 'Edm.Boolean'."
    );
}

#[test]
fn null_goes_where_the_model_lets_it() {
    let (mut allowed, mut refused) = (0, 0);
    for of in concrete_settings() {
        for property in properties(of) {
            let mut sent = typed(of, Version::Beta);
            sent[property.name] = Value::Null;
            let read = read(&app(of), &with_settings(intent(of), &sent));
            if property.nullable {
                assert_eq!(read.unwrap()["settings"], sent, "{}.{}", of.name, property.name);
                allowed += 1;
            } else {
                let said = by_model(read);
                assert!(
                    said.contains(&format!("'{}'", property.name)) && said.contains("[Nullable=False]"),
                    "{said}"
                );
                refused += 1;
            }
        }
    }
    assert!(allowed > 40 && refused == 9, "{allowed} and {refused}");
}

#[test]
fn a_nested_null_goes_where_the_model_lets_it() {
    let settings = |minutes: &str| {
        let mut restart = json!({"gracePeriodInMinutes": 1, "countdownDisplayBeforeRestartInMinutes": 1});
        restart[minutes] = Value::Null;
        json!({"@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings", "restartSettings": restart})
    };
    let read = |minutes| read(WIN32, &with_settings("required", &settings(minutes)));
    read("restartNotificationSnoozeDurationInMinutes").unwrap();
    assert!(by_model(read("gracePeriodInMinutes")).contains("'gracePeriodInMinutes'"));
    assert!(by_model(read("countdownDisplayBeforeRestartInMinutes")).contains("Edm.Int32"));
}

#[test]
fn an_unknown_property_is_not_in_the_model() {
    for of in concrete_settings() {
        let mut sent = typed(of, Version::Beta);
        sent["surprise"] = json!(1);
        let expected = format!(
            "The property 'surprise' does not exist on type 'microsoft.management.services.api.{}'. Make sure to only \
             use property names that are defined by the type.",
            of.name
        );
        assert_eq!(by_model(read(&app(of), &with_settings("required", &sent))), expected);
    }
}

/// Observed word for word: IntuneWin32App#158.
#[test]
fn the_name_that_auto_updates_had_for_some_weeks_is_gone() {
    let sent = json!({
        "@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings",
        "autoUpdateSettings": {"autoUpdateSupersededApps": "enabled"},
    });
    assert_eq!(
        by_model(read(WIN32, &with_settings("available", &sent))),
        "The property 'autoUpdateSupersededApps' does not exist on type \
         'microsoft.management.services.api.win32LobAppAutoUpdateSettings'. Make sure to only use property names that \
         are defined by the type."
    );
}

#[test]
fn a_property_in_other_letters_is_another_property() {
    let sent =
        json!({"@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings", "Notifications": "showAll"});
    assert!(by_model(read(WIN32, &with_settings("required", &sent))).contains("'Notifications'"));
}

#[test]
fn nested_objects_may_say_their_type_and_no_other() {
    let sent = |kind: &str| {
        json!({
            "@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings",
            "restartSettings": {"@odata.type": kind, "gracePeriodInMinutes": 5},
        })
    };
    let read = |kind| read(WIN32, &with_settings("required", &sent(kind)));
    let held = read("#microsoft.graph.win32LobAppRestartSettings").unwrap();
    assert_eq!(held["settings"]["restartSettings"], json!({"gracePeriodInMinutes": 5}));
    assert_eq!(
        by_model(read("#microsoft.graph.winGetAppRestartSettings")),
        "A value was encountered that has a type name that is incompatible with the metadata. The value specified its \
         type as 'microsoft.management.services.api.winGetAppRestartSettings', but the type specified in the metadata \
         is 'microsoft.management.services.api.win32LobAppRestartSettings'."
    );
}

#[test]
fn settings_say_their_type() {
    let said = by_model(read(WIN32, &with_settings("required", &json!({"notifications": "showAll"}))));
    assert!(
        said.contains("'microsoft.management.services.api.mobileAppAssignmentSettings' is abstract"),
        "{said}"
    );
    let base = json!({"@odata.type": "#microsoft.graph.mobileAppAssignmentSettings"});
    assert_eq!(by_model(read(WIN32, &with_settings("required", &base))), said);
    for other in [json!("text"), json!([]), json!(1)] {
        assert!(by_model(read(WIN32, &with_settings("required", &other))).starts_with("Cannot convert"));
    }
}

#[test]
fn settings_that_do_not_fit_the_app_are_refused() {
    for of in concrete_settings() {
        let sent = with_settings(intent(of), &typed(of, Version::Beta));
        for app in
            concrete_settings().flat_map(|of| of.apps).chain(&["webApp", "officeSuiteApp", "aNewerApp"])
        {
            let read = read(&format!("#microsoft.graph.{app}"), &sent);
            if of.apps.contains(app) {
                read.unwrap();
            } else {
                assert_eq!(by_rule(read), "An error has occurred", "{} on {app}", of.name);
            }
        }
    }
}

#[test]
fn every_app_type_takes_an_assignment_without_settings() {
    for app in concrete_settings().flat_map(|of| of.apps).chain(&["webApp", "aNewerApp"]) {
        let held =
            read(&format!("#microsoft.graph.{app}"), &with_settings("required", &Value::Null)).unwrap();
        assert_eq!(held["settings"], Value::Null);
    }
}

#[test]
fn a_sample_has_every_property() {
    for of in concrete_settings() {
        let sent = object(of, Version::Beta);
        assert_eq!(sent.as_object().unwrap().len(), properties(of).len());
        assert!(properties(of).iter().all(|known| sent[known.name] == sample(&known.kind)));
    }
}
