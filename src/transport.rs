//! The door to the network: the only file that names reqwest.

use std::error::Error as StdError;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Method, Response};
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Kind, Outcome, Result, seconds};
use crate::request::Post;
use crate::service::ServiceRoot;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// The connections of a process: one pool for each way to reach a service, made when it is first needed.
#[derive(Default)]
pub struct Transports {
    loopback: OnceLock<Transport>,
    loopback_tls: OnceLock<Transport>,
    network: OnceLock<Transport>,
}

impl Transports {
    /// The transport that reaches this service.
    ///
    /// # Errors
    /// A configuration error if TLS cannot be set up on this machine.
    pub fn to(&self, root: &ServiceRoot) -> Result<Transport> {
        let pool = match (root.is_loopback(), root.is_tls()) {
            (true, false) => &self.loopback,
            (true, true) => &self.loopback_tls,
            (false, _) => &self.network,
        };
        if let Some(transport) = pool.get() {
            return Ok(transport.clone());
        }
        let transport = Transport::new(root)?;
        Ok(pool.get_or_init(|| transport).clone())
    }
}

/// A pool of connections.
#[derive(Clone)]
pub struct Transport(reqwest::Client);

impl Transport {
    fn new(root: &ServiceRoot) -> Result<Self> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        if root.is_loopback() {
            builder = builder.no_proxy();
        }
        if !root.is_tls() {
            // Looking for the system's certificates takes time and fails where there are none.
            builder = builder.tls_certs_only([]);
        }
        builder.build().map(Self).map_err(|error| {
            Error::configuration(format!("TLS could not be set up on this machine: {}", innermost(&error)))
                .with_hint("install the system's CA certificates (ca-certificates), or set SSL_CERT_FILE")
        })
    }

    /// One request and its answer, within the given time. Whatever the status, an answer is no error here; its
    /// body is cut at 8 MiB, or where the connection broke: the status has settled what happened.
    ///
    /// # Errors
    /// A transport error whose outcome is `NotSent` if no byte of the body left, else `Unknown`.
    pub async fn send(&self, post: Post, within: Duration) -> Result<Response<Bytes>> {
        let until = Instant::now() + within;
        let sent = Arc::new(AtomicBool::new(false));
        let Post { url, headers, body } = post;
        let host = url.authority().to_owned();
        let mut request = reqwest::Request::new(Method::POST, url);
        *request.headers_mut() = headers;
        *request.body_mut() = Some(reqwest::Body::wrap(Outgoing { body: Some(body), sent: sent.clone() }));
        let outcome = || {
            if sent.load(Ordering::Acquire) { Outcome::Unknown } else { Outcome::NotSent }
        };
        match timeout_at(until, self.0.execute(request)).await {
            Ok(Ok(answer)) => Ok(read(answer, until).await),
            Ok(Err(error)) => Err(fault(&error, &host, outcome())),
            Err(_) => {
                let message = format!("{host} gave no answer within {} s", seconds(within));
                Err(with_outcome(Error::new(Kind::Timeout, message), outcome()))
            }
        }
    }
}

async fn read(mut answer: reqwest::Response, until: Instant) -> Response<Bytes> {
    let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
    let mut body = BytesMut::new();
    while let Ok(Ok(Some(chunk))) = timeout_at(until, answer.chunk()).await {
        let room = MAX_ANSWER_BYTES.saturating_sub(body.len());
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if chunk.len() >= room {
            break;
        }
    }
    let mut response = Response::new(body.freeze());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn fault(error: &reqwest::Error, host: &str, outcome: Outcome) -> Error {
    let cause = innermost(error);
    let error = if distrusts_certificate(error) {
        Error::new(Kind::Tls, format!("the certificate of {host} is not trusted: {cause}"))
            .with_hint("if your network inspects TLS, point SSL_CERT_FILE at its CA certificate")
    } else if error.is_dns() {
        Error::new(Kind::Connect, format!("the address of {host} could not be found: {cause}"))
    } else if error.is_connect() {
        Error::new(Kind::Connect, format!("could not connect to {host}: {cause}"))
    } else {
        Error::new(Kind::Transport, format!("the connection to {host} failed: {cause}"))
    };
    with_outcome(error, outcome)
}

fn with_outcome(mut error: Error, outcome: Outcome) -> Error {
    error.call.outcome = outcome;
    error
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| cause(*error))
}

fn cause<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        // An io::Error's own `source` skips the error that it wraps.
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn distrusts_certificate(error: &(dyn StdError + 'static)) -> bool {
    let is_distrust = |error: &rustls::Error| matches!(error, rustls::Error::InvalidCertificate(_));
    causes(error).any(|error| error.downcast_ref::<rustls::Error>().is_some_and(is_distrust))
}

/// A body that notes when it is first asked for. Until then no byte of it can have left, and a server that has
/// not seen the body cannot have acted on it. Its exact length makes the request carry Content-Length.
struct Outgoing {
    body: Option<Bytes>,
    sent: Arc<AtomicBool>,
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Self::Error>>> {
        self.sent.store(true, Ordering::Release);
        Poll::Ready(self.body.take().map(|body| Ok(Frame::data(body))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let left = self.body.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact(u64::try_from(left).unwrap_or(u64::MAX))
    }
}
