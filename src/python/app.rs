//! `MobileApp` as a Python value.

use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use crate::html::Html;
use crate::model::MobileApp;

/// An app of the tenant, as `Client.apps` lists it. Immutable.
#[pyclass(name = "MobileApp", module = "appassign", frozen, eq, hash)]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PyMobileApp(pub(super) MobileApp);

/// What a pickle holds of an app, in this order.
type Facts = (String, Option<String>, Option<String>, Option<bool>);

#[pymethods]
impl PyMobileApp {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str, &'static str, &'static str) {
        ("id", "display_name", "odata_type", "is_assigned")
    }

    /// The app's id (``mobileAppId``): what every call takes.
    #[getter]
    fn id(&self) -> &str {
        &self.0.id
    }

    /// What people call it; ``None`` if the service says nothing.
    #[getter]
    fn display_name(&self) -> Option<&str> {
        self.0.display_name.as_deref()
    }

    /// Its type, such as ``#microsoft.graph.win32LobApp``.
    #[getter]
    fn odata_type(&self) -> Option<&str> {
        self.0.odata_type.as_deref()
    }

    /// Whether it has assignments; ``None`` if the service does not say so.
    #[getter]
    fn is_assigned(&self) -> Option<bool> {
        self.0.is_assigned
    }

    fn _repr_html_(&self) -> String {
        self.0.html()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let quoted = |text: &Option<String>| -> PyResult<String> {
            let shown = text.as_ref().map(|text| PyString::new(py, text).repr()).transpose()?;
            Ok(shown.map_or_else(|| "None".to_owned(), |shown| shown.to_string()))
        };
        let is_assigned = match self.0.is_assigned {
            Some(true) => "True",
            Some(false) => "False",
            None => "None",
        };
        Ok(format!(
            "<MobileApp id={} display_name={} odata_type={} is_assigned={is_assigned}>",
            PyString::new(py, &self.0.id).repr()?,
            quoted(&self.0.display_name)?,
            quoted(&self.0.odata_type)?,
        ))
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
        id: String,
        display_name: Option<String>,
        odata_type: Option<String>,
        is_assigned: Option<bool>,
    ) -> Self {
        Self(MobileApp { id, display_name, odata_type, is_assigned })
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Facts)> {
        let MobileApp { id, display_name, odata_type, is_assigned } = self.0.clone();
        Ok((py.get_type::<Self>().getattr("_restore")?, (id, display_name, odata_type, is_assigned)))
    }
}
