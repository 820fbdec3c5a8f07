//! A claims challenge: what is read of it stands in the header, and is a JSON object of a bounded size.

use appassign::challenge;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header};

use super::Input;

/// Each one is read with all before it.
const MOST_HEADERS: usize = 16;

/// What 16 KiB of base64 holds.
const MAX_CLAIMS_BYTES: usize = 12 * 1024;

/// Each line is one header.
pub(crate) fn check(bytes: &[u8]) -> Input {
    let mut headers = HeaderMap::new();
    let mut first: Option<String> = None;
    for line in bytes.split(|byte| *byte == b'\n').take(MOST_HEADERS) {
        let Ok(value) = HeaderValue::from_bytes(line) else { continue };
        headers.append(header::WWW_AUTHENTICATE, value);
        let claims = challenge::claims(&headers);
        if first.is_some() {
            assert_eq!(claims, first, "a header further down changed what the first challenge asks");
        } else if let Some(claims) = claims {
            stands_in(&claims, line);
            first = Some(claims);
        }
    }
    if first.is_some() { Input::Accepted } else { Input::Refused }
}

fn stands_in(claims: &str, header: &[u8]) {
    assert!(claims.len() <= MAX_CLAIMS_BYTES);
    assert!(serde_json::from_str::<serde_json::Value>(claims).unwrap().is_object(), "{claims}");
    let header = String::from_utf8_lossy(header).replace('\\', "");
    let encoded = [STANDARD_NO_PAD.encode(claims), URL_SAFE_NO_PAD.encode(claims)];
    assert!(encoded.iter().any(|encoded| header.contains(encoded)), "{claims} is not in {header}");
    assert!(header.to_ascii_lowercase().contains("claims"), "{header}");
}
