//! `Change` as a Python value.

use std::fmt::Write;
use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple, PyType};

use super::arguments;
use super::assignment::{PyMobileAppAssignment, tuple};
use super::target;
use crate::html::Html;
use crate::model::Named;
use crate::plan::{Change, Wanted};

/// What is wanted of one app among many: the arguments of `Client.plan`, for `Client.plan_many`. Immutable.
///
/// Args:
///     app_id: The app's id (``mobileAppId``).
///     add: What is to be there too: `MobileAppAssignment`.
///     remove: What is to be gone: assignments, or targets whatever the intent.
///     replace: All that the app is to have; it goes alone. An empty list clears the app.
///
/// Raises:
///     InvalidInputError: An entry that cannot be sent, or two with one key; ``.location`` names it.
///     TypeError: An argument of the wrong type; ``replace`` beside the others.
#[pyclass(name = "Change", module = "appassign", frozen, eq, hash)]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PyChange(pub(super) Arc<Change>);

#[pymethods]
impl PyChange {
    #[new]
    #[pyo3(
        signature = (app_id, *, add=None, remove=None, replace=None),
        text_signature = "(app_id, *, add=(), remove=(), replace=None)"
    )]
    fn new(
        app_id: &Bound<'_, PyAny>,
        add: Option<&Bound<'_, PyAny>>,
        remove: Option<&Bound<'_, PyAny>>,
        replace: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let app = arguments::app_id(app_id)?;
        let none = PyTuple::empty(app_id.py()).into_any();
        let wanted = arguments::wanted(add.unwrap_or(&none), remove.unwrap_or(&none), replace)?;
        Ok(Self(Arc::new(Change::new(app, wanted)?)))
    }

    /// The app.
    #[getter]
    fn app_id(&self) -> &str {
        self.0.app_id()
    }

    /// What is to be there too.
    #[getter]
    fn add<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        match self.0.wanted() {
            Wanted::Change { add, .. } => tuple(py, add),
            Wanted::Replace(_) => Ok(PyTuple::empty(py)),
        }
    }

    /// What is to be gone: assignments and targets.
    #[getter]
    fn remove<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let Wanted::Change { remove, .. } = self.0.wanted() else { return Ok(PyTuple::empty(py)) };
        let named = |named: &Named| match named {
            Named::Assignment(assignment) => {
                Bound::new(py, PyMobileAppAssignment(assignment.clone())).map(Bound::into_any)
            }
            Named::Target(target) => target::to_python(py, target.clone()),
        };
        PyTuple::new(py, remove.iter().map(named).collect::<PyResult<Vec<_>>>()?)
    }

    /// All that the app is to have; ``None`` where some are added and removed.
    #[getter]
    fn replace<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        match self.0.wanted() {
            Wanted::Change { .. } => Ok(None),
            Wanted::Replace(wanted) => tuple(py, wanted).map(Some),
        }
    }

    fn _repr_html_(&self) -> String {
        self.0.html()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut shown = PyString::new(py, self.app_id()).repr()?.to_string();
        let mut show = |name: &str, entries: Bound<'_, PyTuple>| -> PyResult<()> {
            write!(shown, ", {name}={}", entries.to_list().repr()?)
                .map_err(|error| PyValueError::new_err(error.to_string()))
        };
        if let Some(replace) = self.replace(py)? {
            show("replace", replace)?;
        }
        for (name, entries) in [("add", self.add(py)?), ("remove", self.remove(py)?)] {
            if !entries.is_empty() {
                show(name, entries)?;
            }
        }
        Ok(format!("Change({shown})"))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    #[classmethod]
    fn _restore(
        _class: &Bound<'_, PyType>,
        app_id: &Bound<'_, PyAny>,
        add: &Bound<'_, PyAny>,
        remove: &Bound<'_, PyAny>,
        replace: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Self::new(app_id, Some(add), Some(remove), replace)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let (py, this) = (slf.py(), slf.get());
        let facts = (this.app_id(), this.add(py)?, this.remove(py)?, this.replace(py)?);
        Ok((slf.get_type().getattr("_restore")?, facts.into_pyobject(py)?.into_any()))
    }
}
