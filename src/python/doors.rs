//! The two doors to a call: `run` waits for it, `promise` does not. Whatever a call has to say comes out by the door through
//! which it was made: what became of it, or that it wants a token. Python's credentials are Python's to ask, so the caller
//! does that, on its own thread or in its own task, and opens the door again with the answer.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{AbortHandle, abortable};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::mailbox::{Address, Contents, Delivery, Mailbox};
use super::runtime::{Entrance, enter, lost, stay_away_from_an_exiting_interpreter, wait};
use super::{log, text};
use crate::change::CalledOff;
use crate::error::{Call, Error, Kind, Result, cut, printable, seconds};
use crate::event::{Event, Weight};
use crate::token::{Grant, TokenRequest, TokenSource};

/// How often a waiting call looks for Ctrl-C.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// How long a waiting thread that was interrupted gives a call that writes to come to its end; the call itself takes less.
const PATIENCE: Duration = Duration::from_secs(6);

/// Of what a credential raised.
const MAX_SAID_BYTES: usize = 1_024;

/// Runs a future of the core, hears Ctrl-C meanwhile, and lets other Python threads work. Gives what became of it, or a
/// request for a token.
///
/// `act` itself runs attached, so that connections are set up where no fork can cut in; its future does not.
pub(super) fn run<T, F>(
    py: Python<'_>,
    terms: Terms,
    act: impl FnOnce(&Entrance, Caller) -> Result<F>,
) -> PyResult<Py<PyAny>>
where
    T: for<'py> IntoPyObject<'py> + Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let entrance = enter(py)?;
    let (sender, news) = channel();
    let caller = Caller::new(Way::Thread(sender), log::least(py)?);
    let work = act(&entrance, caller.clone())?;
    let ear = caller.ear();
    let (work, abort) = abortable(async move { caller.settle(work.await) });
    entrance.start(work.map(drop));
    Waiting { abort, pid: entrance.pid, terms, ear }.wait(py, news)
}

/// What the doors have to know of a call.
pub(super) struct Terms {
    /// What is known of it if it never comes to an end.
    pub(super) unsettled: Call,
    /// Whether it comes to its end by itself, and soon, once it is called off.
    pub(super) finishes: bool,
}

/// Starts a future of the core and gives a future of the running event loop, which gets what comes of it, or a request for a
/// token.
pub(super) fn promise<'py, T, F>(
    py: Python<'py>,
    terms: Terms,
    act: impl FnOnce(&Entrance, Caller) -> Result<F>,
) -> PyResult<(Bound<'py, PyAny>, Flight)>
where
    T: for<'a> IntoPyObject<'a> + Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let event_loop = running_loop(py)?;
    let entrance = enter(py)?;
    let least = log::least(py)?;
    let Terms { unsettled, .. } = terms;
    let client_request_id = unsettled.client_request_id;
    let address =
        Address::new(Mailbox::of(&event_loop)?, entrance.courier.clone(), move || lost(unsettled.clone()));
    let abandoned = address.abandoned();
    let future = event_loop.call_method0("create_future")?;
    let caller = Caller::new(Way::Loop(Delivery::new(address, future.clone().unbind())), least);
    // The caller hears of the error at once: the future is nobody's, and asyncio would complain of an error in it.
    let work = act(&entrance, caller.clone()).inspect_err(|_| abandoned.store(true, Ordering::Release))?;
    let ear = caller.ear();
    let (work, abort) = abortable(async move { caller.settle(work.await) });
    entrance.start(work.map(drop));
    Ok((future, Flight { pid: entrance.pid, abort, abandoned, client_request_id, ear }))
}

fn running_loop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import("asyncio")?.call_method0("get_running_loop")
}

/// Whoever made a call, as the call in flight reaches it.
#[derive(Clone)]
pub(super) struct Caller(Arc<Reach>);

struct Reach {
    way: Mutex<Option<Way>>,
    /// What happens in the call is told from this weight on.
    least: Option<Weight>,
    settled: AtomicBool,
    called_off: CalledOff,
}

