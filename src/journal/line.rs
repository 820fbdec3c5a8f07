//! A record as a line: a JSON object whose last member is the checksum of all that stands before it.

use crate::error::{cut, printable};
use crate::json::Json;

/// The longest line, its end included: a record may hold two lists of 1,000 assignments.
pub(super) const MAX_BYTES: usize = 32 * 1024 * 1024;

const CHECKSUM: &str = "checksum";

/// How long the last member is, and the brace behind it.
const SEAL_BYTES: usize = r#""checksum":"crc32:00000000"}"#.len();

/// What closes a line that begins like this.
fn seal(begun: &[u8]) -> String {
    format!(r#""{CHECKSUM}":"crc32:{:08x}"}}"#, crc32fast::hash(begun))
}

/// The line of a record, its end included.
pub(super) fn write(record: &Json) -> Result<Vec<u8>, String> {
    let Json::Object(members) = record else {
        return Err(format!("a record is an object, and this is {}", record.type_name()));
    };
    let mut line = serde_json::to_vec(record).map_err(|error| error.to_string())?;
    line.pop();
    if !members.is_empty() {
        line.push(b',');
    }
    let seal = seal(&line);
    line.extend_from_slice(seal.as_bytes());
    line.push(b'\n');
    if line.len() > MAX_BYTES {
        return Err(format!("a record of {} bytes is longer than any may be: {MAX_BYTES}", line.len()));
    }
    Ok(line)
}

/// What stands before the checksum, if that is right.
fn sealed(line: &[u8]) -> Option<&[u8]> {
    let (begun, end) = line.split_at_checked(line.len().checked_sub(SEAL_BYTES)?)?;
    (begun.starts_with(b"{") && end == seal(begun).as_bytes()).then_some(begun)
}

/// Whether a line, without its end, is all that was once written.
pub(super) fn is_whole(line: &[u8]) -> bool {
    sealed(line).is_some()
}

/// The record of a line, without its checksum.
pub(super) fn read(line: &[u8]) -> Result<Json, String> {
    let begun = sealed(line).ok_or("its checksum does not match")?;
    let begun = std::str::from_utf8(begun).map_err(|_| "it is not UTF-8")?;
    if begun == "{" {
        return Ok(Json::Object(Vec::new()));
    }
    let members = begun.strip_suffix(',').ok_or("its checksum is no member of an object")?;
    match Json::parse(&format!("{members}}}")) {
        Ok(Json::Object(members)) if members.is_empty() => Err("it begins with a comma".to_owned()),
        Ok(Json::Object(members)) if members.iter().any(|(name, _)| name == CHECKSUM) => {
            Err(format!("{CHECKSUM} is there twice"))
        }
        Ok(record) => Ok(record),
        Err(error) => Err(cut(&printable(&error.to_string()), 500)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(record: &str) -> String {
        String::from_utf8(write(&Json::parse(record).unwrap()).unwrap()).unwrap()
    }

    fn sealed(begun: &str) -> Vec<u8> {
        [begun.as_bytes(), seal(begun.as_bytes()).as_bytes()].concat()
    }

    #[test]
    fn a_line_is_an_object_that_ends_with_its_checksum() {
        assert_eq!(line(r#"{"a":1.10}"#), "{\"a\":1.10,\"checksum\":\"crc32:b43d8ceb\"}\n");
        assert_eq!(line("{}"), "{\"checksum\":\"crc32:15d54739\"}\n");
    }

    #[test]
    fn what_was_written_is_read() {
        for record in ["{}", r#"{"b":{"x":[1e400]},"a":"ü\n\u0000,"}"#] {
            let read = read(line(record).trim_end().as_bytes()).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), record);
        }
    }

    #[test]
    fn a_checksum_that_fits_does_not_make_a_record() {
        for begun in [
            "{,",
            "{ ,",
            "{",
            r#"{"a":1"#,
            r#"{"a":"x,"#,
            r#"{"a":{"b":1,"#,
            r#"{"a":1,"a":2,"#,
            r#"{"checksum":1,"#,
            "{\"\u{1}\":1,",
        ] {
            let result = read(&sealed(begun));
            assert_eq!(result.is_ok(), begun == "{", "{begun}: {result:?}");
        }
        assert!(!is_whole(&sealed("[1,")));
    }

    #[test]
    fn only_an_object_is_a_record() {
        assert!(write(&Json::Array(Vec::new())).unwrap_err().contains("an array"));
    }

    #[test]
    fn a_record_is_within_its_bounds() {
        let of = |bytes| Json::Object(vec![("a".to_owned(), Json::Text("x".repeat(bytes)))]);
        let around = write(&of(0)).unwrap().len();
        assert_eq!(write(&of(MAX_BYTES - around)).unwrap().len(), MAX_BYTES);
        assert!(write(&of(MAX_BYTES - around + 1)).unwrap_err().contains("longer"));
    }
}
