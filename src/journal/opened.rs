//! The open file, and what is known of it. All but `try_lock` is done under the file's lock.

use std::fs::{File, TryLockError};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::refusal::{refusal, system, unreadable};
use super::scan::{Reached, Tail, count, scan};
use super::{line, place};
use crate::error::{Error, Result};

/// An open journal.
pub(super) struct Opened {
    path: PathBuf,
    file: Arc<File>,
    reached: Reached,
    spoilt: Option<Spoilt>,
}

/// What an append left that failed, and could not be cut off either.
struct Spoilt {
    start: u64,
    bytes: Vec<u8>,
}

impl Opened {
    /// Opens the journal, or begins one. Nothing of it is read yet.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = Arc::new(place::open_to_write(path)?);
        Ok(Self { path: path.to_owned(), file, reached: Reached::default(), spoilt: None })
    }

    /// The file itself, for whoever gives the lock back.
    pub(super) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// Whether the path still leads to this file.
    pub(super) fn is_in_place(&self) -> Result<bool> {
        place::is_at(&self.path, &self.file)
    }

    /// Takes the lock, unless another file description has it.
    pub(super) fn try_lock(&self) -> Result<bool> {
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(self.system("cannot be locked", &error)),
        }
    }

    fn system(&self, what: &str, error: &io::Error) -> Error {
        system(&self.path, what, error)
    }

    fn len(&self) -> Result<u64> {
        self.file.metadata().map(|about| about.len()).map_err(|error| self.system("cannot be read", &error))
    }

    /// Checks what is new since the last time: all of it at first.
    pub(super) fn catch_up(&mut self) -> Result<()> {
        self.remove_spoilt()?;
        let len = self.len()?;
        // What is torn may have been cut off and replaced by as many bytes.
        if len == self.reached.end && self.reached.tail == Tail::Nothing {
            return Ok(());
        }
        let start = if len < self.reached.end { Reached::default() } else { self.reached };
        let reached = match self.scan(start) {
            // Somebody may have emptied the file, and others may have filled it again.
            Err(_) if start.end > 0 => self.scan(Reached::default())?,
            result => result?,
        };
        self.reached = reached;
        Ok(())
    }

    fn scan(&self, start: Reached) -> Result<Reached> {
        let mut file = &*self.file;
        let reached =
            file.seek(SeekFrom::Start(start.end)).map_err(|error| self.system("cannot be read", &error));
        reached.and_then(|_| {
            scan(&mut BufReader::new(file), start, |_| Ok(())).map_err(|fault| unreadable(&self.path, fault))
        })
    }

    /// Cuts off what a failed append left, unless another process has dealt with it since.
    fn remove_spoilt(&mut self) -> Result<()> {
        let Some(Spoilt { start, bytes }) = &self.spoilt else { return Ok(()) };
        if self.is_behind(*start, bytes).map_err(|error| self.system("cannot be read", &error))? {
            let cut = self.file.set_len(*start).and_then(|()| self.file.sync_data());
            cut.map_err(|error| self.system("what a failed write left cannot be cut off", &error))?;
        }
        self.spoilt = None;
        Ok(())
    }

    /// Whether nothing but these bytes, or the first of them, stands behind this place.
    fn is_behind(&self, start: u64, bytes: &[u8]) -> io::Result<bool> {
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(start))?;
        let mut behind = Vec::new();
        file.take(count(bytes.len()) + 1).read_to_end(&mut behind)?;
        Ok(!behind.is_empty() && bytes.starts_with(&behind))
    }

    /// Appends a line. If that fails, the file is as long as before.
    pub(super) fn append(&mut self, line: Vec<u8>, durable: bool) -> Result<()> {
        if let Err(what) = line::read(line.strip_suffix(b"\n").unwrap_or(&line)) {
            return Err(refusal(
                &self.path,
                &format!("a record that could not be read again: {what}"),
                ONE_LESS_DEEP,
            ));
        }
        self.catch_up()?;
        let about = self.file.metadata().map_err(|error| self.system("cannot be read", &error))?;
        if place::is_deleted(&about) {
            return Err(refusal(
                &self.path,
                "was deleted while it was open",
                "call again: that begins a new one",
            ));
        }
        let (mut start, mut bytes) = (about.len(), line);
        match self.reached.tail {
            Tail::Nothing => {}
            Tail::Torn => {
                start = self.reached.end;
                let cut = self.file.set_len(start);
                cut.map_err(|error| self.system("its torn last line cannot be cut off", &error))?;
                self.reached.tail = Tail::Nothing;
            }
            Tail::Endless => bytes.insert(0, b'\n'),
        }
        if let Err(error) = self.write(&bytes, durable) {
            let failed = self.system("cannot be written", &error);
            if self.file.set_len(start).is_err() {
                self.spoilt = Some(Spoilt { start, bytes });
            }
            return Err(failed);
        }
        let lines = if self.reached.tail == Tail::Endless { 2 } else { 1 };
        self.reached = Reached {
            end: start + count(bytes.len()),
            lines: self.reached.lines + lines,
            tail: Tail::Nothing,
        };
        Ok(())
    }

    fn write(&self, bytes: &[u8], durable: bool) -> io::Result<()> {
        let mut file = &*self.file;
        file.seek(SeekFrom::End(0))?;
        file.write_all(bytes)?;
        if durable { file.sync_data() } else { Ok(()) }
    }
}

