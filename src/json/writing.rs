//! JSON as text.

use crate::json::Json;

/// Writes a value.
pub(crate) fn value(value: &Json, out: &mut Vec<u8>) {
    match value {
        Json::Null => out.extend_from_slice(b"null"),
        Json::Bool(true) => out.extend_from_slice(b"true"),
        Json::Bool(false) => out.extend_from_slice(b"false"),
        Json::Number(number) => out.extend_from_slice(number.as_str().as_bytes()),
        Json::Text(content) => text(content.as_bytes(), out),
        Json::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                self::value(item, out);
            }
            out.push(b']');
        }
        Json::Object(properties) => {
            out.push(b'{');
            for (index, (name, value)) in properties.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                text(name.as_bytes(), out);
                out.push(b':');
                self::value(value, out);
            }
            out.push(b'}');
        }
    }
}

/// Writes a string, which comes as UTF-8.
pub(crate) fn text(utf8: &[u8], out: &mut Vec<u8>) {
    if has_escaped(utf8) {
        out.push(b'"');
        escaped(utf8, out);
        out.push(b'"');
    } else {
        plain(utf8, out);
    }
}

/// Writes a string in which nothing has to be escaped.
pub(crate) fn plain(utf8: &[u8], out: &mut Vec<u8>) {
    out.reserve(utf8.len() + 2);
    out.push(b'"');
    out.extend_from_slice(utf8);
    out.push(b'"');
}

/// All of it is looked at in any case: without a way out, the compiler looks at many bytes at once.
fn has_escaped(utf8: &[u8]) -> bool {
    utf8.iter().fold(false, |found, byte| found | is_escaped(*byte))
}

fn is_escaped(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

fn escaped(utf8: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or_default();
    for &byte in utf8 {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            8 => out.extend(b"\\b"),
            12 => out.extend(b"\\f"),
            control if control < b' ' => {
                out.extend(b"\\u00");
                out.extend([digit(control >> 4), digit(control & 0xf)]);
            }
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_character_is_written_as_serde_writes_it() {
        for char in ('\0'..='\u{2ff}').chain(['\u{2028}', '\u{fffd}', '\u{10ffff}']) {
            let long = |before: usize| format!("{}{char}{}", "b".repeat(before), "a".repeat(19));
            for content in [char.to_string(), long(7), long(8), long(15), long(19), long(40)] {
                let mut out = Vec::new();
                text(content.as_bytes(), &mut out);
                assert_eq!(out, serde_json::to_vec(&content).unwrap());
            }
        }
    }

    #[test]
    fn a_value_is_written_as_it_was_read() {
        for document in [
            r#"{"b":1,"a":[true,false,null,[],{}],"n":1.10e+400,"ü\"":"x\u0000y\\","":"\n"}"#,
            "-0.0",
            r#""""#,
        ] {
            let mut out = Vec::new();
            value(&Json::parse(document).unwrap(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), document);
        }
    }
}