/// It carries one piece of news, and lines for the log before. A request for a token is news; its answer brings the next
/// way.
enum Way {
    Thread(Sender<News>),
    Loop(Delivery),
}

/// What a waiting thread hears.
enum News {
    Settled(Contents),
    Asked(Question),
    Noted(Weight, String),
}

struct Question {
    request: TokenRequest,
    answer: oneshot::Sender<Answer>,
}

struct Answer {
    grant: Result<Grant>,
    way: Way,
}

impl Caller {
    fn new(way: Way, least: Option<Weight>) -> Self {
        let (way, settled, called_off) =
            (Mutex::new(Some(way)), AtomicBool::new(false), CalledOff::default());
        Self(Arc::new(Reach { way, least, settled, called_off }))
    }

    /// Whether the caller has gone.
    pub(super) fn called_off(&self) -> &CalledOff {
        &self.0.called_off
    }

    fn way(&self) -> MutexGuard<'_, Option<Way>> {
        self.0.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle<T>(&self, result: Result<T>)
    where
        T: for<'py> IntoPyObject<'py> + Send + 'static,
    {
        self.0.settled.store(true, Ordering::Release);
        let contents: Contents = Box::new(move |py| result.map_err(PyErr::from)?.into_py_any(py));
        let way = self.way().take();
        match way {
            // The thread may be gone by then, after Ctrl-C.
            Some(Way::Thread(sender)) => drop(sender.send(News::Settled(contents))),
            Some(Way::Loop(delivery)) => delivery.deliver(contents),
            // Asked for a token, it went away.
            None => {}
        }
    }

    /// Has the caller log what happens, if anybody listens.
    pub(super) fn observe(&self, event: &Event<'_>) {
        let weight = event.weight();
        if self.0.least.is_none_or(|least| weight < least) {
            return;
        }
        let line = event.to_string();
        match &*self.way() {
            Some(Way::Thread(sender)) => drop(sender.send(News::Noted(weight, line))),
            Some(Way::Loop(delivery)) => delivery.note(Box::new(move |py| {
                log::write(py, weight, &line)?;
                Ok(py.None())
            })),
            None => {}
        }
    }

    fn ear(&self) -> Ear {
        Ear(Arc::downgrade(&self.0))
    }
}

/// What is left of a caller with those who wait for the call. It does not keep the way open: that it closes is how they
/// hear of a call that went away without a word.
struct Ear(Weak<Reach>);

impl Ear {
    /// Has a call that finishes by itself do so.
    fn call_off(&self) {
        if let Some(reach) = self.0.upgrade() {
            reach.called_off.tell();
        }
    }

    /// Ends the call before it has ended by itself; what becomes of it is unknown.
    fn break_off(
        &self,
        py: Python<'_>,
        abort: &AbortHandle,
        client_request_id: Option<Uuid>,
    ) -> PyResult<()> {
        let is_news = self.0.upgrade().is_some_and(|reach| {
            reach.least.is_some_and(|least| least <= Weight::Write) && !reach.settled.load(Ordering::Acquire)
        });
        abort.abort();
        if !is_news {
            return Ok(());
        }
        let id = client_request_id.unwrap_or_default();
        let line = format!("broken off by the caller, outcome unknown (client-request-id {id})");
        log::write(py, Weight::Write, &line)
    }
}

impl TokenSource for Caller {
    async fn token(&self, request: TokenRequest) -> Result<Grant> {
        let (answer, answered) = oneshot::channel();
        let question = Question { request, answer };
        let way = self.way().take();
        match way.ok_or_else(gone)? {
            Way::Thread(sender) => drop(sender.send(News::Asked(question))),
            Way::Loop(delivery) => {
                let address = delivery.address();
                delivery.deliver(Box::new(move |py| question.put(Door::Loop(address)).into_py_any(py)));
            }
        }
        let Answer { grant, way } = answered.await.map_err(|_| gone())?;
        *self.way() = Some(way);
        grant
    }
}

/// It is no news of the credential, which other calls would have to be told.
fn gone() -> Error {
    Error::new(Kind::Closed, "nobody is there any more to give a token")
}

