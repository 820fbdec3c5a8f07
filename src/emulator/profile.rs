//! Which Graph is emulated.

/// Which Graph is emulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// The beta of summer 2017, as the seed documents it.
    Y2017,
    /// The beta of today, so far as it refuses the form of 2017; the form that it takes is not emulated yet.
    Current,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 2] = [Self::Y2017, Self::Current];

    /// The name that users give.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Y2017 => "2017",
            Self::Current => "current",
        }
    }
}

/// The first segment of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// `/v1.0`: no filters, no sources, fewer settings.
    V1,
    /// `/beta`.
    Beta,
}
