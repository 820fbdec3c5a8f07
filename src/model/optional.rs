//! A property that may be left out.

use crate::error::{Error, Result};
use crate::json::Json;

/// A text property that may be left out. On the wire, absent and `null` stay apart; in Python both are `None`.
#[derive(Clone, Debug, Default)]
pub enum Optional {
    /// Not there.
    #[default]
    Absent,
    /// There, and `null`.
    Null,
    /// There, with a value.
    Is(String),
}

impl From<Option<String>> for Optional {
    /// What a caller gives: `None` leaves the property out.
    fn from(value: Option<String>) -> Self {
        value.map_or(Self::Absent, Self::Is)
    }
}

impl Optional {
    /// Whether a caller may send it.
    ///
    /// # Errors
    /// An input error at `name` if the text is empty.
    pub fn check(&self, name: &str) -> Result<()> {
        match self.value() {
            Some("") => {
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
    pub fn read(name: &str, value: Json) -> Result<Self> {
        match value {
            Json::Null => Ok(Self::Null),
            Json::Text(text) => Ok(Self::Is(text)),
            other => Err(Error::invalid_input(
                name,
                format!("must be a string or null, not {}", other.type_name()),
            )),
        }
    }

    /// The value, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Is(text) => Some(text),
            Self::Absent | Self::Null => None,
        }
    }

    /// What stands on the wire: nothing, `null` or a string.
    #[must_use]
    pub fn to_json(&self) -> Option<Json> {
        match self {
            Self::Absent => None,
            Self::Null => Some(Json::Null),
            Self::Is(text) => Some(Json::Text(text.clone())),
        }
    }
}
