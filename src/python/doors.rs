//! The two doors to a call: `run` waits for it, `promise` does not. Whatever a call has to say comes out by the door through
//! which it was made: what became of it, or that it wants a token. Python's credentials are Python's to ask, so the caller
//! does that, on its own thread or in its own task, and opens the door again with the answer.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{AbortHandle, abortable};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use uuid::Uuid;

use super::caller::{Caller, Ear, News, Question, Way, gone};
use super::driver::{Driver, Work};
use super::exit::stay_away_from_an_exiting_interpreter;
use super::log;
use super::mailbox::{Address, Contents, Delivery, Mailbox};
use super::runtime::{Entrance, enter, lost, wait};
use super::text;
use crate::error::{Call, Error, Kind, Result, cut, printable, seconds};
use crate::token::{Grant, TokenRequest};

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
    progress: Option<Py<PyAny>>,
    act: impl FnOnce(&Entrance, Caller) -> Result<F>,
) -> PyResult<Py<PyAny>>
where
    T: for<'py> IntoPyObject<'py> + Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let entrance = enter()?;
    let (sender, news) = unbounded_channel();
    let caller = Caller::new(Way::Thread(sender), log::least(py)?);
    let work = act(&entrance, caller.clone())?;
    let ear = caller.ear();
    let (work, abort) = abortable(async move { caller.settle(work.await) });
    let Entrance { pid, driver, .. } = entrance;
    let work: Option<Work> = Some(Box::pin(work.map(drop)));
    let looked = Instant::now();
    Waiting { work, driver, abort, pid, terms, ear, progress, told: 0, looked }.wait(py, news)
}

/// What the doors have to know of a call.
pub(super) struct Terms {
    /// What is known of it if it never comes to an end.
    pub(super) unsettled: Call,
    pub(super) called_off: WhenCalledOff,
}

/// What a call does whose caller goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenCalledOff {
    /// It is broken off where it stands.
    BreaksOff,
    /// It comes to its end by itself, and soon.
    Finishes,
    /// So, and whoever goes takes along what it reports.
    Reports,
}

/// Starts a future of the core and gives a future of the event loop, which gets what comes of it, or a request for a
/// token.
pub(super) fn promise<'py, T, F>(
    event_loop: &Bound<'py, PyAny>,
    terms: Terms,
    act: impl FnOnce(&Entrance, Caller) -> Result<F>,
) -> PyResult<(Bound<'py, PyAny>, Flight)>
where
    T: for<'a> IntoPyObject<'a> + Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let py = event_loop.py();
    let entrance = enter()?;
    let least = log::least(py)?;
    let Terms { unsettled, .. } = terms;
    let client_request_id = unsettled.client_request_id;
    let address =
        Address::new(Mailbox::of(event_loop, || entrance.courier(py))?, move || lost(unsettled.clone()));
    let abandoned = address.abandoned();
    let future = event_loop.call_method0("create_future")?;
    let caller = Caller::new(Way::Loop(Delivery::new(address, future.clone().unbind()), ask_a_task), least);
    // The caller hears of the error at once: the future is nobody's, and asyncio would complain of an error in it.
    let work = act(&entrance, caller.clone()).inspect_err(|_| abandoned.store(true, Ordering::Release))?;
    let ear = caller.ear();
    let (work, abort) = abortable(async move { caller.settle(work.await) });
    entrance.driver.promise(work.map(drop));
    Ok((future, Flight { pid: entrance.pid, abort, abandoned, client_request_id, ear }))
}

/// A thread that waits for a call.
struct Waiting {
    /// Until the wait begins.
    work: Option<Work>,
    driver: Arc<Driver>,
    abort: AbortHandle,
    pid: u32,
    terms: Terms,
    ear: Ear,
    /// Called with how much is done.
    progress: Option<Py<PyAny>>,
    told: usize,
    /// When it was last looked at how much that is.
    looked: Instant,
}

/// What a thread heard in a while.
enum Heard {
    News(News),
    Nothing,
    /// The call went away without a word.
    Closed,
}

