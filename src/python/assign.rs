//! A call of the action, and its receipt.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use super::client::{PyClient, Shared};
use super::doors::{Caller, Flight, promise, run};
use super::{arguments, errors};
use crate::assign::{Assign, AssignReceipt};
use crate::client::{Common, Surroundings};
use crate::error::Result;
#[cfg(debug_assertions)]
use crate::error::{Call, Outcome};
use crate::event::Event;
use crate::network::Network;
use crate::secret::Token;
use crate::service::{Limits, ServiceRoot};
use crate::token::Cached;
use crate::transport::{Pool, Pools};

/// On whose account a call is made.
enum Party {
    /// Its own: it shares connections with others and nothing else.
    Alone {
        token: Option<Token>,
        network: Network,
    },
    Client(Py<PyClient>),
}

/// A call with its arguments accepted.
struct Accepted {
    call: Assign,
    party: Party,
}

impl Accepted {
    /// What remains to be done once the connections are set up.
    fn with(
        self,
        py: Python<'_>,
        pools: &Pools,
        caller: Caller,
    ) -> Result<impl Future<Output = Result<PyAssignReceipt>> + Send + use<>> {
        let Self { call, party } = self;
        let (shared, token) = match party {
            Party::Alone { token, network } => {
                let pool = pools.to(call.root(), &network)?;
                let (common, tokens) = Default::default();
                (Arc::new(Shared { pool, common, tokens }), token)
            }
            Party::Client(client) => {
                let client = client.bind(py).get();
                (client.shared()?, client.token().cloned())
            }
        };
        Ok(async move {
            let Shared { pool, common, tokens } = &*shared;
            let observe = |event: &Event<'_>| caller.observe(event);
            let cached = Cached { cache: tokens, source: &caller };
            let receipt = match &token {
                Some(token) => call.run(&around(pool, token, common, &observe)).await,
                None => call.run(&around(pool, &cached, common, &observe)).await,
            };
            receipt.map(PyAssignReceipt)
        })
    }
}

fn around<'a, Tokens>(
    transport: &'a Pool,
    tokens: &'a Tokens,
    common: &'a Common,
    observe: &'a (dyn Fn(&Event<'_>) + Sync),
) -> Surroundings<'a, Pool, Tokens> {
    Surroundings { transport, tokens, common, observe, date: Timestamp::now, chance: fastrand::f64 }
}

/// One call of the action, accepted. It is made once, by one of the two doors.
#[pyclass(name = "Assign", module = "appassign._core", frozen)]
pub(super) struct PyAssign {
    accepted: Mutex<Option<Accepted>>,
    client: Option<Py<PyClient>>,
    credential: Option<Py<PyAny>>,
}

impl PyAssign {
    /// Takes the arguments of a call, as they are at this moment.
    fn accept(
        app: &Bound<'_, PyAny>,
        assignments: &Bound<'_, PyAny>,
        root: ServiceRoot,
        limits: Limits,
        party: Party,
    ) -> PyResult<Self> {
        let path = arguments::app(app)?;
        let assignments = arguments::assignments(assignments)?;
        let call = Assign::new(root, path, &assignments, limits)?;
        Ok(Self { accepted: Mutex::new(Some(Accepted { call, party })), client: None, credential: None })
    }

    fn take(&self) -> PyResult<Accepted> {
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner).take();
        accepted.ok_or_else(|| PyRuntimeError::new_err("a call is made once"))
    }
}

#[pymethods]
impl PyAssign {
    #[new]
    fn new(
        app: &Bound<'_, PyAny>,
        assignments: &Bound<'_, PyAny>,
        credential: Option<Bound<'_, PyAny>>,
        base_url: Option<&Bound<'_, PyAny>>,
        cloud: &Bound<'_, PyAny>,
        timeout: &Bound<'_, PyAny>,
        attempts: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let (root, token) = arguments::destination(credential.as_ref(), base_url, cloud)?;
        let limits = arguments::limits(timeout, attempts)?;
        let network = arguments::network(None, None)?;
        let credential = if token.is_some() { None } else { credential.map(Bound::unbind) };
        let call = Self::accept(app, assignments, root, limits, Party::Alone { token, network })?;
        Ok(Self { credential, ..call })
    }

    /// A call of a client's.
    #[staticmethod]
    fn of(
        client: &Bound<'_, PyClient>,
        app: &Bound<'_, PyAny>,
        assignments: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let (root, limits) = PyClient::accept(client)?;
        let client = client.clone().unbind();
        let call = Self::accept(app, assignments, root, limits, Party::Client(client.clone_ref(app.py())))?;
        Ok(Self { client: Some(client), ..call })
    }

