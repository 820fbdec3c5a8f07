//! A service whose answers are ready before anybody counts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use appassign::error::Error;
use appassign::request::Request;
use appassign::transport::Transport;
use bytes::Bytes;
use http::{Method, Response};

/// One app: its list as it is before the first write, and after it.
pub(crate) struct Answers {
    before: Bytes,
    after: Bytes,
    is_written: AtomicBool,
}

impl Answers {
    pub(crate) fn of(before: Bytes, after: Bytes) -> Self {
        Self { before, after, is_written: AtomicBool::new(false) }
    }
}

impl Transport for Answers {
    async fn send(&self, request: Request, _: Duration) -> Result<Response<Bytes>, Error> {
        let response = Response::builder()
            .header("request-id", "7d0c2b9e-1f43-4b1d-8c0f-6f0e5a9b1c22")
            .header("date", "Mon, 23 Nov 2026 20:15:42 GMT");
        let (status, body) = if request.method == Method::POST {
            self.is_written.store(true, Ordering::Release);
            (204, Bytes::new())
        } else if self.is_written.load(Ordering::Acquire) {
            (200, self.after.clone())
        } else {
            (200, self.before.clone())
        };
        Ok(response.status(status).body(body).unwrap())
    }
}
