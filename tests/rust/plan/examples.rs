//! What becomes of each entry, by example.

use appassign::error::{Error, Kind};
use appassign::model::{MobileAppAssignment, Named};
use appassign::plan::{Plan, check_input, compare};

use super::given::{
    APP, PARIS, SALES, change, codes, filter, read, refused, replace, target, to, to_group, wire, written,
};

/// An entry as Graph lists it: with everything that a careless merge loses.
fn listed() -> MobileAppAssignment {
    read(&format!(
        r##"{{"@odata.type":"#microsoft.graph.mobileAppAssignment","id":"{SALES}_1_0","intent":"required","source":"direct","sourceId":"S","target":{{"@odata.type":"#microsoft.graph.groupAssignmentTarget"{},"groupId":"{SALES}","later":[1.50]}},"settings":{{"@odata.type":"#microsoft.graph.win32LobAppAssignmentSettings","notifications":"showAll","restartSettings":null,"x":{{"y":1E2}}}},"kept":{{"@odata.type":"z"}}}}"##,
        filter("include")
    ))
}

#[test]
fn what_is_added_joins_what_is_there_and_loses_what_belongs_to_another_app() {
    let added = to_group(PARIS, "available", r#","id":"I","source":"direct","sourceId":"S","x":1"#);
    let plan = change(&[listed()], std::slice::from_ref(&added), &[]);
    assert_eq!(wire(plan.after()), [written(&listed()), written(&to_group(PARIS, "available", r#","x":1"#))]);
    assert_eq!(
        (plan.added().len(), plan.kept().len(), plan.changed().len(), plan.removed().len()),
        (1, 1, 0, 0)
    );
    assert_eq!(plan.before(), [listed()]);
    assert_eq!(plan.app_id(), APP);
    assert!(!plan.is_empty());
}

#[test]
fn an_entry_that_is_kept_or_added_is_held_once() {
    let (live, added) = (listed(), to_group(PARIS, "available", ""));
    let plan = change(std::slice::from_ref(&live), std::slice::from_ref(&added), &[]);
    let is_one =
        |one: &MobileAppAssignment, two: &MobileAppAssignment| std::ptr::eq(one.target(), two.target());
    assert!(is_one(&plan.before()[0], &live));
    assert!(is_one(&plan.after()[0], &live));
    assert!(is_one(&plan.after()[1], &added));
    assert!(is_one(&plan.clone().after()[1], &added));
}

#[test]
fn what_is_there_already_stays_as_it_stands() {
    let upper = to_group(&SALES.to_uppercase(), "required", "");
    let with_filter = to("group", &format!(r#","groupId":"{SALES}"{}"#, filter("include")), "required", "");
    let settings = r#","settings":{"x":{"y":100},"@odata.type":"microsoft.graph.win32LobAppAssignmentSettings","notifications":"showAll"}"#;
    for wanted in [upper, with_filter, to_group(SALES, "required", settings), listed()] {
        let plan = change(&[listed()], &[wanted], &[]);
        assert!(plan.is_empty(), "{plan}");
        assert_eq!(wire(plan.after()), [written(&listed())]);
    }
}

#[test]
fn an_added_entry_that_says_something_else_is_refused_and_both_are_shown() {
    let other_filter = to("group", &format!(r#","groupId":"{SALES}"{}"#, filter("exclude")), "required", "");
    let other_settings = to_group(SALES, "required", r#","settings":{"notifications":"hideAll"}"#);
    let other_unknown = to_group(SALES, "required", r#","kept":2"#);
    let of_target = format!(r#","groupId":"{SALES}","later":[]"#);
    for wanted in [other_filter, other_settings, other_unknown, to("group", &of_target, "required", "")] {
        let error = refused(&[listed()], &[to_group(PARIS, "required", ""), wanted.clone()]);
        assert_eq!(error.kind, Kind::Plan);
        assert!(error.message.contains("add[1]"), "{error}");
        assert!(error.message.contains(&wanted.summary()), "{error}");
        assert!(error.message.contains(&listed().summary()), "{error}");
        assert_eq!(error.hint.as_deref(), Some("to change what is there, name it in remove as well"));
    }
}

#[test]
fn an_added_entry_that_is_removed_as_well_is_a_change_of_what_is_there() {
    let wanted = to_group(
        &SALES.to_uppercase(),
        "required",
        r#","id":"other","source":"policySets","settings":{"notifications":"hideAll"},"more":3"#,
    );
    for remove in [
        Named::Assignment(wanted.clone()),
        Named::Target(target("group", &format!(r#","groupId":"{SALES}""#))),
    ] {
        let plan = change(&[listed()], std::slice::from_ref(&wanted), &[remove]);
        let expected = written(&listed())
            .replace(&filter("include"), "")
            .replace(
                r##"{"@odata.type":"#microsoft.graph.win32LobAppAssignmentSettings","notifications":"showAll","restartSettings":null,"x":{"y":1E2}}"##,
                r#"{"notifications":"hideAll"}"#,
            )
            .replace(r#""kept":{"@odata.type":"z"}"#, r#""kept":{"@odata.type":"z"},"more":3"#);
        assert_eq!(wire(plan.after()), [expected]);
        assert_eq!(plan.changed().len(), 1);
    }
    let alike = listed();
    let plan = change(&[listed()], std::slice::from_ref(&alike), &[Named::Assignment(listed())]);
    assert!(plan.is_empty(), "{plan}");
}

#[test]
fn of_a_changed_entry_what_says_the_same_keeps_its_spelling() {
    let settings = r#","settings":{"@odata.type":"microsoft.graph.win32LobAppAssignmentSettings","notifications":"showAll","x":{"y":100}}"#;
    let wanted = to("group", &format!(r#","groupId":"{SALES}"{}"#, filter("exclude")), "required", settings);
    let plan = replace(&[listed()], &[wanted]);
    let expected = written(&listed()).replace(&filter("include"), &filter("exclude"));
    assert_eq!(wire(plan.after()), [expected]);
}

#[test]
fn a_removed_target_goes_with_every_intent_and_filter_and_an_assignment_with_its_own_intent() {
    let live = [
        listed(),
        to_group(SALES, "available", ""),
        to("exclusionGroup", &format!(r#","groupId":"{SALES}""#), "required", ""),
        to("allDevices", "", "required", ""),
        to("allLicensedUsers", "", "required", ""),
    ];
    let sales = target("group", &format!(r#","groupId":"{}""#, SALES.to_uppercase()));
    let plan = change(&live, &[], &[Named::Target(sales)]);
    assert_eq!(wire(plan.after()), wire(&live[2..]));
    assert_eq!(plan.removed().len(), 2);
    let plan = change(&live, &[], &[Named::Assignment(to_group(SALES, "required", ""))]);
    assert_eq!(wire(plan.after()), wire(&live[1..]));
    let plan = change(&live, &[], &[Named::Target(target("allLicensedUsers", &filter("include")))]);
    assert_eq!(wire(plan.after()), wire(&live[..4]));
}

#[test]
fn what_is_to_be_removed_and_is_not_there_is_a_warning() {
    let remove = [
        Named::Assignment(to_group(SALES, "uninstall", "")),
        Named::Assignment(to_group(SALES, "required", "")),
        Named::Target(target("allDevices", "")),
    ];
    let plan = change(&[listed()], &[], &remove);
    assert_eq!(codes(&plan), ["not_there", "not_there"]);
    assert!(plan.warnings()[0].message.starts_with(&format!("remove[0] (uninstall group {SALES})")));
    assert!(plan.warnings()[1].message.starts_with("remove[2] (all devices)"));
    assert!(plan.after().is_empty());
}

#[test]
fn an_unknown_target_is_kept_and_can_be_named() {
    let later = to("later", r#","scope":{"a":1}"#, "required", "");
    let other = to("later", r#","scope":{"a":2}"#, "required", "");
    let live = [later.clone(), other.clone()];
    assert!(change(&live, std::slice::from_ref(&later), &[]).is_empty());
    let remove = [Named::Target(target("later", &format!(r#","scope":{{"a":1.0}}{}"#, filter("include"))))];
    assert_eq!(wire(change(&live, &[], &remove).after()), [written(&other)]);
}

#[test]
fn replace_makes_the_app_hold_what_is_wanted_in_the_order_of_what_is_there() {
    let live = [listed(), to("allDevices", "", "required", ""), to_group(PARIS, "required", "")];
    let wanted = [
        to("allLicensedUsers", "", "available", ""),
        to_group(PARIS, "required", ""),
        to_group(SALES, "required", ""),
    ];
    let plan = replace(&live, &wanted);
    let shown = |entries: Vec<&MobileAppAssignment>| entries.into_iter().map(written).collect::<Vec<_>>();
    assert_eq!(shown(plan.added()), [written(&wanted[0])]);
    assert_eq!(shown(plan.kept()), [written(&live[2])]);
    assert_eq!(shown(plan.removed()), [written(&live[1])]);
    let changed = plan.changed();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].0, &live[0]);
    assert_eq!(changed[0].1, &plan.after()[0]);
    assert_eq!(changed[0].1.settings(), None);
    assert_eq!(changed[0].1.target().filter_id(), None);
    assert_eq!(changed[0].1.id(), live[0].id());
    assert_eq!(plan.after().len(), 3);
    assert!(replace(&live, &[]).after().is_empty());
}

#[test]
fn two_entries_for_one_target_and_intent_are_refused_at_the_second_one() {
    let twins = [
        to_group(SALES, "required", ""),
        to_group(PARIS, "required", ""),
        to_group(&SALES.to_uppercase(), "required", r#","settings":{}"#),
    ];
    let change = Plan::change(APP, Vec::new(), &twins, &[]).unwrap_err();
    let replace = Plan::replace(APP, Vec::new(), &twins).unwrap_err();
    assert!(change.to_string().starts_with("add[2]: has target and intent of add[0]"), "{change}");
    assert!(replace.to_string().starts_with("replace[2]: has target and intent of replace[0]"), "{replace}");
    let remove: Vec<_> = twins.into_iter().map(Named::Assignment).collect();
    assert!(Plan::change(APP, Vec::new(), &[], &remove).is_ok());
}

#[test]
fn what_cannot_be_sent_is_refused_where_it_stands() {
    let location = |error: Error| match error.kind {
        Kind::InvalidInput { location } => location.unwrap(),
        other => panic!("{other:?}"),
    };
    let named = [to_group(SALES, "required", ""), to_group("Sales", "required", "")];
    assert_eq!(location(refused(&[], &named)), "add[1].target.group_id");
    assert_eq!(location(Plan::replace(APP, Vec::new(), &named).unwrap_err()), "replace[1].target.group_id");
    let later = [to_group(SALES, "later", "")];
    assert_eq!(location(check_input("add", &later).unwrap_err()), "add[0].intent");
    let odd = [to_group("Sales", "later", "")];
    assert!(change(&odd, &[], &[Named::Assignment(odd[0].clone())]).after().is_empty());
}

#[test]
fn an_app_of_a_policy_set_is_not_planned() {
    for source in ["policySets", "PolicySets", "policysets"] {
        let live = vec![listed(), to_group(PARIS, "required", &format!(r#","source":"{source}""#))];
        for error in [
            Plan::change(APP, live.clone(), &[], &[]).unwrap_err(),
            Plan::replace(APP, live.clone(), &[]).unwrap_err(),
        ] {
            assert_eq!(error.kind, Kind::Plan);
            assert!(error.message.contains(&live[1].summary()), "{error}");
        }
        assert_eq!(Plan::restore(APP, live.clone(), live.clone()).after(), live);
    }
}

#[test]
fn an_app_holds_a_thousand_entries_and_no_more() {
    let many: Vec<_> = (0..1_001)
        .map(|number| to_group(&format!("{number:08}-8f0e-4b7e-9a55-0c1d2e3f4a5b"), "required", ""))
        .collect();
    assert_eq!(change(&many[..999], &many[999..1_000], &[]).after().len(), 1_000);
    assert_eq!(refused(&many[..1_000], &many[1_000..]).kind, Kind::Plan);
    assert_eq!(Plan::replace(APP, Vec::new(), &many).unwrap_err().kind, Kind::Plan);
}

#[test]
fn an_undo_restores_the_documents_themselves() {
    let before = vec![listed(), to_group("Sales", "later", r#","source":"policySets""#)];
    let now = vec![read(&written(&listed()).replace("1E2", "100").replace(r#","restartSettings":null"#, ""))];
    let plan = Plan::restore(APP, now.clone(), before.clone());
    assert_eq!(wire(plan.after()), wire(&before));
    assert_eq!((plan.kept().len(), plan.added().len()), (1, 1));
    assert!(plan.warnings().is_empty());
    assert!(Plan::restore(APP, now.clone(), now).is_empty());
}

#[test]
fn lists_are_compared_by_what_they_say() {
    let other_spelling = read(
        &written(&listed())
            .replace(SALES, &SALES.to_uppercase())
            .replace("c0ffee00", "C0FFEE00")
            .replace(r#""source":"direct","sourceId":"S","#, "")
            .replace(r#","restartSettings":null"#, r#","more":null"#)
            .replace("1E2", "100.0"),
    );
    let other = to_group(PARIS, "required", "");
    let (one, two) = ([listed(), other.clone()], [other.clone(), other_spelling]);
    assert!(compare(&one, &two).is_none());
    let changed = [to_group(SALES, "required", ""), to("allDevices", "", "required", "")];
    let difference = compare(&one, &changed);
    assert_eq!(difference.missing, [&other, &one[0]]);
    assert_eq!(difference.extra, [&changed[1], &changed[0]]);
    assert!(!difference.is_none());
}
