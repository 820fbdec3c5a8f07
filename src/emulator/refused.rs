//! Why a body is refused.

use std::fmt;

/// Why a body is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is no JSON document.
    Unreadable,
    /// It names something that is not in the model.
    Model(String),
    /// Its values break a rule of the service.
    Rule(String),
    /// It breaks the service.
    Internal,
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => out.write_str("no JSON document"),
            Self::Model(message) | Self::Rule(message) => out.write_str(message),
            Self::Internal => out.write_str("the service would fail with an internal error"),
        }
    }
}
