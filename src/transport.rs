//! The door to the network: the only room that names reqwest.

mod fault;

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::Response;
use http_body::{Body, Frame, SizeHint};
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::ClientBuilder;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout_at};

use crate::ca_bundle;
use crate::error::{Error, Outcome, Result};
use crate::network::{Network, Trust};
use crate::request::Request;
use crate::response::Cut;
use crate::service::ServiceRoot;
use fault::{Detour, Way};

/// For the address, the proxy, and TLS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Far more often than a service that works ends a connection under one request.
const MAX_GIVEN_BACK: u32 = 16;
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// What an act needs of the network.
pub trait Transport: Sync {
    /// One request and its answer, within the given time. Whatever the status, an answer is no error here.
    ///
    /// # Errors
    /// A transport error whose outcome is `NotSent` if no byte of the body left, `NotApplied` if the service told that it
    /// took none, else `Unknown`.
    fn send(
        &self,
        request: Request,
        within: Duration,
    ) -> impl Future<Output = Result<Response<Bytes>>> + Send;
}

/// The connections of a process: one pool for each kind of way to a service.
#[derive(Default)]
pub struct Pools {
    loopback: Mutex<Option<(Network, Pool)>>,
    loopback_tls: Mutex<Option<(Network, Pool)>>,
    network: Mutex<Option<(Network, Pool)>>,
}

impl Pools {
    /// The pool that reaches this service. It is made anew when something else is asked of the network than it was made
    /// for: a notebook sets a variable after the first call failed, and expects that to count.
    ///
    /// # Errors
    /// A configuration error for a proxy or certificates that cannot be used.
    pub fn to(&self, root: &ServiceRoot, network: &Network) -> Result<Pool> {
        let slot = match (root.is_loopback(), root.is_tls()) {
            (true, false) => &self.loopback,
            (true, true) => &self.loopback_tls,
            (false, _) => &self.network,
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        match &*slot {
            Some((_, pool)) if !root.is_tls() => Ok(pool.clone()),
            Some((known, pool)) if known == network => Ok(pool.clone()),
            _ => {
                let pool = Pool::open(root, network)?;
                *slot = Some((network.clone(), pool.clone()));
                Ok(pool)
            }
        }
    }
}

/// A pool of connections.
#[derive(Clone)]
pub struct Pool {
    client: reqwest::Client,
    proxies: Arc<Proxies>,
}

/// Which proxy stands between, asked again where an error has to name it.
struct Proxies {
    named_by: Option<&'static str>,
    matcher: Matcher,
}

impl Pool {
    /// Makes one, without any connection yet.
    ///
    /// # Errors
    /// A configuration error for a proxy or certificates that cannot be used.
    pub fn open(root: &ServiceRoot, network: &Network) -> Result<Self> {
        let builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        let (builder, proxies) = if root.is_loopback() {
            (builder.no_proxy(), Proxies { named_by: None, matcher: Matcher::builder().build() })
        } else {
            by_proxy(builder, network)?
        };
        let builder = if root.is_tls() {
            trusting(builder, network.trust())?
        } else {
            // Looking for the system's certificates takes time and fails where there are none.
            builder.tls_certs_only([])
        };
        let client = builder.build().map_err(|error| fault::no_tls(&error))?;
        Ok(Self { client, proxies: Arc::new(proxies) })
    }
}

fn by_proxy(builder: ClientBuilder, network: &Network) -> Result<(ClientBuilder, Proxies)> {
    let Some(proxy) = network.proxy()? else {
        return Ok((builder, Proxies { named_by: None, matcher: Matcher::from_system() }));
    };
    let url = proxy.url.as_url();
    let matcher = Matcher::builder().all(url.as_str()).no(&proxy.except).build();
    let named = reqwest::Proxy::all(url.as_str())
        .map_err(|_| Error::internal("an accepted proxy was refused"))?
        .no_proxy(reqwest::NoProxy::from_string(&proxy.except));
    Ok((builder.proxy(named), Proxies { named_by: Some(proxy.named_by), matcher }))
}

fn trusting(builder: ClientBuilder, trust: Trust<'_>) -> Result<ClientBuilder> {
    let Trust::Bundle { named_by, path } = trust else { return Ok(builder) };
    let pem = ca_bundle::read(named_by, path)?;
    // Some editors put a mark of their encoding first.
    let pem = pem.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&pem);
    let refuse = |message| ca_bundle::unusable(named_by, path, message);
    let mut roots = Vec::new();
    for found in CertificateDer::pem_slice_iter(pem) {
        let found = found.map_err(|_| refuse("is damaged: a certificate in it cannot be read"))?;
        // As everywhere, what can be no root is passed over: bundles hold all sorts of things.
        if RootCertStore::empty().add(found.clone()).is_ok() {
            let root = reqwest::Certificate::from_der(&found);
            roots.push(root.map_err(|_| Error::internal("a readable certificate was refused"))?);
        }
    }
    if roots.is_empty() {
        return Err(refuse("there is no CA certificate in it"));
    }
    Ok(builder.tls_certs_only(roots))
}

