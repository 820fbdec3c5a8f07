//! What the service of 2017 accepts as a `mobileAppGroupAssignment`, and what it makes of one.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::refused::Refused;

/// The documented parameter of the action.
const PARAMETER: &str = "mobileAppGroupAssignments";

const BASE_TYPE: &str = "#microsoft.graph.mobileAppGroupAssignment";
const VPP_TYPE: &str = "#microsoft.graph.mobileAppVppGroupAssignment";

const INTENTS: [&str; 5] =
    ["available", "notApplicable", "required", "uninstall", "availableWithoutEnrollment"];

/// The set that the action asks for, whole or not at all, each entry with an id of the service's own.
pub(super) fn wanted(parameters: &Map<String, Value>) -> Result<Vec<Map<String, Value>>, Refused> {
    if let Some(other) = parameters.keys().find(|name| *name != PARAMETER && !name.contains('@')) {
        return Err(Refused::Model(format!(
            "The parameter '{other}' in the request payload is not a valid parameter for the operation 'assign'."
        )));
    }
    let Some(Value::Array(entries)) = parameters.get(PARAMETER) else {
        return Err(Refused::Model(format!("The parameter '{PARAMETER}' must be a collection.")));
    };
    entries.iter().map(read).collect()
}

/// An entry as the service holds and lists it. The id that a client sends is ignored.
pub(super) fn read(entry: &Value) -> Result<Map<String, Value>, Refused> {
    held(entry, &Uuid::new_v4().to_string())
}

/// An entry that a test puts into an app: like one that was sent, but it keeps its id.
pub(super) fn seed(entry: &Value) -> Result<Map<String, Value>, Refused> {
    match entry.get("id").and_then(Value::as_str) {
        Some(id) => held(entry, id),
        None => read(entry),
    }
}

/// An entry after a PATCH: what is named changes, and the id stays.
pub(super) fn patch(held_now: &Map<String, Value>, changes: &Value) -> Result<Map<String, Value>, Refused> {
    let Value::Object(changes) = changes else { return Err(not_an_object()) };
    let mut entry = held_now.clone();
    entry.extend(changes.clone());
    let id = held_now.get("id").and_then(Value::as_str).unwrap_or_default();
    held(&Value::Object(entry), id)
}

/// An entry in its documented property order.
fn held(entry: &Value, id: &str) -> Result<Map<String, Value>, Refused> {
    let Value::Object(sent) = entry else { return Err(not_an_object()) };
    let odata_type = known_type(sent.get("@odata.type"))?;
    let group = text(sent, "targetGroupId")?.unwrap_or_default();
    if group.is_empty() {
        return Err(Refused::Rule("TargetGroupId must not be empty.".to_owned()));
    }
    let intent = text(sent, "installIntent")?.unwrap_or_default();
    if !INTENTS.contains(&intent) {
        return Err(Refused::Model(format!(
            "Cannot convert the literal '{intent}' to the expected type 'microsoft.management.services.api.installIntent'."
        )));
    }
    let vpn = text(sent, "vpnConfigurationId")?.map_or(Value::Null, Value::from);
    let mut held = Map::new();
    held.insert("@odata.type".to_owned(), odata_type.into());
    held.insert("id".to_owned(), id.into());
    held.insert("targetGroupId".to_owned(), group.into());
    held.insert("vpnConfigurationId".to_owned(), vpn);
    held.insert("installIntent".to_owned(), intent.into());
    for (name, value) in sent {
        if !held.contains_key(name) {
            held.insert(name.clone(), value.clone());
        }
    }
    Ok(held)
}

fn not_an_object() -> Refused {
    Refused::Model("An entry of the collection is not an object.".to_owned())
}

/// Documentation of that time prints type names with and without the leading `#`.
fn known_type(sent: Option<&Value>) -> Result<&'static str, Refused> {
    let Some(sent) = sent else { return Ok(BASE_TYPE) };
    let name = sent.as_str().unwrap_or_default().trim_start_matches('#');
    let known = [BASE_TYPE, VPP_TYPE].into_iter().find(|known| known.trim_start_matches('#') == name);
    known.ok_or_else(|| {
        let short = name.rsplit('.').next().unwrap_or_default();
        Refused::Model(format!(
            "A type named 'microsoft.management.services.api.{short}' could not be resolved by the model. When a model \
             is available, each type name must resolve to a valid type."
        ))
    })
}

fn text<'a>(sent: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Refused> {
    match sent.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refused::Model(format!(
            "Cannot convert the value of property '{name}' to the expected type 'Edm.String'."
        ))),
    }
}
