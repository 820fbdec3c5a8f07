//! Whom an assignment is for.

use serde_json::{Map, Value};

use super::Refused;
use super::facts::TARGET;
use super::model::{Model, Resolved, annotation, known, short};
use super::schema::Kind;
use super::value::{self, mismatch};

const FILTER_ID: &str = "deviceAndAppManagementAssignmentFilterId";
const FILTER_TYPE: &str = "deviceAndAppManagementAssignmentFilterType";

/// The service's groups of everybody, observed in the ids that it makes.
const ALL_USERS: &str = "acacacac-9df4-4c7d-9d50-4ef0226f57a9";
const ALL_DEVICES: &str = "adadadad-808e-44e2-905a-0b7873a8a531";

/// What clients write for no filter, and some Intune services too.
const NO_FILTER: &str = "00000000-0000-0000-0000-000000000000";

/// A target as it is listed: its type, the filter, and what else it has. Null stays null.
pub(super) fn read(model: Model<'_>, sent: Value) -> Result<Value, Refused> {
    let mut sent = match sent {
        Value::Null => return Ok(Value::Null),
        Value::Object(sent) => sent,
        other => return Err(mismatch("target", &Kind::Complex(&TARGET), &other)),
    };
    let (name, mut own) = match model.resolve(sent.get("@odata.type"), &TARGET)? {
        Resolved::Known(of) => {
            let mut own = value::object(model, of, sent)?;
            if of.property("groupId", model.version).is_some() {
                own.entry("groupId").or_insert(Value::Null);
            }
            (annotation(of.name), own)
        }
        Resolved::New(name) => {
            sent.shift_remove("@odata.type");
            (annotation(&name), sent)
        }
    };
    let filter_type = own.shift_remove(FILTER_TYPE).unwrap_or_else(|| Value::from("none"));
    let filter_id = match own.shift_remove(FILTER_ID) {
        Some(Value::String(id)) if id.is_empty() || id == NO_FILTER => Value::Null,
        id => id.unwrap_or_default(),
    };
    let mut held = Map::with_capacity(own.len() + 3);
    held.insert("@odata.type".to_owned(), name);
    held.insert(FILTER_ID.to_owned(), filter_id);
    held.insert(FILTER_TYPE.to_owned(), filter_type);
    held.extend(own);
    Ok(Value::Object(held))
}

/// The type of a target as it is held, without namespace.
pub(super) fn kind(held: &Value) -> &str {
    held.get("@odata.type").and_then(Value::as_str).map(short).unwrap_or_default()
}

pub(super) fn is_exclusion(held: &Value) -> bool {
    kind(held) == "exclusionGroupAssignmentTarget"
}

/// The filter of a target as it is held, if it has one or half of one.
pub(super) fn filter(held: &Value) -> Option<(Option<&str>, &str)> {
    let id = held.get(FILTER_ID).and_then(Value::as_str);
    let kind = held.get(FILTER_TYPE).and_then(Value::as_str).unwrap_or("none");
    (id.is_some() || kind != "none").then_some((id, kind))
}

/// What stands for the target in an assignment's id. For collections, and for types of a test's own, it is invented.
pub(super) fn key(held: &Value) -> String {
    let text = |name| held.get(name).and_then(Value::as_str);
    let key = match kind(held) {
        "allLicensedUsersAssignmentTarget" => ALL_USERS,
        "allDevicesAssignmentTarget" => ALL_DEVICES,
        other => text("groupId").or_else(|| text("collectionId")).unwrap_or(other),
    };
    key.to_lowercase()
}

/// A held target as v1.0 shows it: it knows no filters.
pub(super) fn as_v1(held: Value) -> Value {
    let of = known(kind(&held)).unwrap_or(&TARGET);
    match held {
        Value::Object(held) => Value::Object(value::in_v1(of, held)),
        other => other,
    }
}
