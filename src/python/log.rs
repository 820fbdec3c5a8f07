//! Python's `logging`, as far as a program uses it: the logger `appassign`. It is only ever called on a caller's own
//! thread, so that no lock of a handler's can meet the interpreter's.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::event::Weight;

const LOGGER: &str = "appassign";

fn level(weight: Weight) -> u8 {
    match weight {
        Weight::Attempt => 10, // DEBUG
        Weight::Write => 20,   // INFO
        Weight::Wait => 30,    // WARNING
    }
}

/// The least weight that is heard; `None` if nobody listens. A program that never imported `logging` does not.
pub(super) fn least(py: Python<'_>) -> PyResult<Option<Weight>> {
    let modules = py.import("sys")?.getattr("modules")?.cast_into::<PyDict>()?;
    let Some(logging) = modules.get_item("logging")? else { return Ok(None) };
    let logger = logging.call_method1("getLogger", (LOGGER,))?;
    for weight in [Weight::Attempt, Weight::Write, Weight::Wait] {
        if logger.call_method1("isEnabledFor", (level(weight),))?.is_truthy()? {
            return Ok(Some(weight));
        }
    }
    Ok(None)
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
