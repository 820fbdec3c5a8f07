//! What the emulator has been asked, and what it answered.

use std::collections::VecDeque;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{Method, Request, StatusCode};

const MAX_REQUESTS: usize = 10_000;
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// One request as it came over the wire: in one piece of memory, because thousands of them are kept, and what the
/// server read them from is larger than they are.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// The HTTP method.
    pub method: Method,
    /// The status and the body of the answer; `None` where none was sent, or none yet.
    pub answer: Option<(StatusCode, Bytes)>,
    /// The target, the headers, each as a line, and the body.
    text: Box<[u8]>,
    target_end: usize,
    headers_end: usize,
}

impl RecordedRequest {
    fn of(request: &Request<Bytes>) -> Self {
        let target = request.uri().path_and_query().map_or("", PathAndQuery::as_str);
        let headers = request.headers().iter();
        let lines: usize = headers.map(|(name, value)| name.as_str().len() + value.len() + 2).sum();
        let mut text = Vec::with_capacity(target.len() + lines + request.body().len());
        text.extend_from_slice(target.as_bytes());
        let target_end = text.len();
        for (name, value) in request.headers() {
            text.extend_from_slice(name.as_str().as_bytes());
            text.push(b':');
            text.extend_from_slice(value.as_bytes());
            text.push(b'\n');
        }
        let headers_end = text.len();
        text.extend_from_slice(request.body());
        let method = request.method().clone();
        Self { method, answer: None, text: text.into_boxed_slice(), target_end, headers_end }
    }

    /// The request target, version segment included.
    #[must_use]
    pub fn target(&self) -> String {
        self.piece(0, self.target_end)
    }

    /// The headers in the order in which they came, names in lower case.
    #[must_use]
    pub fn headers(&self) -> Vec<(String, String)> {
        let lines = self.piece(self.target_end, self.headers_end);
        let pairs = lines.lines().filter_map(|line| line.split_once(':'));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The body, as it came, but for its compression.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.text.get(self.headers_end..).unwrap_or_default()
    }

    fn piece(&self, start: usize, end: usize) -> String {
        String::from_utf8_lossy(self.text.get(start..end).unwrap_or_default()).into_owned()
    }

    fn bytes(&self) -> usize {
        self.text.len() + self.answer.as_ref().map_or(0, |(_, body)| body.len())
    }
}

/// The last requests, bounded by number and by bytes.
#[derive(Default)]
pub(super) struct Record {
    requests: VecDeque<RecordedRequest>,
    forgotten: usize,
    bytes: usize,
}

impl Record {
    /// Keeps a request; its number finds it again.
    pub(super) fn add(&mut self, request: &Request<Bytes>) -> usize {
        let recorded = RecordedRequest::of(request);
        self.bytes += recorded.bytes();
        self.requests.push_back(recorded);
        self.forget();
        self.forgotten + self.requests.len() - 1
    }

    pub(super) fn answered(&mut self, number: usize, status: StatusCode, body: Bytes) {
        let index = number.checked_sub(self.forgotten);
        let Some(recorded) = index.and_then(|index| self.requests.get_mut(index)) else { return };
        self.bytes += body.len();
        recorded.answer = Some((status, body));
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

    pub(super) fn get(&self, number: usize) -> Option<RecordedRequest> {
        self.requests.get(number.checked_sub(self.forgotten)?).cloned()
    }

    pub(super) fn all(&self) -> Vec<RecordedRequest> {
        self.requests.iter().cloned().collect()
    }
}
