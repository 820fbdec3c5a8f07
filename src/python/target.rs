//! The targets as Python values: a base class, and one class for each kind that Graph documents.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use super::document::{self, given};
use super::text::{id, id_property, optional_id_property, optional_property, optional_text, property};
use crate::error::Error;
use crate::html::Html;
use crate::model::{AssignmentTarget, TargetChanges, TargetKind, Text};

/// Whom an app goes to. Immutable.
///
/// The base of the five targets that Graph documents, and what any other one reads as: such a one is read, not made.
///
/// Equality and hash go by the attributes and the unknown properties; a filter type ``"none"``, null and absent are
/// equal. Properties that a server sent and this library does not know are kept, and sent back.
///
/// Source: ``deviceAndAppManagementAssignmentTarget`` in Graph's CSDL; the filter is in beta alone.
#[pyclass(name = "AssignmentTarget", module = "appassign", subclass, frozen, eq, hash)]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PyAssignmentTarget(pub(super) AssignmentTarget);

fn class_name(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Group => "GroupAssignmentTarget",
        TargetKind::ExclusionGroup => "ExclusionGroupAssignmentTarget",
        TargetKind::AllLicensedUsers => "AllLicensedUsersAssignmentTarget",
        TargetKind::AllDevices => "AllDevicesAssignmentTarget",
        TargetKind::ConfigurationManagerCollection => "ConfigurationManagerCollectionAssignmentTarget",
        TargetKind::Unknown => "AssignmentTarget",
    }
}

/// The target as an object of its kind's class.
pub(super) fn to_python(py: Python<'_>, target: AssignmentTarget) -> PyResult<Bound<'_, PyAny>> {
    let kind = target.kind();
    let base = PyClassInitializer::from(PyAssignmentTarget(target));
    Ok(match kind {
        TargetKind::Group => Bound::new(py, base.add_subclass(PyGroupAssignmentTarget))?.into_any(),
        TargetKind::ExclusionGroup => {
            Bound::new(py, base.add_subclass(PyExclusionGroupAssignmentTarget))?.into_any()
        }
        TargetKind::AllLicensedUsers => {
            Bound::new(py, base.add_subclass(PyAllLicensedUsersAssignmentTarget))?.into_any()
        }
        TargetKind::AllDevices => Bound::new(py, base.add_subclass(PyAllDevicesAssignmentTarget))?.into_any(),
        TargetKind::ConfigurationManagerCollection => {
            Bound::new(py, base.add_subclass(PyConfigurationManagerCollectionAssignmentTarget))?.into_any()
        }
        TargetKind::Unknown => Bound::new(py, base)?.into_any(),
    })
}

/// The target as an object of the class that was asked for it.
fn of_class<'py>(class: &Bound<'py, PyType>, target: AssignmentTarget) -> PyResult<Bound<'py, PyAny>> {
    let said = target.type_name().to_owned();
    let kind = target.kind();
    let lacking = target.lacking();
    let made = to_python(class.py(), target)?;
    if made.is_instance(class)? {
        return Ok(made);
    }
    if let Some((kind, property)) = lacking
        && class.name()?.to_cow()? == class_name(kind)
    {
        return Err(Error::invalid_input(property, "this property is required and missing")
            .with_hint("AssignmentTarget.from_dict reads any target")
            .into());
    }
    let hint = match kind {
        TargetKind::Unknown => "AssignmentTarget.from_dict reads any target".to_owned(),
        kind => format!("read it with {}, or with AssignmentTarget, which reads any", class_name(kind)),
    };
    let message = format!("{said:?} is no {}", class.name()?);
    Err(Error::invalid_input("@odata.type", message).with_hint(hint).into())
}

#[pymethods]
impl PyAssignmentTarget {
    #[new]
    #[pyo3(signature = (*_arguments, **_options))]
    fn new(_arguments: &Bound<'_, PyTuple>, _options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let message =
            "an AssignmentTarget is read, not made; make a GroupAssignmentTarget or one of its siblings";
        Err(PyTypeError::new_err(message))
    }

