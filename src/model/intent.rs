//! What is to happen with an app for those it goes to.

use crate::error::{Error, Result, cut};

/// The 2017 `installIntent`; today's has all of them but one. A server may know more of them than this library does.
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
    /// The known ones, in the order documented in 2017.
    pub const KNOWN: [Self; 5] = [
        Self::Available,
        Self::NotApplicable,
        Self::Required,
        Self::Uninstall,
        Self::AvailableWithoutEnrollment,
    ];

    /// Those that Graph has today, in its order.
    pub const TODAY: [Self; 4] =
        [Self::Available, Self::Required, Self::Uninstall, Self::AvailableWithoutEnrollment];

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
        match text {
            "available" => Self::Available,
            "notApplicable" => Self::NotApplicable,
            "required" => Self::Required,
            "uninstall" => Self::Uninstall,
            "availableWithoutEnrollment" => Self::AvailableWithoutEnrollment,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// Whether a caller may send it where Graph knows these intents.
    ///
    /// # Errors
    /// An input error at `location` that lists the known intents.
    pub fn check(&self, location: &str, known: &[Self]) -> Result<()> {
        if known.contains(self) {
            return Ok(());
        }
        let names: Vec<_> = known.iter().map(Self::as_str).collect();
        let what = match self {
            Self::Unknown(text) => format!("{:?} is no install intent", cut(text, 64)),
            old => format!("today's enumeration lacks {:?}", old.as_str()),
        };
        let error =
            Error::invalid_input(location, format!("{what}; the known ones are {}", names.join(", ")));
        let meant = self.as_str().replace(['_', ' '], "");
        Err(match names.iter().find(|name| name.eq_ignore_ascii_case(&meant)) {
            Some(meant) => error.with_hint(format!("Graph spells it {meant:?}")),
            None => error,
        })
    }
}
