//! Results on their way back to an event loop.
//!
//! Each loop object has a mailbox with a bell. What finishes goes into it; the bell rings only when the mailbox was empty,
//! and one callback then settles everything that has come in.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};
use tokio::runtime::Handle;
use tokio::task::yield_now;

use super::bell::Bell;
use super::courier::Courier;
use crate::error::Error;

/// A loop fetches its letters in its next turn. To ask it sooner than this would cost it the batches.
const PATIENCE: Duration = Duration::from_millis(250);

/// Makes a Python object of what a call has to say, on its caller's own thread.
pub(super) type Contents = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

struct Letter {
    /// `None`: to read the contents is all.
    future: Option<Py<PyAny>>,
    contents: Contents,
    abandoned: Arc<AtomicBool>,
}

/// What has come in for one loop. Shared with the calls in flight.
pub(super) struct Mailbox {
    /// Weak: a loop that nobody wants any more must be able to go.
    event_loop: Py<PyWeakrefReference>,
    letters: Mutex<Letters>,
    bell: Bell,
    pid: u32,
}

#[derive(Default)]
struct Letters {
    waiting: Vec<Letter>,
    /// When the loop was last asked to fetch them.
    asked: Option<Instant>,
}

/// A mailbox as Python holds it: the value in the table of loops, and the callback that empties it.
#[pyclass(name = "Mailbox", module = "appassign._core", frozen)]
struct PyMailbox(Arc<Mailbox>);

/// The mailboxes of one process by their loops, weakly. A forked child has a table of its own: a thread that it does not
/// have may have held a lock in its parent's.
struct Table {
    pid: u32,
    mailboxes: Py<PyAny>,
    /// Of the loop that asked last: most programs have no other.
    last: Weak<Mailbox>,
}

static TABLE: Mutex<Option<Table>> = Mutex::new(None);

fn mailboxes(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let known = |slot: &Option<Table>| match slot {
        Some(table) if table.pid == std::process::id() => Some(table.mailboxes.clone_ref(py).into_bound(py)),
        _ => None,
    };
    if let Some(mailboxes) = known(&TABLE.lock().unwrap_or_else(PoisonError::into_inner)) {
        return Ok(mailboxes);
    }
    // Made without the lock: Python code runs, and other threads with it. By the loop itself, never by its `id`: ids recur.
    let made = py.import("weakref")?.getattr("WeakKeyDictionary")?.call0()?;
    let mut slot = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(mailboxes) = known(&slot) {
        return Ok(mailboxes);
    }
    mem::forget(slot.replace(Table {
        pid: std::process::id(),
        mailboxes: made.clone().unbind(),
        last: Weak::new(),
    }));
    Ok(made)
}

/// Makes ready, while the module is imported, what a fork in the middle of its first use would leave half made.
pub(super) fn make_ready(py: Python<'_>) {
    py.get_type::<PyMailbox>();
}

/// A loop that cannot tell is none of ours to give up.
fn is_closed(event_loop: &Bound<'_, PyAny>) -> bool {
    event_loop.call_method0("is_closed").and_then(|closed| closed.is_truthy()).unwrap_or(false)
}

impl Mailbox {
    /// The mailbox of a loop; made when the loop first needs one. `courier` is asked for where a loop has to be called.
    pub(super) fn of(
        event_loop: &Bound<'_, PyAny>,
        courier: impl FnOnce() -> PyResult<Courier>,
    ) -> PyResult<Arc<Self>> {
        if let Some(mailbox) = Self::last(event_loop) {
            if mailbox.is_forgotten() {
                event_loop.call_method1("call_soon", (PyMailbox(mailbox.clone()),))?;
            }
            return Ok(mailbox);
        }
        let mailbox = Self::find(event_loop, courier)?;
        if let Some(table) = &mut *TABLE.lock().unwrap_or_else(PoisonError::into_inner) {
            table.last = Arc::downgrade(&mailbox);
        }
        Ok(mailbox)
    }

