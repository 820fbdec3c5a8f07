//! Plans as people read them.

use appassign::model::Named;
use appassign::plan::{Mark, Plan};

use super::given::{APP, FILTER, PARIS, SALES, change, filter, replace, to, to_group};

#[test]
fn a_plan_shows_what_it_adds_changes_and_removes_and_counts_the_rest() {
    let settings = |rest: &str| {
        format!(r##","settings":{{"@odata.type":"#microsoft.graph.win32LobAppAssignmentSettings"{rest}}}"##)
    };
    let of_group = format!(r#","groupId":"{SALES}"{}"#, filter("include"));
    let live = [
        to("group", &of_group, "required", &settings(r#","notifications":"showAll","x":1"#)),
        to("allDevices", "", "required", ""),
        to("allLicensedUsers", &filter("exclude"), "available", ""),
    ];
    let add = [
        to_group(SALES, "required", &settings(r#","notifications":"hideAll","x":1.0"#)),
        to("exclusionGroup", &format!(r#","groupId":"{PARIS}""#), "required", ""),
        to("configurationManagerCollection", r#","collectionId":"SMS00001""#, "uninstall", &settings("")),
    ];
    let remove = [
        Named::Assignment(live[0].clone()),
        Named::Target(live[2].target().clone()),
        Named::Assignment(to("allDevices", "", "uninstall", "")),
    ];
    let plan = change(&live, &add, &remove);
    let expected = [
        format!("app {APP}: 2 added, 1 changed, 1 removed, 1 kept"),
        format!("+ required exclusion group {PARIS}"),
        "+ uninstall collection SMS00001  settings win32LobApp {}".to_owned(),
        format!(
            "~ required group {SALES}  filter include {FILTER} -> none  settings.notifications \"showAll\" -> \"hideAll\""
        ),
        format!("- available all users  filter exclude {FILTER}"),
        "! not_there: remove[2] (uninstall all devices) is not there; nothing is removed for it".to_owned(),
    ];
    assert_eq!(plan.to_string(), expected.join("\n"));
    let marks: Vec<_> = plan.rows().into_iter().map(|row| row.mark).collect();
    assert_eq!(marks, [Mark::Summary, Mark::Added, Mark::Added, Mark::Changed, Mark::Removed, Mark::Warning]);
    assert_eq!(
        change(&live, &[], &[]).to_string(),
        format!("app {APP}: 0 added, 0 changed, 0 removed, 3 kept")
    );
}

#[test]
fn a_change_is_shown_from_what_to_what() {
    let live = [to_group(
        SALES,
        "required",
        r#","settings":{"@odata.type":"a","n":1,"gone":true,"list":[1]},"p":1"#,
    )];
    for (wanted, expected) in [
        (
            r#","settings":{"@odata.type":"b","n":1,"list":[2],"new":{}}"#,
            vec![
                r#"settings.type "a" -> "b""#,
                "settings.gone true -> none",
                "settings.list [1] -> [2]",
                "settings.new none -> {}",
            ],
        ),
        (r#","p":2"#, vec![r#"settings a {"n":1,"gone":true,"list":[1]} -> none"#, "p 1 -> 2"]),
    ] {
        let plan = replace(&live, &[to_group(SALES, "required", wanted)]);
        let row = plan.rows().into_iter().find(|row| row.mark == Mark::Changed).unwrap();
        assert_eq!(row.words[1..], expected);
    }
}

#[test]
fn text_from_a_server_is_fit_for_a_terminal_and_cut() {
    let long = "x".repeat(10_000);
    let odd = to(
        "la\\u001b[31mter",
        &format!(r#","a\\u202eb":"{long}""#),
        "\\u202e\\u0007",
        &format!(
            r#","settings":{{"@odata.type":"\\u001b{long}","y":"\\u202e{long}"}},"\\u0085{long}":"{long}""#
        ),
    );
    let more: Vec<_> = (0..1_000).map(|number| format!(r#""p{number}":{number}"#)).collect();
    let many = to_group(SALES, "required", &format!(r#","settings":{{{}}}"#, more.join(",")));
    let other = to_group(SALES, "required", r#","settings":{}"#);
    for plan in [
        Plan::restore("A\u{202e}\n", vec![odd.clone(), many.clone()], vec![other.clone()]),
        Plan::restore("A", vec![other], vec![odd, many]),
    ] {
        for line in plan.to_string().lines() {
            assert!(line.len() < 3_000, "{line}");
            let is_unfit = |char: char| char.is_control() || char == '\u{202e}';
            assert!(!line.contains(is_unfit), "{line:?}");
        }
        assert!(plan.to_string().contains("and 988 more"), "{plan}");
        assert_eq!(plan.to_string().lines().count(), plan.rows().len());
    }
}
