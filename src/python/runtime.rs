//! Owns the tokio runtime of the process, and the door through which Python waits for it.
//!
//! It starts at the first call, is started anew in a forked child, and is closed for good when the interpreter exits.
//! The slot is locked only while attached to the interpreter and never across a detach: `os.fork` needs the
//! interpreter too, so a child never finds the lock taken by a thread that it does not have.

use std::future::Future;
use std::mem;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{Error, Kind, Result};
use crate::transport::Transports;

/// How often a waiting call looks for Ctrl-C.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// How long calls in flight may still take when the interpreter exits.
const EXIT_GRACE: Duration = Duration::from_secs(1);

const WORKERS: usize = 2;

enum Slot {
    Idle,
    Live {
        pid: u32,
        runtime: Runtime,
        transports: Arc<Transports>,
    },
    Closed,
}

static SLOT: Mutex<Slot> = Mutex::new(Slot::Idle);

/// Runs a future of the core to its end, hears Ctrl-C meanwhile, and lets other Python threads work.
pub(super) fn run<T, F>(py: Python<'_>, act: impl FnOnce(Arc<Transports>) -> F) -> PyResult<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let (handle, transports) = enter(py)?;
    let future = act(transports);
    let (sender, mut receiver) = sync_channel(1);
    // The caller may be gone by then, after Ctrl-C.
    let task = handle.spawn(async move { drop(sender.send(future.await)) });
    loop {
        let news;
        (news, receiver) = py.detach(move || (receiver.recv_timeout(SIGNAL_INTERVAL), receiver));
        match news {
            Ok(result) => return result.map_err(PyErr::from),
            Err(RecvTimeoutError::Disconnected) => return Err(lost().into()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Err(interrupt) = py.check_signals() {
            task.abort();
            return Err(interrupt);
        }
    }
}

/// Waits for something that needs no runtime, and lets other Python threads work.
pub(super) fn wait<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    py.detach(work)
}

/// Has the runtime closed when the interpreter exits. Handlers run last-in first-out, so a user's own still may call.
pub(super) fn close_at_exit(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    py.import("atexit")?
        .call_method1("register", (wrap_pyfunction!(close, module)?,))?;
    Ok(())
}

#[pyfunction]
fn close(py: Python<'_>) {
    let left = mem::replace(
        &mut *SLOT.lock().unwrap_or_else(PoisonError::into_inner),
        Slot::Closed,
    );
    match left {
        Slot::Live { pid, runtime, .. } if pid == std::process::id() => {
            py.detach(|| runtime.shutdown_timeout(EXIT_GRACE));
        }
        inherited => mem::forget(inherited),
    }
}

fn enter(_attached: Python<'_>) -> Result<(Handle, Arc<Transports>)> {
    let mut slot = SLOT.lock().unwrap_or_else(PoisonError::into_inner);
    match &*slot {
        Slot::Closed => return Err(closed()),
        Slot::Live {
            pid,
            runtime,
            transports,
        } if *pid == std::process::id() => {
            return Ok((runtime.handle().clone(), transports.clone()));
        }
        Slot::Idle | Slot::Live { .. } => {}
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("appassign")
        .enable_all()
        .build()
        .map_err(|error| Error::internal(format!("no runtime could be started: {error}")))?;
    let (handle, transports) = (runtime.handle().clone(), Arc::new(Transports::default()));
    let live = Slot::Live {
        pid: std::process::id(),
        runtime,
        transports: transports.clone(),
    };
    // A forked child forgets its parent's runtime: its threads are not here to be joined, and its sockets are shared.
    mem::forget(mem::replace(&mut *slot, live));
    Ok((handle, transports))
}

/// The future went away without a result: the interpreter is exiting, or the future panicked.
fn lost() -> Error {
    match &*SLOT.lock().unwrap_or_else(PoisonError::into_inner) {
        Slot::Closed => closed(),
        Slot::Idle | Slot::Live { .. } => Error::internal("the call broke off inside"),
    }
}

fn closed() -> Error {
    Error::new(
        Kind::Closed,
        "the interpreter is exiting: no call is possible any more",
    )
}
