//! The way from an entity to one of its values: `displayName`, `target/groupId`, `microsoft.graph.managedApp/version`.

use serde_json::{Map, Value};

use super::types;

static NULL: Value = Value::Null;

#[derive(Debug)]
pub(super) struct Path(Vec<Step>);

#[derive(Debug)]
pub(super) enum Step {
    /// On only with what is of that type.
    Cast(&'static str),
    Property(String),
}

/// Why a text is no path.
pub(super) enum Unwalkable {
    Malformed,
    /// The emulator does not know what derives from it.
    UnknownType(String),
    /// `$count` and the like.
    Segment(String),
}

impl Path {
    pub(super) fn read(text: &str) -> Result<Self, Unwalkable> {
        let steps: Vec<Step> =
            text.strip_prefix("$it/").unwrap_or(text).split('/').map(step).collect::<Result<_, _>>()?;
        match steps.last() {
            Some(Step::Property(_)) => Ok(Self(steps)),
            Some(Step::Cast(_)) | None => Err(Unwalkable::Malformed),
        }
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The property that the entity itself must have; none where a cast comes first.
    pub(super) fn own_property(&self) -> Option<&str> {
        match self.0.first() {
            Some(Step::Property(name)) => Some(name),
            Some(Step::Cast(_)) | None => None,
        }
    }

    pub(super) fn last_property(&self) -> &str {
        match self.0.last() {
            Some(Step::Property(name)) => name,
            Some(Step::Cast(_)) | None => "",
        }
    }

    /// The model's moments are all named `…DateTime`.
    pub(super) fn is_of_moments(&self) -> bool {
        self.last_property().to_ascii_lowercase().ends_with("datetime")
    }

    /// What it leads to; null where an item is of another type or lacks the property.
    pub(super) fn value<'a>(&self, item: &'a Map<String, Value>) -> &'a Value {
        let (mut here, mut found) = (Some(item), &NULL);
        for step in &self.0 {
            let Some(object) = here else { return &NULL };
            match step {
                Step::Cast(wanted) if types::is(object, wanted) => {}
                Step::Cast(_) => return &NULL,
                Step::Property(name) => {
                    found = property(object, name);
                    here = found.as_object();
                }
            }
        }
        found
    }
}

fn step(text: &str) -> Result<Step, Unwalkable> {
    if text.starts_with('$') {
        return Err(Unwalkable::Segment(text.to_owned()));
    }
    let starts_well = text.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
    let goes_on_well = text.chars().all(|char| char.is_alphanumeric() || char == '_' || char == '.');
    if !starts_well || !goes_on_well {
        return Err(Unwalkable::Malformed);
    }
    if !text.contains('.') {
        return Ok(Step::Property(text.to_owned()));
    }
    types::named(text).map(Step::Cast).ok_or_else(|| Unwalkable::UnknownType(text.to_owned()))
}

/// Clients send property names in any case (`select=id,displayname`), and they are understood.
fn property<'a>(object: &'a Map<String, Value>, name: &str) -> &'a Value {
    let in_any_case =
        || object.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    object.get(name).or_else(in_any_case).unwrap_or(&NULL)
}
