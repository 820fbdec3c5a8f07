//! `Plan` as a Python value.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple, PyType};

use super::assignment::{PyMobileAppAssignment, tuple};
use super::{json, row};
use crate::html::Html;
use crate::json::Json;
use crate::plan::Plan;

/// What a change would do to an app, and what it rests on. Immutable.
///
/// ``bool(plan)`` tells whether anything would be written; ``str(plan)`` is the diff.
#[pyclass(name = "Plan", module = "appassign", frozen, eq, hash)]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PyPlan(pub(super) Plan);

#[pymethods]
impl PyPlan {
    /// The app.
    #[getter]
    fn app_id(&self) -> &str {
        self.0.app_id()
    }

    /// What the app holds.
    #[getter]
    fn before<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        tuple(py, self.0.before())
    }

    /// What it would hold.
    #[getter]
    fn after<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        tuple(py, self.0.after())
    }

    /// What would be there that is not.
    #[getter]
    fn added<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        tuple(py, self.0.added())
    }

    /// What would be gone.
    #[getter]
    fn removed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        tuple(py, self.0.removed())
    }

    /// What would stay as it is.
    #[getter]
    fn kept<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        tuple(py, self.0.kept())
    }

    /// What would stay with another filter or other settings: pairs of before and after.
    #[getter]
    fn changed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let model =
            |assignment: &crate::model::MobileAppAssignment| PyMobileAppAssignment(assignment.clone());
        let pairs = self.0.changed().into_iter().map(|(before, after)| (model(before), model(after)));
        PyTuple::new(py, pairs.collect::<Vec<_>>())
    }

    /// What Graph is known to refuse or to ignore, and what was to be removed and is not there.
    ///
    /// Pairs of a code, which stays the same from version to version, and a message.
    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(
            py,
            self.0.warnings().iter().map(|warning| (warning.code.as_ref(), warning.message.as_str())),
        )
    }

    /// Rows for a table: one for each assignment that is added or removed, and one for a plan without any.
    ///
    /// Columns: those of `PlanReport.to_dicts`, without ``error``.
    fn to_dicts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let rows = PyList::empty(py);
        row::append(&rows, self.0.app_id(), &self.0.steps(), &[])?;
        Ok(rows)
    }

    fn __bool__(&self) -> bool {
        !self.0.is_empty()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn _repr_html_(&self) -> String {
        self.0.html()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!(
            "<Plan app_id={} added={} changed={} removed={} kept={} warnings={}>",
            PyString::new(py, self.0.app_id()).repr()?,
            self.0.added().len(),
            self.0.changed().len(),
            self.0.removed().len(),
            self.0.kept().len(),
            self.0.warnings().len(),
        ))
    }

    /// One line of JSON, which `from_json` reads: to be reviewed, kept, and applied elsewhere.
    fn to_json(&self) -> PyResult<String> {
        Ok(self.0.to_json()?)
    }

    /// Read what `to_json` wrote. What was edited in between is checked as if a caller had made it.
    ///
    /// Raises:
    ///     InvalidInputError: It is no plan, or one that may not be sent; ``.location`` leads to the fault.
    ///     TypeError: It is neither ``str`` nor ``bytes``.
    #[classmethod]
    fn from_json(_class: &Bound<'_, PyType>, document: &Bound<'_, PyAny>) -> PyResult<Self> {
        let document =
            Json::parse(&json::text_from_python(document, "json.dumps(...) makes text of a dict")?)?;
        Ok(Self(Plan::from_json(document)?))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Self>().getattr("from_json")?, (self.to_json()?,)))
    }
}
