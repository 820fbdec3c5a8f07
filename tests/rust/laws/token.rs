//! A token: what is accepted goes into one header, and what is refused is not told on.

use appassign::error::Kind;
use appassign::secret::{Token, scrub};

use super::{Input, text};

/// The bytes are a token.
pub(crate) fn check(bytes: &[u8]) -> Input {
    let Ok(given) = std::str::from_utf8(bytes) else { return Input::Refused };
    let token = match Token::new(given) {
        Ok(token) => token,
        Err(error) => {
            assert_eq!(error.kind, Kind::Configuration);
            text::is_short(&error);
            assert_eq!(
                Some(error),
                Token::new(&disguised(given)).err(),
                "the error tells something of the token"
            );
            return Input::Refused;
        }
    };
    assert!((1..=32_768).contains(&given.len()));
    assert!(
        given.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)),
        "{given:?}"
    );
    let header = token.authorization().unwrap();
    assert_eq!(header.as_bytes(), format!("Bearer {given}").as_bytes());
    assert!(header.is_sensitive());
    assert_eq!(format!("{header:?}"), "Sensitive");
    is_scrubbed(&token, given);
    let parts: Vec<_> = given.split('.').collect();
    let payload = match parts.as_slice() {
        [_, payload, _] => Some(*payload),
        _ => None,
    };
    assert_eq!(token.jwt_payload(), payload);
    Input::Accepted
}

/// The same text with other letters and digits, as long as before; the word that is looked for stays.
fn disguised(given: &str) -> String {
    let word = if given.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) { 7 } else { 0 };
    let other = |(index, char): (usize, char)| match char {
        'a' | 'A' | '0' if index >= word => 'x',
        char if index >= word && char.is_ascii_alphanumeric() => 'a',
        char => char,
    };
    given.char_indices().map(other).collect()
}

fn is_scrubbed(token: &Token, given: &str) {
    // What stands in for a token is no secret.
    if "<token>".contains(given) {
        return;
    }
    let percent = given.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    for said in [given.to_owned(), format!("x{given}{given}x"), given.replace('/', r"\/"), percent] {
        let shown = scrub(&[token], &said);
        assert!(!shown.contains(given) && shown.contains("<token>"), "{said:?} became {shown:?}");
    }
}
