//! `MobileAppAssignment` as a Python value.

use std::borrow::Borrow;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use super::document::{self, given};
use super::json;
use super::target::{self, PyAssignmentTarget};
use super::text::{borrowed, is_uuid, optional_text, text};
use crate::html::Html;
use crate::json::Json;
use crate::model::{AssignmentChanges, AssignmentTarget, InstallIntent, MobileAppAssignment};

/// An app that goes to a target: Graph's ``mobileAppAssignment``, which the live service takes. Immutable.
///
/// Equality and hash go by the attributes and the unknown properties; absent and null are equal. Properties that a
/// server sent and this library does not know, such as ``source``, are kept, and sent back.
///
/// Args:
///     target: One of the five targets, such as `GroupAssignmentTarget`.
///     intent: An `InstallIntent`, or its spelling; today's enumeration has no ``notApplicable``.
///     settings: A mapping as it goes over the wire, with its ``@odata.type``; `appassign.settings` has a ``TypedDict``
///         for each settings type. ``None`` sends none, and the service's defaults count.
///     id: The entity's key. The service makes its own, ``{group}_{intent}_{0|1}``; ``None`` leaves it out.
///
/// Raises:
///     InvalidInputError: A value that cannot be sent; ``.location`` names the argument.
///     TypeError: An argument of the wrong type.
///
/// Source: ``mobileAppAssignment`` in Graph's CSDL of beta and v1.0.
#[pyclass(name = "MobileAppAssignment", module = "appassign", frozen, eq, hash)]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PyMobileAppAssignment(pub(super) MobileAppAssignment);

/// The assignments as a tuple of Python's.
pub(super) fn tuple<A: Borrow<MobileAppAssignment>>(
    py: Python<'_>,
    assignments: impl IntoIterator<Item = A>,
) -> PyResult<Bound<'_, PyTuple>> {
    let model = |assignment: A| PyMobileAppAssignment(assignment.borrow().clone());
    PyTuple::new(py, assignments.into_iter().map(model).collect::<Vec<_>>())
}

/// An `InstallIntent`; plain text if a server sent one that this library does not know.
pub(super) fn intent<'py>(py: Python<'py>, intent: &InstallIntent) -> PyResult<Bound<'py, PyAny>> {
    match intent {
        InstallIntent::Unknown(text) => Ok(PyString::new(py, text).into_any()),
        known => py.import("appassign._intent")?.getattr("InstallIntent")?.call1((known.as_str(),)),
    }
}

fn target_argument(value: &Bound<'_, PyAny>) -> PyResult<AssignmentTarget> {
    if let Ok(target) = value.cast::<PyAssignmentTarget>() {
        return Ok(target.get().0.clone());
    }
    let given = value.get_type().name()?;
    if let Ok(class) = value.cast::<PyType>() {
        let class = class.name()?;
        let message = format!("target is the class {class} itself; pass one made of it: {class}(...)");
        return Err(PyTypeError::new_err(message));
    }
    let advice = if value.is_instance_of::<PyString>() || is_uuid(value)? {
        "; a group's id goes into GroupAssignmentTarget(...)"
    } else if json::is_mapping(value)? {
        "; a dict goes through AssignmentTarget.from_dict"
    } else {
        ""
    };
    let message = format!("target must be a target, such as GroupAssignmentTarget(...), not {given}{advice}");
    Err(PyTypeError::new_err(message))
}

fn settings_argument(value: &Bound<'_, PyAny>) -> PyResult<Json> {
    if !json::is_mapping(value)? {
        let given = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("settings must be a mapping or None, not {given}")));
    }
    Ok(json::from_python(value).map_err(|fault| fault.inside("settings"))?)
}