impl Waiting {
    /// Waits until the call has something to say.
    fn wait(mut self, py: Python<'_>, mut news: UnboundedReceiver<News>) -> PyResult<Py<PyAny>> {
        loop {
            let heard;
            (self, news, heard) = self.hear(py, news);
            let noted = match heard {
                Heard::News(News::Settled(contents)) => return self.take(py, contents),
                Heard::News(News::Asked(question)) => return self.ask(py, question),
                Heard::News(News::Noted(weight, line)) => log::write(py, weight, &line),
                Heard::Closed => return Err(lost(self.terms.unsettled).into()),
                Heard::Nothing => Ok(()),
            };
            let interrupt =
                noted.and_then(|()| self.tell_progress(py)).and_then(|()| py.check_signals()).err();
            if self.pid != std::process::id() {
                // A signal handler forked, or who hears of the progress; the one who works on this call is in the parent.
                mem::forget((self, news));
                return Err(interrupt.unwrap_or_else(|| forked().into()));
            }
            if let Some(interrupt) = interrupt {
                let report = self.leave(py, news)?;
                return Err(take_along(py, interrupt, report));
            }
        }
    }

    /// Gives what became of the call. A signal that came in just before would be heard as soon as Python goes on, and cost
    /// the caller a report.
    fn take(self, py: Python<'_>, contents: Contents) -> PyResult<Py<PyAny>> {
        let settled = contents(py)?;
        if self.terms.called_off == WhenCalledOff::Reports
            && let Err(interrupt) = py.check_signals()
        {
            return Err(take_along(py, interrupt, Some(settled)));
        }
        Ok(settled)
    }

    /// Gives the question to who can answer it, unless a signal has come in: it would be lost on the way.
    fn ask(self, py: Python<'_>, question: Box<Question>) -> PyResult<Py<PyAny>> {
        if let Err(interrupt) = py.check_signals() {
            if self.pid != std::process::id() {
                mem::forget((self, question));
                return Err(interrupt);
            }
            let report = self.leave_unanswered(py, *question)?;
            return Err(take_along(py, interrupt, report));
        }
        PyTokenRequest::of(*question, Door::Thread(self)).into_py_any(py)
    }

    /// Waits for a while.
    fn hear(
        mut self,
        py: Python<'_>,
        mut news: UnboundedReceiver<News>,
    ) -> (Self, UnboundedReceiver<News>, Heard) {
        let (work, driver) = (self.work.take(), self.driver);
        let heard;
        (self.driver, news, heard) = wait(py, move || {
            let heard = match driver.wait(work, news.recv(), SIGNAL_INTERVAL) {
                Some(Some(said)) => Heard::News(said),
                Some(None) => Heard::Closed,
                None => Heard::Nothing,
            };
            stay_away_from_an_exiting_interpreter((driver, news, heard))
        });
        (self, news, heard)
    }

