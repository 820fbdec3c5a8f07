//! What names assignments of an app: one of them, or all to a target.

use crate::model::{AssignmentTarget, MobileAppAssignment};

/// Which assignments are meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Named {
    /// The one with the same target and intent, whatever its filter and settings.
    Assignment(MobileAppAssignment),
    /// All to the target, whatever their intent and filter.
    Target(AssignmentTarget),
}
