//! What a write would do to an app: what it holds, what it would hold, and what to mind.

mod comparison;
mod diff;
mod input;
mod merge;
mod record;
mod wanted;
mod warnings;

use std::borrow::Cow;

use crate::model::{MobileAppAssignment, Text};

pub use comparison::{Difference, compare};
pub use diff::{Mark, Row};
pub use input::check_input;
pub(crate) use merge::refuse_policy_sets;
pub use wanted::{Change, Wanted, each_once};

/// How many assignments an app may hold.
const MAX_ENTRIES: usize = 1_000;

/// What a write would do to an app.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Plan {
    app_id: Text,
    before: Box<[MobileAppAssignment]>,
    after: Box<[MobileAppAssignment]>,
    warnings: Box<[Warning]>,
}

/// What Graph is known to refuse or ignore.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Warning {
    /// A word that stays the same from version to version.
    pub code: Cow<'static, str>,
    /// Which entry it is about, and what to do.
    pub message: String,
}

impl Plan {
    /// The plan of an undo: the app is to hold `to`, exactly as it stands, ids and all.
    #[must_use]
    pub fn restore(app_id: &str, from: Vec<MobileAppAssignment>, to: Vec<MobileAppAssignment>) -> Self {
        Self::of(app_id, from, to, Vec::new())
    }

    fn of(
        app_id: &str,
        before: Vec<MobileAppAssignment>,
        after: Vec<MobileAppAssignment>,
        warnings: Vec<Warning>,
    ) -> Self {
        let (before, after, warnings) = (before.into(), after.into(), warnings.into());
        Self { app_id: app_id.into(), before, after, warnings }
    }

    /// The app.
    #[must_use]
    pub fn app_id(&self) -> &str {
        self.app_id.as_str()
    }

    /// What the app held when the plan was made.
    #[must_use]
    pub fn before(&self) -> &[MobileAppAssignment] {
        &self.before
    }

    /// What the app is to hold.
    #[must_use]
    pub fn after(&self) -> &[MobileAppAssignment] {
        &self.after
    }

    /// Entries whose key was not there.
    #[must_use]
    pub fn added(&self) -> Vec<&MobileAppAssignment> {
        self.matched().added
    }

    /// Entries whose key goes.
    #[must_use]
    pub fn removed(&self) -> Vec<&MobileAppAssignment> {
        self.matched().removed
    }

    /// Entries that stay as they are.
    #[must_use]
    pub fn kept(&self) -> Vec<&MobileAppAssignment> {
        self.matched().kept
    }

    /// Entries whose key stays and that say something else: before and after.
    #[must_use]
    pub fn changed(&self) -> Vec<(&MobileAppAssignment, &MobileAppAssignment)> {
        self.matched().changed
    }

    /// What to mind.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Whether nothing would be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let matched = self.matched();
        matched.added.is_empty() && matched.removed.is_empty() && matched.changed.is_empty()
    }

    /// What of the plan is not done, as far as this list shows; others may have added their own entries. If the service
    /// took the write (`is_taken`), it may have added its defaults to what is new.
    #[must_use]
    pub fn undone<'a>(&'a self, live: &'a [MobileAppAssignment], is_taken: bool) -> Difference<'a> {
        comparison::undone(&self.before, &self.after, live, is_taken)
    }

    fn matched(&self) -> comparison::Matched<'_> {
        comparison::Matched::of(&self.before, &self.after)
    }
}
