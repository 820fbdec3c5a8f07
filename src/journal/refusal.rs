//! Why a journal is refused, in words.

use std::io;
use std::path::Path;

use super::scan::Fault;
use crate::error::{Error, Kind, printable};

/// An error about the file at this path.
pub(super) fn refusal(path: &Path, message: &str, hint: impl Into<String>) -> Error {
    Error::new(Kind::Journal, format!("journal {}: {message}", shown(path))).with_hint(hint)
}

/// What the system said when the file was to be opened, written and so on.
pub(super) fn system(path: &Path, what: &str, error: &io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::NotFound => "check the path: its directory must be there",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "it must be in a directory in which this user may write"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "make room, or move the file away: the next call begins a new one"
        }
        _ => "put it on a local disk in which this user may write",
    };
    refusal(path, &format!("{what}: {}", printable(&error.to_string())), hint)
}

/// What came of reading it.
pub(super) fn unreadable(path: &Path, fault: Fault) -> Error {
    match fault {
        Fault::System(error) => system(path, "cannot be read", &error),
        Fault::Line(1, what) => refusal(
            path,
            &format!("line 1: {what}, or this file is no journal"),
            "nothing was changed: name another file, or, if it is a journal, keep a copy and move it away",
        ),
        Fault::Line(number, what) => refusal(
            path,
            &format!("line {number}: {what}"),
            "nothing was changed: keep a copy and move the file away, and the next call begins a new one",
        ),
    }
}

/// A path, fit for a terminal.
pub(super) fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}
