//! Text and ids as Python callers pass them.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::modules;
use crate::claims::Claims;
use crate::error::{Error, Kind, Result};
use crate::model::Text;
use crate::secret::Token;
use crate::token::Grant;

/// A `str` argument.
pub(super) fn text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    borrowed(name, value).map(Cow::into_owned)
}

/// A `str` argument, as Python holds it.
pub(super) fn borrowed<'a>(name: &str, value: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, str>> {
    let Ok(text) = value.cast::<PyString>() else {
        let given = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("{name} must be a str, not {given}")));
    };
    text.to_cow().map_err(|_| not_unicode().inside(name).into())
}

/// A `str` argument, as models hold it.
pub(super) fn property(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Text> {
    borrowed(name, value).map(|text| Text::from(&*text))
}

/// A `str` argument that may be `None`, as models hold it.
pub(super) fn optional_property(name: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Text>> {
    value.map(|value| property(name, value)).transpose()
}

/// A `str` argument that may be `None`.
pub(super) fn optional_text(name: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<String>> {
    value.map(|value| text(name, value)).transpose()
}

/// An id: a `str` or a `uuid.UUID`.
pub(super) fn id(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    id_property(name, value).map(|id| id.as_str().to_owned())
}

/// An id, as models hold it.
pub(super) fn id_property(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Text> {
    if let Ok(text) = value.cast::<PyString>() {
        let text = text.to_cow().map_err(|_| not_unicode().inside(name))?;
        return Ok(Text::from(&*text));
    }
    if is_uuid(value)? {
        return value.str()?.extract::<String>().map(Text::from);
    }
    let given = value.get_type().name()?;
    Err(PyTypeError::new_err(format!("{name} must be a str or a uuid.UUID, not {given}")))
}

/// An id that may be `None`, as models hold it.
pub(super) fn optional_id_property(name: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Text>> {
    value.map(|value| id_property(name, value)).transpose()
}

/// Nobody has a UUID who has not imported `uuid`, so this never does.
pub(super) fn is_uuid(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    match modules::uuid(value.py())? {
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

/// What a credential gave: a token, or an `AccessToken` or `AccessTokenInfo` of azure-core's with the times of its life.
pub(super) fn grant(given: &Bound<'_, PyAny>) -> PyResult<Result<Grant>> {
    let text = if given.is_instance_of::<PyString>() {
        given.clone()
    } else {
        match given.getattr_opt("token")? {
            Some(text) => text,
            None => given.clone(),
        }
    };
    let Ok(text) = text.cast::<PyString>() else {
        let given = text.get_type().name()?;
        let message = format!("credential: it gave {given} instead of a token as a str");
        return Ok(Err(Error::new(Kind::Credential, message)));
    };
    let token = match token(text) {
        Ok(token) => token,
        Err(error) => return Ok(Err(error)),
    };
    let now = Timestamp::now();
    let until = |instant: Timestamp| instant.duration_since(now).try_into().unwrap_or(Duration::ZERO);
    let at = |name: &str| -> PyResult<Option<Duration>> {
        let seconds = given.getattr_opt(name)?.and_then(|seconds| seconds.extract::<f64>().ok());
        let instant = seconds.filter(|seconds| *seconds > 0.0).and_then(|seconds| {
            Timestamp::UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?).ok()
        });
        Ok(instant.map(until))
    };
    let good_for = match at("expires_on")? {
        Some(good_for) => Some(good_for),
        // A callable gives the token alone, which may tell itself.
        None => Claims::of(&token).and_then(|claims| claims.expires).map(until),
    };
    Ok(Ok(Grant { token, good_for, refresh_in: at("refresh_on")? }))
}

/// A `str` with half a surrogate pair in it.
pub(super) fn not_unicode() -> Error {
    Error::new(Kind::InvalidInput { location: None }, "is not valid Unicode: it has a lone surrogate")
}
