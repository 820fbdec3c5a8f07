//! The core's errors become the exceptions that Python users catch.

use jiff::Timestamp;
use pyo3::exceptions::PySystemError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::assignment::tuple;
use crate::error::{Error, Kind, Result};
use crate::json::Json;
use crate::model::MobileAppAssignment;

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        Python::attach(|py| {
            exception(py, &error).map_or_else(
                // Only a damaged installation gets here.
                |broken| {
                    let lost = PySystemError::new_err(error.to_string());
                    lost.set_cause(py, Some(broken));
                    lost
                },
                PyErr::from_value,
            )
        })
    }
}

fn exception<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    let class = py.import("appassign.exceptions")?.getattr(class_name(&error.kind))?;
    let exception = class.call1((error.to_string(),))?;
    let facts = exception.getattr("__dict__")?.cast_into::<PyDict>()?;
    facts.set_item("outcome", error.call.outcome.as_str())?;
    facts.set_item("attempts", error.call.attempts)?;
    facts.set_item("elapsed", error.call.elapsed.as_secs_f64())?;
    facts.set_item("client_request_id", error.call.client_request_id.map(|id| id.to_string()))?;
    facts.set_item("hint", &error.hint)?;
    match &error.kind {
        Kind::InvalidInput { location } => facts.set_item("location", location)?,
        Kind::Response { status, body } => {
            facts.set_item("status", status)?;
            facts.set_item("body", body)?;
        }
        Kind::Stale(compared) => {
            facts.set_item("planned", assignments(py, &compared.expected)?)?;
            facts.set_item("live", assignments(py, &compared.found)?)?;
        }
        Kind::Verification(compared) => {
            facts.set_item("missing", assignments(py, &compared.expected)?)?;
            facts.set_item("extra", assignments(py, &compared.found)?)?;
        }
        Kind::Broken { status } => facts.set_item("status", status)?,
        Kind::Status(refusal) => {
            facts.set_item("status", refusal.status)?;
            facts.set_item("code", &refusal.code)?;
            facts.set_item("message", &refusal.message)?;
            facts.set_item("request_id", &refusal.request_id)?;
            facts.set_item("retry_after", refusal.retry_after.map(|wait| wait.as_secs_f64()))?;
            facts.set_item("date", refusal.date.and_then(|date| datetime(py, date).ok()))?;
        }
        _ => {}
    }
    Ok(exception)
}

/// Assignments as an error carries them.
fn assignments<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyTuple>> {
    let Json::Array(entries) = Json::parse(text)? else { return Ok(PyTuple::empty(py)) };
    let entries = entries.into_iter().map(MobileAppAssignment::from_json).collect::<Result<Vec<_>>>()?;
    tuple(py, entries)
}

fn class_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::InvalidInput { .. } => "InvalidInputError",
        Kind::Configuration => "ConfigurationError",
        Kind::Credential => "CredentialError",
        Kind::Connect | Kind::ProxyAuthentication => "ConnectError",
        Kind::Tls => "TlsError",
        Kind::Timeout => "RequestTimeoutError",
        Kind::Transport => "TransportError",
        Kind::Response { .. } | Kind::Broken { .. } => "ResponseError",
        Kind::Status(refusal) => match refusal.status {
            400 => "BadRequestError",
            401 => "AuthenticationError",
            403 => "PermissionDeniedError",
            404 => "NotFoundError",
            409 | 412 | 423 => "ConflictError",
            429 => "ThrottledError",
            500.. => "ServiceError",
            _ => "StatusError",
        },
        Kind::Plan => "PlanError",
        Kind::Stale(_) => "StalePlanError",
        Kind::Limit => "LimitError",
        Kind::Verification(_) => "VerificationError",
        Kind::Journal => "JournalError",
        Kind::Interrupted => "AppAssignError",
        Kind::Closed => "ClientClosedError",
        Kind::Internal => "InternalError",
    }
}

/// An aware `datetime` in UTC.
pub(super) fn datetime(py: Python<'_>, instant: Timestamp) -> PyResult<Bound<'_, PyAny>> {
    let module = py.import("datetime")?;
    let utc = module.getattr("timezone")?.getattr("utc")?;
    let class = module.getattr("datetime")?;
    let seconds = class.call_method1("fromtimestamp", (instant.as_second(), utc))?;
    let microseconds = instant.subsec_microsecond();
    if microseconds == 0 {
        return Ok(seconds);
    }
    seconds.add(module.getattr("timedelta")?.call1((0, 0, microseconds))?)
}
