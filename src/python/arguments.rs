//! The arguments of a call become what the core takes; where they cannot, the message says what and where.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyType};

use super::json::is_mapping;
use super::model::PyMobileAppGroupAssignment;
use super::path::PyMobileAppPath;
use super::text::{id, is_uuid, optional_text, text, token};
use crate::error::{Error, Kind, Result};
use crate::model::{MobileAppGroupAssignment, MobileAppPath};
use crate::network::{Environment, Network, ProxyUrl};
use crate::request::take_one_more;
use crate::secret::Token;
use crate::service::{Cloud, Limits, ServiceRoot};

const BASE_URL_VARIABLE: &str = "APPASSIGN_BASE_URL";
const TOKEN_VARIABLE: &str = "APPASSIGN_TOKEN";

/// The `app` argument: an id, or a path to the app.
pub(super) fn app(value: &Bound<'_, PyAny>) -> PyResult<MobileAppPath> {
    if let Ok(path) = value.cast::<PyMobileAppPath>() {
        return Ok(path.get().0.clone());
    }
    if !value.is_instance_of::<PyString>() && !is_uuid(value)? {
        let given = value.get_type().name()?;
        let message = format!("app must be a str, a uuid.UUID or a MobileAppPath, not {given}");
        return Err(PyTypeError::new_err(message));
    }
    MobileAppPath::new(&id("app", value)?).map_err(|error| Error { kind: at("app"), ..error }.into())
}

fn at(location: &str) -> Kind {
    Kind::InvalidInput { location: Some(location.to_owned()) }
}

/// The `assignments` argument, as it is at this moment.
pub(super) fn assignments(value: &Bound<'_, PyAny>) -> PyResult<Vec<MobileAppGroupAssignment>> {
    if value.is_instance_of::<PyMobileAppGroupAssignment>() {
        let message =
            "assignments must be an iterable of assignments; wrap a single one in a list: [assignment]";
        return Err(PyTypeError::new_err(message));
    }
    let is_list = value.is_instance_of::<PyList>();
    if value.is_instance_of::<PyString>() || (!is_list && is_mapping(value)?) {
        return Err(not_an_assignment("assignments", value)?);
    }
    if !is_list && !value.hasattr("__iter__")? && !value.hasattr("__getitem__")? {
        let given = value.get_type().name()?;
        let message = format!("assignments must be an iterable of MobileAppGroupAssignment, not {given}");
        return Err(PyTypeError::new_err(message));
    }
    let items = value.try_iter()?;
    let mut taken = Vec::new();
    for item in items {
        let item = item?;
        take_one_more(taken.len())?;
        match item.cast::<PyMobileAppGroupAssignment>() {
            Ok(assignment) => taken.push(assignment.get().0.clone()),
            Err(_) => {
                return Err(not_an_assignment(&format!("assignments[{}]", taken.len()), &item)?);
            }
        }
    }
    Ok(taken)
}

fn not_an_assignment(location: &str, value: &Bound<'_, PyAny>) -> PyResult<PyErr> {
    let given = value.get_type().name()?;
    let advice = if value.is_instance_of::<PyString>() {
        "JSON text goes through MobileAppGroupAssignment.from_json"
    } else if is_mapping(value)? {
        "a dict goes through MobileAppGroupAssignment.from_dict"
    } else {
        "make one with MobileAppGroupAssignment(target_group_id=..., install_intent=...)"
    };
    let wanted = if location.ends_with(']') {
        "a MobileAppGroupAssignment"
    } else {
        "an iterable of MobileAppGroupAssignment"
    };
    let message = format!("{location} must be {wanted}, not {given}; {advice}");
    Ok(PyTypeError::new_err(message))
}

/// The `timeout` argument, in seconds, and the `attempts`.
pub(super) fn limits(timeout: &Bound<'_, PyAny>, attempts: &Bound<'_, PyAny>) -> PyResult<Limits> {
    let attempts = match attempts.extract::<i64>() {
        Ok(attempts) => attempts,
        Err(error) if error.is_instance_of::<PyOverflowError>(attempts.py()) => {
            if attempts.lt(0)? {
                i64::MIN
            } else {
                i64::MAX
            }
        }
        Err(error) if error.is_instance_of::<PyTypeError>(attempts.py()) => {
            let given = attempts.get_type().name()?;
            return Err(PyTypeError::new_err(format!("attempts must be an int, not {given}")));
        }
        Err(error) => return Err(error),
    };
    Ok(Limits::read(seconds(timeout)?, attempts)?)
}

fn seconds(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    let py = value.py();
    match value.extract::<f64>() {
        Ok(seconds) => Ok(seconds),
        Err(error) if error.is_instance_of::<PyOverflowError>(py) => Ok(f64::INFINITY),
        Err(error) if error.is_instance_of::<PyTypeError>(py) => {
            let given = value.get_type().name()?;
            Err(PyTypeError::new_err(format!("timeout must be a number of seconds, not {given}")))
        }
        Err(error) => Err(error),
    }
}

/// The way to the service: what is passed, and what the environment says at this moment.
pub(super) fn network(
    ca_bundle: Option<&Bound<'_, PyAny>>,
    proxy: Option<&Bound<'_, PyAny>>,
) -> PyResult<Network> {
    let proxy = optional_text("proxy", proxy)?;
    Ok(Network {
        proxy: proxy.map(|proxy| ProxyUrl::read(&proxy)).transpose()?,
        ca_bundle: ca_bundle.map(path).transpose()?,
        environment: Environment::read(std::env::var_os),
    })
}

