//! The laws, on whatever proptest makes: any bytes, seeds that were damaged, and what the grammar of each input allows.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

mod grammar;
mod laws;
mod seeds;

use bytes::Bytes;
use laws::{ALL, Input};
use proptest::prelude::*;

#[test]
fn every_law_has_seeds_that_are_read_and_some_that_are_refused() {
    for (name, law) in ALL {
        let inputs: Vec<_> = seeds::of(name).iter().map(|seed| law(seed)).collect();
        for input in [Input::Accepted, Input::Refused] {
            assert!(inputs.contains(&input), "no seed of {name} is {input:?}");
        }
    }
}

/// Three tests for each law; what its grammar makes is there to be read.
macro_rules! laws_hold {
    ($($name:ident),*) => {$(
        mod $name {
            use super::*;

            proptest! {
                #[test]
                fn holds_for_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300).prop_map(Bytes::from)) {
                    laws::$name::check(&bytes);
                }

                #[test]
                fn holds_for_damaged_seeds(bytes in seeds::damaged(stringify!($name))) {
                    laws::$name::check(&bytes);
                }

                #[test]
                fn holds_for_what_the_grammar_allows(text in grammar::$name()) {
                    prop_assert_eq!(laws::$name::check(text.as_bytes()), Input::Accepted);
                }
            }
        }
    )*};
}

laws_hold!(
    assignment,
    base_url,
    claims,
    journal,
    json,
    model,
    path_id,
    plan,
    response,
    retry,
    retry_after,
    token,
    www_authenticate
);
