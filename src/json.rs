//! Strict JSON, kept exactly: order, spelling of numbers, and every property that nobody here knows.

pub(crate) mod document;
pub(crate) mod writing;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::error::{Error, Kind, Result};

/// How deep a document may nest.
pub const MAX_DEPTH: usize = 100;

/// How many digits an integer may have: what Python reads by default.
pub const MAX_INTEGER_DIGITS: usize = 4_300;

/// A JSON value. Equality is by value: property order does not count, and `1`, `1.0` and `10e-1` are one number.
#[derive(Clone, Debug)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it was spelled.
    Number(Number),
    /// A string.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, in the order in which it was written; its keys are unique.
    Object(Vec<(String, Json)>),
}

/// A JSON number, as it was spelled.
#[derive(Clone, Debug)]
pub struct Number(Box<RawValue>);

impl Number {
    /// Takes the spelling of a number; refuses an integer of more than 4,300 digits.
    #[must_use]
    pub fn new(text: String) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let is_integer = digits.bytes().all(|byte| byte.is_ascii_digit());
        if !digits.starts_with(|start: char| start.is_ascii_digit())
            || (is_integer && digits.len() > MAX_INTEGER_DIGITS)
        {
            return None;
        }
        RawValue::from_string(text).ok().map(Self)
    }

    /// The number as it was spelled.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Sign, digits without zeros at either end, and the power of ten behind them: the same for equal numbers.
    fn canonical(&self) -> (bool, String, i64) {
        let text = self.as_str();
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_end_matches('0');
        let shift = count(digits.len() - significant.len()).saturating_sub(count(fraction.len()));
        let limit = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
        let exponent = exponent.parse::<i64>().unwrap_or(limit).saturating_add(shift);
        match significant.trim_start_matches('0') {
            "" => (false, String::new(), 0),
            significant => (negative, significant.to_owned(), exponent),
        }
    }
}

fn count(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str() || self.canonical() == other.canonical()
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical().hash(state);
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(one), Self::Bool(two)) => one == two,
            (Self::Number(one), Self::Number(two)) => one == two,
            (Self::Text(one), Self::Text(two)) => one == two,
            (Self::Array(one), Self::Array(two)) => one == two,
            (Self::Object(one), Self::Object(two)) => equal(one, two),
            _ => false,
        }
    }
}

impl Eq for Json {}

impl Hash for Json {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Number(value) => value.hash(state),
            Self::Text(value) => value.hash(state),
            Self::Array(items) => items.hash(state),
            Self::Object(properties) => sorted(properties).hash(state),
        }
    }
}

/// Whether two objects say the same. Names in one order need no sorting; the values are looked at once either way.
fn equal(one: &[(String, Json)], two: &[(String, Json)]) -> bool {
    let names = |properties: &[(String, Json)], others: &[(String, Json)]| {
        properties.iter().zip(others).all(|((one, _), (two, _))| one == two)
    };
    one.len() == two.len() && if names(one, two) { one == two } else { sorted(one) == sorted(two) }
}

/// Properties by name: how two objects are compared.
pub(crate) fn sorted(properties: &[(String, Json)]) -> Vec<&(String, Json)> {
    let mut by_name: Vec<_> = properties.iter().collect();
    by_name.sort_unstable_by(|(one, _), (two, _)| one.cmp(two));
    by_name
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => value.0.serialize(serializer),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(properties) => {
                let mut map = serializer.serialize_map(Some(properties.len()))?;
                for (name, value) in properties {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl Json {
    /// Reads one strict JSON document: nesting of at most 100, valid Unicode, unique keys.
    ///
    /// # Errors
    /// An input error whose location leads to the fault, for example `settings.tags[2]`.
    pub fn parse(text: &str) -> Result<Self> {
        let document = serde_json::from_str(text).map_err(|error| {
            let place = format!("line {} column {}", error.line(), error.column());
            Error { kind: Kind::InvalidInput { location: Some(place) }, ..not_json(&error) }
        })?;
        Self::read(document, 1)
    }

    fn read(raw: &RawValue, depth: usize) -> Result<Self> {
        let text = raw.get();
        let is_nested = text.starts_with(['{', '[']);
        if is_nested && depth > MAX_DEPTH {
            return Err(too_deep());
        }
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let Members(members) = serde_json::from_str(text).map_err(|error| not_json(&error))?;
                let mut names = HashSet::with_capacity(members.len());
                if let Some((name, _)) = members.iter().find(|(name, _)| !names.insert(name)) {
                    return Err(doubled(name));
                }
                let mut properties = Vec::with_capacity(members.len());
                for (name, value) in members {
                    let value = Self::read(value, depth + 1).map_err(|error| error.inside(&name))?;
                    properties.push((name, value));
                }
                Self::Object(properties)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| not_json(&error))?;
                let mut read = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    let inside = |error: Error| error.inside(&format!("[{index}]"));
                    read.push(Self::read(item, depth + 1).map_err(inside)?);
                }
                Self::Array(read)
            }
            Some(b'"') => {
                let value: Cow<'_, str> = serde_json::from_str(text).map_err(|error| not_json(&error))?;
                Self::Text(value.into_owned())
            }
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') => Self::Null,
            _ => Self::Number(Number::new(text.to_owned()).ok_or_else(|| {
                let message = format!("an integer of more than {MAX_INTEGER_DIGITS} digits");
                Error::new(Kind::InvalidInput { location: None }, message)
            })?),
        })
    }

    /// Whether it may stand so many levels down in a document.
    ///
    /// # Errors
    /// An input error if it nests too deep there.
    pub(crate) fn check_depth(&self, outer: usize) -> Result<()> {
        let inner = |value: &Self| value.check_depth(outer + 1);
        match self {
            Self::Array(_) | Self::Object(_) if outer >= MAX_DEPTH => Err(too_deep()),
            Self::Array(items) => items.iter().try_for_each(inner),
            Self::Object(properties) => properties.iter().try_for_each(|(_, value)| inner(value)),
            _ => Ok(()),
        }
    }

    /// What JSON calls this kind of value.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// A document that nests deeper than this library reads.