    /// Make the call and wait for it.
    fn run(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let accepted = self.take()?;
        run(py, accepted.call.unsettled(), |pools, caller| accepted.with(py, pools, caller))
    }

    /// Make the call and give a future of the running event loop.
    fn promise<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Flight)> {
        let accepted = self.take()?;
        promise(py, accepted.call.unsettled(), |pools, caller| accepted.with(py, pools, caller))
    }

    /// The client that makes the call, if one does.
    #[getter]
    fn client(&self, py: Python<'_>) -> Option<Py<PyClient>> {
        self.client.as_ref().map(|client| client.clone_ref(py))
    }

    /// What is asked for a token; `None` if there is one already, or nobody was named.
    #[getter]
    fn credential(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        match &self.client {
            Some(client) => client.bind(py).get().credential(py),
            None => self.credential.as_ref().map(|credential| credential.clone_ref(py)),
        }
    }
}

#[cfg(debug_assertions)]
#[expect(clippy::panic, clippy::unused_async, reason = "to panic in a future is what it is for")]
async fn break_off() -> Result<Option<bool>> {
    panic!("CANARY")
}

/// For the tests: both doors to a call that panics. They are no part of the module's names, nor of a release build.
#[cfg(debug_assertions)]
pub(super) fn add_break_offs(module: &Bound<'_, PyModule>) -> PyResult<()> {
    const UNSETTLED: fn() -> Call = || Call { outcome: Outcome::Unknown, ..Call::default() };
    #[pyfunction]
    fn _break_off(py: Python<'_>) -> PyResult<Py<PyAny>> {
        run(py, UNSETTLED(), |_, _| Ok(break_off()))
    }
    #[pyfunction]
    fn _break_off_async(py: Python<'_>) -> PyResult<(Bound<'_, PyAny>, Flight)> {
        promise(py, UNSETTLED(), |_, _| Ok(break_off()))
    }
    module.setattr("_break_off", wrap_pyfunction!(_break_off, module)?)?;
    module.setattr("_break_off_async", wrap_pyfunction!(_break_off_async, module)?)
}

/// What a successful `assign` leaves behind. Immutable.
#[pyclass(name = "AssignReceipt", module = "appassign", frozen, eq, hash)]
#[derive(Clone, PartialEq, Hash)]
pub(super) struct PyAssignReceipt(AssignReceipt);

/// What a pickle holds of a receipt, in this order.
type Facts = (u16, Option<String>, String, Option<i64>, u32, f64);

#[pymethods]
impl PyAssignReceipt {
    /// The HTTP status: 204 as documented, or another one from 200 on.
    #[getter]
    fn status(&self) -> u16 {
        self.0.status
    }

    /// The service's id for the request, for Microsoft's support.
    #[getter]
    fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Our id for the call, under which the service logged it too.
    #[getter]
    fn client_request_id(&self) -> String {
        self.0.client_request_id.to_string()
    }

    /// When the service answered (aware, UTC).
    #[getter]
    fn date<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.date.map(|date| errors::datetime(py, date)).transpose()
    }

    /// How many requests it took.
    #[getter]
    fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Seconds from the start of the call to its end.
    #[getter]
    fn elapsed(&self) -> f64 {
        self.0.elapsed.as_secs_f64()
    }

    fn __repr__(&self) -> String {
        let quoted = |text: Option<&str>| text.map_or_else(|| "None".to_owned(), |text| format!("{text:?}"));
        format!(
            "<AssignReceipt status={} request_id={} client_request_id={} date={} attempts={} elapsed={:.3}>",
            self.0.status,
            quoted(self.0.request_id.as_deref()),
            quoted(Some(&self.client_request_id())),
            quoted(self.0.date.map(|date| date.to_string()).as_deref()),
            self.0.attempts,
            self.elapsed(),
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Facts)> {
        let facts = (
            self.0.status,
            self.0.request_id.clone(),
            self.client_request_id(),
            self.0.date.map(Timestamp::as_second),
            self.0.attempts,
            self.elapsed(),
        );
        Ok((py.get_type::<Self>().getattr("_restore")?, facts))
    }

    #[staticmethod]
    fn _restore(
        status: u16,
        request_id: Option<String>,
        client_request_id: &str,
        date: Option<i64>,
        attempts: u32,
        elapsed: f64,
    ) -> PyResult<Self> {
        let invalid = |error: &dyn std::error::Error| PyValueError::new_err(error.to_string());
        Ok(Self(AssignReceipt {
            status,
            request_id,
            client_request_id: client_request_id.parse().map_err(|error| invalid(&error))?,
            date: date.map(Timestamp::from_second).transpose().map_err(|error| invalid(&error))?,
            attempts,
            elapsed: std::time::Duration::try_from_secs_f64(elapsed).map_err(|error| invalid(&error))?,
        }))
    }
}
