//! Which Graph is emulated.

/// Which Graph is emulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// The beta of summer 2017, as the seed documents it.
    Y2017,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 1] = [Self::Y2017];

    /// The name that users give.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Y2017 => "2017",
        }
    }
}
