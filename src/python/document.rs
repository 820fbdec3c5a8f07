//! What all models have in common: they come from Graph's JSON, and go back to it.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::json;
use crate::error::{Error, Result};
use crate::json::Json;
use crate::model::members::{self, Members, Value};
use crate::model::{AssignmentTarget, MobileAppAssignment, MobileAppGroupAssignment};

/// A model of the core.
pub(super) trait Document: Sized + Eq + Members {
    fn read(document: Json) -> Result<Self>;
}

impl Document for MobileAppGroupAssignment {
    fn read(document: Json) -> Result<Self> {
        Self::from_json(document)
    }
}

impl Document for MobileAppAssignment {
    fn read(document: Json) -> Result<Self> {
        Self::from_json(document)
    }
}

impl Document for AssignmentTarget {
    fn read(document: Json) -> Result<Self> {
        Self::from_json(document)
    }
}

/// `from_dict`.
pub(super) fn from_dict<D: Document>(document: &Bound<'_, PyAny>) -> PyResult<D> {
    if !json::is_mapping(document)? {
        let given = document.get_type().name()?;
        let advice = match given.to_cow()?.as_ref() {
            "str" | "bytes" => "; JSON text goes to from_json",
            "list" => "; read each entry of it",
            _ => "",
        };
        let message = format!("from_dict takes a mapping, not {given}{advice}");
        return Err(PyTypeError::new_err(message));
    }
    Ok(D::read(json::from_python(document)?)?)
}

/// `from_json`.
pub(super) fn from_json<D: Document>(document: &Bound<'_, PyAny>) -> PyResult<D> {
    Ok(D::read(Json::parse(&json::text_from_python(document, "a dict goes to from_dict")?)?)?)
}

/// `to_dict`.
pub(super) fn to_dict<'py>(py: Python<'py>, model: &impl Members) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    model.try_each(|name, value| match value {
        Value::Null => dict.set_item(name, py.None()),
        Value::Text(text) => dict.set_item(name, text.as_str()),
        Value::Word(text) => dict.set_item(name, text),
        Value::Json(value) => dict.set_item(name, json::to_python(py, value)?),
        Value::Target(target) => dict.set_item(name, to_dict(py, target)?),
    })?;
    Ok(dict)
}

/// `to_json`.
pub(super) fn to_json(model: &impl Members) -> PyResult<String> {
    let mut text = Vec::new();
    members::write(model, &mut text);
    String::from_utf8(text)
        .map_err(|error| Error::internal(format!("the JSON could not be written: {error}")).into())
}

/// What a constructor cannot express: by way of a dict where Python's numbers hold all that the document says, else by way
/// of its text.
pub(super) fn repr(py: Python<'_>, class: &str, model: &impl Document) -> PyResult<String> {
    if let Ok(document) = to_dict(py, model)
        && let Ok(again) = json::from_python(&document)
        && Document::read(again).as_ref() == Ok(model)
    {
        return Ok(format!("{class}.from_dict({})", document.repr()?));
    }
    let text = PyString::new(py, &to_json(model)?).repr()?;
    Ok(format!("{class}.from_json({text})"))
}

/// The keyword arguments of `replace` by name; each is taken by `take`, which knows the names.
pub(super) fn changes<'py>(
    changes: Option<&Bound<'py, PyDict>>,
    mut take: impl FnMut(&str, &Bound<'py, PyAny>) -> PyResult<bool>,
) -> PyResult<()> {
    for (name, value) in changes.into_iter().flatten() {
        let name = name.cast::<PyString>()?.to_cow()?;
        if !take(&name, &value)? {
            let message = format!("replace() got an unexpected keyword argument '{name}'");
            return Err(PyTypeError::new_err(message));
        }
    }
    Ok(())
}

/// A value, or `None`.
pub(super) fn given<'a, 'py>(value: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, PyAny>> {
    (!value.is_none()).then_some(value)
}
