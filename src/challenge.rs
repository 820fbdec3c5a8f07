//! What a 401 asks of the next token: the claims challenge of Entra's continuous access evaluation.
//!
//! Source: "Claims challenges" in the documentation of the Microsoft identity platform.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT};
use http::{HeaderMap, header};

use crate::json::document;

/// Far more than any real one has.
const MAX_CLAIMS_BYTES: usize = 16_384;

/// The claims, as JSON, that a new token must have; `None` where the answer asks for none that can be read.
#[must_use]
pub fn claims(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::WWW_AUTHENTICATE)
        .iter()
        .flat_map(|value| parameters(&String::from_utf8_lossy(value.as_bytes())))
        .filter(|(name, _)| name.eq_ignore_ascii_case("claims"))
        .find_map(|(_, value)| decoded(&value))
}

fn decoded(value: &str) -> Option<String> {
    if value.len() > MAX_CLAIMS_BYTES {
        return None;
    }
    let bytes =
        STANDARD_PAD_INDIFFERENT.decode(value).or_else(|_| URL_SAFE_PAD_INDIFFERENT.decode(value)).ok()?;
    let claims = String::from_utf8(bytes).ok()?;
    let is_object = document::read(claims.as_bytes()).is_ok_and(|claims| claims.is_object());
    is_object.then_some(claims)
}

/// The parameters of all challenges in one header, with their values unquoted. The word before the first parameter of a
/// challenge, its scheme, is passed over.
fn parameters(header: &str) -> Vec<(String, String)> {
    let is_blank = |char: &char| matches!(char, ' ' | '\t');
    let mut parameters = Vec::new();
    let mut chars = header.chars().peekable();
    let mut name = String::new();
    while let Some(char) = chars.next() {
        match char {
            '=' => {
                while chars.next_if(is_blank).is_some() {}
                let value = if chars.next_if_eq(&'"').is_some() {
                    let mut value = String::new();
                    while let Some(char) = chars.next() {
                        match char {
                            '"' => break,
                            '\\' => value.extend(chars.next()),
                            _ => value.push(char),
                        }
                    }
                    value
                } else {
                    let ends = |char: &char| !matches!(char, ',' | ' ' | '\t');
                    std::iter::from_fn(|| chars.next_if(ends)).collect()
                };
                parameters.push((std::mem::take(&mut name), value));
            }
            ' ' | '\t' => {
                while chars.next_if(is_blank).is_some() {}
                if chars.peek() != Some(&'=') {
                    name.clear();
                }
            }
            ',' => name.clear(),
            _ => name.push(char),
        }
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const CLAIMS: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;

    fn asked(headers: &[&str]) -> Option<String> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(header::WWW_AUTHENTICATE, HeaderValue::from_str(header).unwrap());
        }
        claims(&map)
    }

    fn challenge(claims: &str) -> String {
        format!(
            r#"Bearer realm="", authorization_uri="https://login/authorize", error="insufficient_claims", claims="{claims}""#
        )
    }

    #[test]
    fn the_documented_challenge_is_read() {
        let encoded = STANDARD_PAD_INDIFFERENT.encode(CLAIMS);
        assert_eq!(asked(&[&challenge(&encoded)]).as_deref(), Some(CLAIMS));
        assert_eq!(asked(&[&challenge(encoded.trim_end_matches('='))]).as_deref(), Some(CLAIMS));
        assert_eq!(asked(&[&format!("bearer CLAIMS={encoded}")]).as_deref(), Some(CLAIMS));
        assert_eq!(
            asked(&[&format!("Bearer realm = \"x\",claims\t= \"{encoded}\"")]).as_deref(),
            Some(CLAIMS)
        );
        let mut headers = HeaderMap::new();
        let value = format!("Bearer realm=\"caf\u{e9}\", claims=\"{encoded}\"");
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        assert_eq!(claims(&headers).as_deref(), Some(CLAIMS));
    }

    #[test]
    fn it_is_found_among_other_challenges() {
        let encoded = URL_SAFE_PAD_INDIFFERENT.encode(CLAIMS);
        let both = format!(r#"Basic realm="a, claims=\"no\"", {}"#, challenge(&encoded));
        assert_eq!(asked(&[&both]).as_deref(), Some(CLAIMS));
        assert_eq!(asked(&["Basic realm=x", &challenge(&encoded)]).as_deref(), Some(CLAIMS));
        let first_is_bad = format!("{}, {}", challenge("***"), challenge(&encoded));
        assert_eq!(asked(&[&first_is_bad]).as_deref(), Some(CLAIMS));
    }

    #[test]
    fn what_cannot_be_read_asks_for_nothing() {
        let long = STANDARD_PAD_INDIFFERENT.encode(format!(r#"{{"x":"{}"}}"#, "y".repeat(20_000)));
        for claims in ["", "***", "e30", "W10=", "bm8ganNvbg==", "/w==", &long] {
            let expected = (claims == "e30").then(|| "{}".to_owned());
            assert_eq!(asked(&[&challenge(claims)]), expected, "{claims}");
        }
        for header in
            ["", "Bearer", "Bearer claims", r#"Bearer claims="unterminated"#, "=,=\"", "claims=\"\\"]
        {
            assert_eq!(asked(&[header]), None, "{header}");
        }
        assert_eq!(asked(&[]), None);
    }
}
