//! Graph's nouns.

mod app;
mod assignment;
mod columns;
mod conversion;
mod group_assignment;
mod guid;
mod held;
mod intent;
pub(crate) mod members;
mod named;
mod optional;
mod path;
pub(crate) mod reading;
mod summary;
mod target;
mod target_kind;
mod text;

pub use app::MobileApp;
pub use assignment::{AssignmentChanges, AssignmentKey, MobileAppAssignment};
pub use columns::{Columns, Fault};
pub use group_assignment::{Changes, MobileAppGroupAssignment};
pub use intent::InstallIntent;
pub use named::Named;
use optional::Optional;
pub use path::{MobileAppPath, Via};
pub(crate) use summary::short;
pub use target::{AssignmentTarget, TargetChanges, TargetKey};
pub use target_kind::TargetKind;
pub(crate) use text::Text;
