//! What calls leave behind, as Python values.

use jiff::Timestamp;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple, PyType};

use super::assignment::tuple;
use super::runtime::wait;
use super::{arguments, errors, json};
use crate::html::Html;
use crate::journal;
use crate::json::Json;
use crate::receipt::{ApplyReceipt, AssignReceipt, receipts};

/// What a successful `assign` leaves behind. Immutable.
#[pyclass(name = "AssignReceipt", module = "appassign", frozen, eq, hash)]
#[derive(Clone, PartialEq, Hash)]
pub(super) struct PyAssignReceipt(pub(super) AssignReceipt);

/// What a pickle holds of a receipt, in this order.
type Facts = (u16, Option<String>, String, Option<i64>, u32, f64);

#[pymethods]
impl PyAssignReceipt {
    /// The HTTP status: 204 as documented, or another one from 200 on.
    #[getter]
    fn status(&self) -> u16 {
        self.0.status
    }

    /// The service's id for the request, for Microsoft's support.
    #[getter]
    fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Our id for the call, under which the service logged it too.
    #[getter]
    fn client_request_id(&self) -> String {
        self.0.client_request_id.to_string()
    }

    /// When the service answered (aware, UTC).
    #[getter]
    fn date<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.date.map(|date| errors::datetime(py, date)).transpose()
    }

    /// How many requests it took.
    #[getter]
    fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Seconds from the start of the call to its end.
    #[getter]
    fn elapsed(&self) -> f64 {
        self.0.elapsed.as_secs_f64()
    }

    fn _repr_html_(&self) -> String {
        self.0.html()
    }

    fn __repr__(&self) -> String {
        let quoted = |text: Option<&str>| text.map_or_else(|| "None".to_owned(), |text| format!("{text:?}"));
        format!(
            "<AssignReceipt status={} request_id={} client_request_id={} date={} attempts={} elapsed={:.3}>",
            self.0.status,
            quoted(self.0.request_id.as_deref()),
            quoted(Some(&self.client_request_id())),
            quoted(self.0.date.map(|date| date.to_string()).as_deref()),
            self.0.attempts,
            self.elapsed(),
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Facts)> {
        let facts = (
            self.0.status,
            self.0.request_id.clone(),
            self.client_request_id(),
            self.0.date.map(Timestamp::as_second),
            self.0.attempts,
            self.elapsed(),
        );
        Ok((py.get_type::<Self>().getattr("_restore")?, facts))
    }

    #[staticmethod]
    fn _restore(
        status: u16,
        request_id: Option<String>,
        client_request_id: &str,
        date: Option<i64>,
        attempts: u32,
        elapsed: f64,
    ) -> PyResult<Self> {
        let invalid = |error: &dyn std::error::Error| PyValueError::new_err(error.to_string());
        Ok(Self(AssignReceipt {
            status,
            request_id,
            client_request_id: client_request_id.parse().map_err(|error| invalid(&error))?,
            date: date.map(Timestamp::from_second).transpose().map_err(|error| invalid(&error))?,
            attempts,
            elapsed: std::time::Duration::try_from_secs_f64(elapsed).map_err(|error| invalid(&error))?,
        }))
    }
}

/// What a planned write leaves behind: enough to undo it. Immutable.
#[pyclass(name = "ApplyReceipt", module = "appassign", frozen, eq, hash)]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PyApplyReceipt(pub(super) ApplyReceipt);

#[pymethods]
impl PyApplyReceipt {
    /// The app that was written to.
    #[getter]
    fn app_id(&self) -> &str {
        &self.0.app_id
    }

    /// What the app held before.
    #[getter]
    fn before<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        tuple(py, &self.0.before)
    }

    /// What it holds since, as the service lists it.
    #[getter]
    fn after<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        tuple(py, &self.0.after)
    }

    /// Why, in the caller's words.
    #[getter]
    fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When the write was about to be sent (aware, UTC).
    #[getter]
    fn time<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        errors::datetime(py, self.0.time)
    }

    /// Whether no answer told of success, and a read found the write done.
    #[getter]
    fn recovered(&self) -> bool {
        self.0.recovered
    }

    /// What the service answered to the write.
    ///
    /// ``None``: there was nothing to write, or the write was `recovered`; of a receipt from a journal also: the
    /// process ended before it knew.
    #[getter]
    fn response(&self) -> Option<PyAssignReceipt> {
        self.0.response.clone().map(PyAssignReceipt)
    }

    /// One line of JSON, which `from_json` reads.
    fn to_json(&self) -> PyResult<String> {
        Ok(self.0.to_json()?)
    }

    /// Read what `to_json` wrote.
    ///
    /// Raises:
    ///     InvalidInputError: It is no receipt; ``.location`` leads to the fault.
    ///     TypeError: It is neither ``str`` nor ``bytes``.
    #[classmethod]
    fn from_json(_class: &Bound<'_, PyType>, document: &Bound<'_, PyAny>) -> PyResult<Self> {
        let document =
            Json::parse(&json::text_from_python(document, "json.dumps(...) makes text of a dict")?)?;
        Ok(Self(ApplyReceipt::from_json(document)?))
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn _repr_html_(&self) -> String {
        self.0.html()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let ApplyReceipt { app_id, before, after, reason, time, recovered, response } = &self.0;
        let reason = match reason {
            Some(reason) => PyString::new(py, reason).repr()?.to_string(),
            None => "None".to_owned(),
        };
        let status =
            response.as_ref().map_or_else(|| "None".to_owned(), |response| response.status.to_string());
        let recovered = if *recovered { " recovered" } else { "" };
        Ok(format!(
            "<ApplyReceipt app_id={} before={} after={} reason={reason} time='{time}' status={status}{recovered}>",
            PyString::new(py, app_id).repr()?,
            before.len(),
            after.len(),
        ))
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

/// Read the receipts of a journal's writes, in the order in which they were about to be sent.
///
/// A write that certainly did not happen has none. One that nobody knows of has one without ``response``: its process
/// ended before it knew, no answer came, or it could not be verified. Its ``after`` is what was to be written.
/// ``client.undo(receipt)`` undoes either, if the app holds what the receipt says.
///
/// Args:
///     path: The file that a client was given as ``journal``: a ``str`` or an ``os.PathLike``.
///
/// Raises:
///     JournalError: There is no such file, it is no journal, or a line of it is damaged. A last line that is not whole
///         is what a crash leaves, and is passed over: nothing was sent on its account.
///     TypeError: It is no path.
#[pyfunction]
pub(super) fn read_journal(py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<Vec<PyApplyReceipt>> {
    let path = arguments::path("path", path)?;
    let read = wait(py, || journal::read(&path).and_then(receipts))?;
    Ok(read.into_iter().map(PyApplyReceipt).collect())
}
