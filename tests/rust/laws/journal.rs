//! A journal: what was appended comes back, cut it where you like, and what is damaged is neither passed over nor
//! written to.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use appassign::error::{Error, Kind};
use appassign::journal::{Journal, read};
use appassign::json::Json;
use tokio::runtime::{Builder, Runtime};

use super::{Input, text};

const LONG: Duration = Duration::from_secs(60);

/// The bytes are a file; and their lines, each with a checksum that fits, are another.
pub(crate) fn check(bytes: &[u8]) -> Input {
    thread_local!(static SCRATCH: Scratch = Scratch::new());
    SCRATCH.with(|scratch| {
        scratch.holds(&sealed(bytes), Some(&records_of(bytes)));
        scratch.holds(bytes, None)
    })
}

/// A file for one thread, which goes with it, and what drives its journals.
struct Scratch(PathBuf, Runtime);

impl Scratch {
    fn new() -> Self {
        let name = format!("appassign-law-{}-{:?}", std::process::id(), thread::current().id());
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let scratch = Self(std::env::temp_dir().join(name), runtime);
        // Whatever the user's mask is, nobody else may write to it.
        scratch.append(&[]).unwrap();
        scratch
    }

    fn append(&self, records: &[Json]) -> Result<(), Error> {
        self.1.block_on(async {
            let pass = Arc::new(Journal::at(self.0.clone())).enter(LONG).await?;
            for record in records {
                pass.append(record, false).await?;
            }
            Ok(())
        })
    }

    fn put(&self, bytes: &[u8]) {
        let mut file = OpenOptions::new().write(true).truncate(true).open(&self.0).unwrap();
        file.write_all(bytes).unwrap();
    }

    /// Reads the file, and appends to it; it is whole or it is refused as it stands.
    fn holds(&self, bytes: &[u8], expected: Option<&Result<Vec<Json>, usize>>) -> Input {
        let path = &self.0;
        self.put(bytes);
        let found = read(path);
        match expected {
            Some(Ok(records)) => assert_eq!(found.as_ref(), Ok(records)),
            Some(Err(line)) => {
                let error = found.as_ref().unwrap_err();
                assert!(error.message.contains(&format!(": line {line}: ")), "{error}");
            }
            None => {}
        }
        match found {
            Ok(records) => {
                let more = Json::parse(r#"{"more":[1.0,null]}"#).unwrap();
                self.append(std::slice::from_ref(&more)).unwrap();
                let all: Vec<_> = records.iter().cloned().chain([more]).collect();
                assert_eq!(exactly(&read(path).unwrap()), exactly(&all));
                self.comes_back(&records);
                Input::Accepted
            }
            Err(error) => {
                is_told(&error);
                // Whoever writes goes by the checksums alone.
                let is_damaged = error.message.contains("its checksum does not match");
                match self.append(&[]) {
                    Ok(()) => assert!(!is_damaged, "{error}"),
                    Err(refused) => assert!(!is_damaged || refused == error, "{refused} and {error}"),
                }
                assert_eq!(fs::read(path).unwrap(), bytes);
                Input::Refused
            }
        }
    }

    /// What was read comes back when it is written again, and as much of it as is there when that is cut.
    fn comes_back(&self, records: &[Json]) {
        let path = &self.0;
        self.put(b"");
        self.append(records).unwrap();
        assert_eq!(exactly(&read(path).unwrap()), exactly(records));
        let file = File::options().write(true).open(path).unwrap();
        let mut len = file.metadata().unwrap().len();
        while len > 0 {
            len = if len < 3 { len - 1 } else { len - len / 3 - 1 };
            file.set_len(len).unwrap();
            let there = read(path).unwrap();
            assert_eq!(exactly(&there), exactly(&records[..there.len()]), "cut to {len}");
            assert!(there.is_empty() || len > 0);
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn is_told(error: &Error) {
    assert_eq!(error.kind, Kind::Journal);
    assert!(error.hint.is_some());
    text::is_short(error);
}

/// Order and spelling included, which equality passes over.
fn exactly(records: &[Json]) -> String {
    format!("{records:?}")
}

/// Lines that could have been written, but for what is in them.
fn lines(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec);
    lines.map(|line| line.into_iter().filter(|byte| *byte != 0).collect())
}

/// The checksum as it is defined, a bit at a time.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)))
}

fn seal(mut line: Vec<u8>) -> Vec<u8> {
    // What is an object is closed as one; the rest stays what it is.
    if line.last() == Some(&b'}') {
        line.pop();
        if line.len() > 1 {
            line.push(b',');
        }
    }
    let sum = crc32(&line);
    line.extend(format!("\"checksum\":\"crc32:{sum:08x}\"}}").into_bytes());
    line
}

fn sealed(bytes: &[u8]) -> Vec<u8> {
    lines(bytes).flat_map(|line| [seal(line), b"\n".to_vec()].concat()).collect()
}

/// What these lines hold by way of a reading of each as a whole; or the first that is no record.
fn records_of(bytes: &[u8]) -> Result<Vec<Json>, usize> {
    let record = |(index, line): (usize, Vec<u8>)| {
        let line = String::from_utf8(seal(line)).map_err(|_| index + 1)?;
        let is_first = line.starts_with("{\"checksum\":\"crc32:") && line.len() == 29;
        let is_closed = is_first || line[..line.len() - 28].ends_with(',');
        match Json::parse(&line) {
            Ok(Json::Object(mut members)) if is_closed && line.starts_with('{') => {
                let (name, _) = members.pop().unwrap();
                assert_eq!(name, "checksum");
                Ok(Json::Object(members))
            }
            _ => Err(index + 1),
        }
    };
    lines(bytes).enumerate().map(record).collect()
}
