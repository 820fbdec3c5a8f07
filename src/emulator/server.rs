//! The sockets: HTTP/1.1 on loopback, and answers that do not arrive whole.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::answer::{Answer, unreadable, unsupported_media_type};
use super::compression::{self, Unreadable};
use super::exchange::Graph;
use super::trouble::Cut;

/// What ordinary REST bodies may have on Graph (staff answers name about 4 MB).
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// The one lock of the emulator.
pub(super) type Shared = Arc<Mutex<Graph>>;

pub(super) fn lock(graph: &Mutex<Graph>) -> MutexGuard<'_, Graph> {
    graph.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves until it is told to stop, which the end of the sender does too.
pub(super) async fn serve(listener: TcpListener, graph: Shared, mut stopped: oneshot::Receiver<()>) {
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(tokio::spawn(converse(stream, graph.clone()))),
                // Out of file descriptors, for one: give the system time instead of spinning.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
        }
    }
}

/// An answer that is not for hyper to send.
#[derive(Debug)]
struct Severed {
    cut: Cut,
    response: Response<Bytes>,
}

impl fmt::Display for Severed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?} instead of {}", self.cut, self.response.status())
    }
}

impl Error for Severed {}

async fn converse(stream: TcpStream, graph: Shared) {
    // Without it, small answers wait for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let respond = service_fn(move |request| respond(request, graph.clone()));
    // A client under a debugger may take its time.
    let mut connection = http1::Builder::new()
        .header_read_timeout(None)
        .writev(false)
        .serve_connection(TokioIo::new(stream), respond);
    // A client that goes away in the middle is no fault of the server.
    let Err(error) = (&mut connection).await else { return };
    if let Some(severed) = error.source().and_then(|source| source.downcast_ref::<Severed>()) {
        // Whoever listens no more has missed nothing.
        let _ = sever(connection.into_parts().io.into_inner(), severed).await;
    }
}

async fn respond(request: Request<Incoming>, graph: Shared) -> Result<Response<Full<Bytes>>, Severed> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(body) => compression::inflated(&head.headers, body.to_bytes(), MAX_BODY_BYTES),
        Err(error) if error.is::<LengthLimitError>() => Err(Unreadable::Size),
        Err(_) => Err(Unreadable::Form),
    };
    let request = match body {
        Ok(body) => Request::from_parts(head, body),
        Err(reason) => {
            let request = Request::from_parts(head, Bytes::new());
            return Ok(lock(&graph).refuse(&request, &refusal(&reason)).map(Full::new));
        }
    };
    let exchange = lock(&graph).respond(&request);
    if !exchange.delay.is_zero() {
        tokio::time::sleep(exchange.delay).await;
    }
    let response = compression::compressed(request.headers(), exchange.response);
    match exchange.cut {
        None => Ok(response.map(Full::new)),
        Some(cut) => Err(Severed { cut, response }),
    }
}

fn refusal(reason: &Unreadable) -> Answer {
    match reason {
        Unreadable::Form => unreadable(),
        Unreadable::Size => {
            Answer::error(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", "The request is too large.")
        }
        Unreadable::Coding => unsupported_media_type(),
    }
}

/// Does to a connection what is in store for it.
async fn sever(mut stream: TcpStream, Severed { cut, response }: &Severed) -> std::io::Result<()> {
    let text = written(response);
    match cut {
        Cut::Close => {}
        Cut::Reset => stream.set_zero_linger()?,
        Cut::Half => {
            // In the middle of the body, or of the head where there is none.
            let body = response.body().len();
            let lost = if body == 0 { text.len() / 2 } else { body.div_ceil(2) };
            stream.write_all(text.get(..text.len() - lost).unwrap_or_default()).await?;
        }
        Cut::Drip(seconds) => {
            let pause = Duration::try_from_secs_f64(*seconds).unwrap_or_default();
            for byte in text {
                stream.write_all(&[byte]).await?;
                tokio::time::sleep(pause).await;
            }
        }
        Cut::Silence => {
            let mut ignored = [0; 1024];
            loop {
                stream.readable().await?;
                match stream.try_read(&mut ignored) {
                    Ok(0) => return Ok(()),
                    Ok(_) => {}
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
    stream.flush().await
}

/// The bytes of an answer.
fn written(response: &Response<Bytes>) -> Vec<u8> {
    let status = response.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let mut text = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16()).into_bytes();
    let mut line = |name: &str, value: &[u8]| {
        text.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    };
    for (name, value) in response.headers() {
        line(name.as_str(), value.as_bytes());
    }
    line(header::DATE.as_str(), httpdate::fmt_http_date(SystemTime::now()).as_bytes());
    if status != StatusCode::NO_CONTENT {
        line(header::CONTENT_LENGTH.as_str(), response.body().len().to_string().as_bytes());
    }
    text.extend_from_slice(b"\r\n");
    text.extend_from_slice(response.body());
    text
}