#[pymethods]
impl PyMobileAppAssignment {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str, &'static str, &'static str) {
        ("target", "intent", "settings", "id")
    }

    #[new]
    #[pyo3(signature = (*, target, intent, settings=None, id=None))]
    fn new(
        target: &Bound<'_, PyAny>,
        intent: &Bound<'_, PyAny>,
        settings: Option<&Bound<'_, PyAny>>,
        id: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let assignment = MobileAppAssignment::new(
            target_argument(target)?,
            &borrowed("intent", intent)?,
            settings.map(settings_argument).transpose()?,
            optional_text("id", id)?,
        )?;
        Ok(Self(assignment))
    }

    /// Read Graph's JSON, as Python objects. What is accepted comes out of `to_dict` equal.
    ///
    /// Args:
    ///     document: A mapping with the wire's names. ``intent`` and ``target`` are required.
    ///
    /// Raises:
    ///     InvalidInputError: A property is missing, has the wrong JSON type, or is no strict JSON (nesting of at most
    ///         100, finite numbers, valid Unicode); ``.location`` leads to it, for example ``target.groupId``.
    ///     TypeError: It is no mapping.
    #[classmethod]
    fn from_dict(_class: &Bound<'_, PyType>, document: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self(document::from_dict(document)?))
    }

    /// Read Graph's JSON, as text. Numbers stay as they are spelled.
    ///
    /// Args:
    ///     document: Strict JSON with unique keys; bytes are UTF-8.
    ///
    /// Raises:
    ///     InvalidInputError: As for `from_dict`.
    ///     TypeError: It is neither ``str`` nor ``bytes``.
    #[classmethod]
    fn from_json(_class: &Bound<'_, PyType>, document: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self(document::from_json(document)?))
    }

    /// The wire's names and values: ``@odata.type`` first, unknown properties last.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        document::to_dict(py, &self.0)
    }

    /// What goes over the wire, in the order of `to_dict`.
    fn to_json(&self) -> PyResult<String> {
        document::to_json(&self.0)
    }

    /// The same assignment with some attributes changed and everything else kept, unknown properties included.
    ///
    /// Args:
    ///     target: As for the class.
    ///     intent: As for the class.
    ///     settings: As for the class; ``None`` leaves them out.
    ///     id: As for the class; ``None`` leaves it out.
    ///
    /// Raises:
    ///     InvalidInputError: A new value that cannot be sent.
    ///     TypeError: An unknown name, or a value of the wrong type.
    #[pyo3(signature = (**changes))]
    fn replace(&self, changes: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut wanted = AssignmentChanges::default();
        document::changes(changes, |name, value| {
            match name {
                "target" => wanted.target = Some(target_argument(value)?),
                "intent" => wanted.intent = Some(text(name, value)?),
                "settings" => wanted.settings = Some(given(value).map(settings_argument).transpose()?),
                "id" => wanted.id = Some(optional_text(name, given(value))?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(Self(self.0.replace(wanted)?))
    }

    #[pyo3(signature = (**changes))]
    fn __replace__(&self, changes: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        self.replace(changes)
    }

    /// Whom the app goes to.
    #[getter]
    fn target<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        target::to_python(py, self.0.target().clone())
    }

    /// An `InstallIntent`; plain text if a server sent one that this library does not know.
    #[getter]
    fn intent<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        intent(py, self.0.intent())
    }

    /// The settings as they go over the wire: a read-only dict.
    #[getter]
    fn settings<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(settings) = self.0.settings() else { return Ok(None) };
        let settings = json::to_python(py, settings)?;
        py.import("appassign._read_only")?.call_method1("read_only", (settings,)).map(Some)
    }

    /// The entity's key.
    #[getter]
    fn id(&self) -> Option<&str> {
        self.0.id()
    }

    fn _repr_html_(&self) -> String {
        self.0.html()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let settings = self.0.settings().map(|settings| json::to_python(py, settings)).transpose()?;
        let is_exact = match (&settings, self.0.settings()) {
            (Some(shown), Some(settings)) => json::from_python(shown).is_ok_and(|again| again == *settings),
            _ => true,
        };
        if !self.0.is_expressible() || !is_exact {
            return document::repr(py, "MobileAppAssignment", &self.0);
        }
        let target = target::to_python(py, self.0.target().clone())?.repr()?;
        let intent = PyString::new(py, self.0.intent().as_str()).repr()?;
        let mut shown = format!("MobileAppAssignment(target={target}, intent={intent}");
        if let Some(settings) = settings {
            shown = format!("{shown}, settings={}", settings.repr()?);
        }
        if let Some(id) = self.0.id() {
            shown = format!("{shown}, id={}", PyString::new(py, id).repr()?);
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