    /// Read Graph's JSON, as Python objects. What is accepted comes out of `to_dict` equal.
    ///
    /// Args:
    ///     document: A mapping with the wire's names. ``@odata.type`` is required: it decides the class.
    ///
    /// Raises:
    ///     InvalidInputError: A property is missing, has the wrong JSON type, or is no strict JSON; or the target is
    ///         not of this class. ``.location`` leads to it.
    ///     TypeError: It is no mapping.
    #[classmethod]
    fn from_dict<'py>(
        class: &Bound<'py, PyType>,
        document: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        of_class(class, document::from_dict(document)?)
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
    fn from_json<'py>(
        class: &Bound<'py, PyType>,
        document: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        of_class(class, document::from_json(document)?)
    }

    /// The wire's names and values: ``@odata.type`` first, unknown properties last.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        document::to_dict(py, &self.0)
    }

    /// What goes over the wire, in the order of `to_dict`.
    fn to_json(&self) -> PyResult<String> {
        document::to_json(&self.0)
    }

    /// The same target with some attributes changed and everything else kept, unknown properties included.
    ///
    /// The names are those of the class's own arguments; ``None`` takes the filter away.
    ///
    /// Raises:
    ///     InvalidInputError: A new value that cannot be sent.
    ///     TypeError: An unknown name, or a value of the wrong type.
    #[pyo3(signature = (**changes))]
    fn replace<'py>(
        &self,
        py: Python<'py>,
        changes: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut wanted = TargetChanges::default();
        let kind = self.0.kind();
        document::changes(changes, |name, value| {
            match name {
                "filter_id" => {
                    wanted.filter_id = Some(given(value).map(|value| id(name, value)).transpose()?);
                }
                "filter_type" => wanted.filter_type = Some(optional_text(name, given(value))?),
                _ if Some(name) == kind.id_name() => wanted.id = Some(id(name, value)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        to_python(py, self.0.replace(wanted)?)
    }

    #[pyo3(signature = (**changes))]
    fn __replace__<'py>(
        &self,
        py: Python<'py>,
        changes: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.replace(py, changes)
    }

    /// The id of the assignment filter, if there is one.
    #[getter]
    fn filter_id(&self) -> Option<&str> {
        self.0.filter_id()
    }

    /// What the filter does: ``"include"`` or ``"exclude"``.
    #[getter]
    fn filter_type(&self) -> Option<&str> {
        self.0.filter_type()
    }

    fn _repr_html_(&self) -> String {
        self.0.html()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let class = class_name(self.0.kind());
        if !self.0.is_expressible() {
            return document::repr(py, class, &self.0);
        }
        let mut arguments = Vec::new();
        if let Some(id) = self.0.id() {
            arguments.push(PyString::new(py, id).repr()?.to_string());
        }
        for (name, value) in [("filter_id", self.0.filter_id()), ("filter_type", self.0.filter_type())] {
            if let Some(value) = value {
                arguments.push(format!("{name}={}", PyString::new(py, value).repr()?));
            }
        }
        Ok(format!("{class}({})", arguments.join(", ")))
    }

    fn __copy__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __deepcopy__<'py>(slf: Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        slf
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Self>().getattr("from_json")?, (self.to_json()?,)))
    }
}

fn new(
    kind: TargetKind,
    id: Option<Text>,
    filter_id: Option<&Bound<'_, PyAny>>,
    filter_type: Option<&Bound<'_, PyAny>>,
) -> PyResult<PyClassInitializer<PyAssignmentTarget>> {
    let filter_id = optional_id_property("filter_id", filter_id)?;
    let filter_type = optional_property("filter_type", filter_type)?;
    Ok(PyAssignmentTarget(AssignmentTarget::of(kind, id, filter_id, filter_type)?).into())
}

/// The id of a target that was made with one, or read as one that has one.
fn id_of<'a>(target: &'a PyRef<'_, PyAssignmentTarget>) -> PyResult<&'a str> {
    target.0.id().ok_or_else(|| PyTypeError::new_err("this target has no id"))
}

/// The members of a group. Immutable.
///
/// Args:
///     group_id: The id of the group, a GUID; a `uuid.UUID` too.
///     filter_id: The id of an assignment filter, a GUID; it comes with ``filter_type`` or not at all.
///     filter_type: ``"include"`` or ``"exclude"``.
///
/// Raises:
///     InvalidInputError: An id that is no GUID, such as a group's name; half a filter. ``.location`` names the
///         argument.
///     TypeError: An argument of the wrong type.
///
/// Source: ``groupAssignmentTarget`` in Graph's CSDL. That the service refuses a name in place of an id:
/// IntuneWin32App#56.
#[pyclass(name = "GroupAssignmentTarget", module = "appassign", extends = PyAssignmentTarget, frozen)]
pub(super) struct PyGroupAssignmentTarget;

#[pymethods]
impl PyGroupAssignmentTarget {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str, &'static str) {
        ("group_id", "filter_id", "filter_type")
    }

    #[new]
    #[pyo3(signature = (group_id, *, filter_id=None, filter_type=None))]
    fn new(
        group_id: &Bound<'_, PyAny>,
        filter_id: Option<&Bound<'_, PyAny>>,
        filter_type: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        Ok(new(TargetKind::Group, Some(id_property("group_id", group_id)?), filter_id, filter_type)?
            .add_subclass(Self))
    }

    /// The id of the group.
    #[getter]
    fn group_id(slf: PyRef<'_, Self>) -> PyResult<String> {
        id_of(&slf.into_super()).map(str::to_owned)
    }
}

/// All but the members of a group, who would get the app by another assignment. Immutable.
///
/// It is not a `GroupAssignmentTarget`.
///
/// Args:
///     group_id: The id of the group, a GUID; a `uuid.UUID` too.
///     filter_id: The id of an assignment filter, a GUID; it comes with ``filter_type`` or not at all.
///     filter_type: ``"include"`` or ``"exclude"``.
///
/// Raises:
///     InvalidInputError: As for `GroupAssignmentTarget`.
///     TypeError: An argument of the wrong type.
///
/// Source: ``exclusionGroupAssignmentTarget`` in Graph's CSDL.
#[pyclass(name = "ExclusionGroupAssignmentTarget", module = "appassign", extends = PyAssignmentTarget, frozen)]
pub(super) struct PyExclusionGroupAssignmentTarget;

