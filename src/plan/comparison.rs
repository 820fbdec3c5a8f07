//! Whether two assignments say the same, and what became of each in a list of them.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::json::Json;
use crate::model::reading::type_name;
use crate::model::{AssignmentKey, MobileAppAssignment};

/// Whether two assignments of one key say the same: filter, settings and what this library does not know. Not compared
/// are id and origin; absent and null are one, and order does not count.
pub(super) fn same(one: &MobileAppAssignment, two: &MobileAppAssignment) -> bool {
    one.target().has_filter_of(two.target())
        && same_settings(one.settings(), two.settings())
        && says_rest_of(one, two)
        && says_rest_of(two, one)
}

/// Whether an assignment says nothing that one of its key does not say.
pub(super) fn says_nothing_else(wanted: &MobileAppAssignment, live: &MobileAppAssignment) -> bool {
    (wanted.target().is_unfiltered() || wanted.target().has_filter_of(live.target()))
        && has_settings_of(live, wanted)
        && says_rest_of(live, wanted)
}

/// Whether one says all that the other one says besides filter and settings.
fn says_rest_of(one: &MobileAppAssignment, other: &MobileAppAssignment) -> bool {
    let type_is_said = other.said_type().is_none() || one.said_type() == other.said_type();
    type_is_said
        && has_all(one.unknown(), other.unknown())
        && has_all(one.target().unknown(), other.target().unknown())
}

fn has_all<'a>(
    held: impl Iterator<Item = (&'a str, &'a Json)>,
    wanted: impl Iterator<Item = (&'a str, &'a Json)>,
) -> bool {
    let mut wanted = wanted.filter(|(_, value)| **value != Json::Null).peekable();
    if wanted.peek().is_none() {
        return true;
    }
    let held: HashMap<_, _> = held.collect();
    wanted.all(|(name, value)| held.get(name).is_some_and(|other| same_value(other, value)))
}

/// Whether settings are the same. What else OData notes in them does not count: the service leaves it out when it lists them.
pub(super) fn same_settings(one: Option<&Json>, two: Option<&Json>) -> bool {
    match (one, two) {
        (None, None) => true,
        (Some(one), Some(two)) => settings_type(one) == settings_type(two) && same_value(one, two),
        _ => false,
    }
}

/// The type of settings, without its namespace.
pub(super) fn settings_type(settings: &Json) -> Option<&str> {
    let Json::Object(properties) = settings else { return None };
    properties.iter().find_map(|(name, value)| match value {
        Json::Text(odata_type) if name == "@odata.type" => Some(type_name(odata_type)),
        _ => None,
    })
}

/// Whether two values are the same, where null properties are absent ones and annotations say nothing.
pub(super) fn same_value(one: &Json, two: &Json) -> bool {
    match (one, two) {
        (Json::Object(one), Json::Object(two)) => {
            let (mut one, mut two) = (said(one), said(two));
            let in_order =
                one.len() == two.len() && one.iter().zip(&two).all(|((one, _), (two, _))| one == two);
            if !in_order {
                one.sort_unstable_by(|(one, _), (two, _)| one.cmp(two));
                two.sort_unstable_by(|(one, _), (two, _)| one.cmp(two));
            }
            one.len() == two.len()
                && one.iter().zip(&two).all(|(one, two)| one.0 == two.0 && same_value(&one.1, &two.1))
        }
        (Json::Array(one), Json::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same_value(one, two))
        }
        (Json::Text(one), Json::Text(two)) => one == two || same_instant(one, two),
        (one, two) => one == two,
    }
}

/// Whether two texts name one moment: the service lists dates in a spelling of its own.
fn same_instant(one: &str, two: &str) -> bool {
    let starts = |text: &str| text.starts_with(|start: char| start.is_ascii_digit()) && text.contains('T');
    let instant = |text: &str| text.parse::<Timestamp>().ok();
    starts(one) && starts(two) && instant(one).is_some_and(|one| instant(two) == Some(one))
}

/// Whether a value says all that another one says. The service adds its defaults to what it was sent.
fn says_all_of(held: &Json, wanted: &Json) -> bool {
    match (held, wanted) {
        (Json::Object(held), Json::Object(wanted)) => said(wanted).into_iter().all(|(name, wanted)| {
            held.iter().any(|(other, held)| other == name && says_all_of(held, wanted))
        }),
        (held, wanted) => same_value(held, wanted),
    }
}

