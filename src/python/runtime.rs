//! Owns the tokio runtime of the process, and the thread that drives it.
//!
//! The runtime starts at the first call, is started anew in a forked child, and is closed for good when the interpreter
//! exits. The slot is locked only while attached to the interpreter and never across a detach: `os.fork` needs the
//! interpreter too, so a child never finds the lock taken by a thread that it does not have. For the same reason nothing
//! here is made once and lazily by way of pyo3 (`PyOnceLock`, `intern!`): it detaches while it makes, and a child that was
//! forked meanwhile would wait for ever.

use std::io;
use std::mem;
use std::panic;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::mailbox::{Courier, make_ready};
use crate::change::AppLocks;
use crate::error::{Call, Error, Kind, Result};
use crate::transport::Pools;

/// How long the threads of the runtime may take to end when the interpreter exits.
const EXIT_GRACE: Duration = Duration::from_secs(1);

enum Slot {
    Idle,
    Live(Live),
    Closed,
}

/// What one process has. Nothing of it outlives a fork.
struct Live {
    pid: u32,
    driver: Driver,
    pools: Arc<Pools>,
    locks: Arc<AppLocks>,
    courier: Courier,
}

/// The thread that does the work of all calls.
struct Driver {
    /// `None` ends the thread.
    work: UnboundedSender<Option<Work>>,
    /// Disconnected once it has gone.
    gone: Receiver<()>,
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

static SLOT: Mutex<Slot> = Mutex::new(Slot::Idle);

static EXITING: AtomicBool = AtomicBool::new(false);

/// Where the last panic happened, for the error that tells of it. What it said may hold anything, and is not kept.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// What a call needs of the process it runs in.
pub(super) struct Entrance {
    pub(super) pid: u32,
    pub(super) pools: Arc<Pools>,
    pub(super) locks: Arc<AppLocks>,
    pub(super) courier: Courier,
    work: UnboundedSender<Option<Work>>,
}

impl Entrance {
    /// Has the driver do this. If it has gone meanwhile, the work is dropped, and says so itself.
    pub(super) fn start(&self, work: impl Future<Output = ()> + Send + 'static) {
        drop(self.work.send(Some(Box::pin(work))));
    }
}

/// Whoever waits in a call while the interpreter exits is a daemon thread. It stops here, as daemon threads do:
/// to go back would be to run Python code while Python is being taken down.
pub(super) fn stay_away_from_an_exiting_interpreter() {
    while EXITING.load(Ordering::Acquire) {
        std::thread::park();
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
    make_ready(py);
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
    EXITING.store(true, Ordering::Release);
    match left {
        Slot::Live(Live { pid, driver, courier, .. }) if pid == std::process::id() => wait(py, move || {
            // First, so that no loop hears of the calls that end now, and no thread of ours attaches any more.
            courier.dismiss();
            courier.wait_until_gone(EXIT_GRACE);
            driver.end();
            let _ = driver.gone.recv_timeout(EXIT_GRACE);
        }),
        inherited => mem::forget(inherited),
    }
}

/// The way in, for as long as the interpreter lives.
pub(super) fn enter(py: Python<'_>) -> PyResult<Entrance> {
    if let Some(entrance) = look(&slot())? {
        return Ok(entrance);
    }
    // Started without the lock: to start a thread of Python's may run Python code, and other threads with it.
    let live = Live::start(py)?;
    let mut slot = slot();
    if let Some(entrance) = look(&slot)? {
        live.courier.dismiss();
        live.driver.end();
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
    fn start(py: Python<'_>) -> PyResult<Self> {
        let driver = Driver::start()
            .map_err(|error| Error::internal(format!("no threads could be started: {error}")))?;
        let courier = Courier::start(py)?;
        Ok(Self { pid: std::process::id(), driver, pools: Arc::default(), locks: Arc::default(), courier })
    }

    fn entrance(&self) -> Entrance {
        Entrance {
            pid: self.pid,
            work: self.driver.work.clone(),
            pools: self.pools.clone(),
            locks: self.locks.clone(),
            courier: self.courier.clone(),
        }
    }
}

impl Driver {
    fn start() -> io::Result<Self> {
        // Where the system has no descriptor or thread left to give, tokio may panic.
        let built = panic::catch_unwind(|| Builder::new_current_thread().enable_all().build());
        let runtime = built.unwrap_or_else(|_| Err(io::ErrorKind::OutOfMemory.into()))?;
        let (work, mut given) = unbounded_channel::<Option<Work>>();
        let (working, gone) = channel();
        let drive = move || {
            runtime.block_on(async {
                while let Some(Some(work)) = given.recv().await {
                    tokio::spawn(work);
                }
            });
            runtime.shutdown_timeout(EXIT_GRACE);
            drop(working);
        };
        std::thread::Builder::new().name("appassign".to_owned()).spawn(drive)?;
        Ok(Self { work, gone })
    }

    fn end(&self) {
        drop(self.work.send(None));
    }
}

fn slot() -> MutexGuard<'static, Slot> {
    SLOT.lock().unwrap_or_else(PoisonError::into_inner)
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