impl Proxies {
    fn between(&self, url: &url::Url) -> Option<Detour> {
        let taken = self.matcher.intercept(&url.as_str().parse().ok()?)?;
        let default = if taken.uri().scheme_str() == Some("https") { 443 } else { 80 };
        let host = taken.uri().host().unwrap_or_default();
        Some(Detour {
            named_by: self.named_by.unwrap_or("the system"),
            address: format!("{host}:{}", taken.uri().port_u16().unwrap_or(default)),
            has_password: taken.basic_auth().is_some(),
        })
    }
}

impl Transport for Pool {
    /// The body of the answer is cut at 8 MiB, or where the connection broke, and marked as `Cut`: what became of a write,
    /// the status has settled.
    ///
    /// A request that the service gave back unread, as it ends a connection, goes at once over another one: that is part
    /// of keeping connections, and no attempt of its own.
    async fn send(&self, request: Request, within: Duration) -> Result<Response<Bytes>> {
        let until = Instant::now() + within;
        let Request { method, url, headers, body } = request;
        let way = || Way { host: url.authority().to_owned(), detour: self.proxies.between(&url) };
        let mut given_back = 0;
        loop {
            let sent = Arc::new(AtomicBool::new(false));
            let mut request = reqwest::Request::new(method.clone(), url.clone());
            request.headers_mut().clone_from(&headers);
            if body.is_some() {
                let outgoing = Outgoing { body: body.clone(), sent: sent.clone() };
                *request.body_mut() = Some(reqwest::Body::wrap(outgoing));
            }
            let tried = timeout_at(until, self.client.execute(request)).await;
            let outcome = match (sent.load(Ordering::Acquire), given_back) {
                (true, _) => Outcome::Unknown,
                (false, 0) => Outcome::NotSent,
                (false, _) => Outcome::NotApplied,
            };
            return match tried {
                Ok(Ok(answer)) => Ok(read(answer, until).await),
                Ok(Err(error)) if fault::gave_back(&error) && given_back < MAX_GIVEN_BACK => {
                    given_back += 1;
                    // The connection has to see its end, or the pool would give it out once more.
                    yield_now().await;
                    continue;
                }
                Ok(Err(error)) => Err(way().fault(&error, CONNECT_TIMEOUT, outcome)),
                Err(_) => Err(way().took_too_long(within, outcome)),
            };
        }
    }
}

async fn read(mut answer: reqwest::Response, until: Instant) -> Response<Bytes> {
    let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
    let mut body = BytesMut::new();
    let cut = loop {
        match timeout_at(until, answer.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let room = MAX_ANSWER_BYTES.saturating_sub(body.len());
                body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                if chunk.len() > room {
                    break Some(Cut::TooLarge);
                }
            }
            Ok(Ok(None)) => break None,
            Ok(Err(_)) => break Some(Cut::Broken),
            Err(_) => break Some(Cut::TooLate),
        }
    };
    let mut response = Response::new(body.freeze());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if let Some(cut) = cut {
        response.extensions_mut().insert(cut);
    }
    response
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