/// Whether the settings of one say all that those of another one do.
fn has_settings_of(live: &MobileAppAssignment, wanted: &MobileAppAssignment) -> bool {
    match (wanted.settings(), live.settings()) {
        (None, _) => true,
        (Some(wanted), Some(live)) => {
            settings_type(wanted) == settings_type(live) && says_all_of(live, wanted)
        }
        (Some(_), None) => false,
    }
}

/// Whether what an app holds is what was written of it, with the service's defaults for what was left out.
fn is_written(wanted: &MobileAppAssignment, live: &MobileAppAssignment) -> bool {
    has_settings_of(live, wanted)
        && wanted.target().has_filter_of(live.target())
        && says_rest_of(live, wanted)
}

/// What the app does not hold of what it is to hold, and what it still holds and is not to: of a write that was done, nothing.
/// What somebody else added meanwhile is theirs. Where the service took the write, what is new may have its defaults.
pub(super) fn undone<'a>(
    before: &[MobileAppAssignment],
    after: &'a [MobileAppAssignment],
    live: &'a [MobileAppAssignment],
    is_taken: bool,
) -> Difference<'a> {
    let by_key = |entries: &'a [MobileAppAssignment]| -> HashMap<AssignmentKey, &'a MobileAppAssignment> {
        entries.iter().map(|entry| (entry.key(), entry)).collect()
    };
    let (held, wanted) = (by_key(live), by_key(after));
    let was: HashMap<_, _> = before.iter().map(|entry| (entry.key(), entry)).collect();
    let is_done = |entry: &&'a MobileAppAssignment| {
        let key = entry.key();
        let is_new = is_taken && !was.contains_key(&key);
        held.get(&key).is_some_and(|live| same(entry, live) || (is_new && is_written(entry, live)))
    };
    let is_left = |entry: &&'a MobileAppAssignment| {
        let key = entry.key();
        !wanted.contains_key(&key) && was.contains_key(&key)
    };
    Difference {
        missing: after.iter().filter(|entry| !is_done(entry)).collect(),
        extra: live.iter().filter(is_left).collect(),
    }
}

fn said(properties: &[(String, Json)]) -> Vec<&(String, Json)> {
    properties.iter().filter(|(name, value)| *value != Json::Null && !name.contains('@')).collect()
}

/// What became of each entry. Twins that share a key are matched one by one.
pub(super) struct Matched<'a> {
    pub(super) added: Vec<&'a MobileAppAssignment>,
    pub(super) removed: Vec<&'a MobileAppAssignment>,
    pub(super) kept: Vec<&'a MobileAppAssignment>,
    pub(super) changed: Vec<(&'a MobileAppAssignment, &'a MobileAppAssignment)>,
}

impl<'a> Matched<'a> {
    pub(super) fn of(before: &'a [MobileAppAssignment], after: &'a [MobileAppAssignment]) -> Self {
        let mut matched =
            Self { added: Vec::new(), removed: Vec::new(), kept: Vec::new(), changed: Vec::new() };
        let mut there: HashMap<AssignmentKey, Vec<(usize, &MobileAppAssignment)>> =
            HashMap::with_capacity(before.len());
        for (index, entry) in before.iter().enumerate() {
            there.entry(entry.key()).or_default().push((index, entry));
        }
        for entry in after {
            let Some(twins) = there.get_mut(&entry.key()).filter(|twins| !twins.is_empty()) else {
                matched.added.push(entry);
                continue;
            };
            if let Some(place) = twins.iter().position(|(_, twin)| same(twin, entry)) {
                twins.remove(place);
                matched.kept.push(entry);
            } else {
                let (_, twin) = twins.remove(0);
                matched.changed.push((twin, entry));
            }
        }
        let mut left: Vec<_> = there.into_values().flatten().collect();
        left.sort_unstable_by_key(|(index, _)| *index);
        matched.removed = left.into_iter().map(|(_, entry)| entry).collect();
        matched
    }
}

/// What two lists of assignments do not have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference<'a> {
    /// What is expected and was not found.
    pub missing: Vec<&'a MobileAppAssignment>,
    /// What was found and is not expected.
    pub extra: Vec<&'a MobileAppAssignment>,
}

impl Difference<'_> {
    /// Whether both lists say the same.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty()
    }
}

/// Compares two lists by key and by all that an assignment says, but not by id and origin. Order does not count.
#[must_use]
pub fn compare<'a>(expected: &'a [MobileAppAssignment], found: &'a [MobileAppAssignment]) -> Difference<'a> {
    let Matched { added, removed, changed, .. } = Matched::of(expected, found);
    let (before, after): (Vec<_>, Vec<_>) = changed.into_iter().unzip();
    Difference { missing: [removed, before].concat(), extra: [added, after].concat() }
}
