//! Graph's nouns.

mod assignment;
mod conversion;
mod group_assignment;
mod guid;
mod intent;
mod optional;
mod path;
pub(crate) mod reading;
mod summary;
mod target;
mod target_kind;

pub use assignment::{AssignmentChanges, AssignmentKey, MobileAppAssignment};
pub use group_assignment::{Changes, MobileAppGroupAssignment};
pub use intent::InstallIntent;
pub use optional::Optional;
pub use path::{MobileAppPath, Via};
pub(crate) use summary::short;
pub use target::{AssignmentTarget, TargetChanges, TargetKey};
pub use target_kind::TargetKind;
