//! A bearer token whose type cannot be printed.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::HeaderValue;

use crate::error::{Error, Result};

const MAX_BYTES: usize = 32_768;

/// What is shorter could stand in any text by chance, and is no token of Entra's.
const SHORTEST: usize = 12;

/// A bearer token. It has no `Debug`, no `Display` and no serialisation, on purpose.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Arc<str>);

impl Token {
    /// Takes a token as RFC 6750 spells one (`b64token`), 1 to 32,768 bytes, without the word `Bearer`.
    ///
    /// # Errors
    /// A configuration error that never repeats any part of the token.
    pub fn new(text: &str) -> Result<Self> {
        let refuse = |message: &str| Err(Error::configuration(format!("credential: {message}")));
        if text.is_empty() {
            return refuse("the token is empty");
        }
        if text.len() > MAX_BYTES {
            return refuse(&format!("the token has {} bytes; the limit is {MAX_BYTES}", text.len()));
        }
        if text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
            return refuse("the token starts with the word \"Bearer\"").map_err(|error| {
                error.with_hint("pass the token alone; appassign writes the Authorization header itself")
            });
        }
        let body = text.trim_end_matches('=');
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
        if body.is_empty() || !body.bytes().all(fits) {
            let hint = if text.trim() == text {
                "a token is one run of letters, digits and - . _ ~ + /"
            } else {
                "there is white space or a line end around it: use token.strip()"
            };
            return refuse("the token has a character that no bearer token has")
                .map_err(|error| error.with_hint(hint));
        }
        Ok(Self(text.into()))
    }

    /// The value of the `Authorization` header, marked as sensitive.
    ///
    /// # Errors
    /// None in practice: every accepted token makes a valid header value.
    pub fn authorization(&self) -> Result<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.0))
            .map_err(|_| Error::internal("an accepted token made no header value"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// What a JWT says of itself, still encoded; `None` for a token that is none.
    #[must_use]
    pub fn jwt_payload(&self) -> Option<&str> {
        let mut parts = self.0.split('.');
        let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
        parts.next().is_none().then_some(payload)
    }
}

/// `text` without these tokens, as they are, in base64, or as JSON and URLs may spell them: a server may send back what it
/// was sent.
#[must_use]
pub fn scrub(tokens: &[&Token], text: &str) -> String {
    tokens.iter().fold(text.to_owned(), |text, Token(token)| without_base64(token, &without(token, &text)))
}

/// Whether one of these tokens stands in the text, in any of the spellings that `scrub` knows.
#[must_use]
pub fn repeats(tokens: &[&Token], text: &str) -> bool {
    let long: Vec<_> = tokens.iter().copied().filter(|Token(token)| token.len() >= SHORTEST).collect();
    scrub(&long, text) != text
}

fn without(token: &str, text: &str) -> String {
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    let starts = |char| char == '%' || char == '\\' || token.starts_with(char);
    while let Some((before, there)) = rest.find(starts).and_then(|start| rest.split_at_checked(start)) {
        shown.push_str(before);
        let mut chars = there.chars();
        rest = if let Some(behind) = token.chars().try_fold(there, after) {
            shown.push_str("<token>");
            behind
        } else {
            shown.extend(chars.next());
            chars.as_str()
        };
    }
    shown + rest
}

/// What stands behind this character, if the text starts with it in any spelling: `/`, `\/`, `%2F` or `\u002f`.
fn after(text: &str, char: char) -> Option<&str> {
    let escaped = text.strip_prefix('%').or_else(|| text.strip_prefix(r"\u00"));
    match escaped.and_then(|escaped| escaped.split_at_checked(2)) {
        Some((code, behind)) => (u32::from_str_radix(code, 16).ok()? == u32::from(char)).then_some(behind),
        None => text.strip_prefix('\\').unwrap_or(text).strip_prefix(char),
    }
}

/// Each run of base64 in which the token stands, wherever it begins there, is taken out as a whole.
fn without_base64(token: &str, text: &str) -> String {
    if token.len() < SHORTEST || text.len() < token.len() {
        return text.to_owned();
    }
    // One alphabet in place of two, of the same length.
    let plain = text.replace('-', "+").replace('_', "/");
    let spellings = [0, 1, 2].map(|bytes_before| in_base64(token, bytes_before));
    let is_base64 = |char: char| char.is_ascii_alphanumeric() || matches!(char, '+' | '/' | '=');
    let (mut shown, mut done) = (String::new(), 0);
    let found = |from| {
        let rest = plain.get(from..)?;
        spellings.iter().filter_map(|spelling| rest.find(spelling.as_str())).min().map(|at| from + at)
    };
    while let Some(at) = found(done) {
        let (before, there) = (plain.get(done..at).unwrap_or_default(), plain.get(at..).unwrap_or_default());
        let start = done + before.trim_end_matches(is_base64).len();
        shown.push_str(text.get(done..start).unwrap_or_default());
        shown.push_str("<token>");
        done = plain.len() - there.trim_start_matches(is_base64).len();
    }
    shown + text.get(done..).unwrap_or_default()
}

/// How base64 spells the token behind so many other bytes, without the characters that tell of what stands around it.
fn in_base64(token: &str, bytes_before: usize) -> String {
    let mut bytes = vec![0; bytes_before];
    bytes.extend_from_slice(token.as_bytes());
    let whole = bytes.len() * 8 / 6;
    let spelled = STANDARD_NO_PAD.encode(bytes);
    let first = (bytes_before * 8).div_ceil(6);
    spelled.get(first..whole).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::URL_SAFE;

    fn refusal(text: &str) -> Error {
        Token::new(text).err().expect("this token should be refused")
    }

    #[test]
    fn a_jwt_and_an_opaque_token_are_accepted() {
        for text in ["eyJ0eXAi.eyJhdWQi.c2ln-_", "abc+/==", "x"] {
            assert!(Token::new(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_refused_token_is_not_repeated() {
        for text in ["", "=", "SECRET\r\nX-Evil: 1", "Bearer SECRET", "SECRET SECRET", "SECRET\u{e9}"] {
            let error = refusal(text);
            assert!(!error.to_string().contains("SECRET"), "{error}");
            assert!(!error.hint.unwrap_or_default().contains("SECRET"));
        }
        assert!(refusal(&"S".repeat(MAX_BYTES + 1)).message.contains("32769"));
    }

    #[test]
    fn a_jwt_has_three_parts() {
        let payload = |text| Token::new(text).unwrap().jwt_payload().map(str::to_owned);
        assert_eq!(payload("head.body.signature").as_deref(), Some("body"));
        assert_eq!(payload("head.body"), None);
        assert_eq!(payload("an.encrypted.jwt.has.five"), None);
        assert_eq!(payload("opaque"), None);
    }

    #[test]
    fn a_trailing_newline_gets_a_hint() {
        assert!(refusal("abc\n").hint.unwrap().contains("strip"));
    }

    #[test]
    fn a_token_that_comes_back_in_base64_is_scrubbed() {
        let token = Token::new("eyJ0eXAi.eyJhdWQi.c2ln-_~~~").unwrap();
        let Token(text) = &token;
        for (before, behind) in
            [("", ""), ("x", "y"), ("xy", "yz"), ("Bearer ", "\r\n"), ("{\"t\":\"", "\"}")]
        {
            let sent = format!("{before}{text}{behind}");
            for spelled in [STANDARD_NO_PAD.encode(&sent), URL_SAFE.encode(&sent)] {
                let shown = scrub(&[&token], &format!("you sent {spelled}, é {spelled}."));
                assert_eq!(shown, "you sent <token>, é <token>.");
            }
        }
        let other = STANDARD_NO_PAD.encode(text.replace("eyJhdWQi", "eyJhdWQj"));
        assert_eq!(scrub(&[&token], &other), other);
        assert_eq!(scrub(&[&Token::new("short").unwrap()], "c2hvcnQ"), "c2hvcnQ");
    }

    #[test]
    fn a_reflected_token_is_scrubbed() {
        let token = Token::new("abc123").unwrap();
        assert_eq!(scrub(&[&token], "you sent abc123!"), "you sent <token>!");
        let token = Token::new("a+b/c==").unwrap();
        for spelled in [
            "a+b/c==",
            r"a+b\/c==",
            "a%2Bb%2Fc%3D%3D",
            "a%2bb/c%3d%3d",
            r"a\u002Bb/c==",
            r"a+b\u002fc\u003d\u003D",
            "%61+b/%63==",
        ] {
            assert_eq!(scrub(&[&token], &format!("{spelled}%{spelled}\\")), r"<token>%<token>\", "{spelled}");
        }
        for other in ["a+b/c=", "a%2+b/c==", r"a\u02Bb/c==", "a%2Cb/c==", "é%é", "%", r"\u00"] {
            assert_eq!(scrub(&[&token], other), other);
        }
        assert!(token.authorization().unwrap().is_sensitive());
    }
}
