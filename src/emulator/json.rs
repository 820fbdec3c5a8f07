//! JSON as it was sent.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How `serde_json` hands over a number of any precision: as an object with this one name.
const NUMBER: &str = "$serde_json::private::Number";

/// A value that is read without what `Value` makes of an object with a private name of `serde_json`'s: that name would let
/// a text hide a document in a document, past the bound of how deep one may be, until the stack is at its end.
pub(super) struct Document(pub(super) Value);

/// Reads a document.
pub(super) fn read(text: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(text).map(|Document(value)| value)
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(DocumentVisitor).map(Self)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(Document(entry)) = entries.next_element()? {
            read.push(entry);
        }
        Ok(read.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if read.is_empty() && name == NUMBER {
                let digits: String = members.next_value()?;
                return digits.parse::<Number>().map(Value::Number).map_err(A::Error::custom);
            }
            let Document(value) = members.next_value()?;
            read.insert(name, value);
        }
        Ok(read.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Documents within documents, each hidden in a text and as deep as one may be.
    fn hidden(times: usize) -> String {
        (0..times).fold("1".to_owned(), |inner, _| {
            let text = inner.replace('\\', r"\u005c").replace('"', r"\u0022");
            let (open, close) = ("[".repeat(100), "]".repeat(100));
            format!(r#"{open}{{"$serde_json::private::RawValue":"{text}"}}{close}"#)
        })
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        for text in [
            "null",
            "true",
            r#""\u00e9\n""#,
            "-0",
            "1e400",
            "12345678901234567890.00",
            "[]",
            r#"[1,[{}],{"b":2.50,"a":[null]}]"#,
        ] {
            let expected: Value = serde_json::from_str(text).unwrap();
            assert_eq!(read(text.as_bytes()).unwrap().to_string(), expected.to_string());
        }
        assert_eq!(read(br#"{"a":1,"b":2,"a":3}"#).unwrap(), json!({"a": 3, "b": 2}));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for text in
            ["", "{", "NaN", "1 2", r#"{"a":}"#, r#""\ud800""#, r#"{"$serde_json::private::Number":"x"}"#]
        {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        assert!(read("[".repeat(1000).as_bytes()).is_err());
    }

    #[test]
    fn a_text_hides_no_document() {
        let text = r#"{"$serde_json::private::RawValue":"[1]"}"#;
        assert_eq!(read(text.as_bytes()).unwrap().to_string(), text);
        assert!(read(hidden(100).as_bytes()).is_ok());
    }
}
