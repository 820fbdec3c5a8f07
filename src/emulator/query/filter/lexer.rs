//! The words of a `$filter`.

use super::{Unanswerable, invalid};

#[derive(Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    /// Where it starts and ends, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug)]
pub(super) enum Kind<'a> {
    Open,
    Close,
    Comma,
    Text(String),
    /// A word right before a text, as in `duration'P1D'`.
    Prefixed(&'a str, String),
    /// A name, an operator, a path, or a literal without quotes.
    Word(&'a str),
    End,
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, Unanswerable> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let (kind, behind) = next(rest, text)?;
        let ends = matches!(kind, Kind::End);
        tokens.push(Token { kind, start: read(text, rest), end: read(text, behind) });
        if ends {
            return Ok(tokens);
        }
        rest = behind.trim_start();
    }
}

fn next<'a>(rest: &'a str, text: &str) -> Result<(Kind<'a>, &'a str), Unanswerable> {
    let Some(first) = rest.chars().next() else { return Ok((Kind::End, rest)) };
    let behind_first = rest.get(first.len_utf8()..).unwrap_or_default();
    match first {
        '(' => Ok((Kind::Open, behind_first)),
        ')' => Ok((Kind::Close, behind_first)),
        ',' => Ok((Kind::Comma, behind_first)),
        '\'' => quoted(behind_first, text).map(|(quoted, behind)| (Kind::Text(quoted), behind)),
        _ if is_of_word(first) => {
            let (word, behind) = rest.split_at(rest.find(|char| !is_of_word(char)).unwrap_or(rest.len()));
            match behind.strip_prefix('\'') {
                None => Ok((Kind::Word(word), behind)),
                Some(inside) => {
                    quoted(inside, text).map(|(quoted, behind)| (Kind::Prefixed(word, quoted), behind))
                }
            }
        }
        _ => {
            let position = position(text, read(text, rest));
            Err(invalid(&format!(
                "Syntax error: character '{first}' is not valid at position {position} in '{text}'."
            )))
        }
    }
}

/// A quote within a text is written twice.
fn quoted<'a>(inside: &'a str, text: &str) -> Result<(String, &'a str), Unanswerable> {
    let (mut quoted, mut rest) = (String::new(), inside);
    loop {
        let Some((part, behind)) = rest.split_once('\'') else {
            let position = position(text, text.len());
            return Err(invalid(&format!(
                "There is an unterminated string literal at position {position} in '{text}'."
            )));
        };
        quoted.push_str(part);
        let Some(more) = behind.strip_prefix('\'') else { return Ok((quoted, behind)) };
        quoted.push('\'');
        rest = more;
    }
}

fn is_of_word(char: char) -> bool {
    char.is_alphanumeric() || "_.$/-:+@".contains(char)
}

/// Where the rest of a text starts.
fn read(text: &str, rest: &str) -> usize {
    text.len().saturating_sub(rest.len())
}

/// A place as messages tell it: they count as .NET does.
pub(super) fn position(text: &str, place: usize) -> usize {
    text.get(..place).unwrap_or(text).encode_utf16().count()
}