    /// The mailbox that was asked for last, if it is this loop's.
    fn last(event_loop: &Bound<'_, PyAny>) -> Option<Arc<Self>> {
        // Looked at without the lock: what is let go of here may be the last of a loop, and runs its finalizers.
        let last = {
            let table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
            table.as_ref().filter(|table| table.pid == std::process::id())?.last.clone()
        };
        let mailbox = last.upgrade()?;
        let of = mailbox.event_loop.bind(event_loop.py()).upgrade()?;
        of.is(event_loop).then_some(mailbox)
    }

    fn find(
        event_loop: &Bound<'_, PyAny>,
        courier: impl FnOnce() -> PyResult<Courier>,
    ) -> PyResult<Arc<Self>> {
        let mailboxes = mailboxes(event_loop.py())?;
        let known = mailboxes.call_method1("get", (event_loop,))?;
        if let Ok(known) = known.cast::<PyMailbox>() {
            return Ok(known.get().0.clone());
        }
        Self::forget_closed_loops(&mailboxes)?;
        let mailbox = match Bell::to_watch() {
            Some((bell, socket)) => {
                let mailbox = Self::with(bell, event_loop)?;
                // Some loops watch no sockets.
                match event_loop.call_method1("add_reader", (socket, mailbox.clone())) {
                    Ok(_) => mailbox,
                    Err(_) => Self::with(Bell::Called(courier()?), event_loop)?,
                }
            }
            None => Self::with(Bell::Called(courier()?), event_loop)?,
        };
        mailboxes.set_item(event_loop, &mailbox)?;
        Ok(mailbox.get().0.clone())
    }

    fn with<'py>(bell: Bell, event_loop: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyMailbox>> {
        let (letters, pid) = (Mutex::default(), std::process::id());
        let event_loop_reference = PyWeakrefReference::new(event_loop)?.unbind();
        let mailbox = Self { event_loop: event_loop_reference, letters, bell, pid };
        Bound::new(event_loop.py(), PyMailbox(Arc::new(mailbox)))
    }

    /// A loop that was closed before its last callback ran leaves letters behind, and those hold the loop; and somebody may
    /// keep a closed loop, with its bell.
    fn forget_closed_loops(mailboxes: &Bound<'_, PyAny>) -> PyResult<()> {
        // A list of its own: other threads put their loops into the table meanwhile.
        for reference in mailboxes.call_method0("keyrefs")?.try_iter()? {
            let event_loop = reference?.call0()?;
            if event_loop.is_none() {
                continue; // It has just gone, and its mailbox with it.
            }
            if !is_closed(&event_loop) {
                continue;
            }
            let known = mailboxes.call_method1("pop", (&event_loop, event_loop.py().None()))?;
            if let Ok(known) = known.cast::<PyMailbox>() {
                drop(known.get().0.take());
            }
        }
        Ok(())
    }

    /// Puts a letter in; says whether it is the first one, so that the loop must be woken.
    fn put(&self, letter: Letter) -> bool {
        let mut letters = self.letters();
        letters.waiting.push(letter);
        let is_first = letters.waiting.len() == 1;
        if is_first {
            letters.asked = Some(Instant::now());
        }
        is_first
    }

    fn letters(&self) -> MutexGuard<'_, Letters> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether letters are waiting for so long that the loop must be asked again. It may only be busy; but a signal handler
    /// that raised between two callbacks can have cost it the one that fetches them, and then nobody else would wake it.
    fn is_forgotten(&self) -> bool {
        let mut letters = self.letters();
        let is_late = |asked: Instant| asked.elapsed() > PATIENCE;
        let is_forgotten = !letters.waiting.is_empty() && letters.asked.is_some_and(is_late);
        if is_forgotten {
            letters.asked = Some(Instant::now());
        }
        is_forgotten
    }

    fn take(&self) -> Vec<Letter> {
        mem::take(&mut self.letters().waiting)
    }

    /// Has the loop empty the mailbox.
    fn ring(self: &Arc<Self>) {
        let mailbox = self.clone();
        self.bell.ring(move |py| mailbox.call(py));
    }

    /// A loop that is closed or gone gets nothing, and nobody misses it; one that failed to take the callback is asked again
    /// by the next call.
    fn call(self: Arc<Self>, py: Python<'_>) {
        let is_there = self.event_loop.bind(py).upgrade().is_some_and(|event_loop| {
            let callback = PyMailbox(self.clone());
            event_loop.call_method1("call_soon_threadsafe", (callback,)).is_ok() || !is_closed(&event_loop)
        });
        if !is_there {
            drop(self.take());
        }
    }
}

