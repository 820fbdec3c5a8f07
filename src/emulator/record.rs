//! What the emulator has been asked, and what it answered.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri};

const MAX_REQUESTS: usize = 10_000;
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// One request as it came over the wire.
#[derive(Debug)]
pub struct RecordedRequest {
    /// The HTTP method.
    pub method: Method,
    /// The request target, version segment included.
    pub target: Uri,
    /// The headers in the order in which they came, names in lower case.
    pub headers: HeaderMap,
    /// The body, as it came.
    pub body: Bytes,
    /// The status and the body of the answer; `None` where none was sent, or none yet.
    pub answer: Option<(StatusCode, Bytes)>,
}

impl RecordedRequest {
    fn bytes(&self) -> usize {
        self.body.len() + self.answer.as_ref().map_or(0, |(_, body)| body.len())
    }
}

/// The last requests, bounded by number and by the bytes of their bodies.
#[derive(Default)]
pub(super) struct Record {
    requests: VecDeque<Arc<RecordedRequest>>,
    forgotten: usize,
    bytes: usize,
}

impl Record {
    /// Keeps a request; its number finds it again.
    pub(super) fn add(&mut self, request: &Request<Bytes>) -> usize {
        let recorded = RecordedRequest {
            method: request.method().clone(),
            target: request.uri().clone(),
            headers: request.headers().clone(),
            body: request.body().clone(),
            answer: None,
        };
        self.bytes += recorded.bytes();
        self.requests.push_back(Arc::new(recorded));
        self.forget();
        self.forgotten + self.requests.len() - 1
    }

    pub(super) fn answered(&mut self, number: usize, status: StatusCode, body: Bytes) {
        let index = number.checked_sub(self.forgotten);
        // A reset may have come in between.
        let Some(recorded) = index.and_then(|index| self.requests.get_mut(index)) else { return };
        if let Some(recorded) = Arc::get_mut(recorded) {
            self.bytes += body.len();
            recorded.answer = Some((status, body));
        }
        self.forget();
    }

    fn forget(&mut self) {
        // The newest stays, however large it is.
        while self.requests.len() > MAX_REQUESTS || (self.bytes > MAX_BYTES && self.requests.len() > 1) {
            if let Some(oldest) = self.requests.pop_front() {
                self.bytes -= oldest.bytes();
                self.forgotten += 1;
            }
        }
    }

    pub(super) fn get(&self, number: usize) -> Option<Arc<RecordedRequest>> {
        self.requests.get(number.checked_sub(self.forgotten)?).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<RecordedRequest>> {
        self.requests.iter().cloned().collect()
    }
}
