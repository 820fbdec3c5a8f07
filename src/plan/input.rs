//! What can be wrong with what a caller wants, whatever the app holds.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::model::MobileAppAssignment;

/// Checks what a caller wants an app to hold; `name` is that of the argument, `add` or `replace`. What is to be removed
/// is not checked: whatever a server listed can be removed.
///
/// # Errors
/// An input error at the entry that cannot be sent, or at one that is there twice.
pub fn check_input(name: &str, wanted: &[MobileAppAssignment]) -> Result<()> {
    let mut seen = HashMap::with_capacity(wanted.len());
    for (index, entry) in wanted.iter().enumerate() {
        let here = format!("{name}[{index}]");
        entry.check().map_err(|error| error.inside(&here))?;
        if let Some(first) = seen.insert(entry.key(), index) {
            return Err(doubled(name, first, index, entry));
        }
    }
    Ok(())
}

/// Two entries for one thing.
pub(super) fn doubled(name: &str, first: usize, second: usize, entry: &MobileAppAssignment) -> Error {
    let message = format!("has target and intent of {name}[{first}]: {}", entry.summary());
    Error::invalid_input(&format!("{name}[{second}]"), message)
        .with_hint("an app holds one assignment for each target and intent; leave one of the two out")
}
