//! `MobileAppGroupAssignment` as a Python value.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};

use super::assignment::{PyMobileAppAssignment, intent};
use super::document::{self, given};
use super::text::{borrowed, optional_property, optional_text, property, text};
use crate::html::Html;
use crate::model::{Changes, MobileAppGroupAssignment};

/// An app that goes to a group: Graph's 2017 ``mobileAppGroupAssignment``. Immutable.
///
/// Equality and hash go by the attributes and the unknown properties; absent and null are equal. Properties that a
/// server sent and this library does not know are kept, and sent back.
///
/// Args:
///     target_group_id: The id of the Azure AD group. Any text but the empty one: the documented example has no GUID.
///     install_intent: An `InstallIntent`, or its spelling.
///     vpn_configuration_id: The id of a VPN profile that is applied for the app. ``None`` leaves it out.
///     id: The entity's key. The service gives its own; ``None`` leaves it out.
///
/// Raises:
///     InvalidInputError: A text that cannot be sent; ``.location`` names the argument.
///     TypeError: An argument that is no text.
///
/// Source: the ``mobileAppGroupAssignment`` resource in the Graph beta documentation of 2017.
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
        let assignment = MobileAppGroupAssignment::of(
            property("target_group_id", target_group_id)?,
            &borrowed("install_intent", install_intent)?,
            optional_property("vpn_configuration_id", vpn_configuration_id)?,
            optional_property("id", id)?,
        )?;
        Ok(Self(assignment))
    }

    /// Read Graph's JSON, as Python objects. What is accepted comes out of `to_dict` equal.
    ///
    /// Args:
    ///     document: A mapping with the wire's names. ``targetGroupId`` and ``installIntent`` are required.
    ///
    /// Raises:
    ///     InvalidInputError: A property is missing, has the wrong JSON type, or is no strict JSON (nesting of at most
    ///         100, finite numbers, valid Unicode); ``.location`` leads to it, for example ``settings.tags[2]``.
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

    /// The wire's names and values: ``@odata.type`` first, the documented order, unknown properties last.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        document::to_dict(py, &self.0)
    }

    /// What goes over the wire, in the order of `to_dict`.
    fn to_json(&self) -> PyResult<String> {
        document::to_json(&self.0)
    }

    /// The same assignment in today's form.
    ///
    /// The group becomes a ``groupAssignmentTarget``, the VPN profile goes among the settings.
    ///
    /// The entity's ``id`` is not carried over: the service makes another one for the new entity.
    ///
    /// Args:
    ///     settings_type: The settings type of the app, such as ``"iosStoreAppAssignmentSettings"``: needed where there
    ///         is a ``vpn_configuration_id``, which only some of them have.
    ///
    /// Raises:
    ///     InvalidInputError: Something has no place in today's form: ``notApplicable``, a group id that is no GUID, a
    ///         VPN profile without settings that take one, a property that nobody knows. ``.location`` names it;
    ///         nothing is guessed or left out.
    ///     TypeError: An argument that is no text.
    ///
    /// Source: Graph's changelog of 2017-10 and 2018-01; that ``vpnConfigurationId`` of the settings means the same is
    /// inferred from the types.
    #[pyo3(signature = (*, settings_type=None))]
    fn to_mobile_app_assignment(
        &self,
        settings_type: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyMobileAppAssignment> {
        let settings_type = optional_text("settings_type", settings_type)?;
        Ok(PyMobileAppAssignment(self.0.to_mobile_app_assignment(settings_type.as_deref())?))
    }

    /// The same assignment with some attributes changed and everything else kept, unknown properties included.
    ///
    /// Args:
    ///     target_group_id: As for the class.
    ///     install_intent: As for the class.
    ///     vpn_configuration_id: As for the class; ``None`` leaves it out.
    ///     id: As for the class; ``None`` leaves it out.
    ///
    /// Raises:
    ///     InvalidInputError: A new value that cannot be sent.
    ///     TypeError: An unknown name, or a value of the wrong type.
    #[pyo3(signature = (**changes))]
    fn replace(&self, changes: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut wanted = Changes::default();
        document::changes(changes, |name, value| {
            match name {
                "target_group_id" => wanted.target_group_id = Some(text(name, value)?),
                "install_intent" => wanted.install_intent = Some(text(name, value)?),
                "vpn_configuration_id" => {
                    wanted.vpn_configuration_id = Some(optional_text(name, given(value))?);
                }
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

    /// The id of the Azure AD group that the app goes to.
    #[getter]
    fn target_group_id(&self) -> &str {
        self.0.target_group_id()
    }

    /// An `InstallIntent`; plain text if a server sent one that this library does not know.
    #[getter]
    fn install_intent<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        intent(py, self.0.install_intent())
    }

    /// The id of the VPN profile that is applied for the app.
    #[getter]
    fn vpn_configuration_id(&self) -> Option<&str> {
        self.0.vpn_configuration_id()
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
        if !self.0.is_expressible() {
            return document::repr(py, "MobileAppGroupAssignment", &self.0);
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
