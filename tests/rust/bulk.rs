//! Stories of runs about many apps, told in virtual time: who is under way, who waits for what, and when a run ends early.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

#[path = "bulk/ends.rs"]
mod ends;
#[path = "bulk/outage.rs"]
mod outage;
#[path = "bulk/results.rs"]
mod results;
#[path = "bulk/service.rs"]
mod service;
