//! Strict JSON: read as another reader reads it, within our bounds, and written as it stood.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use appassign::json::{Json, MAX_DEPTH, MAX_INTEGER_DIGITS, Number};
use json_event_parser::{JsonEvent, SliceJsonParser};

use super::{Input, text};

/// The bytes are a document.
pub(crate) fn check(bytes: &[u8]) -> Input {
    let Ok(document) = std::str::from_utf8(bytes) else { return Input::Refused };
    let read = Json::parse(document);
    let expected = read_by_another(document);
    let json = match (read, expected) {
        (Ok(json), Some(expected)) => {
            assert_eq!(exactly(&json), exactly(&expected), "{document:?}");
            json
        }
        (Err(error), None) => {
            text::is_printable(&error.to_string());
            return Input::Refused;
        }
        (read, expected) => panic!("{document:?}: {read:?} where another reader has {expected:?}"),
    };
    assert!(serde_json::from_str::<serde::de::IgnoredAny>(document).is_ok(), "{document:?}");
    let written = serde_json::to_string(&json).unwrap();
    let again = Json::parse(&written).unwrap();
    assert_eq!(exactly(&again), exactly(&json), "{document:?}");
    assert_eq!(again, json);
    assert_eq!(hash(&again), hash(&json));
    assert_eq!(serde_json::to_string(&again).unwrap(), written);
    Input::Accepted
}

/// Order and spelling included, which equality passes over.
fn exactly(json: &Json) -> String {
    format!("{json:?}")
}

/// What a hash table goes by.
pub(crate) fn hash(value: &impl Hash) -> u64 {
    let mut state = DefaultHasher::new();
    value.hash(&mut state);
    state.finish()
}

/// What stands open while a document is read.
enum Open {
    Array(Vec<Json>),
    Object(Vec<(String, Json)>, Option<String>),
}

/// The same document by way of a parser that shares no code with ours; our bounds are kept here a second time.
fn read_by_another(document: &str) -> Option<Json> {
    if document.starts_with('\u{feff}') {
        return None; // A reader may pass over it, says RFC 8259, and this one does.
    }
    let mut parser = SliceJsonParser::new(document.as_bytes());
    let (mut open, mut whole) = (Vec::new(), None);
    loop {
        let value = match parser.parse_next().ok()? {
            JsonEvent::Eof => return whole,
            JsonEvent::StartArray => {
                open.push(Open::Array(Vec::new()));
                None
            }
            JsonEvent::StartObject => {
                open.push(Open::Object(Vec::new(), None));
                None
            }
            JsonEvent::ObjectKey(key) => {
                let Some(Open::Object(_, name)) = open.last_mut() else { panic!("a key outside an object") };
                *name = Some(key.into_owned());
                None
            }
            JsonEvent::EndArray | JsonEvent::EndObject => Some(match open.pop()? {
                Open::Array(items) => Json::Array(items),
                Open::Object(members, _) => {
                    let mut names = HashSet::new();
                    if !members.iter().all(|(name, _)| names.insert(name)) {
                        return None;
                    }
                    Json::Object(members)
                }
            }),
            JsonEvent::Null => Some(Json::Null),
            JsonEvent::Boolean(truth) => Some(Json::Bool(truth)),
            JsonEvent::String(text) => Some(Json::Text(text.into_owned())),
            JsonEvent::Number(number) => {
                let is_integer = !number.contains(['.', 'e', 'E']);
                if is_integer && number.trim_start_matches('-').len() > MAX_INTEGER_DIGITS {
                    return None;
                }
                let spelled = Number::new(number.to_string()).unwrap();
                assert_eq!(spelled.as_str(), number);
                Some(Json::Number(spelled))
            }
        };
        if open.len() > MAX_DEPTH {
            return None;
        }
        if let Some(value) = value {
            match open.last_mut() {
                None => whole = Some(value),
                Some(Open::Array(items)) => items.push(value),
                Some(Open::Object(members, name)) => members.push((name.take().unwrap(), value)),
            }
        }
    }
}
