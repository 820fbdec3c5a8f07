//! The arguments of a call become what the core takes; where they cannot, the message says what and where.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyList, PyString, PyTuple, PyTupleMethods, PyType};

use super::assignment::PyMobileAppAssignment;
use super::group_assignment::PyMobileAppGroupAssignment;
use super::json::is_mapping;
use super::path::PyMobileAppPath;
use super::target::PyAssignmentTarget;
use super::text::{id, is_uuid, optional_text, text, token};
use crate::assign::Assign;
use crate::error::{Error, Kind, Result, printable};
use crate::model::{MobileAppAssignment, MobileAppPath, Named};
use crate::network::{Environment, Network, ProxyUrl};
use crate::pace::Quota;
use crate::plan::Wanted;
use crate::request::{Assignments, take_one_more};
use crate::secret::Token;
use crate::service::{Cloud, Limits, ServiceRoot};

const BASE_URL_VARIABLE: &str = "APPASSIGN_BASE_URL";
const TOKEN_VARIABLE: &str = "APPASSIGN_TOKEN";

/// The `app` argument: an id, or a path to the app.
pub(super) fn app(value: &Bound<'_, PyAny>) -> PyResult<MobileAppPath> {
    if let Ok(path) = value.cast::<PyMobileAppPath>() {
        return Ok(path.get().0.clone());
    }
    by_id("app", "a str, a uuid.UUID or a MobileAppPath", value)
}

/// The direct path to an app, by its id.
fn by_id(name: &str, wanted: &str, value: &Bound<'_, PyAny>) -> PyResult<MobileAppPath> {
    if !value.is_instance_of::<PyString>() && !is_uuid(value)? {
        let given = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("{name} must be {wanted}, not {given}")));
    }
    MobileAppPath::new(&id(name, value)?).map_err(|error| Error { kind: at(name), ..error }.into())
}

fn at(location: &str) -> Kind {
    Kind::InvalidInput { location: Some(location.to_owned()) }
}

/// A call of the action.
pub(super) fn assign(
    app: &Bound<'_, PyAny>,
    assignments: &Bound<'_, PyAny>,
    root: ServiceRoot,
    limits: Limits,
) -> PyResult<Assign> {
    Ok(Assign::new(root, self::app(app)?, &self::assignments(assignments)?, limits)?)
}

/// The `app_id` argument of a planned call: an id. There is one way to such an app, so no path is asked for.
pub(super) fn app_id(value: &Bound<'_, PyAny>) -> PyResult<MobileAppPath> {
    by_id("app_id", "a str or a uuid.UUID", value)
}

/// The `assignments` argument, as it is at this moment: all of one kind, which decides the form on the wire.
fn assignments(value: &Bound<'_, PyAny>) -> PyResult<Assignments> {
    let mut taken = None;
    each("assignments", &ANY_ASSIGNMENT, value, |index, item| {
        let old = item.cast::<PyMobileAppGroupAssignment>().ok().map(|item| item.get().0.clone());
        let new = item.cast::<PyMobileAppAssignment>().ok().map(|item| item.get().0.clone());
        match (&mut taken, old, new) {
            (None, Some(old), _) => taken = Some(Assignments::Group(vec![old])),
            (None, _, Some(new)) => taken = Some(Assignments::App(vec![new])),
            (Some(Assignments::Group(known)), Some(old), _) => known.push(old),
            (Some(Assignments::App(known)), _, Some(new)) => known.push(new),
            (_, None, None) => return Ok(false),
            _ => {
                let message = "is of another kind than those before it: one call carries MobileAppGroupAssignment \
                               (the form of 2017) or MobileAppAssignment (today's), and nothing is translated silently";
                let error = Error::invalid_input(&format!("assignments[{index}]"), message);
                return Err(error
                    .with_hint("to_mobile_app_assignment() makes today's form of the old one")
                    .into());
            }
        }
        Ok(true)
    })?;
    Ok(taken.unwrap_or(Assignments::App(Vec::new())))
}