#[pymethods]
impl PyExclusionGroupAssignmentTarget {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str, &'static str) {
        ("group_id", "filter_id", "filter_type")
    }

    #[new]
    #[pyo3(signature = (group_id, *, filter_id=None, filter_type=None))]
    fn new(
        group_id: &Bound<'_, PyAny>,
        filter_id: Option<&Bound<'_, PyAny>>,
        filter_type: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let group_id = Some(id_property("group_id", group_id)?);
        Ok(new(TargetKind::ExclusionGroup, group_id, filter_id, filter_type)?.add_subclass(Self))
    }

    /// The id of the group.
    #[getter]
    fn group_id(slf: PyRef<'_, Self>) -> PyResult<String> {
        id_of(&slf.into_super()).map(str::to_owned)
    }
}

/// All users who have an Intune licence. Immutable.
///
/// Args:
///     filter_id: The id of an assignment filter, a GUID; it comes with ``filter_type`` or not at all.
///     filter_type: ``"include"`` or ``"exclude"``.
///
/// Raises:
///     InvalidInputError: Half a filter, or an id that is no GUID.
///     TypeError: An argument of the wrong type.
///
/// Source: ``allLicensedUsersAssignmentTarget`` in Graph's CSDL.
#[pyclass(name = "AllLicensedUsersAssignmentTarget", module = "appassign", extends = PyAssignmentTarget, frozen)]
pub(super) struct PyAllLicensedUsersAssignmentTarget;

#[pymethods]
impl PyAllLicensedUsersAssignmentTarget {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str) {
        ("filter_id", "filter_type")
    }

    #[new]
    #[pyo3(signature = (*, filter_id=None, filter_type=None))]
    fn new(
        filter_id: Option<&Bound<'_, PyAny>>,
        filter_type: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        Ok(new(TargetKind::AllLicensedUsers, None, filter_id, filter_type)?.add_subclass(Self))
    }
}

/// All devices. Immutable. Not a target of the intent ``available``, except for Android Enterprise apps.
///
/// Args:
///     filter_id: The id of an assignment filter, a GUID; it comes with ``filter_type`` or not at all.
///     filter_type: ``"include"`` or ``"exclude"``.
///
/// Raises:
///     InvalidInputError: Half a filter, or an id that is no GUID.
///     TypeError: An argument of the wrong type.
///
/// Source: ``allDevicesAssignmentTarget`` in Graph's CSDL; what ``available`` needs: IntuneDocs#1818.
#[pyclass(name = "AllDevicesAssignmentTarget", module = "appassign", extends = PyAssignmentTarget, frozen)]
pub(super) struct PyAllDevicesAssignmentTarget;

#[pymethods]
impl PyAllDevicesAssignmentTarget {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str) {
        ("filter_id", "filter_type")
    }

    #[new]
    #[pyo3(signature = (*, filter_id=None, filter_type=None))]
    fn new(
        filter_id: Option<&Bound<'_, PyAny>>,
        filter_type: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        Ok(new(TargetKind::AllDevices, None, filter_id, filter_type)?.add_subclass(Self))
    }
}

/// A collection of Configuration Manager. Immutable.
///
/// Args:
///     collection_id: The id of the collection, such as ``"SMS00001"``.
///     filter_id: The id of an assignment filter, a GUID; it comes with ``filter_type`` or not at all.
///     filter_type: ``"include"`` or ``"exclude"``.
///
/// Raises:
///     InvalidInputError: An empty id, or half a filter.
///     TypeError: An argument of the wrong type.
///
/// Source: ``configurationManagerCollectionAssignmentTarget`` in Graph's CSDL.
#[pyclass(
    name = "ConfigurationManagerCollectionAssignmentTarget",
    module = "appassign",
    extends = PyAssignmentTarget,
    frozen
)]
pub(super) struct PyConfigurationManagerCollectionAssignmentTarget;

#[pymethods]
impl PyConfigurationManagerCollectionAssignmentTarget {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str, &'static str) {
        ("collection_id", "filter_id", "filter_type")
    }

    #[new]
    #[pyo3(signature = (collection_id, *, filter_id=None, filter_type=None))]
    fn new(
        collection_id: &Bound<'_, PyAny>,
        filter_id: Option<&Bound<'_, PyAny>>,
        filter_type: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let kind = TargetKind::ConfigurationManagerCollection;
        Ok(new(kind, Some(property("collection_id", collection_id)?), filter_id, filter_type)?
            .add_subclass(Self))
    }

    /// The id of the collection.
    #[getter]
    fn collection_id(slf: PyRef<'_, Self>) -> PyResult<String> {
        id_of(&slf.into_super()).map(str::to_owned)
    }
}
