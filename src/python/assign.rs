//! `assign` and its receipt.

use jiff::Timestamp;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::runtime::Flight;
use super::{arguments, errors, runtime};
use crate::assign::{Assign, AssignReceipt};
use crate::error::Result;
#[cfg(debug_assertions)]
use crate::error::{Call, Outcome};
use crate::transport::Transports;

/// A call with its arguments accepted.
struct Accepted(Assign);

impl Accepted {
    /// What remains to be done once the connections are set up.
    fn with(
        self,
        transports: &Transports,
    ) -> Result<impl Future<Output = Result<PyAssignReceipt>> + Send + use<>> {
        let transport = transports.to(self.0.root())?;
        Ok(async move { self.0.run(&transport).await.map(PyAssignReceipt) })
    }
}

fn accept(
    app: &Bound<'_, PyAny>,
    assignments: &Bound<'_, PyAny>,
    credential: Option<&Bound<'_, PyAny>>,
    base_url: Option<&Bound<'_, PyAny>>,
    cloud: &Bound<'_, PyAny>,
    timeout: &Bound<'_, PyAny>,
) -> PyResult<Accepted> {
    let path = arguments::app(app)?;
    let assignments = arguments::assignments(assignments)?;
    let (root, token) = arguments::destination(credential, base_url, cloud)?;
    Ok(Accepted(Assign::new(root, path, token, &assignments, arguments::timeout(timeout)?)?))
}

#[pyfunction]
pub(super) fn assign(
    py: Python<'_>,
    app: &Bound<'_, PyAny>,
    assignments: &Bound<'_, PyAny>,
    credential: Option<&Bound<'_, PyAny>>,
    base_url: Option<&Bound<'_, PyAny>>,
    cloud: &Bound<'_, PyAny>,
    timeout: &Bound<'_, PyAny>,
) -> PyResult<PyAssignReceipt> {
    let call = accept(app, assignments, credential, base_url, cloud, timeout)?;
    runtime::run(py, call.0.unsettled(), |transports| call.with(transports))
}

#[pyfunction]
pub(super) fn assign_async<'py>(
    py: Python<'py>,
    app: &Bound<'py, PyAny>,
    assignments: &Bound<'py, PyAny>,
    credential: Option<&Bound<'py, PyAny>>,
    base_url: Option<&Bound<'py, PyAny>>,
    cloud: &Bound<'py, PyAny>,
    timeout: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, Flight)> {
    let call = accept(app, assignments, credential, base_url, cloud, timeout)?;
    runtime::promise(py, call.0.unsettled(), |transports| call.with(transports))
}

#[cfg(debug_assertions)]
#[expect(clippy::panic, clippy::unused_async, reason = "to panic in a future is what it is for")]
async fn break_off() -> Result<Option<bool>> {
    panic!("CANARY")
}

/// For the tests: both doors to a call that panics. They are no part of the module's names, nor of a release build.
#[cfg(debug_assertions)]
pub(super) fn add_break_offs(module: &Bound<'_, PyModule>) -> PyResult<()> {
    const UNSETTLED: fn() -> Call = || Call { outcome: Outcome::Unknown, ..Call::default() };
    #[pyfunction]
    fn _break_off(py: Python<'_>) -> PyResult<Option<bool>> {
        runtime::run(py, UNSETTLED(), |_| Ok(break_off()))
    }
    #[pyfunction]
    fn _break_off_async(py: Python<'_>) -> PyResult<(Bound<'_, PyAny>, Flight)> {
        runtime::promise(py, UNSETTLED(), |_| Ok(break_off()))
    }
    module.setattr("_break_off", wrap_pyfunction!(_break_off, module)?)?;
    module.setattr("_break_off_async", wrap_pyfunction!(_break_off_async, module)?)
}

/// What a successful `assign` leaves behind. Immutable.
#[pyclass(name = "AssignReceipt", module = "appassign", frozen, eq, hash)]
#[derive(Clone, PartialEq, Hash)]
pub(super) struct PyAssignReceipt(AssignReceipt);

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
    fn client_request_id(&self) -> &str {
        &self.0.client_request_id
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

    fn __repr__(&self) -> String {
        let quoted = |text: Option<&str>| text.map_or_else(|| "None".to_owned(), |text| format!("{text:?}"));
        format!(
            "<AssignReceipt status={} request_id={} client_request_id={} date={} attempts={} elapsed={:.3}>",
            self.0.status,
            quoted(self.0.request_id.as_deref()),
            quoted(Some(&self.0.client_request_id)),
            quoted(self.0.date.map(|date| date.to_string()).as_deref()),
            self.0.attempts,
            self.elapsed(),
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Facts)> {
        let facts = (
            self.0.status,
            self.0.request_id.clone(),
            self.0.client_request_id.clone(),
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
        client_request_id: String,
        date: Option<i64>,
        attempts: u32,
        elapsed: f64,
    ) -> PyResult<Self> {
        let invalid = |error: &dyn std::error::Error| PyValueError::new_err(error.to_string());
        Ok(Self(AssignReceipt {
            status,
            request_id,
            client_request_id,
            date: date.map(Timestamp::from_second).transpose().map_err(|error| invalid(&error))?,
            attempts,
            elapsed: std::time::Duration::try_from_secs_f64(elapsed).map_err(|error| invalid(&error))?,
        }))
    }
}
