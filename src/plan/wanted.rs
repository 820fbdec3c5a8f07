//! What a caller wants of an app.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::model::{MobileAppAssignment, MobileAppPath, Named};
use crate::plan::{Plan, check_input};

/// What is to become of what an app holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// These too, and those no longer; all others stay.
    Change {
        /// What is to be there.
        add: Vec<MobileAppAssignment>,
        /// What is not.
        remove: Vec<Named>,
    },
    /// These and no others.
    Replace(Vec<MobileAppAssignment>),
}

impl Wanted {
    /// Whether it may be asked for.
    ///
    /// # Errors
    /// An input error for an assignment that may not be sent, or for two with one key.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Change { add, .. } => check_input("add", add),
            Self::Replace(wanted) => check_input("replace", wanted),
        }
    }

    /// What would be done to an app that holds this.
    ///
    /// # Errors
    /// A plan error for what cannot be planned.
    pub fn plan(&self, app_id: &str, live: Vec<MobileAppAssignment>) -> Result<Plan> {
        match self {
            Self::Change { add, remove } => Plan::change(app_id, live, add, remove),
            Self::Replace(wanted) => Plan::replace(app_id, live, wanted),
        }
    }
}

/// What a caller wants of one app among many.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Change {
    app: MobileAppPath,
    wanted: Wanted,
}

impl Change {
    /// Accepts a change.
    ///
    /// # Errors
    /// As for `Wanted::check`.
    pub fn new(app: MobileAppPath, wanted: Wanted) -> Result<Self> {
        wanted.check()?;
        Ok(Self { app, wanted })
    }

    /// The direct path to the app.
    #[must_use]
    pub fn app(&self) -> &MobileAppPath {
        &self.app
    }

    /// The app's id.
    #[must_use]
    pub fn app_id(&self) -> &str {
        self.app.mobile_app_id()
    }

    /// What is to become of it.
    #[must_use]
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }
}

/// Each app is there once: two changes of one would meet each other half-way.
///
/// # Errors
/// An input error at the second one of an app, in whatever letter case.
pub fn each_once<'a>(argument: &str, app_ids: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut places = HashMap::new();
    for (place, app_id) in app_ids.enumerate() {
        if let Some(before) = places.insert(app_id.to_ascii_lowercase(), place) {
            let message = format!("the app {app_id} is there twice: {argument}[{before}] is about it, too");
            return Err(Error::invalid_input(&format!("{argument}[{place}]"), message).with_hint(
                "put all that is wanted of an app into one: add and remove take any number of entries",
            ));
        }
    }
    Ok(())
}
