//! Modules that are imported already: to look is far cheaper than to import, and imports nothing that a program does without.

use std::sync::OnceLock;

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// `sys.modules`, kept when the native module is imported.
static MODULES: OnceLock<Py<PyDict>> = OnceLock::new();

/// Makes ready, while the module is imported, what later calls look things up in.
pub(super) fn make_ready(py: Python<'_>) -> PyResult<()> {
    let modules = py.import("sys")?.getattr("modules")?.cast_into::<PyDict>()?;
    drop(MODULES.set(modules.unbind()));
    Ok(())
}

/// A module, if anybody has imported it.
pub(super) fn imported<'py>(py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    match MODULES.get() {
        Some(modules) => modules.bind(py).get_item(name),
        None => Ok(None),
    }
}
