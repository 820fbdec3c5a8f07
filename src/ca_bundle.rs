//! The door to the file system: a file of certificates.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::error::{Error, Result, printable};

/// Far more than all CAs of the world need.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// What the file holds.
///
/// # Errors
/// A configuration error that names the file, and the argument or variable that named it.
pub fn read(named_by: &str, path: &Path) -> Result<Vec<u8>> {
    let refuse = |message: &str| unusable(named_by, path, message);
    let about = fs::metadata(path).map_err(|error| refuse(&error.to_string()))?;
    if about.is_dir() {
        return Err(refuse("is a directory"));
    }
    // To open a pipe could wait for ever.
    if !about.is_file() || about.len() > MAX_BYTES {
        return Err(refuse("is no file of certificates"));
    }
    contents(path).map_err(|error| refuse(&error.to_string()))
}

fn contents(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file that is no bundle of certificates.
#[must_use]
pub fn unusable(named_by: &str, path: &Path, message: &str) -> Error {
    let path = printable(&path.display().to_string());
    Error::configuration(format!("{named_by}: {path}: {message}"))
        .with_hint("it must be a file of CA certificates in PEM form: -----BEGIN CERTIFICATE----- and so on")
}
