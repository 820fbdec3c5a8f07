//! The emulator as the package's own Python face uses it: wire documents pass as JSON text.

use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyKeyError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use serde_json::{Map, Value};

use super::runtime;
use crate::emulator::{Emulator, Profile};

/// The native half of ``appassign.emulator.Emulator``; wire documents pass as JSON text.
#[pyclass(name = "Emulator", module = "appassign._core", frozen)]
pub(super) struct PyEmulator {
    emulator: Mutex<Option<Emulator>>,
    pid: u32,
    url: String,
    token: String,
}

/// Method, path, headers and body.
type Recorded = (String, String, Vec<(String, String)>, Vec<u8>);

impl PyEmulator {
    fn with<T>(&self, look: impl FnOnce(&Emulator) -> T) -> PyResult<T> {
        self.check_owner()?;
        let emulator = self.emulator.lock().unwrap_or_else(PoisonError::into_inner);
        match &*emulator {
            Some(emulator) => Ok(look(emulator)),
            None => Err(PyRuntimeError::new_err("this emulator is closed")),
        }
    }

    fn check_owner(&self) -> PyResult<()> {
        if self.pid == std::process::id() {
            return Ok(());
        }
        Err(PyRuntimeError::new_err(
            "this emulator belongs to the process that started it; start one in this process",
        ))
    }
}

#[pymethods]
impl PyEmulator {
    #[new]
    fn new(profile: &str, port: u16) -> PyResult<Self> {
        let Some(known) = Profile::ALL.into_iter().find(|known| known.name() == profile) else {
            let names = Profile::ALL.map(Profile::name).join(", ");
            let message = format!("profile: {profile:?} is no profile; the profiles are {names}");
            return Err(PyValueError::new_err(message));
        };
        let emulator = Emulator::start(known, port)?;
        let (url, token) = (emulator.url(), emulator.token().to_owned());
        Ok(Self { emulator: Mutex::new(Some(emulator)), pid: std::process::id(), url, token })
    }

    #[getter]
    fn url(&self) -> &str {
        &self.url
    }

    #[getter]
    fn token(&self) -> &str {
        &self.token
    }

    /// For the tests of the emulator: each change replaces a claim of ``token``, and null removes one.
    fn make_token(&self, claims: &str) -> PyResult<String> {
        let changes: Map<String, Value> = serde_json::from_str(claims)
            .map_err(|error| PyValueError::new_err(format!("claims: {error}")))?;
        self.with(|emulator| emulator.make_token(&changes))
    }

    fn add_app(&self, display_name: &str, odata_type: &str, assignments: &str) -> PyResult<String> {
        let assignments: Vec<Value> = serde_json::from_str(assignments)
            .map_err(|error| PyValueError::new_err(format!("assignments: {error}")))?;
        self.with(|emulator| emulator.add_app(display_name, odata_type, &assignments))?
            .map_err(|refused| PyValueError::new_err(refused.to_string()))
    }

    fn assignments(&self, app: &str) -> PyResult<String> {
        let held = self.with(|emulator| emulator.assignments(app))?;
        let held = held.ok_or_else(|| PyKeyError::new_err(format!("the emulator holds no app {app}")))?;
        Ok(Value::Array(held).to_string())
    }

    fn requests(&self) -> PyResult<Vec<Recorded>> {
        let recorded = self.with(Emulator::requests)?.into_iter();
        Ok(recorded.map(|seen| (seen.method, seen.path, seen.headers, seen.body.to_vec())).collect())
    }

    fn reset(&self) -> PyResult<()> {
        self.with(Emulator::reset)
    }

    /// In a forked child there is nothing to close.
    fn close(&self, py: Python<'_>) {
        if self.check_owner().is_err() {
            return;
        }
        let running = self.emulator.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut emulator) = running {
            runtime::wait(py, move || emulator.close());
        }
    }
}
