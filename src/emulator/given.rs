//! An app as a test gives it: a document as Graph lists one, with its assignments still in text, because there may be a
//! hundred thousand of them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::json::Document;

/// The app's own properties, and what it is to hold, by the name under which it was given.
pub(super) struct Given<'a> {
    pub(super) properties: Map<String, Value>,
    pub(super) assignments: Vec<(String, &'a RawValue)>,
}

impl<'de> Deserialize<'de> for Given<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(GivenVisitor)
    }
}

struct GivenVisitor;

impl<'de> Visitor<'de> for GivenVisitor {
    type Value = Given<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an app, which is an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given<'de>, A::Error> {
        let mut given = Given { properties: Map::new(), assignments: Vec::new() };
        while let Some(name) = map.next_key::<String>()? {
            if matches!(name.as_str(), "assignments" | "groupAssignments") {
                given.assignments.push((name, map.next_value()?));
            } else {
                let Document(value) = map.next_value()?;
                given.properties.insert(name, value);
            }
        }
        Ok(given)
    }
}
