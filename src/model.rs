//! Graph's nouns.

mod group_assignment;
mod intent;
mod optional;
mod path;

pub use group_assignment::{Changes, MobileAppGroupAssignment};
pub use intent::InstallIntent;
pub use optional::Optional;
pub use path::{MobileAppPath, Via};
