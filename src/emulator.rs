//! A piece of Microsoft Graph on loopback: real HTTP, its own thread and runtime.
//!
//! It is a second, independent reading of the service and uses nothing of the client, so that a misunderstanding
//! in one of them shows in the other.

mod answer;
mod assignments;
mod route;
mod state;

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::{fmt, io};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use uuid::Uuid;

use answer::Answer;
pub use state::RecordedRequest;
use state::State;

/// What ordinary REST bodies may have on Graph (staff answers name about 4 MB).
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// Which Graph is emulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// The beta of summer 2017, as the seed documents it.
    Y2017,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 1] = [Self::Y2017];

    /// The name that users give.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Y2017 => "2017",
        }
    }
}

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
    state: Arc<Mutex<State>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Starts one on 127.0.0.1; port 0 lets the system choose.
    ///
    /// # Errors
    /// Whatever the system says when the port cannot be had or no thread can be started.
    pub fn start(Profile::Y2017: Profile, port: u16) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let token = format!("emulator-{}", Uuid::new_v4().simple());
        let state = Arc::new(Mutex::new(State::default()));
        let (stop, stopped) = oneshot::channel();
        let service = Service { token: token.clone(), state: state.clone() };
        let thread = std::thread::Builder::new()
            .name("appassign-emulator".to_owned())
            .spawn(move || runtime.block_on(serve(listener, service, stopped)))?;
        Ok(Self { address, token, state, stop: Some(stop), thread: Some(thread) })
    }

    /// The base URL, version segment included.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/beta", self.address)
    }

    /// A token that it accepts; it accepts no other.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
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
            assignments::seeded(value)
                .map_err(|refused| Unacceptable(format!("assignments[{index}]: {refused}")))
        };
        let assignments = assignments.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(lock(&self.state).add_app(display_name, odata_type, assignments))
    }

    /// What an app holds, as Graph would list it; `None` for an unknown app.
    #[must_use]
    pub fn assignments(&self, app: &str) -> Option<Vec<Value>> {
        lock(&self.state).app(app).map(state::App::listed_assignments)
    }

    /// The last 10,000 requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.state).requests()
    }

    /// Forgets all apps and requests.
    pub fn reset(&self) {
        *lock(&self.state) = State::default();
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
    token: String,
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
                let mut state = lock(&self.state);
                state.record(&head, &body);
                route::answer(&mut state, &self.token, &head, &body)
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
}
