//! The least that listens as the emulator does, with the same libraries: how long it takes until a client is connected.
//!
//! `bare_server TIMES` starts so many, one after the other; see `benches/README.md`.

use std::convert::Infallible;
use std::error::Error;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::JoinHandle;
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: bare_server TIMES";

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Server {
    fn start() -> Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().spawn(move || runtime.block_on(serve(listener, stopped)))?;
        Ok(Self { address, stop, thread })
    }

    fn close(self) {
        drop(self.stop);
        // It has no result to lose.
        let _ = self.thread.join();
    }
}

async fn serve(listener: TcpListener, mut stopped: oneshot::Receiver<()>) {
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { return };
                let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(respond));
                // A client that goes away is no fault of the server.
                tokio::spawn(async { drop(connection.await) });
            }
        }
    }
}

async fn respond(_: Request<Incoming>) -> std::result::Result<Response<Empty<Bytes>>, Infallible> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// What the harness reads.
#[derive(Serialize)]
struct Started {
    taken_ns: Vec<u128>,
}

fn measure(times: usize) -> Result<Started> {
    let mut taken_ns = Vec::with_capacity(times);
    for _ in 0..times {
        let before = Instant::now();
        let server = Server::start()?;
        let connected = TcpStream::connect(server.address)?;
        taken_ns.push(before.elapsed().as_nanos());
        drop(connected);
        server.close();
    }
    Ok(Started { taken_ns })
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments.as_slice() {
        // `cargo bench` starts every bench; this one is told how often.
        [] | ["--bench"] => Ok(writeln!(io::stderr(), "{USAGE}")?),
        [times] => Ok(serde_json::to_writer(io::stdout(), &measure(times.parse()?)?)?),
        _ => Err(USAGE.into()),
    }
}
