//! What reading has in common, whichever noun it is.

use std::collections::HashMap;

use crate::error::{Error, Kind, Result};
use crate::json::{Json, sorted};

/// The properties of a document that is to be an object; `noun` says what it is.
pub(crate) fn object(noun: &str, document: Json) -> Result<Vec<(String, Json)>> {
    match document {
        Json::Object(properties) => Ok(properties),
        other => {
            let message = format!("{noun} is a JSON object, not {}", other.type_name());
            Err(Error::new(Kind::InvalidInput { location: None }, message))
        }
    }
}

/// A text that may not be null.
pub(crate) fn required_text(name: &str, value: Json) -> Result<String> {
    match value {
        Json::Text(text) => Ok(text),
        other => Err(Error::invalid_input(name, format!("must be a string, not {}", other.type_name()))),
    }
}

/// A property that has to be there and is not.
pub(crate) fn missing(name: &str) -> Error {
    Error::invalid_input(name, "this property is required and missing")
}

/// Unknown properties as equality and hash see them: null is absent, and order does not count.
pub(super) fn essential(unknown: &[(String, Json)]) -> Vec<&(String, Json)> {
    let mut said = sorted(unknown);
    said.retain(|(_, value)| *value != Json::Null);
    said
}

/// Unknown properties with the values that are wanted, in their own order, and what is wanted besides.
pub(super) fn overlaid<'a>(
    there: &[(String, Json)],
    wanted: impl Iterator<Item = (&'a str, &'a Json)>,
) -> Vec<(String, Json)> {
    let mut overlaid = there.to_vec();
    let places: HashMap<_, _> =
        there.iter().enumerate().map(|(place, (name, _))| (name.as_str(), place)).collect();
    for (name, value) in wanted.filter(|(_, value)| **value != Json::Null) {
        match places.get(name).and_then(|place| overlaid.get_mut(*place)) {
            Some((_, held)) => *held = value.clone(),
            None => overlaid.push((name.to_owned(), value.clone())),
        }
    }
    overlaid
}

/// The name of a Graph type, without its namespace.
pub(crate) fn type_name(odata_type: &str) -> &str {
    let name = odata_type.strip_prefix('#').unwrap_or(odata_type);
    name.strip_prefix("microsoft.graph.").unwrap_or(name)
}
