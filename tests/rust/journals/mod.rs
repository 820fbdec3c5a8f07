//! What tests of journals have in common: folders that go away, and records with a number.

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use appassign::journal::read;
use appassign::json::{Json, Number};

/// Longer than anything here takes.
pub(crate) const LONG: Duration = Duration::from_secs(60);

static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// A new folder, which goes away with its test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let name = format!("journal-{}-{}", std::process::id(), FOLDERS.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// A path in it.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Where its journal is.
    pub(crate) fn file(&self) -> PathBuf {
        self.at("journal.jsonl")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(crate) fn record(number: u64) -> Json {
    let number = Number::new(number.to_string()).unwrap();
    Json::Object(vec![("number".to_owned(), Json::Number(number))])
}

/// The numbers of all records.
pub(crate) fn numbers(path: &Path) -> Vec<u64> {
    let number = |record: &Json| match record {
        Json::Object(members) => match &members[0].1 {
            Json::Number(number) => number.as_str().parse().unwrap(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    read(path).unwrap().iter().map(number).collect()
}
