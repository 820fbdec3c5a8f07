//! Inputs from the tests' own documents, where the fuzzer starts too.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// The seeds of a law, in a fixed order.
pub(crate) fn of(law: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seeds").join(law);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| fs::read(file).unwrap()).collect()
}

/// What may happen to a stretch of bytes.
#[derive(Clone, Debug)]
enum Damage {
    Lost,
    Doubled,
    Replaced(Vec<u8>),
}

/// A seed after a few accidents.
pub(crate) fn damaged(law: &'static str) -> impl Strategy<Value = Bytes> {
    let damage = prop_oneof![
        Just(Damage::Lost),
        Just(Damage::Doubled),
        prop::collection::vec(any::<u8>(), 1..4).prop_map(Damage::Replaced),
        (b'!'..b'a').prop_map(|sign| Damage::Replaced(vec![sign])),
    ];
    let accidents = prop::collection::vec((any::<Index>(), 0_usize..12, damage), 1..6);
    (select(of(law)), accidents).prop_map(|(mut bytes, accidents)| {
        for (place, length, damage) in accidents {
            let start = place.index(bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            let instead = match damage {
                Damage::Lost => Vec::new(),
                Damage::Doubled => bytes[start..end].repeat(2),
                Damage::Replaced(other) => other,
            };
            bytes.splice(start..end, instead);
        }
        Bytes::from(bytes)
    })
}
