//! What is wrong with the cells of a row, and what an assignment leaves in each.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may fail loudly")]

use appassign::json::Json;
use appassign::model::{AssignmentTarget, Columns, Fault, MobileAppAssignment, Named, TargetKind};

const SALES: &str = "11111111-2222-4333-8444-555555555501";
const FILTER: &str = "c0ffee00-0000-4000-8000-000000000001";

fn columns(cells: &[(&str, &str)]) -> Columns {
    let cell =
        |name: &str| cells.iter().find_map(|(column, cell)| (*column == name).then(|| (*cell).to_owned()));
    Columns {
        intent: cell("intent"),
        target: cell("target"),
        target_id: cell("target_id"),
        filter_id: cell("filter_id"),
        filter_type: cell("filter_type"),
        settings: cell("settings"),
        other: cell("other"),
    }
}

fn assignment(document: &str) -> MobileAppAssignment {
    MobileAppAssignment::from_json(Json::parse(document).unwrap()).unwrap()
}

fn faults(cells: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let faults = columns(cells).read().unwrap_err();
    faults.into_iter().map(|Fault { column, message }| (column, message)).collect()
}

const REQUIRED: [(&str, &str); 3] = [("intent", "required"), ("target", "group"), ("target_id", SALES)];

/// A good row, with other cells.
fn with<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    changed.iter().chain(&REQUIRED).copied().collect()
}

#[test]
fn each_of_the_five_targets_has_a_word() {
    for (word, id, kind) in [
        ("group", Some(SALES), TargetKind::Group),
        ("exclude", Some(SALES), TargetKind::ExclusionGroup),
        ("all_users", None, TargetKind::AllLicensedUsers),
        ("all_devices", None, TargetKind::AllDevices),
        ("collection", Some("SMS00001"), TargetKind::ConfigurationManagerCollection),
    ] {
        let target = AssignmentTarget::new(kind, id.map(str::to_owned), None, None).unwrap();
        let cells: Vec<_> = [("target", word)].into_iter().chain(id.map(|id| ("target_id", id))).collect();
        assert_eq!(columns(&cells).read(), Ok(Named::Target(target.clone())));
        let assignment = MobileAppAssignment::new(target, "available", None, None).unwrap();
        let cells: Vec<_> = cells.into_iter().chain([("intent", "available")]).collect();
        assert_eq!(Columns::from(&assignment), columns(&cells));
        assert_eq!(columns(&cells).read(), Ok(Named::Assignment(assignment)));
    }
}

#[test]
fn what_the_columns_cannot_say_stands_in_other() {
    let listed = assignment(&format!(
        r##"{{"@odata.type":"#microsoft.graph.mobileAppAssignment","id":"A_1_0","intent":"required","source":"direct",
        "sourceId":null,"settings":{{"@odata.type":"#microsoft.graph.x","n":1.50}},"ofTomorrow":{{"a":[1]}},
        "target":{{"@odata.type":"#microsoft.graph.groupAssignmentTarget","groupId":"{SALES}","ofTomorrow":true,
        "deviceAndAppManagementAssignmentFilterId":"{FILTER}","deviceAndAppManagementAssignmentFilterType":"include"}}}}"##
    ));
    let columns = Columns::from(&listed);
    assert_eq!(
        columns.cells(),
        [
            ("intent", Some("required")),
            ("target", Some("group")),
            ("target_id", Some(SALES)),
            ("filter_id", Some(FILTER)),
            ("filter_type", Some("include")),
            ("settings", Some(r##"{"@odata.type":"#microsoft.graph.x","n":1.50}"##)),
            (
                "other",
                Some(
                    r#"{"id":"A_1_0","target":{"ofTomorrow":true},"source":"direct","ofTomorrow":{"a":[1]}}"#
                )
            ),
        ]
    );
    assert_eq!(columns.read(), Ok(Named::Assignment(listed)));
}

#[test]
fn what_a_server_may_say_tomorrow_comes_back_and_what_a_person_mistypes_does_not() {
    let tomorrow = assignment(
        r##"{"intent":"requiredSoon","target":{"@odata.type":"#microsoft.graph.someAssignmentTarget","who":"all"}}"##,
    );
    let columns = Columns::from(&tomorrow);
    assert_eq!(columns.intent.as_deref(), Some("requiredSoon"));
    assert_eq!(columns.target.as_deref(), Some("microsoft.graph.someAssignmentTarget"));
    assert_eq!(columns.read(), Ok(Named::Assignment(tomorrow)));
    let typed = Columns { other: None, ..columns };
    let faults = typed.read().unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.column).collect::<Vec<_>>(), ["target", "intent"]);
}

#[test]
fn each_fault_names_its_column_and_says_what_to_do() {
    for (changed, column, start) in [
        (
            ("intent", "Required"),
            "intent",
            "\"Required\" is no install intent; the known ones are available, ",
        ),
        (("intent", "notApplicable"), "intent", "today's enumeration lacks \"notApplicable\""),
        (("target", "grp"), "target", "'grp' is no target; the known ones are group, exclude, all_users, "),
        (("target_id", "Sales"), "target_id", "'Sales' looks like a name; pass the group's id, a GUID"),
        (("target", "all_users"), "target_id", "this kind of target has no id"),
        (("filter_id", FILTER), "filter_type", "is missing beside filter_id; pass "),
        (("filter_type", "include"), "filter_id", "is missing beside filter_type; pass "),
        (("settings", "[]"), "settings", "it is a JSON object, not an array"),
        (("settings", "{'a': 1}"), "settings", ""),
        (("other", "1"), "other", "it is a JSON object, not a number"),
        (("other", r#"{"target":[]}"#), "other", "its target must be an object, not an array"),
        (
            ("other", r#"{"target":{"groupId":"A"}}"#),
            "other",
            "target.groupId belongs into a column of its own",
        ),
        (("other", r#"{"settings":{}}"#), "other", "settings belong into the column settings"),
        (("other", r#"{"intent":"available"}"#), "other", "says another intent than the column intent"),
        (("other", r#"{"id":1}"#), "other", "id: must be a string or null, not a number"),
        (
            ("other", r#"{"target":{"@odata.type":"microsoft.graph.allDevicesAssignmentTarget"}}"#),
            "other",
            "says another target than the columns do; to change it, empty this cell",
        ),
    ] {
        let found = faults(&with(&[changed]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, column, "{found:?}");
        assert!(found[0].1.starts_with(start), "{found:?}");
    }
    let hint = &faults(&with(&[("intent", "Required")]))[0].1;
    assert!(hint.ends_with("; Graph spells it \"required\""), "{hint}");
}

#[test]
fn all_faults_of_a_row_are_named_at_once() {
    let found = faults(&[
        ("intent", "req"),
        ("target", "group"),
        ("target_id", "Sales"),
        ("filter_id", "x"),
        ("filter_type", "include"),
        ("settings", "{"),
    ]);
    let columns: Vec<_> = found.iter().map(|(column, _)| *column).collect();
    assert_eq!(columns, ["settings", "target_id", "filter_id", "intent"]);
    let found = faults(&[("target", "group"), ("settings", "{}"), ("other", r#"{"id":"A"}"#)]);
    let columns: Vec<_> = found.iter().map(|(column, _)| *column).collect();
    assert_eq!(columns, ["target_id", "settings", "other"]);
}
