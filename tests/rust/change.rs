//! Stories of planned writes, told in virtual time: nothing is sent twice that arrived once, and no end is left unknown
//! that a read can tell.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

#[path = "change/called_off.rs"]
mod called_off;
#[path = "change/ends.rs"]
mod ends;
#[path = "change/pace.rs"]
mod pace;
#[path = "change/rounds.rs"]
mod rounds;
#[path = "change/service.rs"]
mod service;
#[path = "change/shared.rs"]
mod shared;
#[path = "change/verification.rs"]
mod verification;
