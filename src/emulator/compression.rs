//! gzip, both ways.

use std::io::{Read, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, Response, header};

/// Below this it gains nothing.
const WORTH: usize = 1024;

/// A body as the client meant it. One that cannot be read stays as it is: it is no JSON, and is refused as such, which
/// is what the documentation of Graph's SDKs expects of a service without compression.
pub(super) fn inflated(headers: &HeaderMap, body: Bytes, limit: usize) -> Bytes {
    if headers.get(header::CONTENT_ENCODING).is_none_or(|encoding| encoding != "gzip") {
        return body;
    }
    let mut whole = Vec::new();
    match GzDecoder::new(body.as_ref()).take(limit as u64).read_to_end(&mut whole) {
        Ok(_) => whole.into(),
        Err(_) => body,
    }
}

/// The answer as the client takes it: compressed, if it said so and it is worth it.
pub(super) fn compressed(asked: &HeaderMap, mut response: Response<Bytes>) -> Response<Bytes> {
    let accepts = |value: &HeaderValue| value.to_str().is_ok_and(|value| value.contains("gzip"));
    if response.body().len() < WORTH || !asked.get_all(header::ACCEPT_ENCODING).iter().any(accepts) {
        return response;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    if let Ok(small) = encoder.write_all(response.body()).and_then(|()| encoder.finish()) {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        *response.body_mut() = small.into();
    }
    response
}
