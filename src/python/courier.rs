//! The thread that calls event loops which watch no sockets. No other thread of ours ever attaches to the interpreter.
//!
//! It is a thread of Python's own making. One of ours would make itself known to the interpreter on its own, under a lock
//! of CPython's that is not freed in a child that was forked at that moment.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// What the thread is to do.
type Order = Box<dyn FnOnce(Python<'_>) + Send>;

/// The thread, as those reach it who have orders for it.
#[derive(Clone)]
pub(super) struct Courier {
    /// `None` dismisses it.
    orders: Sender<Option<Order>>,
    /// Disconnected once it has gone.
    gone: Arc<Mutex<Receiver<()>>>,
}

/// What its thread calls.
#[pyclass(module = "appassign._core", frozen)]
struct CourierWork(Mutex<Option<Round>>);

struct Round {
    orders: Receiver<Option<Order>>,
    /// Dropped at the end.
    _working: Sender<()>,
}

/// Makes ready, while the module is imported, what a fork in the middle of its first use would leave half made.
pub(super) fn make_ready(py: Python<'_>) {
    py.get_type::<CourierWork>();
}

#[pymethods]
impl CourierWork {
    fn __call__(&self, py: Python<'_>) {
        let round = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut round) = round else { return };
        loop {
            let order;
            (order, round) = py.detach(move || (round.orders.recv(), round));
            match order {
                Ok(Some(order)) => order(py),
                Ok(None) | Err(_) => return,
            }
        }
    }
}

impl Courier {
    pub(super) fn start(py: Python<'_>) -> PyResult<Self> {
        let (sender, orders) = channel();
        let (working, gone) = channel();
        let work = CourierWork(Mutex::new(Some(Round { orders, _working: working })));
        py.import("_thread")?.call_method1("start_new_thread", (work, PyTuple::empty(py)))?;
        Ok(Self { orders: sender, gone: Arc::new(Mutex::new(gone)) })
    }

    /// Has it do this, attached.
    pub(super) fn send(&self, order: Order) {
        // A courier that was dismissed takes nothing: the interpreter is exiting.
        drop(self.orders.send(Some(order)));
    }

    /// Has it go once it has done what it was given.
    pub(super) fn dismiss(&self) {
        drop(self.orders.send(None));
    }

    /// Waits, detached, until it has gone, or so long.
    pub(super) fn wait_until_gone(&self, at_most: Duration) {
        let gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = gone.recv_timeout(at_most);
    }
}
