//! Plans: by example, and the laws that hold for every app and every wish.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

#[path = "plan/diffs.rs"]
mod diffs;
#[path = "plan/examples.rs"]
mod examples;
#[path = "plan/given.rs"]
mod given;
#[path = "plan/laws.rs"]
mod laws;
#[path = "plan/records.rs"]
mod records;
#[path = "plan/warnings.rs"]
mod warnings;
