//! The operands that are written without quotes.

use std::borrow::Cow;

use serde_json::Number;

use super::operand::{Operand, guid};
use super::{Expression, Instant, Path, Unanswerable, Unwalkable, invalid, not_emulated};

/// A literal or a path; nothing if it is neither.
pub(super) fn read(word: &str) -> Result<Option<Expression>, Unanswerable> {
    let constant = match word {
        "null" => Some(Operand::Null),
        "true" => Some(Operand::Boolean(true)),
        "false" => Some(Operand::Boolean(false)),
        _ => guid(word).map(Operand::Guid),
    };
    if let Some(constant) = constant {
        return Ok(Some(Expression::Literal(constant)));
    }
    if word.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
        return Ok(if is_dated(word) { Some(moment(word)?) } else { number(word) });
    }
    if word.starts_with('@') {
        return Err(not_emulated("a parameter alias"));
    }
    match Path::read(word) {
        Ok(path) => Ok(Some(Expression::Property(path))),
        Err(Unwalkable::UnknownType(name)) => Err(not_emulated(&format!("the type '{name}'"))),
        Err(Unwalkable::Segment(name)) => Err(not_emulated(&name)),
        Err(Unwalkable::Malformed) => Ok(None),
    }
}

/// A text with a word before it: a member of an enumeration, or what only looks like one.
pub(super) fn prefixed(
    prefix: &str,
    text: &str,
    position: usize,
    whole: &str,
) -> Result<Expression, Unanswerable> {
    if prefix.contains('.') {
        return Ok(Expression::Literal(Operand::Text(Cow::Owned(text.to_owned()))));
    }
    if ["duration", "binary", "geography", "geometry"].iter().any(|known| known.eq_ignore_ascii_case(prefix))
    {
        return Err(not_emulated(&format!("a literal of the kind {prefix}'…'")));
    }
    Err(invalid(&format!(
        "Unrecognized 'Edm.String' literal '{prefix}'{text}'' at '{position}' in '{whole}'."
    )))
}

fn is_dated(word: &str) -> bool {
    let date = word.get(..10).unwrap_or_default();
    date.bytes().enumerate().all(|(index, byte)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    }) && !date.is_empty()
}

fn moment(word: &str) -> Result<Expression, Unanswerable> {
    match Instant::read(word) {
        Some(moment) => Ok(Expression::Literal(Operand::Moment(moment))),
        None => Err(invalid(&format!(
            "The DateTimeOffset text '{word}' should be in format 'yyyy-mm-ddThh:mm:ss('.'s+)?(zzzzzz)?' and each field \
             value is within valid range."
        ))),
    }
}

fn number(word: &str) -> Option<Expression> {
    let digits = word.trim_end_matches(['l', 'L', 'm', 'M', 'd', 'D', 'f', 'F']);
    if word.len() - digits.len() > 1 {
        return None;
    }
    digits.parse::<Number>().ok().map(|number| Expression::Literal(Operand::Number(number)))
}
