//! What runs of many calls leave behind, as Python values. Objects are made of a report when they are looked at: kept, it
//! takes no more room than what it tells.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PySlice, PyTuple};

use super::change::PyChange;
use super::plan::PyPlan;
use super::receipt::PyApplyReceipt;
use super::row;
use crate::error::{Error, Outcome};
use crate::html::Html;
use crate::report::{ApplyReport, ApplyResult, PlanReport, PlanResult};

/// What became of each change of `Client.plan_many`, in their order: a sequence of `PlanResult`. Immutable.
///
/// ``str(report)`` counts them, and shows the first ones and those that failed.
#[pyclass(name = "PlanReport", module = "appassign", frozen, sequence)]
pub(super) struct PyPlanReport(pub(super) Arc<PlanReport>);

/// What became of each plan of `Client.apply_many`, in their order: a sequence of `ApplyResult`. Immutable.
///
/// ``str(report)`` counts them, and shows the first ones and those that failed.
#[pyclass(name = "ApplyReport", module = "appassign", frozen, sequence)]
pub(super) struct PyApplyReport(pub(super) Arc<ApplyReport>);

/// What became of one change. Immutable.
#[pyclass(name = "PlanResult", module = "appassign", frozen)]
pub(super) struct PyPlanResult {
    report: Arc<PlanReport>,
    place: usize,
}

/// What became of one plan. Immutable.
#[pyclass(name = "ApplyResult", module = "appassign", frozen)]
pub(super) struct PyApplyResult {
    report: Arc<ApplyReport>,
    place: usize,
}

/// A report, result by result.
#[pyclass(module = "appassign._core", frozen)]
struct Results {
    report: Py<PyAny>,
    next: AtomicUsize,
}

#[pymethods]
impl Results {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        self.report.bind(py).get_item(next).ok()
    }
}

fn results<'py, T: pyo3::PyClass>(report: &Bound<'py, T>) -> PyResult<Bound<'py, Results>> {
    let next = AtomicUsize::new(0);
    Bound::new(report.py(), Results { report: report.clone().into_any().unbind(), next })
}

/// Has Python take reports for the sequences that they are, in `isinstance` and `match`.
pub(super) fn settle_in(py: Python<'_>) -> PyResult<()> {
    let sequence = sequence(py)?;
    sequence.call_method1("register", (py.get_type::<PyPlanReport>(),))?;
    sequence.call_method1("register", (py.get_type::<PyApplyReport>(),)).map(drop)
}

fn sequence(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import("_collections_abc")?.getattr("Sequence")
}

/// Calls a method that all sequences share.
fn shared<'py>(
    report: &Bound<'py, PyAny>,
    method: &str,
    arguments: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    let given = PyTuple::new(report.py(), [report])?.add(arguments)?;
    sequence(report.py())?.getattr(method)?.call1(given.cast_into::<PyTuple>()?)
}

/// What stands at an index, or between two.
fn at<'py>(
    index: &Bound<'py, PyAny>,
    length: usize,
    item: impl Fn(usize) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = index.py();
    if let Ok(slice) = index.cast::<PySlice>() {
        let chosen = slice.indices(isize::try_from(length).unwrap_or(isize::MAX))?;
        let places = (0..chosen.slicelength).map(|step| {
            let place = chosen.start + chosen.step * isize::try_from(step).unwrap_or_default();
            usize::try_from(place).unwrap_or_default()
        });
        return Ok(PyList::new(py, places.map(item).collect::<PyResult<Vec<_>>>()?)?.into_any());
    }
    if !index.hasattr("__index__")? {
        let given = index.get_type().name()?;
        return Err(PyTypeError::new_err(format!("an index of a report is an int or a slice, not {given}")));
    }
    // One that is too large for any list is none of this one's.
    let place = index.extract::<isize>().unwrap_or(isize::MAX);
    let signed = isize::try_from(length).unwrap_or(isize::MAX);
    let place = if place < 0 { place + signed } else { place };
    match usize::try_from(place) {
        Ok(place) if place < length => item(place),
        _ => Err(PyIndexError::new_err("the report has no such result")),
    }
}

/// Raises what failed, if anything did: all of it together, each with its app.
fn raise<'a>(
    py: Python<'_>,
    count: usize,
    failed: impl Iterator<Item = (&'a str, &'a Error)>,
) -> PyResult<()> {
    let mut errors = Vec::new();
    for (app_id, error) in failed {
        let error = PyErr::from(error.clone()).into_value(py).into_bound(py);
        error.call_method1("add_note", (format!("app {app_id}"),))?;
        errors.push(error);
    }
    if errors.is_empty() {
        return Ok(());
    }
    let message = format!("{} of {count} apps failed", errors.len());
    let group = py.import("builtins")?.getattr("ExceptionGroup")?.call1((message, errors))?;
    Err(PyErr::from_value(group))
}

