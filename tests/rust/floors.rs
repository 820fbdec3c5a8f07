//! Holds the floor plan: who may use whom, and who may name what.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The floor of each room. A room is a top-level module with the files below it.
const FLOORS: [(&str, u8); 34] = [
    ("error", 0),
    ("event", 0),
    ("secret", 0),
    ("json", 0),
    ("model", 0),
    ("service", 1),
    ("network", 1),
    ("request", 1),
    ("response", 1),
    ("page", 1),
    ("receipt", 1),
    ("challenge", 1),
    ("retry_after", 1),
    ("retry", 1),
    ("pace", 1),
    ("claims", 1),
    ("advice", 1),
    ("plan", 1),
    ("report", 1),
    ("html", 1),
    ("token", 2),
    ("ca_bundle", 2),
    ("journal", 2),
    ("transport", 2),
    ("circuit", 3),
    ("client", 3),
    ("call", 3),
    ("assign", 3),
    ("read", 3),
    ("apps", 3),
    ("change", 3),
    ("bulk", 3),
    ("emulator", 4),
    ("python", 4),
];

/// Outside things, and the only rooms that may name them.
const DOORS: [(&str, &[&str]); 10] = [
    ("pyo3", &["python"]),
    ("reqwest", &["transport"]),
    ("rustls", &["transport"]),
    ("h2", &["transport"]),
    ("hyper", &["emulator"]),
    ("hyper_util", &["emulator", "transport"]),
    ("aws_lc_rs", &["emulator"]),
    ("std::net", &["emulator"]),
    ("std::fs", &["ca_bundle", "journal"]),
    ("std::env", &["python"]),
];

/// Who detaches from the interpreter must not hold a lock: one function does it for all, and the courier for itself.
const DETACHES: [&str; 2] = ["python/runtime.rs", "python/courier.rs"];

fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut sources) = (vec![root.clone()], BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                sources.insert(name, code(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    sources
}

/// The code of a file: without its comments and its unit tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

fn room(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// The rooms that a file uses: what follows `crate::`, in one `use` or a braced list of them.
fn used(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let names = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap().split(',').collect(),
            None => vec![rest],
        };
        for name in names {
            let name = name.trim();
            let end = name.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(name.len());
            rooms.push(name[..end].to_owned());
        }
    }
    rooms
}

#[test]
fn every_file_has_a_floor() {
    for file in sources().keys() {
        assert!(file == "lib.rs" || floor(room(file)).is_some(), "{file} stands on no floor");
    }
    assert!(sources().len() > 15, "the sources were not found");
}

#[test]
fn a_file_uses_its_own_floor_and_those_below() {
    let mut arrows = 0;
    for (file, code) in sources() {
        for other in used(&code) {
            let above =
                floor(&other).unwrap_or_else(|| panic!("{file} uses crate::{other}, which is no room"));
            assert!(above <= floor(room(&file)).unwrap(), "{file} uses {other}, which is above it");
            arrows += 1;
        }
    }
    assert!(arrows > 20, "only {arrows} arrows were found");
}

/// The files that a file uses: whole rooms by `crate::`, and the files beside it by `super::`.
fn arrows(file: &str, code: &str, all: &BTreeMap<String, String>) -> Vec<String> {
    let rooms = used(code).into_iter().map(|other| format!("{other}.rs"));
    let beside = code.split("super::").skip(1).flat_map(|rest| {
        let names =
            rest.split(';').next().unwrap().split(|char: char| !char.is_alphanumeric() && char != '_');
        names.filter_map(|name| Some(format!("{}/{name}.rs", file.split_once('/')?.0))).collect::<Vec<_>>()
    });
    rooms.chain(beside).filter(|other| other != file && all.contains_key(other)).collect()
}

#[test]
fn files_make_no_circle() {
    let sources = sources();
    let arrows: BTreeMap<_, _> =
        sources.iter().map(|(file, code)| (file.clone(), arrows(file, code, &sources))).collect();
    assert!(arrows["python/arguments.rs"].contains(&"python/text.rs".to_owned()));
    for start in arrows.keys() {
        let (mut ahead, mut seen) = (arrows[start].clone(), Vec::new());
        while let Some(next) = ahead.pop() {
            assert_ne!(&next, start, "{start} uses itself by way of {seen:?}");
            if !seen.contains(&next) {
                ahead.extend(arrows.get(&next).into_iter().flatten().cloned());
                seen.push(next);
            }
        }
    }
}

#[test]
fn outside_things_are_named_behind_their_doors_alone() {
    for (file, code) in sources() {
        for (thing, rooms) in DOORS {
            let named = code.match_indices(thing).any(|(at, _)| {
                let is_word =
                    |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
                !is_word(code[..at].chars().next_back()) && !is_word(code[at + thing.len()..].chars().next())
            });
            assert!(!named || rooms.contains(&room(&file)), "{file} names {thing}");
        }
        assert!(
            DETACHES.contains(&file.as_str()) || !code.contains(".detach("),
            "{file} detaches from the interpreter"
        );
    }
}

#[test]
fn the_emulator_shares_no_code_with_the_client() {
    for (file, code) in sources() {
        if room(&file) == "emulator" {
            assert_eq!(used(&code), Vec::<String>::new(), "{file} uses the crate");
            assert!(!code.contains("super::super"), "{file} reaches above the emulator");
        } else if room(&file) != "python" {
            assert!(!used(&code).contains(&"emulator".to_owned()), "{file} uses the emulator");
        }
    }
}
