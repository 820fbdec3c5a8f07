//! Which Graph is emulated.

/// Which Graph is emulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// The beta of summer 2017, as the seed documents it.
    Y2017,
    /// The Graph of today, beta and v1.0.
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

    /// A property that only the other profile's assignments have, and that profile.
    pub(super) fn mark_of_the_other(self) -> (&'static str, Self) {
        match self {
            Self::Y2017 => ("target", Self::Current),
            Self::Current => ("targetGroupId", Self::Y2017),
        }
    }

    /// What an app calls its assignments.
    pub(super) fn collection(self) -> &'static str {
        match self {
            Self::Y2017 => "groupAssignments",
            Self::Current => "assignments",
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

impl Version {
    /// The version that the first segment of a path names.
    pub(super) fn read(name: &str) -> Option<Self> {
        [Self::Beta, Self::V1].into_iter().find(|version| name.eq_ignore_ascii_case(version.name()))
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }
}
