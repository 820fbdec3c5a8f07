//! Whether a JSON value is of the kind that the model says.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::model::{Model, Resolved};
use super::schema::{Kind, Property, Type};
use super::{Refused, Version};

/// An OData annotation, of the object or of one of its properties.
pub(super) fn is_annotation(name: &str) -> bool {
    name.contains('@')
}

/// A GUID in the form that Graph writes.
pub(super) fn is_guid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

/// The properties of an object as they were sent, without annotations.
pub(super) fn object(
    model: Model<'_>,
    of: &Type,
    mut sent: Map<String, Value>,
) -> Result<Map<String, Value>, Refused> {
    sent.retain(|name, _| !is_annotation(name));
    for (name, value) in &mut sent {
        if let Some(property) = model.property(of, name)? {
            *value = checked(model, property, value.take())?;
        }
    }
    Ok(sent)
}

/// A held object as v1.0 shows it: its type, and the properties that v1.0 has.
pub(super) fn in_v1(of: &Type, held: Map<String, Value>) -> Map<String, Value> {
    let shown = |(name, value): (String, Value)| match (of.property(&name, Version::V1), value) {
        (Some(Property { kind: Kind::Complex(inner), .. }), Value::Object(held)) => {
            Some((name, Value::Object(in_v1(inner, held))))
        }
        (Some(_), value) => Some((name, value)),
        (None, value) => (name == "@odata.type").then_some((name, value)),
    };
    held.into_iter().filter_map(shown).collect()
}

/// A value of a property, as it was sent; members of enumerations in the letters of the model.
pub(super) fn checked(model: Model<'_>, property: &Property, sent: Value) -> Result<Value, Refused> {
    let fits = match (&property.kind, &sent) {
        (kind, Value::Null) => {
            return if property.nullable { Ok(Value::Null) } else { Err(null(property.name, kind)) };
        }
        (Kind::Complex(declared), Value::Object(inner)) => {
            match (model.resolve(inner.get("@odata.type"), declared)?, sent) {
                (Resolved::Known(of), Value::Object(inner)) => {
                    return object(model, of, inner).map(Value::Object);
                }
                (_, sent) => return Ok(sent),
            }
        }
        (Kind::Strings, Value::Array(items)) => match items.iter().find(|item| !item.is_string()) {
            None => true,
            Some(other) => return Err(mismatch(property.name, &Kind::String, other)),
        },
        (kind @ Kind::Enum(enumeration), Value::String(name)) => {
            let member = model.member(enumeration, name).map(|(_, member)| Value::from(member));
            return member.ok_or_else(|| mismatch(property.name, kind, &sent));
        }
        (Kind::String, Value::String(_)) | (Kind::Bool, Value::Bool(_)) => true,
        (Kind::Int32, Value::Number(number)) => {
            number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
        }
        (Kind::Guid, Value::String(text)) => is_guid(text),
        (Kind::DateTimeOffset, Value::String(text)) => is_date(text),
        _ => false,
    };
    if fits { Ok(sent) } else { Err(mismatch(property.name, &property.kind, &sent)) }
}

/// Observed for scalars: CIS-Microsoft-Intune-For-Windows-IntuneProfile#2, Microsoft365DSC#5954.
pub(super) fn mismatch(name: &str, kind: &Kind, sent: &Value) -> Refused {
    let kind = kind.name();
    let literal = match sent {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => sent.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            return Refused::Model(format!(
                "Cannot convert the value of property '{name}' to the expected type '{kind}'."
            ));
        }
    };
    Refused::Model(format!("Cannot convert the literal '{literal}' to the expected type '{kind}'."))
}

/// As the service's OData library says it; not observed here.
fn null(name: &str, kind: &Kind) -> Refused {
    let kind = kind.name();
    Refused::Model(format!(
        "A null value was found for the property named '{name}', which has the expected type '{kind}[Nullable=False]'. \
         The expected type '{kind}[Nullable=False]' does not allow null values."
    ))
}

/// A date, and perhaps a time and a zone: as loosely as .NET reads one. Whether the day exists is not looked at.
fn is_date(text: &str) -> bool {
    let (date, rest) = match text.split_once(['T', 't']) {
        Some((date, rest)) => (date, Some(rest)),
        None => (text, None),
    };
    is_like(date, "0000-00-00") && rest.is_none_or(is_time)
}

fn is_time(text: &str) -> bool {
    let (clock, zone) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let zone_is_good = matches!(zone, "" | "Z" | "z") || is_like(zone, "+00:00") || is_like(zone, "-00:00");
    let fraction_is_good = !fraction.is_empty() && fraction.bytes().all(|digit| digit.is_ascii_digit());
    zone_is_good && fraction_is_good && (is_like(clock, "00:00:00") || is_like(clock, "00:00"))
}

/// Digits where the pattern has zeros, and the pattern elsewhere.
fn is_like(text: &str, pattern: &str) -> bool {
    let same =
        |(found, wanted): (u8, u8)| if wanted == b'0' { found.is_ascii_digit() } else { found == wanted };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(same)
}
