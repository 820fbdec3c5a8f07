//! A plan for people: rows that a text is made of, and whatever else shows them.

use std::collections::HashMap;
use std::fmt;

use crate::error::{cut, printable};
use crate::json::Json;
use crate::model::{MobileAppAssignment, short};
use crate::plan::Plan;
use crate::plan::comparison::{same_settings, same_value, settings_type};

/// How much is shown of a property's name, and of how many of those that change in an entry.
const MAX_NAME_BYTES: usize = 64;
const MAX_CHANGES: usize = 12;

/// What a row tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// The plan as a whole.
    Summary,
    /// An entry that is added.
    Added,
    /// An entry that is changed.
    Changed,
    /// An entry that is removed.
    Removed,
    /// What to mind.
    Warning,
}

impl Mark {
    /// The sign at the start of a line.
    #[must_use]
    pub fn sign(self) -> Option<char> {
        match self {
            Self::Summary => None,
            Self::Added => Some('+'),
            Self::Changed => Some('~'),
            Self::Removed => Some('-'),
            Self::Warning => Some('!'),
        }
    }
}

/// One line of a plan: what it tells of, and its words, fit for a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// What it tells of.
    pub mark: Mark,
    /// The entry first, then what it says: filter, settings and the rest.
    pub words: Vec<String>,
}

impl fmt::Display for Row {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(sign) = self.mark.sign() {
            write!(out, "{sign} ")?;
        }
        out.write_str(&self.words.join("  "))
    }
}

impl Plan {
    /// The plan, line by line; entries that are kept are only counted.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let matched = self.matched();
        let counted = format!(
            "app {}: {} added, {} changed, {} removed, {} kept",
            printable(&cut(self.app_id(), 256)),
            matched.added.len(),
            matched.changed.len(),
            matched.removed.len(),
            matched.kept.len()
        );
        let added = matched.added.into_iter().map(|entry| (Mark::Added, entry.words()));
        let changed = matched.changed.into_iter().map(|(one, two)| (Mark::Changed, what_changes(one, two)));
        let removed = matched.removed.into_iter().map(|entry| (Mark::Removed, entry.words()));
        let warnings = self.warnings.iter().map(|warning| {
            let words = vec![printable(&format!("{}: {}", warning.code, warning.message))];
            (Mark::Warning, words)
        });
        let rows = added.chain(changed).chain(removed).chain(warnings);
        let rows = [(Mark::Summary, vec![counted])].into_iter().chain(rows);
        rows.map(|(mark, words)| Row { mark, words }).collect()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, row) in self.rows().iter().enumerate() {
            if index > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{row}")?;
        }
        Ok(())
    }
}

/// The entry, and what of it changes, from what to what.
fn what_changes(before: &MobileAppAssignment, after: &MobileAppAssignment) -> Vec<String> {
    let mut words = vec![format!(
        "{} {}",
        printable(&cut(before.intent().as_str(), MAX_NAME_BYTES)),
        before.target().summary()
    )];
    if !before.target().has_filter_of(after.target()) {
        let filter = |entry: &MobileAppAssignment| {
            entry.target().filter_summary().unwrap_or_else(|| "none".to_owned())
        };
        words.push(format!("filter {} -> {}", filter(before), filter(after)));
    }
    if !same_settings(before.settings(), after.settings()) {
        words.extend(settings_changes(before, after));
    }
    if before.said_type() != after.said_type() {
        let name = |entry: &MobileAppAssignment| {
            printable(&cut(entry.said_type().unwrap_or("none"), MAX_NAME_BYTES))
        };
        words.push(format!("type {} -> {}", name(before), name(after)));
    }
    let (one, two) = (before.target().unknown(), after.target().unknown());
    words.extend(changes("target.", &owned(one), &owned(two)));
    words.extend(changes("", &owned(before.unknown()), &owned(after.unknown())));
    words
}

fn owned<'a>(properties: impl Iterator<Item = (&'a str, &'a Json)>) -> Vec<(String, Json)> {
    properties.map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

fn settings_changes(before: &MobileAppAssignment, after: &MobileAppAssignment) -> Vec<String> {
    if let (Some(one), Some(two)) = (before.settings(), after.settings()) {
        return changes("settings.", &compared(one), &compared(two));
    }
    let whole = |entry: &MobileAppAssignment| entry.settings_words().unwrap_or_else(|| "none".to_owned());
    vec![format!("settings {} -> {}", whole(before), whole(after))]
}

/// What is compared of settings: of what OData notes in them, the type alone.
fn compared(settings: &Json) -> Vec<(String, Json)> {
    let Json::Object(properties) = settings else { return Vec::new() };
    let name = settings_type(settings).map(|name| ("type".to_owned(), Json::Text(name.to_owned())));
    let own = properties.iter().filter(|(name, _)| !name.contains('@')).cloned();
    name.into_iter().chain(own).collect()
}

/// The properties that are not the same, from what to what.
fn changes(prefix: &str, before: &[(String, Json)], after: &[(String, Json)]) -> Vec<String> {
    let by_name =
        |properties: &'_ [(String, Json)]| -> HashMap<String, Json> { properties.iter().cloned().collect() };
    let (one, two) = (by_name(before), by_name(after));
    let added = after.iter().filter(|(name, _)| !one.contains_key(name));
    let mut changed = before.iter().chain(added).filter_map(|(name, _)| {
        let (one, two) = (one.get(name).unwrap_or(&Json::Null), two.get(name).unwrap_or(&Json::Null));
        let shown = || {
            let name = printable(&cut(name, MAX_NAME_BYTES));
            format!("{prefix}{name} {} -> {}", value(one), value(two))
        };
        (!same_value(one, two)).then(shown)
    });
    let mut shown: Vec<_> = changed.by_ref().take(MAX_CHANGES).collect();
    let more = changed.count();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown
}

fn value(value: &Json) -> String {
    if *value == Json::Null { "none".to_owned() } else { short(value) }
}
