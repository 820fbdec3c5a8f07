//! An entry by the model: its properties, in the order in which the service lists them, and its id.

use serde_json::{Map, Value};

use super::facts::{ASSIGNMENT, INTENT};
use super::model::{Model, Resolved, annotation};
use super::schema::Kind;
use super::value::{self, is_annotation, mismatch};
use super::{PARAMETER, Refused, settings, target};

/// What every entry has, in the order in which the service lists it.
const LISTED: [&str; 5] = ["intent", "source", "sourceId", "target", "settings"];

/// Who says where an assignment comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Whatever a client sends, it is a direct one (inferred; the documents call the id of a source read-only).
    Client,
    /// A test may put in one of a policy set.
    Test,
}

/// An entry as it is held, with a place for its id in front, where it is listed.
pub(super) fn read(model: Model<'_>, sent: Value, source: Source) -> Result<Map<String, Value>, Refused> {
    let (new, mut sent) = properties(model, sent)?;
    let mut held = Map::with_capacity(sent.len() + 6);
    held.insert("id".to_owned(), Value::Null);
    if let Some(new) = new {
        held.insert("@odata.type".to_owned(), annotation(&new));
    }
    for name in LISTED {
        let sent = sent.get_mut(name).map(Value::take);
        let value = match (name, sent) {
            ("source" | "sourceId", Some(value)) if source == Source::Test => value,
            ("source", _) => Value::from("direct"),
            ("sourceId", _) | (_, None) => Value::Null,
            (_, Some(value)) => value,
        };
        held.insert(name.to_owned(), value);
    }
    held.extend(sent.into_iter().filter(|(name, _)| name != "id" && !LISTED.contains(&name.as_str())));
    Ok(held)
}

/// The properties that were sent, each as it is held, and the entry's type if it is of a test's own.
pub(super) fn properties(
    model: Model<'_>,
    sent: Value,
) -> Result<(Option<String>, Map<String, Value>), Refused> {
    let mut sent = match sent {
        Value::Object(sent) => sent,
        other => return Err(mismatch(PARAMETER, &Kind::Complex(&ASSIGNMENT), &other)),
    };
    let new = match model.resolve(sent.get("@odata.type"), &ASSIGNMENT)? {
        Resolved::Known(_) => None,
        Resolved::New(name) => Some(name),
    };
    sent.retain(|name, _| !is_annotation(name));
    for (name, value) in &mut sent {
        let property = model.property(&ASSIGNMENT, name)?;
        *value = match (name.as_str(), property) {
            ("target", _) => target::read(model, value.take())?,
            ("settings", _) => settings::read(model, value.take())?,
            // Observed: an unknown one breaks the service (IntuneGet#340).
            ("intent", _) if value.as_str().is_some_and(|name| model.member(&INTENT, name).is_none()) => {
                return Err(Refused::Internal);
            }
            (_, Some(property)) => value::checked(model, property, value.take())?,
            (_, None) => continue,
        };
    }
    Ok((new, sent))
}

/// The id that the service makes: `{group}_{intent}_{0|1}`, the last for an exclusion (observed: IntuneWin32App#149).
pub(super) fn id(model: Model<'_>, held: &Map<String, Value>) -> Value {
    let intent = held.get("intent").and_then(Value::as_str).unwrap_or_default();
    let number = model.member(&INTENT, intent).map_or(0, |(number, _)| number);
    let target = held.get("target").unwrap_or(&Value::Null);
    let exclusion = u8::from(target::is_exclusion(target));
    Value::from(format!("{}_{number}_{exclusion}", target::key(target)))
}
