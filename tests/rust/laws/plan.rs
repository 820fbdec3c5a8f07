//! Plans that somebody else kept: they come back as they were, and lead back to what was there.

use std::collections::HashSet;

use appassign::json::Json;
use appassign::model::{MobileAppAssignment, Named};
use appassign::plan::{Plan, check_input, compare};

use super::json::hash;
use super::{Input, text};

/// The bytes are a plan's JSON.
pub(crate) fn check(bytes: &[u8]) -> Input {
    let Ok(document) = std::str::from_utf8(bytes) else { return Input::Refused };
    let Ok(document) = Json::parse(document) else { return Input::Refused };
    let plan = match Plan::from_json(document) {
        Ok(plan) => plan,
        Err(error) => {
            text::is_short(&error);
            return Input::Refused;
        }
    };
    let written = plan.to_json().unwrap();
    let again = Plan::from_json(Json::parse(&written).unwrap()).unwrap();
    assert_eq!(again.to_json().unwrap(), written);
    assert_eq!(again, plan);
    assert_eq!(hash(&again), hash(&plan));
    what_is_new_may_be_sent(&plan);
    is_counted(&plan);
    leads_back(&plan);
    can_be_planned(&plan);
    Input::Accepted
}

fn documents(entries: &[MobileAppAssignment]) -> Vec<String> {
    entries.iter().map(|entry| serde_json::to_string(entry).unwrap()).collect()
}

fn what_is_new_may_be_sent(plan: &Plan) {
    for entry in plan.after().iter().filter(|entry| !plan.before().contains(entry)) {
        assert!(entry.check().is_ok(), "{entry:?}");
    }
}

/// Each entry has one fate, and the text shows it within bounds.
fn is_counted(plan: &Plan) {
    let (added, removed) = (plan.added().len(), plan.removed().len());
    let (kept, changed) = (plan.kept().len(), plan.changed().len());
    assert_eq!(kept + changed + removed, plan.before().len());
    assert_eq!(kept + changed + added, plan.after().len());
    assert_eq!(plan.is_empty(), added + removed + changed == 0);
    assert_eq!(plan.is_empty(), compare(plan.before(), plan.after()).is_none());
    let rows = plan.rows();
    assert_eq!(rows.len(), 1 + added + removed + changed + plan.warnings().len());
    for row in rows {
        text::is_printable(&row.to_string());
    }
}

fn leads_back(plan: &Plan) {
    let undo = Plan::restore(plan.app_id(), plan.after().to_vec(), plan.before().to_vec());
    assert_eq!(documents(undo.after()), documents(plan.before()));
    assert_eq!(undo.is_empty(), plan.is_empty());
    assert!(compare(undo.after(), plan.before()).is_none());
}

/// What is wanted meets what is there: what is not named stays as it stands, and what is made is settled.
fn can_be_planned(plan: &Plan) {
    let (live, wanted) = (plan.before(), plan.after());
    let names: Vec<_> = wanted.iter().cloned().map(Named::Assignment).collect();
    for remove in [&[], names.as_slice()] {
        match Plan::change(plan.app_id(), live.to_vec(), wanted, remove) {
            Ok(change) => {
                let keys: HashSet<_> = wanted.iter().map(MobileAppAssignment::key).collect();
                let unnamed = |entries: &[MobileAppAssignment]| {
                    let unnamed: Vec<_> =
                        entries.iter().filter(|entry| !keys.contains(&entry.key())).cloned().collect();
                    documents(&unnamed)
                };
                assert_eq!(unnamed(change.after()), unnamed(live));
                let again = Plan::change(plan.app_id(), change.after().to_vec(), wanted, &[]).unwrap();
                assert!(again.is_empty(), "{again}");
            }
            Err(error) => text::is_short(&error),
        }
    }
    match Plan::replace(plan.app_id(), live.to_vec(), wanted) {
        Ok(replace) => {
            assert_eq!(replace.after().len(), wanted.len());
            let again = Plan::replace(plan.app_id(), replace.after().to_vec(), wanted).unwrap();
            assert!(again.is_empty(), "{again}");
        }
        Err(error) => text::is_short(&error),
    }
    if let Err(error) = check_input("add", wanted) {
        text::is_short(&error);
    }
}
