//! A property that may be left out.

use crate::error::{Error, Result};
use crate::json::Json;
use crate::model::members::Value;
use crate::model::text::Text;

/// A text property that may be left out. On the wire, absent and `null` stay apart; in Python both are `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Optional {
    /// Not there.
    #[default]
    Absent,
    /// There, and `null`.
    Null,
    /// There, with a value.
    Is(Text),
}

impl From<Option<Text>> for Optional {
    /// What a caller gives: `None` leaves the property out.
    fn from(value: Option<Text>) -> Self {
        value.map_or(Self::Absent, Self::Is)
    }
}

impl Optional {
    /// Whether a caller may send it.
    ///
    /// # Errors
    /// An input error at `name` if the text is empty.
    pub(super) fn check(&self, name: &str) -> Result<()> {
        match self {
            Self::Is(text) if text.is_empty() => {
                Err(Error::invalid_input(name, "is empty")
                    .with_hint("leave it out, or pass None, to send none"))
            }
            _ => Ok(()),
        }
    }

    /// Reads what a server sent.
    ///
    /// # Errors
    /// An input error at `name` if it is neither a string nor `null`.
    pub(super) fn read(name: &str, value: Json) -> Result<Self> {
        match value {
            Json::Null => Ok(Self::Null),
            Json::Text(text) => Ok(Self::Is(text.into())),
            other => Err(Error::invalid_input(
                name,
                format!("must be a string or null, not {}", other.type_name()),
            )),
        }
    }

    /// The value, if there is one.
    pub(super) fn value(&self) -> Option<&str> {
        match self {
            Self::Is(text) => Some(text.as_str()),
            Self::Absent | Self::Null => None,
        }
    }

    /// What stands on the wire: nothing, `null` or a string.
    pub(super) fn written(&self) -> Option<Value<'_>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(Value::Null),
            Self::Is(text) => Some(Value::Text(text)),
        }
    }
}
