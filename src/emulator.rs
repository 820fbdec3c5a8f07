//! A piece of Microsoft Graph on loopback: real HTTP, its own thread and runtime.
//!
//! It is a second, independent reading of the service and uses nothing of the client, so that a misunderstanding
//! in one of them shows in the other.

mod access;
mod answer;
mod assignments;
mod operation;
mod profile;
mod refused;
mod resource_path;
mod route;
mod state;
mod token;

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::{fmt, io};

use bytes::Bytes;
use http::request::Parts;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Map, Value};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use answer::Answer;
pub use profile::Profile;
pub use state::RecordedRequest;
use state::State;
use token::Issuer;

/// What ordinary REST bodies may have on Graph (staff answers name about 4 MB).
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// Why the emulator refuses an app that a test gives it.
#[derive(Debug)]
pub struct Unacceptable(String);

impl fmt::Display for Unacceptable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A running emulator. It ends when it is closed or dropped.
pub struct Emulator {
    address: SocketAddr,
    token: String,
    service: Service,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Starts one on 127.0.0.1; port 0 lets the system choose.
    ///
    /// # Errors
    /// Whatever the system says when no port, no thread or no random number can be had.
    pub fn start(profile: Profile, port: u16) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let service = Service { profile, issuer: Arc::new(Issuer::new()?), state: Arc::default() };
        let token = service.issuer.issue(&Map::new());
        let (stop, stopped) = oneshot::channel();
        let serving = serve(listener, service.clone(), stopped);
        let thread = std::thread::Builder::new()
            .name("appassign-emulator".to_owned())
            .spawn(move || runtime.block_on(serving))?;
        Ok(Self { address, token, service, stop: Some(stop), thread: Some(thread) })
    }

    /// The base URL, version segment included.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/beta", self.address)
    }

    /// A token that it accepts for everything: a JWT of its own making, good for a year.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Another token of its making: each change replaces a claim of [`token`](Self::token), and null removes one.
    #[must_use]
    pub fn make_token(&self, changes: &Map<String, Value>) -> String {
        self.service.issuer.issue(changes)
    }

    /// Adds an app that holds these assignments, and gives its id.
    ///
    /// # Errors
    /// When the service could not hold such an assignment.
    pub fn add_app(
        &self,
        display_name: &str,
        odata_type: &str,
        assignments: &[Value],
    ) -> Result<String, Unacceptable> {
        let read = |(index, value)| {
            assignments::seeded(self.service.profile, value)
                .map_err(|refused| Unacceptable(format!("assignments[{index}]: {refused}")))
        };
        let assignments = assignments.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(lock(&self.service.state).add_app(display_name, odata_type, assignments))
    }

    /// What an app holds, as Graph would list it; `None` for an unknown app.
    #[must_use]
    pub fn assignments(&self, app: &str) -> Option<Vec<Value>> {
        lock(&self.service.state).app(app).map(state::App::listed_assignments)
    }

    /// The last 10,000 requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.service.state).requests()
    }

    /// Forgets all apps and requests.
    pub fn reset(&self) {
        *lock(&self.service.state) = State::default();
    }

    /// Stops serving. Closing twice does nothing.
    pub fn close(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread serves until it is told to stop; it has no result to lose.
            let _ = thread.join();
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone)]
struct Service {
    profile: Profile,
    issuer: Arc<Issuer>,
    state: Arc<Mutex<State>>,
}

async fn serve(listener: TcpListener, service: Service, mut stopped: oneshot::Receiver<()>) {
    loop {
        tokio::select! {
            // A dropped sender is the signal.
            _ = &mut stopped => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(tokio::spawn(converse(stream, service.clone()))),
                // Out of file descriptors, for one: give the system time instead of spinning.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            },
        }
    }
}

async fn converse(stream: TcpStream, service: Service) {
    // Without it, small answers wait for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let respond = service_fn(move |request| {
        let service = service.clone();
        async move { Ok::<_, Infallible>(service.respond(request).await) }
    });
    // A client that goes away in the middle is no fault of the server.
    let _ =
        http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), respond).await;
}

impl Service {
    async fn respond(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let answer = match Limited::new(body, MAX_BODY_BYTES).collect().await {
            Ok(body) => {
                let body = body.to_bytes();
                lock(&self.state).record(&head, &body);
                self.answer(&head, &body).unwrap_or_else(|refusal| refusal)
            }
            Err(error) if error.is::<LengthLimitError>() => {
                lock(&self.state).record(&head, &Bytes::new());
                Answer::error(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "RequestEntityTooLarge",
                    "The request is too large.",
                )
            }
            Err(_) => answer::unreadable(),
        };
        answer.into_response(&head.headers)
    }

    /// Graph looks at the token and the path, Intune behind it at the scopes and the rest; the order is inferred.
    fn answer(&self, head: &Parts, body: &Bytes) -> Result<Answer, Answer> {
        let claims = access::authenticate(&self.issuer, &head.headers)?;
        let route = route::route(self.profile, &head.method, head.uri.path())?;
        access::authorize(self.profile, &claims, &head.method, &route.segments)?;
        Ok(operation::perform(&mut lock(&self.state), self.profile, &route, head, body))
    }
}
