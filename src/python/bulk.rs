//! The arguments of runs about many apps. They are taken as a whole: nothing is sent before all of it is there.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyString};

use super::change::PyChange;
use super::json::is_mapping;
use super::plan::PyPlan;
use super::report::PyPlanReport;
use crate::bulk::{MAX_APPS, MAX_CONCURRENCY};
use crate::error::{Error, Result};
use crate::plan::{Change, Plan};
use crate::report::PlanReport;

/// The `changes` argument.
pub(super) fn changes(value: &Bound<'_, PyAny>) -> PyResult<Vec<Arc<Change>>> {
    const HINT: &str = "make one with Change(app_id, add=[...])";
    if !value.is_instance_of::<PyList>() && is_mapping(value)? {
        return changes_of_mapping(value);
    }
    let mut changes = Vec::new();
    many("changes", "Change", HINT, value, |item| {
        let Ok(change) = item.cast::<PyChange>() else { return false };
        changes.push(change.get().0.clone());
        true
    })?;
    Ok(changes)
}

/// A mapping from ids of apps to what is wanted of each: the other arguments of a `Change`.
fn changes_of_mapping(value: &Bound<'_, PyAny>) -> PyResult<Vec<Arc<Change>>> {
    let mut changes = Vec::new();
    for item in value.call_method0("items")?.try_iter()? {
        let (app_id, wanted) = item?.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
        one_more_app("changes", changes.len())?;
        let place = format!("changes[{}]", app_id.repr()?);
        if !is_mapping(&wanted)? {
            let given = wanted.get_type().name()?;
            return Err(PyTypeError::new_err(format!(
                "{place} must be a mapping such as {{'add': [...]}}, not {given}; Change objects go into a list"
            )));
        }
        let options = PyDict::new(value.py());
        options.call_method1("update", (&wanted,))?;
        let made = value.py().get_type::<PyChange>().call((app_id,), Some(&options));
        let change =
            made.map_err(|raised| noted(raised, value.py(), &format!("of {place}; nothing was sent")))?;
        changes.push(change.cast::<PyChange>()?.get().0.clone());
    }
    Ok(changes)
}

/// The `plans` argument.
pub(super) fn plans(value: &Bound<'_, PyAny>) -> PyResult<Vec<Plan>> {
    if let Ok(report) = value.cast::<PyPlanReport>() {
        return plans_of(&report.get().0);
    }
    let mut plans = Vec::new();
    many("plans", "Plan", "client.plan_many(...).plans are some", value, |item| {
        let Ok(plan) = item.cast::<PyPlan>() else { return false };
        plans.push(plan.get().0.clone());
        true
    })?;
    Ok(plans)
}

/// A report goes as it is only if it is whole: what failed must not be passed over in silence.
fn plans_of(report: &PlanReport) -> PyResult<Vec<Plan>> {
    let failed = report.0.iter().filter(|result| result.plan.is_err());
    if let Some(first) = failed.clone().next() {
        let message = format!(
            "is a report in which {} of {} changes could not be planned, such as that of the app {}",
            failed.count(),
            report.0.len(),
            first.change.app_id()
        );
        return Err(Error::invalid_input("plans", message)
            .with_hint("look at report.failures; apply_many(report.plans) writes the others")
            .into());
    }
    Ok(report.0.iter().filter_map(|result| result.plan.as_ref().ok().cloned()).collect())
}

/// Takes the items of an iterable that a run is about.
fn many(
    name: &str,
    class: &str,
    advice: &str,
    value: &Bound<'_, PyAny>,
    mut take: impl FnMut(&Bound<'_, PyAny>) -> bool,
) -> PyResult<()> {
    let given = value.get_type().name()?;
    let is_one = value.is_instance_of::<PyChange>() || value.is_instance_of::<PyPlan>();
    if is_one {
        let message = format!("{name} must be an iterable of {class}; wrap a single one in a list: [...]");
        return Err(PyTypeError::new_err(message));
    }
    if value.is_instance_of::<PyString>() || (!value.hasattr("__iter__")? && !value.hasattr("__getitem__")?) {
        let message = format!("{name} must be an iterable of {class}, not {given}; {advice}");
        return Err(PyTypeError::new_err(message));
    }
    for (index, item) in value.try_iter()?.enumerate() {
        let item = item.map_err(|raised| {
            let note = format!("raised by the iterable instead of {name}[{index}]; nothing was sent");
            noted(raised, value.py(), &note)
        })?;
        one_more_app(name, index)?;
        if !take(&item) {
            let given = item.get_type().name()?;
            let message = format!("{name}[{index}] must be a {class}, not {given}; {advice}");
            return Err(PyTypeError::new_err(message));
        }
    }
    Ok(())
}

fn one_more_app(name: &str, taken: usize) -> Result<()> {
    if taken < MAX_APPS {
        return Ok(());
    }
    let message = format!("has more than {MAX_APPS} entries; nothing was sent");
    Err(Error::invalid_input(name, message).with_hint("make several runs of it"))
}

/// What a caller's own code raised, or a refusal, with a note of where that was.
fn noted(raised: PyErr, py: Python<'_>, note: &str) -> PyErr {
    match raised.value(py).call_method1("add_note", (note,)) {
        Ok(_) => raised,
        Err(error) => error,
    }
}

/// The `concurrency` argument.
pub(super) fn concurrency(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    if !value.hasattr("__index__")? || value.is_instance_of::<PyBool>() {
        let given = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("concurrency must be an int, not {given}")));
    }
    value.extract().map_err(|_| {
        let message = format!("must be from 1 to {MAX_CONCURRENCY}, not {value}");
        Error::invalid_input("concurrency", message).into()
    })
}
