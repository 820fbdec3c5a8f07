//! What holds for every app and every wish.

use std::collections::{HashMap, HashSet};

use appassign::json::Json;
use appassign::model::{AssignmentKey, MobileAppAssignment, Named};
use appassign::plan::{Plan, compare};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::given::{APP, change, read, replace, wire, written};

/// Few groups, so that what is wanted meets what is there.
fn group() -> impl Strategy<Value = String> {
    (0_u8..6, any::<bool>()).prop_map(|(number, upper)| {
        let id = format!("abcdef0{number}-8f0e-4b7e-9a55-0c1d2e3f4a5b");
        if upper { id.to_uppercase() } else { id }
    })
}

fn filter() -> impl Strategy<Value = String> {
    let spelled = |id: &str, kind: &str| {
        let id = format!(r#","deviceAndAppManagementAssignmentFilterId":{id}"#);
        format!(r#"{id},"deviceAndAppManagementAssignmentFilterType":{kind}"#)
    };
    let none = select(vec![String::new(), spelled("null", r#""none""#), spelled("null", "null")]);
    let one =
        (select(vec!["c0ffee00", "C0FFEE00", "deadbeef"]), select(vec![r#""include""#, r#""exclude""#]))
            .prop_map(move |(id, kind)| spelled(&format!(r#""{id}-0000-4000-8000-000000000001""#), kind));
    prop_oneof![none, one]
}

/// A filter as no caller may send it.
fn odd_filter() -> impl Strategy<Value = String> {
    let value = || select(vec![r#""""#, r#""none""#, r#""later""#, "null", r#""Old PCs""#]);
    (value(), value()).prop_map(|(id, kind)| {
        format!(
            r#","deviceAndAppManagementAssignmentFilterType":{kind},"deviceAndAppManagementAssignmentFilterId":{id}"#
        )
    })
}

/// A value, with numbers in all their spellings.
fn value() -> impl Strategy<Value = String> {
    let fixed = [
        "null",
        "true",
        "1",
        "1.0",
        "10e-1",
        "1E+400",
        "-0.0",
        "123456789012345678901234567890",
        "{}",
        "[]",
        r#""""#,
        r#""a\u0041""#,
        r#"{"m":null}"#,
        r#"{"n":1.50,"m":[null,{"@odata.type":"y","o":1E2}]}"#,
        r#"{"m":[null,{"o":100}],"n":1.5}"#,
        r#"["\ud83d\ude00",0.10]"#,
    ];
    let number = (any::<i32>(), select(vec!["", ".0", ".50", "e2", "E-2", "00"]))
        .prop_map(|(number, rest)| format!("{number}{rest}"))
        .prop_filter("a number has no zeros in front", |text| text != "000");
    prop_oneof![3 => select(fixed.to_vec()).prop_map(str::to_owned), 1 => number]
}

/// Properties that nobody here knows, each to stand after others.
fn unknown() -> impl Strategy<Value = String> {
    let member = |name: &'static str| {
        option::weighted(0.2, value())
            .prop_map(move |value| value.map(|value| format!(r#","{name}":{value}"#)).unwrap_or_default())
    };
    (member("x"), member("later"), member("a@odata.type")).prop_map(|(one, two, three)| one + &two + &three)
}

fn settings() -> impl Strategy<Value = String> {
    let name = select(vec![
        r##""@odata.type":"#microsoft.graph.win32LobAppAssignmentSettings""##,
        r#""@odata.type":"microsoft.graph.iosVppAppAssignmentSettings""#,
        r##""@odata.type":"#microsoft.graph.laterSettings""##,
        r#""untyped":true"#,
    ]);
    let some = (name, option::of(value()), unknown()).prop_map(|(name, removable, unknown)| {
        let removable = removable.map(|value| format!(r#","isRemovable":{value}"#)).unwrap_or_default();
        format!(r#","settings":{{{name}{removable}{unknown}}}"#)
    });
    prop_oneof![Just(String::new()), Just(r#","settings":null"#.to_owned()), some]
}

fn target(filter: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let whom = prop_oneof![
        4 => (select(vec!["group", "exclusionGroup"]), group())
            .prop_map(|(kind, id)| (kind, format!(r#","groupId":"{id}""#))),
        1 => select(vec!["allDevices", "allLicensedUsers"]).prop_map(|kind| (kind, String::new())),
        1 => (0_u8..2).prop_map(|number| {
            ("configurationManagerCollection", format!(r#","collectionId":"SMS{number}""#))
        }),
        1 => (0_u8..2).prop_map(|number| ("later", format!(r#","scope":{{"id":{number}}}"#))),
        1 => Just(("group", r#","groupId":null"#.to_owned())),
    ];
    (whom, select(vec!["#", ""]), filter, unknown()).prop_map(|((kind, id), sign, filter, unknown)| {
        format!(r#"{{"@odata.type":"{sign}microsoft.graph.{kind}AssignmentTarget"{id}{filter}{unknown}}}"#)
    })
}

fn entry(
    filter: impl Strategy<Value = String>,
    intents: Vec<&'static str>,
) -> impl Strategy<Value = MobileAppAssignment> {
    let id = option::of(select(vec!["null", r#""I""#]))
        .prop_map(|id| id.map(|id| format!(r#""id":{id},"#)).unwrap_or_default());
    let source =
        select(vec!["", r#","source":"direct","sourceId":"S""#, r#","source":null"#, r#","sourceId":7"#]);
    (id, select(intents), target(filter), settings(), source, unknown()).prop_map(
        |(id, intent, target, settings, source, unknown)| {
            read(&format!(r#"{{{id}"intent":"{intent}","target":{target}{settings}{source}{unknown}}}"#))
        },
    )
}

/// One entry of each key; Graph holds no twins, and a caller may not want them.
fn once(entries: Vec<MobileAppAssignment>) -> Vec<MobileAppAssignment> {
    let mut keys = HashSet::new();
    entries.into_iter().filter(|entry| keys.insert(entry.key())).collect()
}

/// What a caller may want, from one call or another.
fn wanted() -> impl Strategy<Value = Vec<MobileAppAssignment>> {
    vec(entry(filter(), vec!["available", "required", "uninstall"]), 0..9).prop_map(once)
}

/// What a server may list.
fn live() -> impl Strategy<Value = Vec<MobileAppAssignment>> {
    let intents = vec!["available", "required", "uninstall", "later", ""];
    let odd = entry(odd_filter(), intents.clone());
    vec(prop_oneof![4 => entry(filter(), intents), 1 => odd], 0..9).prop_map(once)
}

fn named() -> impl Strategy<Value = Vec<Named>> {
    let name = (entry(filter(), vec!["available", "required", "uninstall"]), any::<bool>());
    vec(name.prop_map(|(entry, whole)| name_of(&entry, whole)), 0..5)
}

fn name_of(entry: &MobileAppAssignment, by_target: bool) -> Named {
    if by_target { Named::Target(entry.target().clone()) } else { Named::Assignment(entry.clone()) }
}

/// A plan that is no contradiction: who adds what is there, names it in `remove` as well, or says nothing else.
fn changed(live: &[MobileAppAssignment], add: &[MobileAppAssignment], remove: &[Named]) -> Option<Plan> {
    Plan::change(APP, live.to_vec(), add, remove).ok()
}

/// Every document, in an order of its own.
fn as_set(entries: &[MobileAppAssignment]) -> Vec<String> {
    let mut documents = wire(entries);
    documents.sort();
    documents
}

fn by_key(entries: &[MobileAppAssignment]) -> HashMap<AssignmentKey, String> {
    entries.iter().map(|entry| (entry.key(), written(entry))).collect()
}

fn names(remove: &[Named], entry: &MobileAppAssignment) -> bool {
    remove.iter().any(|name| match name {
        Named::Assignment(other) => other.key() == entry.key(),
        Named::Target(target) => target.key() == entry.target().key(),
    })
}

proptest! {
    #[test]
    fn planning_what_is_there_changes_nothing(live in live(), here in wanted()) {
        prop_assert!(change(&live, &[], &[]).is_empty());
        for plan in [replace(&here, &here), change(&here, &here, &[])] {
            prop_assert!(plan.is_empty(), "{}", plan);
            prop_assert_eq!(wire(plan.after()), wire(&here));
            prop_assert!(plan.warnings().is_empty(), "{}", plan);
        }
        let all: Vec<_> = here.iter().map(|entry| name_of(entry, false)).collect();
        prop_assert!(change(&here, &here, &all).is_empty());
    }

    #[test]
    fn what_was_added_is_there_and_adding_it_again_changes_nothing(
        live in live(), add in wanted(), remove in named(),
    ) {
        let all: Vec<_> = remove.into_iter().chain(add.iter().map(|entry| name_of(entry, false))).collect();
        let plan = change(&live, &add, &all);
        for entry in &add {
            prop_assert!(plan.after().iter().any(|there| there.key() == entry.key()), "{:?}", entry);
        }
        let again = change(plan.after(), &add, &[]);
        prop_assert!(again.is_empty(), "{}", again);
        prop_assert_eq!(wire(again.after()), wire(plan.after()));
        if let Some(plan) = changed(&live, &add, &[]) {
            prop_assert!(change(plan.after(), &add, &[]).is_empty());
        }
    }

    #[test]
    fn the_order_of_what_is_added_and_removed_does_not_count(
        live in live(), add in wanted(), remove in named(), whole in any::<bool>(),
    ) {
        let all: Vec<_> = remove.into_iter().chain(add.iter().map(|entry| name_of(entry, whole))).collect();
        let plan = change(&live, &add, &all);
        let (mut add, mut all) = (add, all);
        add.reverse();
        all.reverse();
        let reversed = change(&live, &add, &all);
        prop_assert_eq!(as_set(plan.after()), as_set(reversed.after()));
        let one_by_one = add.iter().fold(change(&live, &[], &[]), |plan, entry| {
            change(plan.after(), std::slice::from_ref(entry), &[name_of(entry, false)])
        });
        let all: Vec<_> = add.iter().map(|entry| name_of(entry, false)).collect();
        prop_assert_eq!(as_set(one_by_one.after()), as_set(change(&live, &add, &all).after()));
    }

    #[test]
    fn what_is_not_named_is_never_removed_or_altered(live in live(), add in wanted(), remove in named()) {
        let keys: HashSet<_> = add.iter().map(MobileAppAssignment::key).collect();
        let Some(plan) = changed(&live, &add, &remove) else {
            prop_assert!(live.iter().any(|entry| keys.contains(&entry.key())));
            return Ok(());
        };
        let after = by_key(plan.after());
        prop_assert_eq!(after.len(), plan.after().len());
        for entry in &live {
            let (added, removed) = (keys.contains(&entry.key()), names(&remove, entry));
            if !removed {
                prop_assert_eq!(after.get(&entry.key()), Some(&written(entry)));
            } else if !added {
                prop_assert!(!after.contains_key(&entry.key()));
            }
        }
        for entry in plan.after() {
            let was_there = live.iter().any(|other| other.key() == entry.key());
            prop_assert!(was_there || keys.contains(&entry.key()));
        }
        let counts = [plan.added().len(), plan.removed().len(), plan.kept().len(), plan.changed().len()];
        let [added, removed, kept, changed] = counts;
        prop_assert_eq!(kept + changed + removed, live.len());
        prop_assert_eq!(kept + changed + added, plan.after().len());
        prop_assert_eq!(plan.is_empty(), compare(plan.before(), plan.after()).is_none());
    }

    #[test]
    fn what_a_change_leaves_of_an_entry_is_its_own(live in live(), add in wanted()) {
        let all: Vec<_> = add.iter().map(|entry| name_of(entry, false)).collect();
        let plan = change(&live, &add, &all);
        for (before, after) in plan.changed() {
            prop_assert_eq!(before.id(), after.id());
            prop_assert_eq!(before.source(), after.source());
            let wanted = add.iter().find(|entry| entry.key() == after.key()).unwrap();
            let names = |entry: &MobileAppAssignment| -> HashSet<_> {
                entry.properties().into_iter().map(|(name, _)| name.to_owned()).collect()
            };
            let (there, now) = (names(before), names(after));
            let lost: Vec<_> = there.difference(&now).filter(|name| *name != "settings").collect();
            prop_assert!(lost.is_empty(), "{:?}", lost);
            prop_assert!(compare(std::slice::from_ref(wanted), std::slice::from_ref(after)).is_none() || !unknown_names(before).is_empty());
        }
        for after in plan.added() {
            prop_assert_eq!(after.id(), None);
            prop_assert!(after.properties().iter().all(|(name, _)| !["source", "sourceId"].contains(name)));
        }
    }

    #[test]
    fn an_undo_leads_back_to_the_exact_documents(live in live(), add in wanted(), remove in named()) {
        let all: Vec<_> = remove.into_iter().chain(add.iter().map(|entry| name_of(entry, true))).collect();
        let plan = change(&live, &add, &all);
        let undo = Plan::restore(APP, plan.after().to_vec(), plan.before().to_vec());
        prop_assert_eq!(wire(undo.after()), wire(&live));
        prop_assert_eq!(undo.is_empty(), plan.is_empty());
        prop_assert_eq!(undo.added().len(), plan.removed().len());
        prop_assert_eq!(undo.changed().len(), plan.changed().len());
    }

    #[test]
    fn replace_makes_it_so_and_then_has_nothing_to_do(live in live(), add in wanted(), other in wanted()) {
        let plan = replace(&live, &add);
        prop_assert_eq!(by_key(plan.after()).len(), add.len());
        let again = replace(plan.after(), &add);
        prop_assert!(again.is_empty(), "{}", again);
        let settled = replace(&other, &add);
        let again = replace(settled.after(), settled.after());
        prop_assert!(again.is_empty(), "{}", again);
        prop_assert_eq!(wire(again.after()), wire(settled.after()));
    }

    #[test]
    fn a_plan_comes_back_from_its_json(live in live(), add in wanted(), remove in named(), whole in any::<bool>()) {
        let plan = if whole { replace(&live, &add) } else { change(&live, &[], &remove) };
        // What was odd and is changed stays odd where a caller does not say better: an intent is in the key.
        let text = plan.to_json().unwrap();
        prop_assert_eq!(text.lines().count(), 1);
        let again = Plan::from_json(Json::parse(&text).unwrap()).unwrap();
        prop_assert_eq!(again.to_json().unwrap(), text);
        prop_assert_eq!(again, plan);
    }

    #[test]
    fn what_is_read_and_not_named_goes_back_as_it_came(live in live(), index in any::<prop::sample::Index>()) {
        prop_assume!(!live.is_empty());
        let read_again: Vec<_> = wire(&live).iter().map(|text| read(text)).collect();
        let other = super::given::to_group("99999999-8f0e-4b7e-9a55-0c1d2e3f4a5b", "required", "");
        let place = index.index(live.len());
        let plan = change(&read_again, std::slice::from_ref(&other), &[name_of(&live[place], false)]);
        let mut expected = wire(&live);
        expected.remove(place);
        expected.push(written(&other));
        prop_assert_eq!(wire(plan.after()), expected);
    }

    #[test]
    fn a_comparison_does_not_count_order_or_what_belongs_to_the_app(
        (live, some) in live().prop_flat_map(|live| (Just(live.clone()), subsequence(live.clone(), 0..=live.len()))),
    ) {
        let mut reversed = live.clone();
        reversed.reverse();
        prop_assert!(compare(&live, &reversed).is_none());
        let difference = compare(&live, &some);
        prop_assert!(difference.extra.is_empty());
        prop_assert_eq!(difference.missing.len(), live.len() - some.len());
        prop_assert_eq!(compare(&some, &live).extra.len(), live.len() - some.len());
    }
}

/// Names that a wanted entry may lack: what stays of the live one.
fn unknown_names(entry: &MobileAppAssignment) -> Vec<String> {
    let own = entry.properties().into_iter().map(|(name, _)| name.to_owned());
    let of_target = entry.target().properties().into_iter().map(|(name, _)| format!("target.{name}"));
    let is_unknown = |name: &String| {
        ["x", "later", "a@odata.type"].iter().any(|unknown| name.trim_start_matches("target.") == *unknown)
    };
    own.chain(of_target).filter(is_unknown).collect()
}
