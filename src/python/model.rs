//! `MobileAppGroupAssignment` as a Python value.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyMapping, PyString, PyType};

use super::arguments::{optional_text, text};
use super::json;
use crate::error::Error;
use crate::json::Json;
use crate::model::{Changes, InstallIntent, MobileAppGroupAssignment};

#[pyclass(name = "MobileAppGroupAssignment", module = "appassign", frozen, eq, hash)]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PyMobileAppGroupAssignment(pub(super) MobileAppGroupAssignment);

#[pymethods]
impl PyMobileAppGroupAssignment {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str, &'static str, &'static str) {
        ("target_group_id", "install_intent", "vpn_configuration_id", "id")
    }

    #[new]
    #[pyo3(signature = (*, target_group_id, install_intent, vpn_configuration_id=None, id=None))]
    fn new(
        target_group_id: &Bound<'_, PyAny>,
        install_intent: &Bound<'_, PyAny>,
        vpn_configuration_id: Option<&Bound<'_, PyAny>>,
        id: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let assignment = MobileAppGroupAssignment::new(
            text("target_group_id", target_group_id)?,
            &text("install_intent", install_intent)?,
            optional_text("vpn_configuration_id", vpn_configuration_id)?,
            optional_text("id", id)?,
        )?;
        Ok(Self(assignment))
    }

    #[classmethod]
    fn from_dict(_class: &Bound<'_, PyType>, document: &Bound<'_, PyAny>) -> PyResult<Self> {
        if document.cast::<PyMapping>().is_err() {
            let given = document.get_type().name()?;
            let message = format!("from_dict takes a mapping, not {given}; JSON text goes to from_json");
            return Err(PyTypeError::new_err(message));
        }
        Ok(Self(MobileAppGroupAssignment::from_json(json::from_python(
            document,
        )?)?))
    }

    #[classmethod]
    fn from_json(_class: &Bound<'_, PyType>, document: &Bound<'_, PyAny>) -> PyResult<Self> {
        let document = Json::parse(&json::text_from_python(document)?)?;
        Ok(Self(MobileAppGroupAssignment::from_json(document)?))
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        json::dict(py, self.0.properties().iter().map(|(name, value)| (*name, value)))
    }

    fn to_json(&self) -> PyResult<String> {
        serde_json::to_string(&self.0)
            .map_err(|error| Error::internal(format!("the JSON could not be written: {error}")).into())
    }

    #[pyo3(signature = (**changes))]
    fn replace(&self, changes: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut wanted = Changes::default();
        for (name, value) in changes.into_iter().flatten() {
            let name = name.cast::<PyString>()?.to_cow()?;
            let given = (!value.is_none()).then_some(&value);
            match &*name {
                "target_group_id" => wanted.target_group_id = Some(text(&name, &value)?),
                "install_intent" => wanted.install_intent = Some(text(&name, &value)?),
                "vpn_configuration_id" => wanted.vpn_configuration_id = Some(optional_text(&name, given)?),
                "id" => wanted.id = Some(optional_text(&name, given)?),
                other => {
                    let message = format!("replace() got an unexpected keyword argument '{other}'");
                    return Err(PyTypeError::new_err(message));
                }
            }
        }
        Ok(Self(self.0.replace(wanted)?))
    }

    #[pyo3(signature = (**changes))]
    fn __replace__(&self, changes: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        self.replace(changes)
    }

    #[getter]
    fn target_group_id(&self) -> &str {
        self.0.target_group_id()
    }

    #[getter]
    fn install_intent<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        match self.0.install_intent() {
            InstallIntent::Unknown(text) => Ok(PyString::new(py, text).into_any()),
            known => CLASS
                .import(py, "appassign._intent", "InstallIntent")?
                .call1((known.as_str(),)),
        }
    }

    #[getter]
    fn vpn_configuration_id(&self) -> Option<&str> {
        self.0.vpn_configuration_id()
    }

    #[getter]
    fn id(&self) -> Option<&str> {
        self.0.id()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        if !self.0.is_expressible() {
            return Ok(format!(
                "MobileAppGroupAssignment.from_dict({})",
                self.to_dict(py)?.repr()?
            ));
        }
        let mut shown = String::from("MobileAppGroupAssignment(");
        for (name, value) in [
            ("target_group_id", Some(self.0.target_group_id())),
            (", install_intent", Some(self.0.install_intent().as_str())),
            (", vpn_configuration_id", self.0.vpn_configuration_id()),
            (", id", self.0.id()),
        ] {
            if let Some(value) = value {
                shown = format!("{shown}{name}={}", PyString::new(py, value).repr()?);
            }
        }
        Ok(format!("{shown})"))
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