/// A thread that waits for a call.
struct Waiting {
    abort: AbortHandle,
    pid: u32,
    terms: Terms,
    ear: Ear,
}

impl Waiting {
    fn wait(self, py: Python<'_>, mut news: Receiver<News>) -> PyResult<Py<PyAny>> {
        loop {
            let heard;
            (heard, news) = wait(py, move || {
                let heard = news.recv_timeout(SIGNAL_INTERVAL);
                stay_away_from_an_exiting_interpreter();
                (heard, news)
            });
            let noted = match heard {
                Ok(News::Settled(contents)) => return contents(py),
                Ok(News::Asked(question)) => return question.put(Door::Thread(self)).into_py_any(py),
                Ok(News::Noted(weight, line)) => log::write(py, weight, &line),
                Err(RecvTimeoutError::Disconnected) => return Err(lost(self.terms.unsettled).into()),
                Err(RecvTimeoutError::Timeout) => Ok(()),
            };
            if let Err(interrupt) = noted.and_then(|()| py.check_signals()) {
                if self.pid == std::process::id() {
                    self.leave(py, news)?;
                }
                return Err(interrupt);
            }
            if self.pid != std::process::id() {
                // A signal handler forked; the one who works on this call is in the parent.
                return Err(forked().into());
            }
        }
    }

    /// Gives up the call: it is broken off, or comes to its end if it must not be. A second Ctrl-C does not wait for that.
    fn leave(self, py: Python<'_>, mut news: Receiver<News>) -> PyResult<()> {
        let until = Instant::now() + PATIENCE;
        if self.terms.finishes {
            self.ear.call_off();
        }
        while self.terms.finishes && Instant::now() < until {
            let heard;
            (heard, news) = wait(py, move || {
                let heard = news.recv_timeout(SIGNAL_INTERVAL);
                stay_away_from_an_exiting_interpreter();
                (heard, news)
            });
            match heard {
                Ok(News::Settled(_)) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Ok(News::Noted(weight, line)) => log::write(py, weight, &line)?,
                Ok(News::Asked(question)) => news = question.turn_away(),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if py.check_signals().is_err() {
                break;
            }
        }
        self.ear.break_off(py, &self.abort, self.terms.unsettled.client_request_id)
    }
}

fn forked() -> Error {
    Error::new(Kind::Closed, "this call belongs to the process that this one was forked from")
}

/// By which door a request for a token came out, and the answer goes in.
enum Door {
    Thread(Waiting),
    Loop(Address),
}

impl Question {
    /// Nobody is asked for a token any more; the call hears that, and tells the rest of its news to whoever listens here.
    fn turn_away(self) -> Receiver<News> {
        let (sender, news) = channel();
        drop(self.answer.send(Answer { grant: Err(gone()), way: Way::Thread(sender) }));
        news
    }

