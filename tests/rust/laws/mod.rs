//! What must hold for every input. The same functions are run by `cargo test`, on inputs that proptest makes, and by
//! the fuzzer of `make fuzz`.

pub(crate) mod assignment;
pub(crate) mod base_url;
pub(crate) mod claims;
pub(crate) mod journal;
pub(crate) mod json;
pub(crate) mod model;
pub(crate) mod path_id;
pub(crate) mod plan;
pub(crate) mod response;
pub(crate) mod retry;
pub(crate) mod retry_after;
pub(crate) mod text;
pub(crate) mod token;
pub(crate) mod wire;
pub(crate) mod www_authenticate;

/// What became of an input: so a test can tell that what it makes up gets past the first check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// It was read.
    Accepted,
    /// It was refused, or asks for nothing.
    Refused,
}

/// One law: it panics where it does not hold.
pub(crate) type Law = fn(&[u8]) -> Input;

/// Every law, under the name of its fuzz target and of its seeds.
pub(crate) const ALL: [(&str, Law); 13] = [
    ("assignment", assignment::check),
    ("base_url", base_url::check),
    ("claims", claims::check),
    ("journal", journal::check),
    ("json", json::check),
    ("model", model::check),
    ("path_id", path_id::check),
    ("plan", plan::check),
    ("response", response::check),
    ("retry", retry::check),
    ("retry_after", retry_after::check),
    ("token", token::check),
    ("www_authenticate", www_authenticate::check),
];