/// The `ca_bundle` argument: a `str` or an `os.PathLike`.
fn path(value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    match value.extract::<PathBuf>() {
        Ok(path) if path.as_os_str().is_empty() => {
            Err(Error::configuration("ca_bundle: the path is empty").into())
        }
        Err(error) if error.is_instance_of::<PyTypeError>(value.py()) => {
            let given = value.get_type().name()?;
            Err(PyTypeError::new_err(format!("ca_bundle must be a str or an os.PathLike, not {given}")))
        }
        other => other,
    }
}

/// The service to call, and the token to call it with: what is passed wins; the environment may name an emulator. Without
/// a token, the caller's credential is to be asked for one.
pub(super) fn destination(
    credential: Option<&Bound<'_, PyAny>>,
    base_url: Option<&Bound<'_, PyAny>>,
    cloud: &Bound<'_, PyAny>,
) -> PyResult<(ServiceRoot, Option<Token>)> {
    let token = credential.map(fixed_token).transpose()?.flatten();
    let base_url = optional_text("base_url", base_url)?;
    let cloud = Cloud::read(&text("cloud", cloud)?)?;
    if let Some(base_url) = base_url {
        let root = service_root(base_url, cloud)?;
        stay(&root)?;
        return Ok((root, token));
    }
    let Some(named) = variable(BASE_URL_VARIABLE)? else {
        return Ok((ServiceRoot::of_cloud(cloud)?, token));
    };
    let renamed = |error| of_variable(error, "base_url:", BASE_URL_VARIABLE);
    let root = service_root(named, cloud).map_err(renamed)?.on_loopback()?;
    if credential.is_some() {
        return Ok((root, token));
    }
    let Some(token) = variable(TOKEN_VARIABLE)? else {
        // Whatever credential this machine has is for Graph, not for an emulator.
        let error = Error::new(Kind::Credential, "credential: there is no token to call with");
        return Err(error
            .with_hint("set APPASSIGN_TOKEN beside APPASSIGN_BASE_URL, or pass credential=")
            .into());
    };
    let token = Token::new(&token).map_err(|error| of_variable(error, "credential:", TOKEN_VARIABLE))?;
    Ok((root, Some(token)))
}

/// Whoever names an emulator in the environment means every call: code under test must not reach a tenant by a base URL
/// of its own, or by a client that was made before.
pub(super) fn stay(root: &ServiceRoot) -> Result<()> {
    if root.is_loopback() || std::env::var_os(BASE_URL_VARIABLE).is_none_or(|named| named.is_empty()) {
        return Ok(());
    }
    let message = format!(
        "base_url: {} is not on this machine, and {BASE_URL_VARIABLE} keeps every call there",
        root.as_str()
    );
    let hint = format!(
        "unset {BASE_URL_VARIABLE} to reach the service, or leave base_url away to reach the emulator"
    );
    Err(Error::configuration(message).with_hint(hint))
}

/// A base URL, read. Nearly all calls of a process go to the same one, and to read it takes longer than all else here.
fn service_root(base_url: String, cloud: Cloud) -> Result<ServiceRoot> {
    static LAST: Mutex<Option<(String, Cloud, ServiceRoot)>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    match &*last {
        Some((known_url, known_cloud, root)) if *known_url == base_url && *known_cloud == cloud => {
            Ok(root.clone())
        }
        _ => {
            let root = ServiceRoot::read(&base_url, cloud)?;
            *last = Some((base_url, cloud, root.clone()));
            Ok(root)
        }
    }
}

/// The same error, told of the environment variable that the value came from.
fn of_variable(error: Error, argument: &str, variable: &str) -> Error {
    Error { message: error.message.replacen(argument, &format!("{variable}:"), 1), ..error }
}

/// The token that a caller passed as it stands; `None` for a credential that has to be asked.
fn fixed_token(credential: &Bound<'_, PyAny>) -> PyResult<Option<Token>> {
    if let Ok(text) = credential.cast::<PyString>() {
        return Ok(Some(token(text)?));
    }
    if let Ok(class) = credential.cast::<PyType>() {
        let class = class.name()?;
        let message = format!("credential is the class {class} itself; pass one made of it: {class}(...)");
        return Err(PyTypeError::new_err(message));
    }
    if ["get_token_info", "get_token"].into_iter().any(|name| credential.hasattr(name).unwrap_or(false))
        || credential.is_callable()
    {
        return Ok(None);
    }
    let given = credential.get_type().name()?;
    let advice = if credential.is_instance_of::<PyBytes>() {
        "; a token as bytes becomes one with .decode()"
    } else if credential.hasattr("__await__").unwrap_or(false) {
        "; pass the function itself, not what it gave when it was called"
    } else if credential.hasattr("token").unwrap_or(false) {
        "; pass its .token, or the credential that it came from"
    } else {
        ""
    };
    let message = format!(
        "credential must be a token as a str, a callable that returns one, or an object with get_token, not \
         {given}{advice}"
    );
    Err(PyTypeError::new_err(message))
}

/// An environment variable; an empty one counts as not set.
fn variable(name: &str) -> Result<Option<String>> {
    match std::env::var_os(name) {
        None => Ok(None),
        Some(value) if value.is_empty() => Ok(None),
        Some(value) => value
            .into_string()
            .map(Some)
            .map_err(|_| Error::configuration(format!("{name}: the value is not valid Unicode"))),
    }
}