const ONE_LESS_DEEP: &str = "nothing was written: documents that nest less deep can be kept";

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::json::Json;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("appassign-{name}-{}", std::process::id()));
            fs::create_dir(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn line(number: u32) -> Vec<u8> {
        line::write(&Json::parse(&format!("{{\"number\":{number}}}")).unwrap()).unwrap()
    }

    /// A journal of one record, behind which a failed append could not be cut off: this is what it left.
    fn spoilt_by(left: &[u8], path: &Path) -> Opened {
        let mut opened = Opened::open(path).unwrap();
        opened.append(line(1), true).unwrap();
        opened.spoilt = Some(Spoilt { start: count(line(1).len()), bytes: line(2) });
        fs::write(path, [&line(1), left].concat()).unwrap();
        opened
    }

    #[test]
    fn what_a_failed_append_left_is_cut_off_next_time() {
        let folder = Folder::new("spoilt");
        let path = folder.0.join("journal");
        for left in 1..=line(2).len() {
            let mut opened = spoilt_by(&line(2)[..left], &path);
            opened.catch_up().unwrap();
            assert_eq!(fs::read(&path).unwrap(), line(1), "{left} bytes were left");
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn what_another_process_made_of_it_stays() {
        let folder = Folder::new("dealt-with");
        let path = folder.0.join("journal");
        for others in [line(3), [line(3), line(4)].concat(), [line(2), line(3)].concat()] {
            let mut opened = spoilt_by(&others, &path);
            opened.catch_up().unwrap();
            assert_eq!(fs::read(&path).unwrap(), [line(1), others].concat());
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn a_torn_line_that_was_replaced_by_one_as_long_is_looked_at_again() {
        let folder = Folder::new("as-long");
        let path = folder.0.join("journal");
        let torn = vec![b'x'; line(2).len()];
        let mut opened = Opened::open(&path).unwrap();
        fs::write(&path, [line(1), torn].concat()).unwrap();
        opened.catch_up().unwrap();
        assert_eq!(opened.reached.tail, Tail::Torn);
        fs::write(&path, [line(1), line(2)].concat()).unwrap();
        opened.append(line(3), true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), [line(1), line(2), line(3)].concat());
    }

    #[test]
    fn a_file_that_others_emptied_and_filled_again_is_read_anew() {
        let folder = Folder::new("emptied");
        let path = folder.0.join("journal");
        let mut opened = Opened::open(&path).unwrap();
        opened.append(line(1), true).unwrap();
        let long =
            line::write(&Json::parse(&format!("{{\"long\":{:?}}}", "x".repeat(100))).unwrap()).unwrap();
        fs::write(&path, [long.clone(), long].concat()).unwrap();
        opened.catch_up().unwrap();
        assert_eq!(opened.reached.lines, 2);
    }
}
