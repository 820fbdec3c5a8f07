//! `$orderby`.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::Unanswerable;
use super::instant::Instant;
use super::path::{Path, Unwalkable};

#[derive(Debug, Default)]
pub(super) struct Order(Vec<(Path, Direction)>);

#[derive(Debug, Clone, Copy)]
enum Direction {
    Ascending,
    Descending,
}

impl Order {
    pub(super) fn read(text: Option<&str>) -> Result<Self, Unanswerable> {
        let text = text.unwrap_or_default();
        let keys = text.split(',').filter(|_| !text.is_empty()).map(|key| read_key(key, text));
        Ok(Self(keys.collect::<Result<_, _>>()?))
    }

    pub(super) fn is_given(&self) -> bool {
        !self.0.is_empty()
    }

    pub(super) fn own_properties(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|(path, _)| path.own_property())
    }

    /// Items with equal keys stay as they stood.
    pub(super) fn sort(&self, items: &mut [Map<String, Value>]) {
        items.sort_by(|left, right| {
            let keys = self.0.iter().map(|(path, direction)| {
                let (left, right) = (path.value(left), path.value(right));
                let order = compare(left, right, path.is_of_moments());
                match direction {
                    Direction::Ascending => order,
                    Direction::Descending => order.reverse(),
                }
            });
            keys.fold(Ordering::Equal, Ordering::then)
        });
    }
}

fn read_key(key: &str, text: &str) -> Result<(Path, Direction), Unanswerable> {
    let mut words = key.split_whitespace();
    let (path, direction, more) = (words.next().unwrap_or_default(), words.next(), words.next());
    let direction = match direction {
        None => Some(Direction::Ascending),
        Some(word) if word.eq_ignore_ascii_case("asc") => Some(Direction::Ascending),
        Some(word) if word.eq_ignore_ascii_case("desc") => Some(Direction::Descending),
        Some(_) => None,
    };
    if key.contains('(') {
        return Err(Unanswerable::NotEmulated("a function in $orderby".to_owned()));
    }
    match (Path::read(path), direction, more) {
        (Ok(path), Some(direction), None) => Ok((path, direction)),
        (Err(Unwalkable::UnknownType(name)), ..) => {
            Err(Unanswerable::NotEmulated(format!("the type '{name}'")))
        }
        (Err(Unwalkable::Segment(name)), ..) => Err(Unanswerable::NotEmulated(format!("{name} in $orderby"))),
        // OData's words; where Graph puts them is inferred.
        _ => {
            let position = text.encode_utf16().count();
            Err(Unanswerable::Invalid(format!("Syntax error at position {position} in '{text}'.")))
        }
    }
}

/// Null comes first (OData). The service's collation is not known: here it is that of a dictionary.
/// As `sort_by` demands, one order for all values: what is no moment comes behind all that are.
fn compare(left: &Value, right: &Value, of_moments: bool) -> Ordering {
    let moment = |text: &str| Instant::read(text).filter(|_| of_moments);
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => {
            left.as_f64().partial_cmp(&right.as_f64()).unwrap_or(Ordering::Equal)
        }
        (Value::String(left), Value::String(right)) => match (moment(left), moment(right)) {
            (Some(left), Some(right)) => left.cmp(&right),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => left.to_lowercase().cmp(&right.to_lowercase()).then_with(|| left.cmp(right)),
        },
        _ => rank(left).cmp(&rank(right)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) | Value::Object(_) => 4,
    }
}
