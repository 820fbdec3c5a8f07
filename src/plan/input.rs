//! What can be wrong with what a caller wants, whatever the app holds.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::model::{AssignmentKey, MobileAppAssignment};

/// Checks what a caller wants an app to hold; `name` is that of the argument, `add` or `replace`. What has an id was read
/// from a server: if the app holds it, it may stay whatever it is, so it is checked where that is known. What is to be
/// removed is not checked: whatever a server listed can be removed.
///
/// # Errors
/// An input error at the entry that cannot be sent, or at one that is there twice.
pub fn check_input(name: &str, wanted: &[MobileAppAssignment]) -> Result<()> {
    by_key(name, wanted).map(drop)
}

/// Where each entry stands, by its key, if all can be sent and none is there twice.
pub(super) fn by_key(name: &str, wanted: &[MobileAppAssignment]) -> Result<HashMap<AssignmentKey, usize>> {
    let mut seen = HashMap::with_capacity(wanted.len());
    for (index, entry) in wanted.iter().enumerate() {
        if entry.id().is_none() {
            check_entry(name, index, entry)?;
        }
        if let Some(first) = seen.insert(entry.key(), index) {
            return Err(doubled(name, first, index, entry));
        }
    }
    Ok(seen)
}

/// Checks one entry that an app does not hold as it stands.
pub(super) fn check_entry(name: &str, index: usize, entry: &MobileAppAssignment) -> Result<()> {
    entry.check().map_err(|error| error.inside(&format!("{name}[{index}]")))
}

/// Two entries for one thing.
pub(super) fn doubled(name: &str, first: usize, second: usize, entry: &MobileAppAssignment) -> Error {
    let message = format!("has target and intent of {name}[{first}]: {}", entry.summary());
    Error::invalid_input(&format!("{name}[{second}]"), message)
        .with_hint("an app holds one assignment for each target and intent; leave one of the two out")
}
