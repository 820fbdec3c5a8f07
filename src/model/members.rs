//! The properties of a model as they stand on the wire, for whoever writes them.

use std::convert::Infallible;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::json::{Json, writing};
use crate::model::AssignmentTarget;
use crate::model::text::Text;

/// What stands behind a name.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Text(&'a Text),
    Word(&'a str),
    Json(&'a Json),
    Target(&'a AssignmentTarget),
}

/// What has properties.
pub(crate) trait Members {
    /// Shows each of them, in the order of the wire.
    fn try_each<'a, E>(&'a self, visit: impl FnMut(&'a str, Value<'a>) -> Result<(), E>) -> Result<(), E>;
}

/// The properties as JSON values.
pub(super) fn properties(model: &impl Members) -> Vec<(&str, Json)> {
    let mut properties = Vec::new();
    let Ok(()) = model.try_each::<Infallible>(|name, value| {
        properties.push((name, json(value)));
        Ok(())
    });
    properties
}

fn json(value: Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Text(text) => Json::Text(text.as_str().to_owned()),
        Value::Word(text) => Json::Text(text.to_owned()),
        Value::Json(value) => value.clone(),
        Value::Target(target) => {
            let properties = properties(target).into_iter();
            Json::Object(properties.map(|(name, value)| (name.to_owned(), value)).collect())
        }
    }
}

/// Writes a model as a JSON object.
pub(crate) fn write(model: &impl Members, out: &mut Vec<u8>) {
    let mut before = b'{';
    let Ok(()) = model.try_each::<Infallible>(|name, value| {
        out.push(before);
        before = b',';
        match value {
            // Whatever is not known stands behind such a name; others have nothing to escape.
            Value::Json(_) => writing::text(name.as_bytes(), out),
            _ => writing::plain(name.as_bytes(), out),
        }
        out.push(b':');
        match value {
            Value::Null => out.extend_from_slice(b"null"),
            Value::Text(text) if text.is_known() => writing::plain(text.as_bytes(), out),
            Value::Text(text) => writing::text(text.as_bytes(), out),
            Value::Word(text) => writing::text(text.as_bytes(), out),
            Value::Json(value) => writing::value(value, out),
            Value::Target(target) => write(target, out),
        }
        Ok(())
    });
    out.push(b'}');
}

/// Writes a model as part of a document that serde writes.
pub(super) fn serialize<S: Serializer>(model: &impl Members, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    model.try_each(|name, value| map.serialize_entry(name, &value))?;
    map.end()
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text.as_str()),
            Self::Word(text) => serializer.serialize_str(text),
            Self::Json(value) => value.serialize(serializer),
            Self::Target(target) => target.serialize(serializer),
        }
    }
}