fn exception(py: Python<'_>, error: Option<&Error>) -> Option<Py<PyAny>> {
    error.map(|error| PyErr::from(error.clone()).into_value(py).into_any())
}

fn counted(name: &str, counts: &[(&str, usize)]) -> String {
    let counts: Vec<_> =
        counts.iter().map(|(what, count)| format!("{}={count}", what.replace(' ', "_"))).collect();
    format!("<{name} {}>", counts.join(" "))
}

#[pymethods]
impl PyPlanReport {
    fn __len__(&self) -> usize {
        self.0.0.len()
    }

    fn __getitem__<'py>(&self, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = index.py();
        at(index, self.0.0.len(), |place| self.result(py, place))
    }

    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Results>> {
        results(slf)
    }

    /// The first place where a result stands.
    #[pyo3(signature = (*arguments))]
    fn index<'py>(slf: &Bound<'py, Self>, arguments: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        shared(slf, "index", arguments)
    }

    /// How often a result is there.
    #[pyo3(signature = (*arguments))]
    fn count<'py>(slf: &Bound<'py, Self>, arguments: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        shared(slf, "count", arguments)
    }

    /// The plans of all changes that could be planned, in their order: `Client.apply_many` takes them.
    #[getter]
    fn plans<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let plans = self.0.0.iter().filter_map(|result| result.plan.as_ref().ok());
        PyTuple::new(py, plans.map(|plan| PyPlan(plan.clone())).collect::<Vec<_>>())
    }

    /// The results that have an error.
    #[getter]
    fn failures<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let failed = self.0.0.iter().enumerate().filter(|(_, result)| result.plan.is_err());
        PyTuple::new(py, failed.map(|(place, _)| self.result(py, place)).collect::<PyResult<Vec<_>>>()?)
    }

    /// Raise an ``ExceptionGroup`` of all errors, if there are any; each has a note that names its app.
    fn raise_for_errors(&self, py: Python<'_>) -> PyResult<()> {
        let failed = self
            .0
            .0
            .iter()
            .filter_map(|result| result.plan.as_ref().err().map(|error| (result.change.app_id(), error)));
        raise(py, self.0.0.len(), failed)
    }

    /// Rows for a table: one for each assignment that is added or removed, and one for each app without any.
    ///
    /// Columns: ``app_id``, ``action`` (``add`` or ``remove``; an entry that changes has both), ``intent``, ``target``,
    /// ``target_id``, ``filter_id``, ``filter_type``, ``settings`` (JSON), ``other`` (JSON: what else Graph says of the
    /// assignment), ``error``.
    fn to_dicts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let rows = PyList::empty(py);
        for result in &self.0.0 {
            let error = result.plan.as_ref().err().map(|error| error.message.as_str());
            row::append(&rows, result.change.app_id(), &result.steps(), &[("error", error)])?;
        }
        Ok(rows)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn _repr_html_(&self) -> String {
        self.0.html()
    }

    fn __repr__(&self) -> String {
        counted("PlanReport", &self.0.counts())
    }
}

impl PyPlanReport {
    fn result<'py>(&self, py: Python<'py>, place: usize) -> PyResult<Bound<'py, PyAny>> {
        Bound::new(py, PyPlanResult { report: self.0.clone(), place }).map(Bound::into_any)
    }
}

impl PyPlanResult {
    fn get(&self) -> PyResult<&PlanResult> {
        self.report.0.get(self.place).ok_or_else(|| PyIndexError::new_err("the report has no such result"))
    }
}

#[pymethods]
impl PyPlanResult {
    /// What was wanted.
    #[getter]
    fn change(&self) -> PyResult<PyChange> {
        self.get().map(|result| PyChange(result.change.clone()))
    }

    /// What it would do; ``None`` if it could not be planned.
    #[getter]
    fn plan(&self) -> PyResult<Option<PyPlan>> {
        self.get().map(|result| result.plan.as_ref().ok().cloned().map(PyPlan))
    }

    /// Why it could not be planned.
    #[getter]
    fn error(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.get().map(|result| exception(py, result.plan.as_ref().err()))
    }

