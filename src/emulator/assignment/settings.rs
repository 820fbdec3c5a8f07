//! How an app is to be installed.

use serde_json::{Map, Value};

use super::Refused;
use super::facts::SETTINGS;
use super::model::{Model, Resolved, annotation, known, short};
use super::schema::Kind;
use super::value::{self, mismatch};

/// Settings as they are listed: as they were sent, behind their type. Null stays null.
pub(super) fn read(model: Model<'_>, sent: Value) -> Result<Value, Refused> {
    let [declared, ..] = SETTINGS;
    let mut sent = match sent {
        Value::Null => return Ok(Value::Null),
        Value::Object(sent) => sent,
        other => return Err(mismatch("settings", &Kind::Complex(declared), &other)),
    };
    let (name, own) = match model.resolve(sent.get("@odata.type"), declared)? {
        Resolved::Known(of) => (annotation(of.name), value::object(model, of, sent)?),
        Resolved::New(name) => {
            sent.shift_remove("@odata.type");
            (annotation(&name), sent)
        }
    };
    let mut held = Map::with_capacity(own.len() + 1);
    held.insert("@odata.type".to_owned(), name);
    held.extend(own);
    Ok(Value::Object(held))
}

/// The type of settings as they are held, without namespace.
pub(super) fn kind(held: &Value) -> Option<&str> {
    held.get("@odata.type").and_then(Value::as_str).map(short)
}

/// Whether an app takes such settings. Observed: wrong ones are refused (Intune-Toolkit#48, #25, #6).
pub(super) fn fit(model: Model<'_>, kind: &str, app: &str) -> bool {
    known(kind).is_some_and(|known| known.apps.contains(&app))
        || model.extensions().is_some_and(|new| new.fits(kind, app))
}

/// Held settings as v1.0 shows them. What it makes of a type that it lacks is inferred: nothing.
pub(super) fn as_v1(held: Value) -> Value {
    match (kind(&held).and_then(known).filter(|of| of.in_v1), held) {
        (Some(of), Value::Object(held)) => Value::Object(value::in_v1(of, held)),
        _ => Value::Null,
    }
}
