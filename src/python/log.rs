//! Python's `logging`, as far as a program uses it: the logger `appassign`. It is only ever called on a caller's own
//! thread, so that no lock of a handler's can meet the interpreter's.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;

use super::modules;
use crate::event::Weight;

const LOGGER: &str = "appassign";

fn level(weight: Weight) -> u8 {
    match weight {
        Weight::Attempt => 10, // DEBUG
        Weight::Write => 20,   // INFO
        Weight::Wait => 30,    // WARNING
    }
}

/// The least weight that may be heard; `None` if nobody listens. A program that never imported `logging` does not.
pub(super) fn least(py: Python<'_>) -> PyResult<Option<Weight>> {
    let Some(logging) = modules::logging(py)? else { return Ok(None) };
    let logger = logger(&logging)?;
    let hears = |weight| logger.call_method1("isEnabledFor", (level(weight),))?.is_truthy();
    // Waits are few, and the logger itself passes over what it does not want: most calls ask one question here.
    let least = if !hears(Weight::Write)? {
        Weight::Wait
    } else if !hears(Weight::Attempt)? {
        Weight::Write
    } else {
        Weight::Attempt
    };
    Ok(Some(least))
}

/// The logger, asked for once of each `logging`.
fn logger<'py>(logging: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    static KNOWN: Mutex<Option<(Py<PyAny>, Py<PyAny>)>> = Mutex::new(None);
    let py = logging.py();
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of, logger)) = &*known
        && of.is(logging)
    {
        return Ok(logger.clone_ref(py).into_bound(py));
    }
    // Asked for without the lock: Python code runs, and other threads with it.
    drop(known);
    let logger = logging.call_method1("getLogger", (LOGGER,))?;
    let found = (logging.clone().unbind(), logger.clone().unbind());
    let before = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).replace(found);
    drop(before);
    Ok(logger)
}

/// Writes a line. What a handler raises must not cost a call its result, and goes where Python puts such things.
///
/// # Errors
/// What is no `Exception`, such as `KeyboardInterrupt`.
pub(super) fn write(py: Python<'_>, weight: Weight, line: &str) -> PyResult<()> {
    let written = py
        .import("logging")
        .and_then(|logging| logging.call_method1("getLogger", (LOGGER,)))
        .and_then(|logger| {
            if !logger.call_method0("hasHandlers")?.is_truthy()? {
                // As libraries do: who configured nothing is shown nothing.
                logger.call_method1("addHandler", (py.import("logging")?.call_method0("NullHandler")?,))?;
            }
            logger.call_method1("log", (level(weight), "%s", line))
        });
    match written {
        Err(error) if error.is_instance_of::<pyo3::exceptions::PyException>(py) => {
            error.write_unraisable(py, None);
            Ok(())
        }
        written => written.map(drop),
    }
}