pub(crate) fn too_deep() -> Error {
    let message = format!("nested more than {MAX_DEPTH} levels deep");
    Error::new(Kind::InvalidInput { location: None }, message)
}

/// An object that names a property twice.
pub(crate) fn doubled(name: &str) -> Error {
    Error::invalid_input(name, "this property is there twice")
}

/// The place is left out: it counts from the start of the part that was being read.
fn not_json(error: &serde_json::Error) -> Error {
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    Error::new(Kind::InvalidInput { location: None }, format!("not strict JSON: {said}"))
}

/// An object's members as they stand, doubles included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct ReadMembers;
        impl<'de> Visitor<'de> for ReadMembers {
            type Value = Members<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(ReadMembers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> String {
        serde_json::to_string(&Json::parse(text).unwrap()).unwrap()
    }

    #[test]
    fn a_document_comes_back_as_it_was() {
        for text in [
            r#"{"b":1,"a":[true,null,"x\"y"],"n":1.10e+400,"i":123456789012345678901234567890}"#,
            r#"{"$serde_json::private::Number":"1","$serde_json::private::RawValue":"{}"}"#,
            "-0.0",
        ] {
            assert_eq!(spelled(text), text);
        }
    }

    #[test]
    fn numbers_are_equal_by_value() {
        for (one, two) in [("1", "1.0"), ("1", "10e-1"), ("-0", "0.0"), ("1e2", "100"), ("0.5E+1", "5")] {
            assert_eq!(Json::parse(one).unwrap(), Json::parse(two).unwrap(), "{one} {two}");
        }
        for (one, two) in [
            ("1", "-1"),
            ("1", "10"),
            ("1e99999999999999999999", "1"),
            ("9007199254740993", "9007199254740992"),
        ] {
            assert_ne!(Json::parse(one).unwrap(), Json::parse(two).unwrap(), "{one} {two}");
        }
    }

    #[test]
    fn the_order_of_properties_does_not_count() {
        assert_eq!(Json::parse(r#"{"a":1,"b":2}"#).unwrap(), Json::parse(r#"{"b":2,"a":1}"#).unwrap());
    }

    #[test]
    fn what_is_not_strict_json_is_refused_where_it_stands() {
        for (text, location) in [
            ("", Some("line 1 column 0")),
            ("{", Some("line 1 column 1")),
            ("[1,]", Some("line 1 column 4")),
            ("NaN", Some("line 1 column 1")),
            ("01", Some("line 1 column 2")),
            ("{}\n {}", Some("line 2 column 2")),
            ("'a'", Some("line 1 column 1")),
            (r#"{"a":{"b":1,"b":2}}"#, Some("a.b")),
            (r#"{"a":[0,"\ud800"]}"#, Some("a[1]")),
        ] {
            let error = Json::parse(text).expect_err(text);
            assert_eq!(error.kind, Kind::InvalidInput { location: location.map(str::to_owned) }, "{text}");
        }
    }

    #[test]
    fn an_integer_has_as_many_digits_as_python_reads_and_a_fraction_any() {
        let digits = |count: usize| "7".repeat(count);
        for text in [digits(4_300), format!("-{}", digits(4_300)), format!("0.{}", digits(10_000))] {
            assert!(Json::parse(&text).is_ok());
        }
        assert!(Json::parse(&digits(4_301)).unwrap_err().message.contains("4300 digits"));
    }

    #[test]
    fn a_hundred_levels_are_read_and_one_more_is_not() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::parse(&nested(100)).is_ok());
        assert!(Json::parse(&nested(101)).unwrap_err().message.contains("100"));
        assert!(Json::parse(&nested(100_000)).is_err());
    }
}
