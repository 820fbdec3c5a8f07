//! What is to happen with an app for a group.

use crate::error::{Error, Result, cut};

/// The 2017 `installIntent`. A server may know more of them than this library does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum InstallIntent {
    /// Offered to enrolled devices.
    Available,
    /// In the 2017 enumeration; Graph never said what it does.
    NotApplicable,
    /// Installed without asking.
    Required,
    /// Removed.
    Uninstall,
    /// Offered to devices that are not enrolled, too.
    AvailableWithoutEnrollment,
    /// What a server sent and this library does not know.
    Unknown(String),
}

impl InstallIntent {
    /// The known ones, in Graph's documented order.
    pub const KNOWN: [Self; 5] = [
        Self::Available,
        Self::NotApplicable,
        Self::Required,
        Self::Uninstall,
        Self::AvailableWithoutEnrollment,
    ];

    /// Graph's spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Available => "available",
            Self::NotApplicable => "notApplicable",
            Self::Required => "required",
            Self::Uninstall => "uninstall",
            Self::AvailableWithoutEnrollment => "availableWithoutEnrollment",
            Self::Unknown(text) => text,
        }
    }

    /// Reads what a server sent, known or not.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let known = Self::KNOWN.into_iter().find(|known| known.as_str() == text);
        known.unwrap_or_else(|| Self::Unknown(text.to_owned()))
    }

    /// Whether a caller may send it.
    ///
    /// # Errors
    /// An input error at `install_intent` that lists the known intents.
    pub fn check(&self) -> Result<()> {
        let Self::Unknown(text) = self else { return Ok(()) };
        let known = Self::KNOWN.each_ref().map(Self::as_str);
        let message =
            format!("{:?} is no install intent; the known ones are {}", cut(text, 64), known.join(", "));
        let error = Error::invalid_input("install_intent", message);
        Err(match known.iter().find(|known| known.eq_ignore_ascii_case(text.trim())) {
            Some(meant) => error.with_hint(format!("Graph spells it {meant:?}")),
            None => error,
        })
    }
}
