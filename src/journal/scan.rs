//! From line to line, and what to make of the last one.

use std::io::{self, BufRead, Read};

use serde::de::IgnoredAny;

use super::line;

/// How far a file was read, and found in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reached {
    /// Where the last whole line with an end ends.
    pub(super) end: u64,
    /// How many lines there are until then.
    pub(super) lines: u64,
    /// What comes behind them.
    pub(super) tail: Tail,
}

/// What comes behind the last whole line that has its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tail {
    /// Nothing.
    #[default]
    Nothing,
    /// A line that was never finished: whoever wrote it was not told that it is there.
    Torn,
    /// A whole line that only lacks its end.
    Endless,
}

/// Why a file could not be read to its end.
#[derive(Debug)]
pub(super) enum Fault {
    /// The system says so.
    System(io::Error),
    /// This line is not what was once written.
    Line(u64, String),
}

/// Looks at every line behind `start`, and shows the whole ones.
pub(super) fn scan(
    file: &mut impl BufRead,
    start: Reached,
    mut each: impl FnMut(&[u8]) -> Result<(), String>,
) -> Result<Reached, Fault> {
    let mut reached = Reached { tail: Tail::Nothing, ..start };
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let bound = count(line::MAX_BYTES) + 1;
        Read::take(&mut *file, bound).read_until(b'\n', &mut bytes).map_err(Fault::System)?;
        let number = reached.lines + 1;
        let fault = |what: String| Fault::Line(number, what);
        if bytes.is_empty() {
            return Ok(reached);
        }
        if bytes.len() > line::MAX_BYTES {
            return Err(fault(format!("it is longer than any may be: {} bytes", line::MAX_BYTES)));
        }
        let (line, has_end) = bytes.strip_suffix(b"\n").map_or((&*bytes, false), |line| (line, true));
        if line::is_whole(line) {
            each(line).map_err(fault)?;
            if !has_end {
                return Ok(Reached { tail: Tail::Endless, ..reached });
            }
            reached.end += count(bytes.len());
            reached.lines = number;
            continue;
        }
        let is_last = !has_end || file.fill_buf().map_err(Fault::System)?.is_empty();
        if is_last && is_torn(line, has_end, number == 1) {
            return Ok(Reached { tail: Tail::Torn, ..reached });
        }
        return Err(fault("it is damaged: its checksum does not match".to_owned()));
    }
}

/// Whether a last line that is not whole was never finished, rather than damaged. Only a block that never reached the
/// disk is read as NUL.
fn is_torn(line: &[u8], has_end: bool, is_first: bool) -> bool {
    if has_end && !line.contains(&0) {
        return false;
    }
    if is_first {
        return is_begun(line);
    }
    // A record that something follows was finished, and its end was damaged since.
    has_end || !line.split_last().is_some_and(|(_, before)| line::is_whole(before))
}

/// Whether this, which is all that a file holds, is how a record begins. If not, it is somebody else's file, and what
/// is torn would be cut off.
fn is_begun(line: &[u8]) -> bool {
    let written = line.iter().rposition(|byte| *byte != 0).and_then(|last| line.get(..=last));
    let Some(written) = written else { return true };
    let ends_too_soon =
        |text: &[u8]| serde_json::from_slice::<IgnoredAny>(text).is_err_and(|error| error.is_eof());
    let is_object = written == b"{" || written.starts_with(b"{\"");
    // A number without its last digits is no number to a parser, at the end of a text, too.
    is_object && (ends_too_soon(written) || ends_too_soon(&[written, b"0"].concat()))
}

/// A length, as files count.
pub(super) fn count(bytes: usize) -> u64 {
    bytes.try_into().unwrap_or(u64::MAX)
}
