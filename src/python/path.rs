//! `MobileAppPath` as a Python value.

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::text::id;
use crate::model::{MobileAppPath, Via};

/// Where the action is called: one of the four documented paths to an app. Immutable.
///
/// ``MobileAppPath(id)`` is the direct path; its methods give the other three. Ids are one path segment of the
/// characters ``A-Z a-z 0-9 . _ ~ -`` (or a `uuid.UUID`), 1 to 256 of them, and are never repaired.
///
/// Args:
///     mobile_app_id: The id of the app.
///
/// Raises:
///     InvalidInputError: An id that is not one safe path segment.
///     TypeError: An id that is neither ``str`` nor `uuid.UUID`.
///
/// Source: Graph beta documentation of ``mobileApp: assign``, 2017, which prints the direct path without the slash
/// before ``assign``; that was a misprint of two months. Only the direct path is left on the live service.
#[pyclass(name = "MobileAppPath", module = "appassign", frozen, eq, hash)]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PyMobileAppPath(pub(super) MobileAppPath);

impl PyMobileAppPath {
    fn through(&self, via: Via, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self(self.0.through(via, &id(via.id_name(), value)?)?))
    }
}

#[pymethods]
impl PyMobileAppPath {
    #[classattr]
    fn __match_args__() -> (&'static str,) {
        ("path",)
    }

    #[new]
    fn new(mobile_app_id: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self(MobileAppPath::new(&id("mobile_app_id", mobile_app_id)?)?))
    }

    /// The path by way of a ``userAppInstallStatus`` of the app.
    fn user_status(&self, user_app_install_status_id: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.through(Via::UserStatus, user_app_install_status_id)
    }

    /// The path by way of a ``mobileAppInstallStatus`` of the app.
    fn device_status(&self, mobile_app_install_status_id: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.through(Via::DeviceStatus, mobile_app_install_status_id)
    }

    /// The path by way of a ``mobileAppGroupAssignment`` of the app, which must exist.
    fn group_assignment(&self, mobile_app_group_assignment_id: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.through(Via::GroupAssignment, mobile_app_group_assignment_id)
    }

    /// The request path below the version segment, such as ``deviceAppManagement/mobileApps/{id}/assign``.
    #[getter]
    fn path(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let quoted = |text: &str| PyString::new(py, text).repr();
        let direct = format!("MobileAppPath({})", quoted(self.0.mobile_app_id())?);
        Ok(match self.0.via() {
            None => direct,
            Some((via, id)) => format!("{direct}.{}({})", method(via), quoted(id)?),
        })
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    /// Made again as it was made: from the app, by way of one of its parts.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let app = self.0.mobile_app_id();
        match self.0.via() {
            None => Ok((py.get_type::<Self>().into_any(), (app,).into_pyobject(py)?)),
            Some((via, id)) => {
                let direct = Bound::new(py, Self(MobileAppPath::new(app)?))?;
                Ok((direct.getattr(method(via))?, (id,).into_pyobject(py)?))
            }
        }
    }
}

fn method(via: Via) -> &'static str {
    match via {
        Via::UserStatus => "user_status",
        Via::DeviceStatus => "device_status",
        Via::GroupAssignment => "group_assignment",
    }
}
