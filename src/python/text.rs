//! Text and ids as Python callers pass them.

use std::borrow::Cow;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::error::{Error, Kind, Result};
use crate::secret::Token;

/// A `str` argument.
pub(super) fn text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let Ok(text) = value.cast::<PyString>() else {
        let given = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("{name} must be a str, not {given}")));
    };
    string(text).ok_or_else(|| not_unicode().inside(name).into())
}

/// A `str` argument that may be `None`.
pub(super) fn optional_text(name: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<String>> {
    value.map(|value| text(name, value)).transpose()
}

/// An id: a `str` or a `uuid.UUID`.
pub(super) fn id(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(text) = value.cast::<PyString>() {
        return string(text).ok_or_else(|| not_unicode().inside(name).into());
    }
    if is_uuid(value)? {
        return value.str()?.extract();
    }
    let given = value.get_type().name()?;
    Err(PyTypeError::new_err(format!("{name} must be a str or a uuid.UUID, not {given}")))
}

/// Nobody has a UUID who has not imported `uuid`, so this never does.
pub(super) fn is_uuid(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let modules = value.py().import("sys")?.getattr("modules")?.cast_into::<PyDict>()?;
    match modules.get_item("uuid")? {
        Some(uuid) => value.is_instance(&uuid.getattr("UUID")?),
        None => Ok(false),
    }
}

/// The text of a `str`; `None` if it has half a surrogate pair.
pub(super) fn string(text: &Bound<'_, PyString>) -> Option<String> {
    text.to_cow().ok().map(Cow::into_owned)
}

/// A token. The message of its fault never quotes it.
pub(super) fn token(text: &Bound<'_, PyString>) -> Result<Token> {
    let text =
        string(text).ok_or_else(|| Error::configuration("credential: the token is not valid Unicode"))?;
    Token::new(&text)
}

/// A `str` with half a surrogate pair in it.
pub(super) fn not_unicode() -> Error {
    Error::new(Kind::InvalidInput { location: None }, "is not valid Unicode: it has a lone surrogate")
}
