//! Ids that are GUIDs: those of groups and of filters.

use uuid::Uuid;

use crate::error::{Error, Result, cut, printable};

/// Whether a caller may send a text as a GUID: 8-4-4-4-12 hexadecimal digits, in any letter case.
///
/// # Errors
/// An input error at `location`; `whose` says whose id it is, for example `group`.
pub(super) fn check(location: &str, whose: &str, text: &str) -> Result<()> {
    if is_guid(text.as_bytes()) {
        return Ok(());
    }
    if text.is_empty() {
        return Err(Error::invalid_input(location, format!("is empty; pass the {whose}'s id, a GUID")));
    }
    let shown = printable(&cut(text, 64));
    let error = |what: &str| Error::invalid_input(location, format!("'{shown}' {what}"));
    Err(if let Ok(guid) = Uuid::try_parse(text.trim()) {
        error("is a GUID in another form than 8-4-4-4-12").with_hint(format!("pass '{guid}'"))
    } else {
        error(&format!("looks like a name; pass the {whose}'s id, a GUID"))
    })
}

fn is_guid(text: &[u8]) -> bool {
    const FORM: &[u8; 36] = b"00000000-0000-0000-0000-000000000000";
    let fits = |byte: u8, form: u8| if form == b'-' { byte == b'-' } else { byte.is_ascii_hexdigit() };
    let Ok(text) = <&[u8; 36]>::try_from(text) else { return false };
    // Without a way out, as most are: the compiler looks at many bytes at once.
    text.iter().zip(FORM).fold(true, |is_guid, (byte, form)| is_guid & fits(*byte, *form))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b";

    #[test]
    fn a_guid_is_taken_in_any_letter_case() {
        assert!(check("group_id", "group", GUID).is_ok());
        assert!(check("group_id", "group", &GUID.to_uppercase()).is_ok());
    }

    #[test]
    fn every_character_counts() {
        for place in 0..GUID.len() {
            for other in ["g", "G", "-", "/", ":", "@", "`", "{", " ", "0"] {
                let text = format!("{}{other}{}", &GUID[..place], &GUID[place + 1..]);
                assert_eq!(is_guid(text.as_bytes()), text.parse::<uuid::fmt::Hyphenated>().is_ok(), "{text}");
            }
        }
    }

    #[test]
    fn a_name_is_told_from_a_guid_in_another_form() {
        let error = check("group_id", "group", "Sales").unwrap_err();
        assert_eq!(error.to_string(), "group_id: 'Sales' looks like a name; pass the group's id, a GUID");
        for other in
            [format!("{{{GUID}}}"), format!("urn:uuid:{GUID}"), GUID.replace('-', ""), format!("{GUID}\n")]
        {
            let error = check("group_id", "group", &other).unwrap_err();
            assert_eq!(error.hint, Some(format!("pass '{GUID}'")), "{error}");
        }
        assert!(check("filter_id", "filter", "").unwrap_err().to_string().starts_with("filter_id: is empty"));
    }
}
