//! When the next request of a client may go: not while the service has asked it to wait, and not faster than a quota.

mod hold_back;
mod lanes;
mod quota;

pub use hold_back::HoldBack;
pub use lanes::Lanes;
pub use quota::Quota;
