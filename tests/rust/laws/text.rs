//! What every text for people has to be.

use appassign::error::Error;

/// The longest message: Graph's words of 4 KiB, and the ids beside it.
const MAX_MESSAGE_BYTES: usize = 5_500;

/// Text of somebody else's that goes to a terminal or a log.
pub(crate) fn is_printable(text: &str) {
    let turns_direction = |char| matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if let Some(char) = text.chars().find(|char| char.is_control() || turns_direction(*char)) {
        panic!("{char:?} in {text:?}");
    }
}

/// An error of something that a server or a caller can make as long as they like.
pub(crate) fn is_short(error: &Error) {
    let shown = error.to_string();
    assert!(shown.len() <= MAX_MESSAGE_BYTES, "{} bytes: {shown}", shown.len());
    is_printable(&shown);
    is_printable(error.hint.as_deref().unwrap_or_default());
}
