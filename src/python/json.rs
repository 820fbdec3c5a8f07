//! Python's dicts, lists and scalars to strict JSON and back.

use std::collections::HashSet;

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString};

use super::text::{not_unicode, string};
use crate::error::{Error, Kind};
use crate::json::{Json, MAX_DEPTH, MAX_INTEGER_DIGITS, Number, doubled, too_deep};

/// A document that is refused, or an exception of the caller's own object.
pub(super) enum Fault {
    Refused(Error),
    Raised(PyErr),
}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) => error.into(),
            Fault::Raised(error) => error,
        }
    }
}

impl Fault {
    pub(super) fn inside(self, outer: &str) -> Self {
        match self {
            Self::Refused(error) => Self::Refused(error.inside(outer)),
            raised @ Self::Raised(_) => raised,
        }
    }
}

fn refused<T>(message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Refused(Error::new(Kind::InvalidInput { location: None }, message)))
}

/// A dict is known at once; to ask the others runs Python code. The module is the one behind `collections.abc`: it is there
/// from the start, and that name brings along `collections`, which takes milliseconds.
pub(super) fn is_mapping(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    if value.is_instance_of::<PyDict>() {
        return Ok(true);
    }
    value.is_instance(&value.py().import("_collections_abc")?.getattr("Mapping")?)
}

/// Reads a document that a caller has as Python objects.
pub(super) fn from_python(value: &Bound<'_, PyAny>) -> Result<Json, Fault> {
    read(value, 1)
}

fn read(value: &Bound<'_, PyAny>, depth: usize) -> Result<Json, Fault> {
    if value.is_none() {
        Ok(Json::Null)
    } else if let Ok(text) = value.cast::<PyString>() {
        string(text).map(Json::Text).ok_or_else(|| Fault::Refused(not_unicode()))
    } else if let Ok(truth) = value.cast::<PyBool>() {
        Ok(Json::Bool(truth.is_true()))
    } else if value.is_instance_of::<PyInt>() {
        match integer(value)? {
            Some(number) => Ok(Json::Number(number)),
            None => refused(format!("an integer of more than {MAX_INTEGER_DIGITS} digits")),
        }
    } else if let Ok(float) = value.cast::<PyFloat>() {
        match serde_json::Number::from_f64(float.value()) {
            Some(finite) => Ok(Number::new(finite.to_string()).map_or(Json::Null, Json::Number)),
            None => refused(format!("{} is no JSON number", float.value())),
        }
    } else if depth > MAX_DEPTH {
        Err(Fault::Refused(too_deep()))
    } else if let Ok(list) = value.cast::<PyList>() {
        let read = |(index, item): (usize, Bound<'_, PyAny>)| {
            read(&item, depth + 1).map_err(|fault| fault.inside(&format!("[{index}]")))
        };
        list.iter().enumerate().map(read).collect::<Result<_, _>>().map(Json::Array)
    } else if is_mapping(value)? {
        object(value, depth)
    } else {
        let given = value.get_type().name()?.to_string();
        let advice = match given.as_str() {
            "datetime" | "date" => "; pass its text, such as '2026-12-01T08:00:00Z'",
            "UUID" | "Decimal" | "PosixPath" => "; pass its text: str(...)",
            "tuple" | "set" | "frozenset" => "; pass a list: list(...)",
            "bytes" => "; pass text: .decode()",
            _ => "",
        };
        refused(format!("{given} is no JSON type{advice}"))
    }
}

fn object(mapping: &Bound<'_, PyAny>, depth: usize) -> Result<Json, Fault> {
    let (mut names, mut properties) = (HashSet::new(), Vec::new());
    for item in mapping.call_method0("items")?.try_iter()? {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item?.extract()?;
        let Ok(name) = name.cast::<PyString>() else {
            return refused(format!("a property name must be a str, not {}", name.get_type().name()?));
        };
        let Some(name) = string(name) else {
            return Err(Fault::Refused(not_unicode()));
        };
        if !names.insert(name.clone()) {
            return Err(Fault::Refused(doubled(&name)));
        }
        let value = read(&value, depth + 1).map_err(|fault| fault.inside(&name))?;
        properties.push((name, value));
    }
    Ok(Json::Object(properties))
}

/// `int.__repr__`, whatever a subclass makes of its own.
fn integer(value: &Bound<'_, PyAny>) -> PyResult<Option<Number>> {
    if let Ok(small) = value.extract::<i64>() {
        return Ok(Number::new(small.to_string()));
    }
    let class = value.py().get_type::<PyInt>();
    match class.call_method1("__repr__", (value,)) {
        Ok(text) => Ok(Number::new(text.extract()?)),
        Err(_) => Ok(None),
    }
}

/// The document as a caller would write it in Python.
pub(super) fn to_python<'py>(py: Python<'py>, value: &Json) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Json::Null => Ok(py.None().into_bound(py)),
        Json::Bool(truth) => truth.into_bound_py_any(py),
        Json::Number(number) => number_to_python(py, number.as_str()),
        Json::Text(text) => text.into_bound_py_any(py),
        Json::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(to_python(py, item)?)?;
            }
            Ok(list.into_any())
        }
        Json::Object(properties) => {
            let pairs = properties.iter().map(|(name, value)| (name.as_str(), value));
            dict(py, pairs).map(Bound::into_any)
        }
    }
}

/// A dict of these properties, in this order.
pub(super) fn dict<'py, 'a>(
    py: Python<'py>,
    properties: impl Iterator<Item = (&'a str, &'a Json)>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in properties {
        dict.set_item(name, to_python(py, value)?)?;
    }
    Ok(dict)
}

fn number_to_python<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    if text.contains(['.', 'e', 'E']) {
        return text.parse::<f64>().unwrap_or(f64::NAN).into_bound_py_any(py);
    }
    match text.parse::<i64>() {
        Ok(small) => small.into_bound_py_any(py),
        Err(_) => py.get_type::<PyInt>().call1((text,)),
    }
}

/// JSON text that a caller has as `str` or `bytes`.
///
/// `for_a_dict` says what to do with one.
pub(super) fn text_from_python(value: &Bound<'_, PyAny>, for_a_dict: &str) -> PyResult<String> {
    if let Ok(text) = value.cast::<PyString>() {
        return string(text).ok_or_else(|| not_unicode().into());
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return String::from_utf8(bytes.as_bytes().to_vec()).map_err(|error| {
            Error::new(Kind::InvalidInput { location: None }, format!("not strict JSON: {error}")).into()
        });
    }
    let given = value.get_type().name()?;
    Err(PyTypeError::new_err(format!("from_json takes JSON as str or bytes, not {given}; {for_a_dict}")))
}
