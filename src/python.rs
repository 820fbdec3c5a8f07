//! The bridge: what Python sees of the core. No other folder names Python.

#![allow(clippy::doc_markdown, reason = "the docstrings of Python classes are written for Python's readers")]

mod arguments;
mod assign;
mod client;
mod doors;
mod emulator;
mod errors;
mod json;
mod log;
mod mailbox;
mod model;
mod path;
mod runtime;
mod text;

/// The native module. Everything in it is private to the package `appassign`.
#[pyo3::pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::assign::{PyAssign, PyAssignReceipt};
    #[pymodule_export]
    use super::client::PyClient;
    #[pymodule_export]
    use super::doors::{Flight, PyTokenRequest};
    #[pymodule_export]
    use super::emulator::PyEmulator;
    #[pymodule_export]
    use super::model::PyMobileAppGroupAssignment;
    #[pymodule_export]
    use super::path::PyMobileAppPath;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        #[cfg(debug_assertions)]
        super::assign::add_break_offs(module)?;
        super::runtime::settle_in(module)
    }
}