#[pymethods]
impl PyMailbox {
    /// Settles everything that has come in.
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        if self.0.pid != std::process::id() {
            // Called in a forked child, for a loop of its parent's: the lock may be one that nobody here can free.
            return Ok(());
        }
        // Before the letters are taken: what comes later rings again.
        self.0.bell.silence();
        // The lock is gone before anything is settled.
        let letters = self.0.take();
        // To settle one may run a signal handler, and its exception must not cost the others their results.
        let settled: Vec<_> = letters.into_iter().map(|letter| letter.settle(py)).collect();
        settled.into_iter().collect()
    }
}

impl Letter {
    fn settle(self, py: Python<'_>) -> PyResult<()> {
        let Some(future) = &self.future else {
            return (self.contents)(py).map(drop);
        };
        let future = future.bind(py);
        if self.abandoned.load(Ordering::Acquire) {
            return Ok(());
        }
        let settled = match (self.contents)(py) {
            Ok(value) => future.call_method1("set_result", (value,)),
            Err(error) => future.call_method1("set_exception", (error,)),
        };
        match settled {
            // Whoever awaited it has gone, and cancelled it.
            Err(_) if future.call_method0("done")?.is_truthy()? => Ok(()),
            settled => settled.map(drop),
        }
    }
}

/// Where the letters of one call go.
#[derive(Clone)]
pub(super) struct Address {
    mailbox: Arc<Mailbox>,
    abandoned: Arc<AtomicBool>,
    lost: Arc<dyn Fn() -> Error + Send + Sync>,
}

impl Address {
    /// `lost` tells why a call went away without a word; it is asked on the loop's own thread.
    pub(super) fn new(mailbox: Arc<Mailbox>, lost: impl Fn() -> Error + Send + Sync + 'static) -> Self {
        Self { mailbox, abandoned: Arc::default(), lost: Arc::new(lost) }
    }

    /// Set when nobody waits for letters any more.
    pub(super) fn abandoned(&self) -> Arc<AtomicBool> {
        self.abandoned.clone()
    }
}

/// One letter that a call in flight will send: what it has to say, or the news that it went away without a word.
pub(super) struct Delivery {
    address: Address,
    /// The future, until the letter is on its way.
    future: Option<Py<PyAny>>,
}

impl Delivery {
    pub(super) fn new(address: Address, future: Py<PyAny>) -> Self {
        Self { address, future: Some(future) }
    }

    /// Where the next letter goes.
    pub(super) fn address(&self) -> Address {
        self.address.clone()
    }

    /// Sends the letter.
    pub(super) fn deliver(mut self, contents: Contents) {
        self.send(contents);
    }

    /// Sends a letter on the way that settles nothing.
    pub(super) fn note(&self, contents: Contents) {
        self.post(None, contents);
    }

    fn send(&mut self, contents: Contents) {
        // Abandoned or not, the future goes back to the loop's thread: pyo3 keeps what is dropped here under a lock that a
        // fork could copy.
        if let Some(future) = self.future.take() {
            self.post(Some(future), contents);
        }
    }

    fn post(&self, future: Option<Py<PyAny>>, contents: Contents) {
        let Address { mailbox, abandoned, .. } = &self.address;
        if mailbox.put(Letter { future, contents, abandoned: abandoned.clone() }) {
            let mailbox = mailbox.clone();
            match Handle::try_current() {
                // Whatever else is ready on this thread comes along: to wake the loop is the dearest part of a letter.
                Ok(here) => drop(here.spawn(async move {
                    yield_now().await;
                    mailbox.ring();
                })),
                Err(_) => mailbox.ring(),
            }
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if self.future.is_some() {
            let lost = self.address.lost.clone();
            self.send(Box::new(move |_| Err(lost().into())));
        }
    }
}
