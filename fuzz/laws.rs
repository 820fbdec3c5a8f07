//! One law, named by LAW, on whatever libFuzzer makes. `make fuzz` runs them all.

#![no_main]

#[path = "../tests/rust/laws/mod.rs"]
mod laws;

use std::sync::LazyLock;

use laws::{ALL, Law};
use libfuzzer_sys::fuzz_target;

static LAW: LazyLock<Law> = LazyLock::new(|| {
    let wanted = std::env::var("LAW").unwrap_or_default();
    let law = ALL.iter().find(|(name, _)| *name == wanted);
    law.unwrap_or_else(|| panic!("LAW must be one of {:?}", ALL.map(|(name, _)| name))).1
});

fuzz_target!(|bytes: &[u8]| {
    LAW(bytes);
});
