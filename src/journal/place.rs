//! The file at a path: one that only its owner writes to, and nothing that merely looks like a file.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

#[cfg(unix)]
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};

use super::refusal::{refusal, shown, system};
use crate::error::{Error, Result};

/// How often a file may be replaced while it is being opened.
const ROUNDS: usize = 10;

/// What is at the path, if anything is. A link is not followed.
fn look(path: &Path) -> Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(about) => match fault(path, &about) {
            None => Ok(Some(about)),
            Some(error) => Err(error),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(system(path, "cannot be opened", &error)),
    }
}

fn fault(path: &Path, about: &Metadata) -> Option<Error> {
    let kind = about.file_type();
    if kind.is_symlink() {
        return Some(refusal(path, "is a symbolic link", "name the file that it leads to"));
    }
    if !kind.is_file() {
        let message = format!("is {}", other_kind(kind));
        return Some(refusal(path, &message, "name a file, or one that is not there yet"));
    }
    writable_by_others(about).map(|mode| {
        let message = format!("others than its owner may write to it (mode {mode:04o})");
        refusal(path, &message, format!("chmod go-w {}", shown(path)))
    })
}

#[cfg(unix)]
fn other_kind(kind: fs::FileType) -> &'static str {
    match kind {
        kind if kind.is_dir() => "a directory",
        kind if kind.is_fifo() => "a FIFO",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn other_kind(kind: fs::FileType) -> &'static str {
    if kind.is_dir() { "a directory" } else { "no file" }
}

#[cfg(unix)]
fn writable_by_others(about: &Metadata) -> Option<u32> {
    let mode = about.mode() & 0o7777;
    (mode & 0o022 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn writable_by_others(_: &Metadata) -> Option<u32> {
    None
}

#[cfg(unix)]
fn is_same(one: &Metadata, two: &Metadata) -> bool {
    (one.dev(), one.ino()) == (two.dev(), two.ino())
}

#[cfg(not(unix))]
fn is_same(one: &Metadata, two: &Metadata) -> bool {
    one.created().ok() == two.created().ok()
}

/// Whether an open file has lost its last name: what is written to it is gone when it is closed.
#[cfg(unix)]
pub(super) fn is_deleted(about: &Metadata) -> bool {
    about.nlink() == 0
}

#[cfg(not(unix))]
pub(super) fn is_deleted(_: &Metadata) -> bool {
    false
}

/// Whether the path still leads to this open file.
pub(super) fn is_at(path: &Path, file: &File) -> Result<bool> {
    let Some(there) = look(path)? else { return Ok(false) };
    let here = file.metadata().map_err(|error| system(path, "cannot be read", &error))?;
    Ok(is_same(&there, &here))
}

/// Opens the file to read it.
pub(super) fn open_to_read(path: &Path) -> Result<File> {
    let opened = |error: io::Error| system(path, "cannot be opened", &error);
    for _ in 0..ROUNDS {
        if look(path)?.is_none() {
            return Err(refusal(path, "is not there", "check the path"));
        }
        let file = File::open(path).map_err(opened)?;
        if is_at(path, &file)? {
            return Ok(file);
        }
    }
    Err(restless(path))
}

/// Opens the file to read and write it, or makes one that only its owner can read. Its name is on the disk then.
pub(super) fn open_to_write(path: &Path) -> Result<File> {
    for _ in 0..ROUNDS {
        let is_there = look(path)?.is_some();
        let mut options = OpenOptions::new();
        // To open a FIFO for both ways does not wait, should one take the file's place just now.
        options.read(true).create_new(!is_there);
        // Windows cuts no file that was opened to append.
        if cfg!(windows) {
            options.write(true)
        } else {
            options.append(true)
        };
        #[cfg(unix)]
        options.mode(0o600);
        match options.open(path) {
            Ok(file) => {
                if is_at(path, &file)? {
                    sync_directory(path)
                        .map_err(|error| system(path, "its name cannot be brought to the disk", &error))?;
                    return Ok(file);
                }
            }
            Err(error) if !is_there && error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) if is_there && error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(system(path, "cannot be opened", &error)),
        }
    }
    Err(restless(path))
}

fn restless(path: &Path) -> Error {
    refusal(path, "is replaced again and again while it is being opened", "keep others from the path")
}

/// Brings the file's name to the disk, where a file system can.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    match File::open(parent.unwrap_or(Path::new(".")))?.sync_all() {
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        result => result,
    }
}
