//! gzip, both ways.

use std::io::{Read, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, Response, header};

/// Below this it gains nothing.
const WORTH: usize = 1024;

/// Why a body cannot be read.
pub(super) enum Unreadable {
    /// It is not compressed, or not so.
    Form,
    /// It is too large when it is whole.
    Size,
    /// Nobody here can read it: 415, on which the SDKs send it plain.
    Coding,
}

/// A body as the client meant it.
pub(super) fn inflated(headers: &HeaderMap, body: Bytes, limit: usize) -> Result<Bytes, Unreadable> {
    let coding = headers.get(header::CONTENT_ENCODING).filter(|_| !body.is_empty());
    let Some(coding) = coding else { return Ok(body) };
    match coding.to_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "identity" | "" => return Ok(body),
        "gzip" | "x-gzip" => {}
        _ => return Err(Unreadable::Coding),
    }
    let mut whole = Vec::new();
    let most = limit as u64 + 1;
    match MultiGzDecoder::new(body.as_ref()).take(most).read_to_end(&mut whole) {
        Err(_) => Err(Unreadable::Form),
        Ok(read) if read > limit => Err(Unreadable::Size),
        Ok(_) => Ok(whole.into()),
    }
}

/// The answer as the client takes it: compressed, if it said so and it is worth it.
pub(super) fn compressed(asked: &HeaderMap, mut response: Response<Bytes>) -> Response<Bytes> {
    if response.body().len() < WORTH || !takes_gzip(asked) {
        return response;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    if let Ok(small) = encoder.write_all(response.body()).and_then(|()| encoder.finish()) {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        *response.body_mut() = small.into();
    }
    response
}

fn takes_gzip(asked: &HeaderMap) -> bool {
    let values = asked.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let refused =
            weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f64>().ok()) == Some(0.0);
        matches!(name.trim().to_ascii_lowercase().as_str(), "gzip" | "x-gzip" | "*") && !refused
    })
}