/// What is to be changed of an app: the arguments of a plan.
pub(super) fn wanted(
    add: &Bound<'_, PyAny>,
    remove: &Bound<'_, PyAny>,
    replace: Option<&Bound<'_, PyAny>>,
) -> PyResult<Wanted> {
    let Some(replace) = replace else {
        return Ok(Wanted::Change { add: planned("add", add)?, remove: named(remove)? });
    };
    let is_given = |value: &Bound<'_, PyAny>| !value.cast::<PyTuple>().is_ok_and(PyTupleMethods::is_empty);
    if is_given(add) || is_given(remove) {
        let message = "replace says all that the app is to have; add and remove do not go with it";
        return Err(PyTypeError::new_err(message));
    }
    Ok(Wanted::Replace(planned("replace", replace)?))
}

/// Assignments of today's form.
fn planned(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<MobileAppAssignment>> {
    let mut taken = Vec::new();
    each(name, &ASSIGNMENT, value, |_, item| {
        let Ok(item) = item.cast::<PyMobileAppAssignment>() else { return Ok(false) };
        taken.push(item.get().0.clone());
        Ok(true)
    })?;
    Ok(taken)
}

/// What is to be removed.
fn named(value: &Bound<'_, PyAny>) -> PyResult<Vec<Named>> {
    let mut taken = Vec::new();
    each("remove", &ASSIGNMENT_OR_TARGET, value, |_, item| {
        taken.push(match (item.cast::<PyMobileAppAssignment>(), item.cast::<PyAssignmentTarget>()) {
            (Ok(assignment), _) => Named::Assignment(assignment.get().0.clone()),
            (_, Ok(target)) => Named::Target(target.get().0.clone()),
            _ => return Ok(false),
        });
        Ok(true)
    })?;
    Ok(taken)
}

/// What an iterable argument is to hold.
struct Holds {
    items: &'static str,
    item: &'static str,
    takes_old: bool,
    takes_targets: bool,
}

const ANY_ASSIGNMENT: Holds = Holds {
    items: "MobileAppAssignment or MobileAppGroupAssignment",
    item: "a MobileAppAssignment or a MobileAppGroupAssignment",
    takes_old: true,
    takes_targets: false,
};

const ASSIGNMENT: Holds = Holds {
    items: "MobileAppAssignment",
    item: "a MobileAppAssignment",
    takes_old: false,
    takes_targets: false,
};

const ASSIGNMENT_OR_TARGET: Holds = Holds {
    items: "MobileAppAssignment or targets",
    item: "a MobileAppAssignment or a target",
    takes_targets: true,
    ..ASSIGNMENT
};

/// Takes the items of an iterable argument, as it is at this moment; `take` tells whether an item is what is wanted.
fn each(
    name: &str,
    holds: &Holds,
    value: &Bound<'_, PyAny>,
    mut take: impl FnMut(usize, &Bound<'_, PyAny>) -> PyResult<bool>,
) -> PyResult<()> {
    if is_model(value) {
        let message =
            format!("{name} must be an iterable of {}; wrap a single one in a list: [...]", holds.items);
        return Err(PyTypeError::new_err(message));
    }
    let wanted = format!("an iterable of {}", holds.items);
    let is_list = value.is_instance_of::<PyList>();
    if value.is_instance_of::<PyString>() || (!is_list && is_mapping(value)?) {
        return Err(not_wanted(name, &wanted, holds, value)?);
    }
    if !is_list && !value.hasattr("__iter__")? && !value.hasattr("__getitem__")? {
        let given = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("{name} must be {wanted}, not {given}")));
    }
    for (index, item) in value.try_iter()?.enumerate() {
        let item = item?;
        take_one_more(name, index)?;
        if !take(index, &item)? {
            return Err(not_wanted(&format!("{name}[{index}]"), holds.item, holds, &item)?);
        }
    }
    Ok(())
}

fn is_model(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyMobileAppGroupAssignment>()
        || value.is_instance_of::<PyMobileAppAssignment>()
        || value.is_instance_of::<PyAssignmentTarget>()
}

