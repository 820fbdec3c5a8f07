//! The bridge: what Python sees of the core. No other folder names Python.

#![allow(clippy::doc_markdown, reason = "the docstrings of Python classes are written for Python's readers")]

mod app;
mod arguments;
mod assignment;
mod bell;
mod bulk;
mod call;
mod caller;
mod change;
mod client;
mod courier;
mod doctor;
mod document;
mod doors;
mod driver;
mod emulator;
mod errors;
mod exit;
mod group_assignment;
mod json;
mod log;
mod mailbox;
mod modules;
mod path;
mod plan;
mod receipt;
mod report;
mod row;
mod runtime;
mod target;
mod text;

/// The native module. Everything in it is private to the package `appassign`. A Python without the GIL takes it with one: what the locks
/// of the bridge promise was never tried there.
#[pyo3::pymodule(gil_used = true)]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::app::PyMobileApp;
    #[pymodule_export]
    use super::assignment::PyMobileAppAssignment;
    #[pymodule_export]
    use super::call::PyCall;
    #[pymodule_export]
    use super::change::PyChange;
    #[pymodule_export]
    use super::client::PyClient;
    #[pymodule_export]
    use super::doctor::token_claims;
    #[pymodule_export]
    use super::doors::{Flight, PyTokenRequest};
    #[pymodule_export]
    use super::emulator::PyEmulator;
    #[pymodule_export]
    use super::group_assignment::PyMobileAppGroupAssignment;
    #[pymodule_export]
    use super::path::PyMobileAppPath;
    #[pymodule_export]
    use super::plan::PyPlan;
    #[pymodule_export]
    use super::receipt::{PyApplyReceipt, PyAssignReceipt, read_journal};
    #[pymodule_export]
    use super::report::{PyApplyReport, PyApplyResult, PyPlanReport, PyPlanResult};
    #[pymodule_export]
    use super::row::{assignment_from_row, assignment_to_row};
    #[pymodule_export]
    use super::target::{
        PyAllDevicesAssignmentTarget, PyAllLicensedUsersAssignmentTarget, PyAssignmentTarget,
        PyConfigurationManagerCollectionAssignmentTarget, PyExclusionGroupAssignmentTarget,
        PyGroupAssignmentTarget,
    };

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        #[cfg(debug_assertions)]
        super::call::add_break_offs(module)?;
        super::report::settle_in(module.py())?;
        super::runtime::settle_in(module)
    }
}
