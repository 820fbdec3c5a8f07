//! What the service accepts as a `mobileAppGroupAssignment`, and what it makes of one.

use std::fmt;

use bytes::Bytes;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::profile::Profile;

/// The documented parameter of the 2017 action.
const PARAMETER: &str = "mobileAppGroupAssignments";

/// The one of today.
const PARAMETER_TODAY: &str = "mobileAppAssignments";

const BASE_TYPE: &str = "#microsoft.graph.mobileAppGroupAssignment";
const VPP_TYPE: &str = "#microsoft.graph.mobileAppVppGroupAssignment";

const INTENTS: [&str; 5] =
    ["available", "notApplicable", "required", "uninstall", "availableWithoutEnrollment"];

/// Why a body is refused.
pub(super) enum Refused {
    /// It is no JSON document.
    Unreadable,
    /// It names something that is not in the model.
    Model(String),
    /// Its values break a rule of the service.
    Rule(String),
    /// It asks for something that the emulator does not do yet.
    NotEmulated(&'static str),
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => out.write_str("no JSON document"),
            Self::Model(message) | Self::Rule(message) => out.write_str(message),
            Self::NotEmulated(what) => write!(out, "the profile 'current' cannot hold a {what} yet"),
        }
    }
}

/// The set that a body asks for, whole or not at all, each entry with an id of the service's own.
pub(super) fn wanted(profile: Profile, body: &Bytes) -> Result<Vec<Map<String, Value>>, Refused> {
    let document: Value = serde_json::from_slice(body).map_err(|_| Refused::Unreadable)?;
    let Value::Object(parameters) = &document else {
        return Err(Refused::Unreadable);
    };
    match profile {
        Profile::Y2017 => {
            check_parameters(parameters, PARAMETER)?;
            let Some(Value::Array(entries)) = parameters.get(PARAMETER) else {
                return Err(Refused::Model(format!("The parameter '{PARAMETER}' must be a collection.")));
            };
            entries.iter().map(|entry| held(entry, None)).collect()
        }
        Profile::Current => {
            // The answer that was seen names the type, so the service looks at it before it looks at the parameter.
            let entries = parameters.values().filter_map(Value::as_array).flatten();
            let mut types = entries.filter_map(|entry| entry.get("@odata.type"));
            if let Some(gone) = types.find(|sent| known_type(Some(sent)).is_ok()) {
                return Err(unknown_type(type_name(gone)));
            }
            check_parameters(parameters, PARAMETER_TODAY)?;
            Err(Refused::NotEmulated(PARAMETER_TODAY))
        }
    }
}

fn check_parameters(parameters: &Map<String, Value>, known: &str) -> Result<(), Refused> {
    match parameters.keys().find(|name| *name != known) {
        None => Ok(()),
        Some(other) => Err(Refused::Model(format!(
            "The parameter '{other}' in the request payload is not a valid parameter for the operation 'assign'."
        ))),
    }
}

/// An assignment that a test puts into an app: like one that was sent, but it keeps its id.
pub(super) fn seeded(profile: Profile, entry: &Value) -> Result<Map<String, Value>, Refused> {
    match profile {
        Profile::Y2017 => held(entry, entry.get("id").and_then(Value::as_str)),
        Profile::Current => Err(Refused::NotEmulated("mobileAppAssignment")),
    }
}

/// An entry as the service holds and lists it, in its documented property order.
fn held(entry: &Value, id: Option<&str>) -> Result<Map<String, Value>, Refused> {
    let Value::Object(sent) = entry else {
        return Err(Refused::Model("An entry of the collection is not an object.".to_owned()));
    };
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
    let id = id.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
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

/// Documentation of that time prints type names with and without the leading `#`.
fn known_type(sent: Option<&Value>) -> Result<&'static str, Refused> {
    let Some(sent) = sent else { return Ok(BASE_TYPE) };
    let name = type_name(sent);
    let known = [BASE_TYPE, VPP_TYPE].into_iter().find(|known| known.trim_start_matches('#') == name);
    known.ok_or_else(|| unknown_type(name))
}

fn type_name(sent: &Value) -> &str {
    sent.as_str().unwrap_or_default().trim_start_matches('#')
}

fn unknown_type(name: &str) -> Refused {
    let short = name.rsplit('.').next().unwrap_or_default();
    Refused::Model(format!(
        "A type named 'microsoft.management.services.api.{short}' could not be resolved by the model. When a model is \
         available, each type name must resolve to a valid type."
    ))
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