fn not_wanted(location: &str, wanted: &str, holds: &Holds, value: &Bound<'_, PyAny>) -> PyResult<PyErr> {
    let given = value.get_type().name()?;
    let class = if holds.takes_old {
        "MobileAppAssignment or MobileAppGroupAssignment"
    } else {
        "MobileAppAssignment"
    };
    let advice = if let Ok(text) = value.cast::<PyString>() {
        if text.to_cow().is_ok_and(|text| text.trim_start().starts_with(['{', '['])) {
            format!("JSON text goes through from_json of {class}")
        } else {
            "a group's id goes into GroupAssignmentTarget(...), and that into \
             MobileAppAssignment(target=..., intent=...)"
                .to_owned()
        }
    } else if is_mapping(value)? {
        let target = if holds.takes_targets { ", or of AssignmentTarget" } else { "" };
        format!("a dict goes through from_dict of {class}{target}")
    } else if value.is_instance_of::<PyMobileAppGroupAssignment>() && !holds.takes_old {
        "its method to_mobile_app_assignment() gives today's form of it".to_owned()
    } else if value.is_instance_of::<PyAssignmentTarget>() {
        "put it into MobileAppAssignment(target=..., intent=...)".to_owned()
    } else {
        "make one with MobileAppAssignment(target=..., intent=...)".to_owned()
    };
    let message = format!("{location} must be {wanted}, not {given}; {advice}");
    Ok(PyTypeError::new_err(message))
}

/// The `max_removals` argument.
pub(super) fn max_removals(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<u64>> {
    let Some(value) = value else { return Ok(None) };
    let wrong = |what: &str| format!("max_removals must be {what}");
    let negative = |value: &Bound<'_, PyAny>| -> PyErr {
        Error::invalid_input("max_removals", format!("must be 0 or more, not {value}")).into()
    };
    match value.extract::<i64>() {
        Ok(most) if !value.is_instance_of::<PyBool>() => match u64::try_from(most) {
            Ok(most) => Ok(Some(most)),
            Err(_) => Err(negative(value)),
        },
        Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => {
            if value.lt(0)? {
                Err(negative(value))
            } else {
                Ok(Some(u64::MAX))
            }
        }
        _ => Err(PyTypeError::new_err(wrong(&format!("an int or None, not {}", value.get_type().name()?)))),
    }
}

/// A `bool`: what removes a guard must not be something else that happens to be true.
pub(super) fn truth(name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let Ok(truth) = value.cast::<PyBool>() else {
        let given = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("{name} must be a bool, not {given}")));
    };
    Ok(truth.is_true())
}

/// The `reason` argument.
pub(super) fn reason(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<String>> {
    optional_text("reason", value)
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
    Ok(Limits::read(number("timeout", "seconds", timeout)?, attempts)?)
}

/// The `rate_limit` argument, for a client of this service.
pub(super) fn quota(rate_limit: Option<&Bound<'_, PyAny>>, root: &ServiceRoot) -> PyResult<Option<Quota>> {
    let rate = rate_limit.map(|rate| number("rate_limit", "writes a second", rate)).transpose()?;
    Ok(Quota::read(rate, root)?)
}

fn number(name: &str, of: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    let py = value.py();
    match value.extract::<f64>() {
        Ok(number) => Ok(number),
        Err(error) if error.is_instance_of::<PyOverflowError>(py) => Ok(f64::INFINITY),
        Err(error) if error.is_instance_of::<PyTypeError>(py) => {
            let given = value.get_type().name()?;
            Err(PyTypeError::new_err(format!("{name} must be a number of {of}, not {given}")))
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
        ca_bundle: ca_bundle.map(|path| self::path("ca_bundle", path)).transpose()?,
        environment: Environment::read(std::env::var_os),
    })
}

/// The way to a service, as the environment says at this moment. Where there is no TLS, it has no say: that is loopback.
pub(super) fn network_to(root: &ServiceRoot) -> PyResult<Network> {
    if root.is_tls() { network(None, None) } else { Ok(Network::default()) }
}

/// A path: a `str` or an `os.PathLike`.
pub(super) fn path(name: &str, value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    match value.extract::<PathBuf>() {
        Ok(path) if path.as_os_str().is_empty() => {
            Err(Error::configuration(format!("{name}: the path is empty")).into())
        }
        Err(error) if error.is_instance_of::<PyTypeError>(value.py()) => {
            let given = value.get_type().name()?;
            Err(PyTypeError::new_err(format!("{name} must be a str or an os.PathLike, not {given}")))
        }
        other => other,
    }
}

/// A path that means the same file wherever the process goes.
pub(super) fn absolute_path(name: &str, value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    let path = path(name, value)?;
    std::path::absolute(&path).map_err(|error| {
        Error::configuration(format!("{name}: {}: {error}", printable(&path.display().to_string()))).into()
    })
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
