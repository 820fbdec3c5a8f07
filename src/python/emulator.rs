//! The emulator as the package's own Python face uses it: wire documents pass as JSON text.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::exceptions::{PyKeyError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::runtime;
use crate::emulator::{Emulator, Profile, RecordedRequest, Settings, Trouble};

/// The native half of ``appassign.emulator.Emulator``; wire documents pass as JSON text.
#[pyclass(name = "Emulator", module = "appassign._core", frozen)]
pub(super) struct PyEmulator {
    emulator: Mutex<Option<Emulator>>,
    pid: u32,
    url: String,
    token: String,
}

/// Method, path, headers and body, and the status and body of the answer.
type Recorded = (String, String, Vec<(String, String)>, Vec<u8>, Option<u16>, Vec<u8>);

/// Microseconds since 1970, the index of the request that did it, and what the app held from then on.
type Moment = (i64, Option<usize>, String);

impl PyEmulator {
    fn with<T>(&self, look: impl FnOnce(&Emulator) -> T) -> PyResult<T> {
        self.check_owner()?;
        let emulator = self.emulator.lock().unwrap_or_else(PoisonError::into_inner);
        match &*emulator {
            Some(emulator) => Ok(look(emulator)),
            None => Err(PyRuntimeError::new_err("this emulator is closed")),
        }
    }

    /// As [`with`](Self::with), of an app that must be there.
    fn with_app<T>(&self, app: &str, look: impl FnOnce(&Emulator) -> Option<T>) -> PyResult<T> {
        self.with(look)?.ok_or_else(|| PyKeyError::new_err(format!("the emulator holds no app {app}")))
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
    fn new(
        profile: &str,
        host: String,
        port: u16,
        quota_window: Option<f64>,
        fault_rate: f64,
        fault_seed: u64,
    ) -> PyResult<Self> {
        let Some(known) = Profile::ALL.into_iter().find(|known| known.name() == profile) else {
            let names = Profile::ALL.map(Profile::name).join(", ");
            let message = format!("profile: {profile:?} is no profile; the profiles are {names}");
            return Err(PyValueError::new_err(message));
        };
        let quota_window = quota_window.map(positive_seconds).transpose()?;
        if !(0.0..=1.0).contains(&fault_rate) {
            let message = format!("fault_rate: {fault_rate} is no probability; give one from 0 to 1");
            return Err(PyValueError::new_err(message));
        }
        let settings = Settings { profile: known, host, port, quota_window, fault_rate, fault_seed };
        let emulator = Emulator::start(&settings)?;
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
        let changes: Map<String, Value> = read("claims", claims)?;
        self.with(|emulator| emulator.make_token(&changes))
    }

    /// An app as Graph lists it.
    fn add_app(&self, document: &str) -> PyResult<String> {
        self.with(|emulator| emulator.add_app(document))?
            .map_err(|refused| PyValueError::new_err(refused.to_string()))
    }

    fn publish(&self, app: &str) -> PyResult<()> {
        self.with_app(app, |emulator| emulator.publish(app).then_some(()))
    }

    fn assignments(&self, app: &str) -> PyResult<String> {
        self.with_app(app, |emulator| emulator.assignments(app))
    }

    /// The moments, each with the index of its request, and the requests.
    fn history(&self, app: &str) -> PyResult<(Vec<Moment>, Vec<Recorded>)> {
        let (moments, requests) = self.with_app(app, |emulator| emulator.history(app))?;
        let moments = moments.into_iter();
        let moments =
            moments.map(|moment| (moment.time.as_microsecond(), moment.request, moment.assignments));
        Ok((moments.collect(), requests.iter().map(recorded).collect()))
    }

    fn requests(&self) -> PyResult<Vec<Recorded>> {
        Ok(self.with(Emulator::requests)?.iter().map(recorded).collect())
    }

    /// Puts trouble in the way of the next requests; of its kinds, ``fail_next`` gives people some.
    fn add_trouble(&self, trouble: &str) -> PyResult<()> {
        let trouble: Trouble = read("trouble", trouble)?;
        self.with(|emulator| emulator.add_trouble(trouble))
    }

    /// For the tests of whoever reads page by page.
    fn set_page_size(&self, size: usize) -> PyResult<()> {
        self.with(|emulator| emulator.set_page_size(size))
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

fn read<T: DeserializeOwned>(what: &str, text: &str) -> PyResult<T> {
    serde_json::from_str(text).map_err(|error| PyValueError::new_err(format!("{what}: {error}")))
}

fn positive_seconds(seconds: f64) -> PyResult<Duration> {
    let duration = Duration::try_from_secs_f64(seconds).ok().filter(|duration| !duration.is_zero());
    duration.ok_or_else(|| {
        PyValueError::new_err(format!("quota_window: {seconds} is no number of seconds above zero"))
    })
}

fn recorded(seen: &RecordedRequest) -> Recorded {
    let (status, answer) = match &seen.answer {
        Some((status, body)) => (Some(status.as_u16()), body.to_vec()),
        None => (None, Vec::new()),
    };
    (seen.method.to_string(), seen.target(), seen.headers(), seen.body().to_vec(), status, answer)
}