    fn put(self, door: Door) -> PyTokenRequest {
        let Self { request, answer } = self;
        let open = Mutex::new(Some((answer, door)));
        PyTokenRequest { pid: std::process::id(), request, given: Mutex::default(), open }
    }
}

/// A call that stands still until it has a token, or knows that there is none.
#[pyclass(name = "TokenRequest", module = "appassign._core", frozen)]
pub(super) struct PyTokenRequest {
    pid: u32,
    request: TokenRequest,
    given: Mutex<Option<Result<Grant>>>,
    open: Mutex<Option<(oneshot::Sender<Answer>, Door)>>,
}

impl Drop for PyTokenRequest {
    fn drop(&mut self) {
        if self.pid != std::process::id() {
            // In a forked child: to let go would wake the parent's call.
            mem::forget(self.open.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

impl PyTokenRequest {
    fn take(&self, grant: Result<Grant>) {
        *self.given.lock().unwrap_or_else(PoisonError::into_inner) = Some(grant);
    }
}

#[pymethods]
impl PyTokenRequest {
    /// The scope that the token must have.
    #[getter]
    fn scope(&self) -> &str {
        self.request.scope
    }

    /// The host that issues the cloud's tokens.
    #[getter]
    fn authority(&self) -> &str {
        self.request.authority
    }

    /// What the token must also claim, as JSON, if the service asked for that.
    #[getter]
    fn claims(&self) -> Option<&str> {
        self.request.claims.as_deref()
    }

    /// Seconds that the call can wait.
    #[getter]
    fn within(&self) -> f64 {
        self.request.within.as_secs_f64()
    }

    /// Take what a credential gave, whatever it is.
    fn give(&self, given: &Bound<'_, PyAny>) -> PyResult<()> {
        let grant = text::grant(given)?;
        self.take(grant.map_err(|error| Error { kind: Kind::Credential, ..error }));
        Ok(())
    }

    /// Take the news that there is no token.
    fn refuse(&self, message: &str, hint: Option<String>) {
        let message = format!("credential: {}", cut(&printable(message), MAX_SAID_BYTES));
        self.take(Err(Error { hint, ..Error::new(Kind::Credential, message) }));
    }

    /// Take the news that no token came in time.
    fn expire(&self) {
        let message = format!("the credential gave no token within {} s", seconds(self.request.within));
        self.take(Err(Error::new(Kind::Timeout, message)));
    }

    /// Take the news that nobody is there any more to ask.
    fn turn_away(&self) {
        self.take(Err(gone()));
    }

    /// End the call where it stands, if it is not over.
    fn abort(&self, py: Python<'_>) -> PyResult<()> {
        // Whoever keeps what interrupted the credential keeps this too, by way of its traceback, and other calls of the
        // client would wait for as long.
        if self.pid != std::process::id() {
            return Ok(());
        }
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        match open {
            Some((answer, Door::Thread(waiting))) if waiting.terms.finishes => {
                let question = Question { request: self.request.clone(), answer };
                waiting.leave(py, question.turn_away())
            }
            Some((_, Door::Thread(Waiting { abort, terms, ear, .. }))) => {
                ear.break_off(py, &abort, terms.unsettled.client_request_id)
            }
            // A call that was promised is called off by its flight.
            Some((_, Door::Loop(_))) | None => Ok(()),
        }
    }

    /// Go on with the call: what became of it, the next request, or a future of either.
    fn proceed(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (Some((answer, door)), Some(grant)) = (open, given) else {
            return Err(PyRuntimeError::new_err("a request for a token is answered once"));
        };
        if self.pid != std::process::id() {
            // The credential forked, and this is the child. To wake its parent's call could wait for a lock for ever.
            mem::forget((answer, door));
            return Err(forked().into());
        }
        match door {
            Door::Thread(waiting) => {
                let (sender, news) = channel();
                drop(answer.send(Answer { grant, way: Way::Thread(sender) }));
                waiting.wait(py, news)
            }
            Door::Loop(address) => {
                let future = running_loop(py)?.call_method0("create_future")?.unbind();
                let delivery = Delivery::new(address, future.clone_ref(py));
                // If the call has gone, the delivery comes back, and says so as it is dropped.
                drop(answer.send(Answer { grant, way: Way::Loop(delivery) }));
                Ok(future)
            }
        }
    }
}

/// A call that was promised and may be called off.
#[pyclass(module = "appassign._core", frozen)]
pub(super) struct Flight {
    pid: u32,
    abort: AbortHandle,
    abandoned: Arc<AtomicBool>,
    client_request_id: Option<Uuid>,
    ear: Ear,
}

#[pymethods]
impl Flight {
    /// Have a call that finishes by itself do so; its future still gets what comes of it.
    fn call_off(&self) {
        if self.pid == std::process::id() {
            self.ear.call_off();
        }
    }

    /// End the call where it stands, and have its result forgotten.
    fn abort(&self, py: Python<'_>) -> PyResult<()> {
        self.abandoned.store(true, Ordering::Release);
        // A forked child has no hand in what its parent does.
        if self.pid != std::process::id() {
            return Ok(());
        }
        self.ear.break_off(py, &self.abort, self.client_request_id)
    }
}