    fn __eq__(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.report, &other.report) && self.place == other.place
    }

    fn __hash__(&self) -> usize {
        self.place
    }

    fn _repr_html_(&self) -> PyResult<String> {
        Ok(self.get()?.html())
    }

    fn __repr__(&self) -> PyResult<String> {
        let result = self.get()?;
        Ok(match &result.plan {
            Ok(plan) => format!("<PlanResult app_id={:?} changes={}>", plan.app_id(), !plan.is_empty()),
            Err(error) => {
                format!("<PlanResult app_id={:?} error={:?}>", result.change.app_id(), error.message)
            }
        })
    }
}

#[pymethods]
impl PyApplyReport {
    fn __len__(&self) -> usize {
        self.0.0.len()
    }

    fn __getitem__<'py>(&self, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = index.py();
        at(index, self.0.0.len(), |place| self.result(py, place))
    }

    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Results>> {
        results(slf)
    }

    /// The first place where a result stands.
    #[pyo3(signature = (*arguments))]
    fn index<'py>(slf: &Bound<'py, Self>, arguments: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        shared(slf, "index", arguments)
    }

    /// How often a result is there.
    #[pyo3(signature = (*arguments))]
    fn count<'py>(slf: &Bound<'py, Self>, arguments: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        shared(slf, "count", arguments)
    }

    /// The results that have an error.
    #[getter]
    fn failures<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let failed = self.0.0.iter().enumerate().filter(|(_, result)| result.receipt.is_err());
        PyTuple::new(py, failed.map(|(place, _)| self.result(py, place)).collect::<PyResult<Vec<_>>>()?)
    }

    /// Raise an ``ExceptionGroup`` of all errors, if there are any; each has a note that names its app.
    fn raise_for_errors(&self, py: Python<'_>) -> PyResult<()> {
        let failed =
            self.0.0.iter().filter_map(|result| {
                result.receipt.as_ref().err().map(|error| (result.plan.app_id(), error))
            });
        raise(py, self.0.0.len(), failed)
    }

    /// Rows for a table: one for each assignment that was to be added or removed, and one for each app without any.
    ///
    /// Columns: those of `PlanReport.to_dicts`, and before ``error`` ``outcome``: ``applied``, ``not_sent``,
    /// ``not_applied``, ``unknown``; ``None`` where there was nothing to write.
    fn to_dicts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let rows = PyList::empty(py);
        for result in &self.0.0 {
            let error = result.receipt.as_ref().err().map(|error| error.message.as_str());
            let last = [("outcome", result.outcome().map(Outcome::as_str)), ("error", error)];
            row::append(&rows, result.plan.app_id(), &result.plan.steps(), &last)?;
        }
        Ok(rows)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn _repr_html_(&self) -> String {
        self.0.html()
    }

    fn __repr__(&self) -> String {
        counted("ApplyReport", &self.0.counts())
    }
}

impl PyApplyReport {
    fn result<'py>(&self, py: Python<'py>, place: usize) -> PyResult<Bound<'py, PyAny>> {
        Bound::new(py, PyApplyResult { report: self.0.clone(), place }).map(Bound::into_any)
    }
}

impl PyApplyResult {
    fn get(&self) -> PyResult<&ApplyResult> {
        self.report.0.get(self.place).ok_or_else(|| PyIndexError::new_err("the report has no such result"))
    }
}

#[pymethods]
impl PyApplyResult {
    /// What was planned.
    #[getter]
    fn plan(&self) -> PyResult<PyPlan> {
        self.get().map(|result| PyPlan(result.plan.clone()))
    }

    /// What was done; ``None`` if the call failed.
    #[getter]
    fn receipt(&self) -> PyResult<Option<PyApplyReceipt>> {
        self.get().map(|result| result.receipt.as_ref().ok().cloned().map(PyApplyReceipt))
    }

    /// Why it failed; its ``outcome`` tells what became of the write.
    #[getter]
    fn error(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.get().map(|result| exception(py, result.receipt.as_ref().err()))
    }

    fn __eq__(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.report, &other.report) && self.place == other.place
    }

    fn __hash__(&self) -> usize {
        self.place
    }

    fn _repr_html_(&self) -> PyResult<String> {
        Ok(self.get()?.html())
    }

    fn __repr__(&self) -> PyResult<String> {
        let result = self.get()?;
        let app_id = result.plan.app_id();
        let outcome = result.outcome().map_or("nothing to write", |outcome| outcome.as_str());
        Ok(match &result.receipt {
            Ok(_) => format!("<ApplyResult app_id={app_id:?} outcome={outcome:?}>"),
            Err(error) => {
                format!("<ApplyResult app_id={app_id:?} outcome={outcome:?} error={:?}>", error.message)
            }
        })
    }
}
