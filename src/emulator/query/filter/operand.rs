//! What an expression stands for, and how two of them compare.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::{Comparison, Instant, Unanswerable, incompatible};

#[derive(Debug, Clone)]
pub(super) enum Operand<'a> {
    Null,
    Boolean(bool),
    Number(Number),
    /// All that JSON writes as a string: also a GUID, a moment and a member of an enumeration.
    Text(Cow<'a, str>),
    /// Written without quotes, which only literals are.
    Guid(String),
    Moment(Instant),
    Structure,
}

impl<'a> Operand<'a> {
    pub(super) fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Boolean(*value),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(_) | Value::Object(_) => Self::Structure,
        }
    }

    pub(super) fn borrowed(&'a self) -> Self {
        match self {
            Self::Text(text) => Self::Text(Cow::Borrowed(text)),
            other => other.clone(),
        }
    }

    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "<null>",
            Self::Boolean(_) => "Edm.Boolean",
            Self::Number(number) => match number.as_i64() {
                Some(number) if i32::try_from(number).is_ok() => "Edm.Int32",
                Some(_) => "Edm.Int64",
                None => "Edm.Double",
            },
            Self::Text(_) => "Edm.String",
            Self::Guid(_) => "Edm.Guid",
            Self::Moment(_) => "Edm.DateTimeOffset",
            Self::Structure => "Edm.Untyped",
        }
    }

    /// Null equals null and nothing else, and is before and after nothing.
    pub(super) fn compares(&self, comparison: Comparison, other: &Operand<'_>) -> Result<bool, Unanswerable> {
        match (self, other) {
            (Self::Null, Operand::Null) => Ok(comparison == Comparison::Equal),
            (Self::Null, _) | (_, Operand::Null) => Ok(comparison == Comparison::NotEqual),
            _ => match self.order(other) {
                Some(order) => Ok(comparison.accepts(order)),
                None => Err(incompatible([self.type_name(), other.type_name()], comparison.name())),
            },
        }
    }

    fn order(&self, other: &Operand<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Boolean(left), Operand::Boolean(right)) => Some(left.cmp(right)),
            (Self::Number(left), Operand::Number(right)) => match (left.as_i128(), right.as_i128()) {
                (Some(left), Some(right)) => Some(left.cmp(&right)),
                _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
            },
            (Self::Text(left), Operand::Text(right)) => Some(left.cmp(right)),
            (Self::Guid(left), Operand::Guid(right)) => Some(left.cmp(right)),
            (Self::Moment(left), Operand::Moment(right)) => Some(left.cmp(right)),
            (Self::Text(left), Operand::Guid(right)) => Some(guid(left)?.cmp(right)),
            (Self::Text(left), Operand::Moment(right)) => Some(Instant::read(left)?.cmp(right)),
            (Self::Guid(_) | Self::Moment(_), Operand::Text(_)) => other.order(self).map(Ordering::reverse),
            _ => None,
        }
    }
}

impl Comparison {
    fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::GreaterThan => order.is_gt(),
            Self::GreaterThanOrEqual => order.is_ge(),
            Self::LessThan => order.is_lt(),
            Self::LessThanOrEqual => order.is_le(),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Equal => "Equal",
            Self::NotEqual => "NotEqual",
            Self::GreaterThan => "GreaterThan",
            Self::GreaterThanOrEqual => "GreaterThanOrEqual",
            Self::LessThan => "LessThan",
            Self::LessThanOrEqual => "LessThanOrEqual",
        }
    }
}

/// A GUID in small letters; their case means nothing.
pub(super) fn guid(text: &str) -> Option<String> {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths = groups.iter().map(|group| group.len());
    let hexadecimal = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()));
    (hexadecimal && lengths.eq([8, 4, 4, 4, 12])).then(|| text.to_ascii_lowercase())
}
