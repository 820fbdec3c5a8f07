//! Graph's nouns.

mod assignment;
mod conversion;
mod group_assignment;
mod guid;
mod intent;
mod optional;
mod path;
mod reading;
mod target;

pub use assignment::{AssignmentChanges, AssignmentKey, MobileAppAssignment};
pub use group_assignment::{Changes, MobileAppGroupAssignment};
pub use intent::InstallIntent;
pub use optional::Optional;
pub use path::{MobileAppPath, Via};
pub use target::{AssignmentTarget, TargetChanges, TargetKey, TargetKind};
