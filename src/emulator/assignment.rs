//! What the Graph of today accepts as a `mobileAppAssignment`, and what it makes of one.
//!
//! Pure: a document and what is known of the app in, the document that is held or a refusal out. The service reads
//! the whole body by its model before it looks at its own rules (inferred), so a name that is not in the model is told
//! before a rule that is broken, wherever in the body they stand.

mod entry;
mod extensions;
mod facts;
mod model;
mod rules;
mod schema;
mod settings;
mod target;
mod value;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value};

use super::profile::Version;
use super::refused::Refused;
use entry::Source;
use facts::ASSIGNMENT;
use model::{Model, short};
use schema::Kind;
use value::is_annotation;

/// The parameter of the action.
const PARAMETER: &str = "mobileAppAssignments";

/// What cannot be changed once it is there (observed: terraform-provider-microsoft365, `mobile_app_assignment`).
const READ_ONLY: [&str; 4] = ["intent", "target", "source", "sourceId"];

/// What the emulated model knows beyond the documents: names that a test put there, as a newer beta would.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions {
    types: BTreeSet<String>,
    /// By type.
    properties: BTreeMap<String, BTreeSet<String>>,
    /// By enumeration, in the order in which they came.
    members: BTreeMap<String, Vec<String>>,
    /// App types, by the settings type that they take.
    apps: BTreeMap<String, BTreeSet<String>>,
}

/// Reads assignments of one app as one version of Graph.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) version: Version,
    /// Such as `#microsoft.graph.win32LobApp`.
    pub(super) app_type: &'a str,
    pub(super) extensions: &'a Extensions,
}

impl Reader<'_> {
    /// One entry as the service holds and lists it.
    pub(super) fn read(&self, sent: &Value) -> Result<Map<String, Value>, Refused> {
        let held = entry::read(self.model(), sent.clone(), Source::Client)?;
        self.keep(held)
    }

    /// PATCH: the held document with changes. Nothing that its id is made of can be changed.
    pub(super) fn patch(
        &self,
        held: &Map<String, Value>,
        changes: &Value,
    ) -> Result<Map<String, Value>, Refused> {
        let (_, changes) = entry::properties(self.model(), changes.clone())?;
        if READ_ONLY.iter().any(|name| changes.contains_key(*name)) {
            return Err(Refused::Rule("Cannot patch read-only properties".to_owned()));
        }
        let mut held = held.clone();
        // The key is in the path; a body's is ignored (inferred).
        held.extend(changes.into_iter().filter(|(name, _)| name != "id"));
        rules::check(self.model(), short(self.app_type), &held)?;
        Ok(held)
    }

    fn keep(&self, mut held: Map<String, Value>) -> Result<Map<String, Value>, Refused> {
        rules::check(self.model(), short(self.app_type), &held)?;
        let id = entry::id(self.model(), &held);
        held.insert("id".to_owned(), id);
        Ok(held)
    }

    fn model(&self) -> Model<'_> {
        Model { version: self.version, extensions: self.extensions }
    }
}

/// The whole set that `assign` asks for, in its order. Of two entries with the same key the later one is ignored
/// (observed: Intune-Toolkit#57). No parameter, or null, asks for the empty set: the CSDL calls it nullable, and
/// terraform-provider-microsoft365 sends `{}` to clear an app.
pub(super) fn wanted(
    reader: &Reader<'_>,
    mut parameters: Map<String, Value>,
) -> Result<Vec<Map<String, Value>>, Refused> {
    let model = reader.model();
    // The answer to the form of 2017 that was seen names the type, so the service looks at it before the parameter.
    let everything = parameters.values().filter_map(Value::as_array).flatten();
    for named in everything.filter_map(|entry| entry.get("@odata.type")) {
        model.find(named)?;
    }
    if let Some(other) = parameters.keys().find(|name| *name != PARAMETER && !is_annotation(name)) {
        return Err(Refused::Model(format!(
            "The parameter '{other}' in the request payload is not a valid parameter for the operation 'assign'."
        )));
    }
    let entries = match parameters.get_mut(PARAMETER).map(Value::take) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(entries)) => entries,
        Some(_) => {
            return Err(Refused::Model(format!(
                "Cannot convert the value of the parameter '{PARAMETER}' to the expected type 'Collection({})'.",
                Kind::Complex(&ASSIGNMENT).name()
            )));
        }
    };
    let read = entries.into_iter().map(|entry| entry::read(model, entry, Source::Client));
    let read = read.collect::<Result<Vec<_>, _>>()?;
    let mut held = read.into_iter().map(|entry| reader.keep(entry)).collect::<Result<Vec<_>, _>>()?;
    let mut keys = HashSet::new();
    held.retain(|entry| keys.insert(entry.get("id").cloned()));
    Ok(held)
}

/// What a test puts in: any types, properties and members, which are part of the model of the beta from then on.
/// Only what the model itself says must be kept to, so an app can hold what the service's rules would not let in.
pub(super) fn seed(
    extensions: &mut Extensions,
    app_type: &str,
    sent: &Value,
) -> Result<Map<String, Value>, Refused> {
    let mut learned = extensions.clone();
    if let Value::Object(sent) = sent {
        learned.learn(app_type, sent);
    }
    let model = Model { version: Version::Beta, extensions: &learned };
    let mut held = entry::read(model, sent.clone(), Source::Test)?;
    for name in ["intent", "target"] {
        if held.get(name).is_none_or(Value::is_null) {
            return Err(Refused::Rule(format!("An assignment needs the property '{name}'.")));
        }
    }
    let given = sent.get("id").filter(|id| id.is_string());
    let id = given.cloned().unwrap_or_else(|| entry::id(model, &held));
    *extensions = learned;
    held.insert("id".to_owned(), id);
    Ok(held)
}

/// A held document as v1.0 shows it: without all that v1.0 lacks.
pub(super) fn as_v1(document: Map<String, Value>) -> Map<String, Value> {
    let shown = |(name, value): (String, Value)| {
        ASSIGNMENT.property(&name, Version::V1)?;
        let value = match (name.as_str(), value) {
            ("settings", settings) => settings::as_v1(settings),
            ("target", target) => target::as_v1(target),
            (_, value) => value,
        };
        Some((name, value))
    };
    document.into_iter().filter_map(shown).collect()
}

#[cfg(test)]
mod tests;
