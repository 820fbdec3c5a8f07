//! Assignments as rows of a table, for whatever goes out as rows or comes in as such.

use pyo3::prelude::*;
use pyo3::types::{PyAny, PyDict, PyList};

use super::arguments;
use super::assignment::PyMobileAppAssignment;
use super::target;
use crate::model::{Columns, MobileAppAssignment, Named};
use crate::report::Row;

/// The cells of a row; blank ones are `None`.
fn row<'py>(
    py: Python<'py>,
    app_id: &str,
    action: Option<&str>,
    assignment: Option<&MobileAppAssignment>,
) -> PyResult<Bound<'py, PyDict>> {
    let cells = PyDict::new(py);
    cells.set_item("app_id", app_id)?;
    cells.set_item("action", action)?;
    for (column, cell) in assignment.map(Columns::from).unwrap_or_default().cells() {
        cells.set_item(column, cell)?;
    }
    Ok(cells)
}

/// Appends what is done to an app, assignment by assignment, each with the same last cells.
pub(super) fn append(
    rows: &Bound<'_, PyList>,
    app_id: &str,
    steps: &[Row],
    last: &[(&str, Option<&str>)],
) -> PyResult<()> {
    for step in steps {
        let cells = row(rows.py(), app_id, step.action, step.assignment.as_ref())?;
        for (column, cell) in last {
            cells.set_item(column, cell)?;
        }
        rows.append(cells)?;
    }
    Ok(())
}

/// A row that says what is done with an assignment of an app.
#[pyfunction]
pub(super) fn assignment_to_row<'py>(
    app_id: &Bound<'py, PyAny>,
    action: Option<&str>,
    assignment: Option<&Bound<'py, PyMobileAppAssignment>>,
) -> PyResult<Bound<'py, PyDict>> {
    let app = arguments::app_id(app_id)?;
    row(app_id.py(), app.mobile_app_id(), action, assignment.map(|assignment| &assignment.get().0))
}

/// Read a row whose blank cells were left out.
///
/// Gives the assignment; a target, if the row has no intent; or what is wrong: pairs of a column and a message.
#[pyfunction]
pub(super) fn assignment_from_row<'py>(cells: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
    let py = cells.py();
    let cell = |column: &str| match cells.get_item(column)? {
        Some(cell) => cell.extract().map(Some),
        None => Ok(None),
    };
    let columns = Columns {
        intent: cell("intent")?,
        target: cell("target")?,
        target_id: cell("target_id")?,
        filter_id: cell("filter_id")?,
        filter_type: cell("filter_type")?,
        settings: cell("settings")?,
        other: cell("other")?,
    };
    match columns.read() {
        Ok(Named::Assignment(assignment)) => {
            Bound::new(py, PyMobileAppAssignment(assignment)).map(Bound::into_any)
        }
        Ok(Named::Target(target)) => target::to_python(py, target),
        Err(faults) => {
            let faults = faults.into_iter().map(|fault| (fault.column, fault.message));
            Ok(PyList::new(py, faults.collect::<Vec<_>>())?.into_any())
        }
    }
}