    /// Now and then, however much there is to hear meanwhile.
    fn tell_progress(&mut self, py: Python<'_>) -> PyResult<()> {
        let Some(progress) = &self.progress else { return Ok(()) };
        if self.looked.elapsed() < SIGNAL_INTERVAL {
            return Ok(());
        }
        self.looked = Instant::now();
        match self.ear.done() {
            done if done > self.told => {
                self.told = done;
                progress.call1(py, (done,)).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// Gives up the call: it is broken off, or comes to its end if it must not be, and then gives its report if it has one. A
    /// second Ctrl-C does not wait for that.
    fn leave(mut self, py: Python<'_>, mut news: UnboundedReceiver<News>) -> PyResult<Option<Py<PyAny>>> {
        let until = Instant::now() + PATIENCE;
        let finishes = self.terms.called_off != WhenCalledOff::BreaksOff;
        if finishes {
            self.ear.call_off();
        }
        while finishes && Instant::now() < until {
            let heard;
            (self, news, heard) = self.hear(py, news);
            match heard {
                Heard::News(News::Settled(contents)) if self.terms.called_off == WhenCalledOff::Reports => {
                    return Ok(contents(py).ok());
                }
                Heard::News(News::Settled(_)) | Heard::Closed => return Ok(None),
                Heard::News(News::Noted(weight, line)) => log::write(py, weight, &line)?,
                Heard::News(News::Asked(question)) => news = question.turn_away(),
                Heard::Nothing => {}
            }
            if py.check_signals().is_err() {
                break;
            }
        }
        self.ear.break_off(py, &self.abort, self.terms.unsettled.client_request_id).map(|()| None)
    }

    /// Gives up a call that wants a token.
    fn leave_unanswered(self, py: Python<'_>, question: Question) -> PyResult<Option<Py<PyAny>>> {
        if self.terms.called_off == WhenCalledOff::BreaksOff {
            return self
                .ear
                .break_off(py, &self.abort, self.terms.unsettled.client_request_id)
                .map(|()| None);
        }
        self.leave(py, question.turn_away())
    }
}

/// Gives the report of what was done so far to whoever catches the interrupt; one that keeps nothing is raised all the same.
fn take_along(py: Python<'_>, interrupt: PyErr, report: Option<Py<PyAny>>) -> PyErr {
    if let Some(report) = report {
        drop(interrupt.value(py).getattr("__dict__").and_then(|facts| facts.set_item("report", report)));
    }
    interrupt
}

fn forked() -> Error {
    Error::new(Kind::Closed, "this call belongs to the process that this one was forked from")
}

/// By which door the question came out, and the answer goes in.
enum Door {
    Thread(Waiting),
    Loop(Address),
}

/// What the task gets that awaits a call which wants a token.
fn ask_a_task(question: Box<Question>, address: Address) -> Contents {
    Box::new(move |py| PyTokenRequest::of(*question, Door::Loop(address)).into_py_any(py))
}

/// A call that stands still until it has a token, or knows that there is none.
#[pyclass(name = "TokenRequest", module = "appassign._core", frozen)]
pub(super) struct PyTokenRequest {
    pid: u32,
    request: TokenRequest,
    given: Mutex<Option<Result<Grant>>>,
    open: Mutex<Option<(Question, Door)>>,
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
    fn of(question: Question, door: Door) -> Self {
        let request = question.request.clone();
        let open = Mutex::new(Some((question, door)));
        Self { pid: std::process::id(), request, given: Mutex::default(), open }
    }

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
        if self.pid == std::process::id()
            && let Some((question, _)) = &*self.open.lock().unwrap_or_else(PoisonError::into_inner)
        {
            question.call_off();
        }
        self.take(Err(gone()));
    }

    /// End the call where it stands, if it is not over; what it gives if it comes to its end by itself.
    fn abort(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        // Whoever keeps what interrupted the credential keeps this too, by way of its traceback, and other calls of the
        // client would wait for as long.
        if self.pid != std::process::id() {
            return Ok(None);
        }
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        match open {
            Some((question, Door::Thread(waiting))) => waiting.leave_unanswered(py, question),
            // A call that was promised is called off by its flight.
            Some((_, Door::Loop(_))) | None => Ok(None),
        }
    }

    /// Go on with the call: what became of it, the next request, or a future of either.
    fn proceed(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (Some((question, door)), Some(grant)) = (open, given) else {
            return Err(PyRuntimeError::new_err("a request for a token is answered once"));
        };
        if self.pid != std::process::id() {
            // The credential forked, and this is the child. To wake its parent's call could wait for a lock for ever.
            mem::forget((question, door));
            return Err(forked().into());
        }
        match door {
            Door::Thread(waiting) => {
                let (sender, news) = unbounded_channel();
                question.answer(grant, Way::Thread(sender));
                waiting.wait(py, news)
            }
            Door::Loop(address) => {
                let event_loop = py.import("asyncio")?.call_method0("get_running_loop")?;
                let future = event_loop.call_method0("create_future")?.unbind();
                let delivery = Delivery::new(address, future.clone_ref(py));
                // If the call has gone, the delivery comes back, and says so as it is dropped.
                question.answer(grant, Way::Loop(delivery, ask_a_task));
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
    /// How many parts of the call are done.
    #[getter]
    fn done(&self) -> usize {
        self.ear.done()
    }

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
