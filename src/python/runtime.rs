//! What one process has of a runtime, of connections and of locks.
//!
//! The runtime starts at the first call, is started anew in a forked child, and is closed for good when the interpreter
//! exits. The slot is locked only while attached to the interpreter and never across a detach: `os.fork` needs the
//! interpreter too, so a child never finds the lock taken by a thread that it does not have. For the same reason nothing
//! here is made once and lazily by way of pyo3 (`PyOnceLock`, `intern!`): it detaches while it makes, and a child that was
//! forked meanwhile would wait for ever.

use std::mem;
use std::panic;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;

use super::courier::Courier;
use super::driver::{Driver, Life};
use super::modules;
use super::{courier, exit, mailbox};
use crate::change::AppLocks;
use crate::error::{Call, Error, Kind, Result};
use crate::transport::Pools;

/// How long the courier may take to go when the interpreter exits.
const EXIT_GRACE: Duration = Duration::from_secs(1);

enum Slot {
    Idle,
    Live(Live),
    Closed,
}

/// What one process has. Nothing of it outlives a fork.
struct Live {
    pid: u32,
    life: Life,
    pools: Arc<Pools>,
    locks: Arc<AppLocks>,
    /// Started for the first loop that has to be called.
    courier: Arc<Mutex<Option<Courier>>>,
}

static SLOT: Mutex<Slot> = Mutex::new(Slot::Idle);

/// Where the last panic happened, for the error that tells of it. What it said may hold anything, and is not kept.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// What a call needs of the process it runs in.
pub(super) struct Entrance {
    pub(super) pid: u32,
    pub(super) pools: Arc<Pools>,
    pub(super) locks: Arc<AppLocks>,
    pub(super) driver: Arc<Driver>,
    courier: Arc<Mutex<Option<Courier>>>,
}

impl Entrance {
    /// The courier of the process; started by whoever needs it first.
    pub(super) fn courier(&self, py: Python<'_>) -> PyResult<Courier> {
        if let Some(known) = &*lock(&self.courier) {
            return Ok(known.clone());
        }
        // Without the lock: to start a thread of Python's may run Python code, and other threads with it.
        let started = Courier::start(py)?;
        let mut courier = lock(&self.courier);
        if courier.is_some() {
            started.dismiss();
        }
        Ok(courier.get_or_insert(started).clone())
    }
}

/// Lets other Python threads work while this one waits. The only way out of the interpreter, the courier's own apart.
pub(super) fn wait<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    py.detach(work)
}

/// Binds the runtime to the life of the interpreter that imports the module, and refuses a second one: what is static
/// here would be shared, and closed by whichever exits first.
pub(super) fn settle_in(module: &Bound<'_, PyModule>) -> PyResult<()> {
    static HOME: OnceLock<usize> = OnceLock::new();
    let py = module.py();
    let here = py.import("sys")?.as_ptr() as usize;
    // CPython tells which one is the main interpreter from 3.13 on; before, the first one is taken for it.
    let is_main = match py.import("_thread")?.getattr_opt("_is_main_interpreter")? {
        Some(ask) => ask.call0()?.is_truthy()?,
        None => true,
    };
    if !is_main || *HOME.get_or_init(|| here) != here {
        return Err(PyImportError::new_err("appassign works in one interpreter of a process, the main one"));
    }
    courier::make_ready(py);
    mailbox::make_ready(py);
    modules::make_ready(py)?;
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string);
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }));
    // Handlers run last-in first-out: a user's own, registered later, still may call.
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(close, module)?,))?;
    Ok(())
}

#[pyfunction]
fn close(py: Python<'_>) {
    let left = mem::replace(&mut *slot(), Slot::Closed);
    exit::begin();
    match left {
        Slot::Live(Live { pid, life, courier, .. }) if pid == std::process::id() => wait(py, move || {
            // First, so that no loop hears of the calls that end now, and no thread of ours attaches any more.
            if let Some(courier) = lock(&courier).take() {
                courier.dismiss();
                courier.wait_until_gone(EXIT_GRACE);
            }
            life.end_and_wait();
        }),
        inherited => mem::forget(inherited),
    }
}

/// The way in, for as long as the interpreter lives.
pub(super) fn enter() -> PyResult<Entrance> {
    if let Some(entrance) = look(&slot())? {
        return Ok(entrance);
    }
    // Started without the lock, which is never held for long.
    let live = Live::start()?;
    let mut slot = slot();
    if let Some(entrance) = look(&slot)? {
        live.life.end();
        return Ok(entrance);
    }
    let entrance = live.entrance();
    // A forked child forgets its parent's: the threads are not here to be joined, and the sockets are shared.
    mem::forget(mem::replace(&mut *slot, Slot::Live(live)));
    Ok(entrance)
}

/// What is there already, if it is of this process.
fn look(slot: &Slot) -> Result<Option<Entrance>> {
    match slot {
        Slot::Closed => Err(closed()),
        Slot::Live(live) if live.pid == std::process::id() => Ok(Some(live.entrance())),
        Slot::Idle | Slot::Live(_) => Ok(None),
    }
}

impl Live {
    fn start() -> Result<Self> {
        let life = Driver::start()
            .map_err(|error| Error::internal(format!("no threads could be started: {error}")))?;
        let (pools, locks, courier) = Default::default();
        Ok(Self { pid: std::process::id(), life, pools, locks, courier })
    }

    fn entrance(&self) -> Entrance {
        Entrance {
            pid: self.pid,
            driver: self.life.driver().clone(),
            pools: self.pools.clone(),
            locks: self.locks.clone(),
            courier: self.courier.clone(),
        }
    }
}

fn slot() -> MutexGuard<'static, Slot> {
    lock(&SLOT)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The future went away without a result: the interpreter is exiting, or the future panicked.
pub(super) fn lost(unsettled: Call) -> Error {
    let error = match (&*slot(), PANIC.lock().unwrap_or_else(PoisonError::into_inner).take()) {
        (Slot::Closed, _) => closed(),
        (_, Some(place)) => Error::internal(format!("the call broke off inside, at {place}")),
        (_, None) => Error::internal("the call broke off inside"),
    };
    Error { call: Box::new(unsettled), ..error }
}

fn closed() -> Error {
    Error::new(Kind::Closed, "the interpreter is exiting: no call is possible any more")
}
