//! Modules that are imported already: to look is far cheaper than to import, and imports nothing that a program does without.

use std::sync::OnceLock;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

/// `sys.modules`, and the names of those that are looked for, kept when the native module is imported.
struct Modules {
    imported: Py<PyDict>,
    logging: Py<PyString>,
    uuid: Py<PyString>,
}

static MODULES: OnceLock<Modules> = OnceLock::new();

/// Makes ready, while the module is imported, what later calls look things up in.
pub(super) fn make_ready(py: Python<'_>) -> PyResult<()> {
    let imported = py.import("sys")?.getattr("modules")?.cast_into::<PyDict>()?.unbind();
    let name = |name| PyString::new(py, name).unbind();
    drop(MODULES.set(Modules { imported, logging: name("logging"), uuid: name("uuid") }));
    Ok(())
}

/// `logging`, if anybody has imported it.
pub(super) fn logging(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    imported(py, |modules| &modules.logging)
}

/// `uuid`, if anybody has imported it.
pub(super) fn uuid(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    imported(py, |modules| &modules.uuid)
}

fn imported(py: Python<'_>, name: fn(&Modules) -> &Py<PyString>) -> PyResult<Option<Bound<'_, PyAny>>> {
    match MODULES.get() {
        Some(modules) => modules.imported.bind(py).get_item(name(modules)),
        None => Ok(None),
    }
}
