//! A client: what its calls have in common, and its connections, which live beside the runtime.

use std::mem;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{arguments, doctor};
use crate::client::Common;
use crate::error::{Error, Kind, Result};
use crate::journal::Journal;
use crate::network::Network;
use crate::pace::Quota;
use crate::secret::Token;
use crate::service::{Limits, ServiceRoot};
use crate::token::TokenCache;
use crate::transport::Pool;

/// What the calls of a client share in one process.
pub(super) struct Shared {
    pub(super) pool: Pool,
    pub(super) common: Common,
    pub(super) tokens: TokenCache,
    pub(super) journal: Option<Arc<Journal>>,
}

/// Open clients have nothing to share before their first call, and in a forked child nothing of their parent's.
enum State {
    Open(Option<(u32, Arc<Shared>)>),
    Closed,
}

/// The native half of ``appassign.Client`` and ``appassign.AsyncClient``.
#[pyclass(name = "Client", module = "appassign._core", frozen)]
pub(super) struct PyClient {
    root: ServiceRoot,
    token: Option<Token>,
    limits: Limits,
    network: Network,
    quota: Option<Quota>,
    journal: Option<PathBuf>,
    /// Asked where there is no token. `None` too once the garbage collector broke a circle.
    credential: Mutex<Option<Py<PyAny>>>,
    /// How many calls are asking it just now.
    asking: AtomicUsize,
    state: Mutex<State>,
}

fn closed() -> Error {
    Error::new(Kind::Closed, "the client is closed")
        .with_hint("make the calls before close(), or inside the with block; or make another client")
}

impl PyClient {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the calls of this client share in this process; set up by the first of them.
    pub(super) fn shared(&self) -> Result<Arc<Shared>> {
        let mut state = self.state();
        let State::Open(open) = &mut *state else { return Err(closed()) };
        match open {
            Some((pid, shared)) if *pid == std::process::id() => Ok(shared.clone()),
            _ => {
                let shared = Arc::new(Shared {
                    pool: Pool::open(&self.root, &self.network)?,
                    common: Common::new(self.quota),
                    tokens: TokenCache::default(),
                    journal: self.journal.clone().map(|path| Arc::new(Journal::at(path))),
                });
                // What a parent left is not let go of: its sockets are shared, and its locks may be held for ever.
                mem::forget(open.replace((std::process::id(), shared.clone())));
                Ok(shared)
            }
        }
    }

    pub(super) fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// Where its calls go, and how much each of them may take, if it takes another one now.
    pub(super) fn accept(client: &Bound<'_, Self>) -> PyResult<(ServiceRoot, Limits)> {
        let this = client.get();
        if this.asking.load(Ordering::Acquire) != 0 {
            client.py().import("appassign._credentials")?.call_method1("refuse_reentry", (client,))?;
        }
        this.check()?;
        arguments::stay(&this.root)?;
        Ok((this.root.clone(), this.limits))
    }
}

#[pymethods]
impl PyClient {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "they are the options of a client, told apart in Python")]
    fn new(
        credential: Option<Bound<'_, PyAny>>,
        base_url: Option<&Bound<'_, PyAny>>,
        cloud: &Bound<'_, PyAny>,
        timeout: &Bound<'_, PyAny>,
        attempts: &Bound<'_, PyAny>,
        ca_bundle: Option<&Bound<'_, PyAny>>,
        proxy: Option<&Bound<'_, PyAny>>,
        rate_limit: Option<&Bound<'_, PyAny>>,
        journal: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (root, token) = arguments::destination(credential.as_ref(), base_url, cloud)?;
        let limits = arguments::limits(timeout, attempts)?;
        let network = arguments::network(ca_bundle, proxy)?;
        let quota = arguments::quota(rate_limit, &root)?;
        let credential = Mutex::new(if token.is_some() { None } else { credential.map(Bound::unbind) });
        let journal = journal.map(|journal| arguments::absolute_path("journal", journal)).transpose()?;
        let (asking, state) = (AtomicUsize::new(0), Mutex::new(State::Open(None)));
        Ok(Self { root, token, limits, network, quota, journal, credential, asking, state })
    }

    /// What is asked for a token; `None` if there is one already, or nobody was named.
    #[getter]
    pub(super) fn credential(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        let credential = self.credential.lock().unwrap_or_else(PoisonError::into_inner);
        credential.as_ref().map(|credential| credential.clone_ref(py))
    }

    /// The service that it calls.
    #[getter]
    fn base_url(&self) -> &str {
        self.root.as_str()
    }

    /// Where its calls go, and how they get there.
    fn way<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        doctor::way(py, &self.root, &self.network)
    }

    /// A call starts to ask the credential.
    fn begin_asking(&self) {
        self.asking.fetch_add(1, Ordering::AcqRel);
    }

    /// A call has ended asking it.
    fn end_asking(&self) {
        self.asking.fetch_sub(1, Ordering::AcqRel);
    }

    /// Raise if it is closed.
    fn check(&self) -> PyResult<()> {
        match &*self.state() {
            State::Open(_) => Ok(()),
            State::Closed => Err(closed().into()),
        }
    }

    /// Take no more calls, and let go of the connections once those in flight have ended.
    fn close(&self) {
        let left = mem::replace(&mut *self.state(), State::Closed);
        let_go(left);
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        match self.credential.try_lock() {
            Ok(credential) => credential.as_ref().map_or(Ok(()), |credential| visit.call(credential)),
            Err(_) => Ok(()),
        }
    }

    fn __clear__(&self) {
        let credential = self.credential.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(credential);
    }
}

impl Drop for PyClient {
    fn drop(&mut self) {
        let_go(mem::replace(self.state.get_mut().unwrap_or_else(PoisonError::into_inner), State::Closed));
    }
}

fn let_go(state: State) {
    if let State::Open(Some((pid, shared))) = state
        && pid != std::process::id()
    {
        mem::forget(shared);
    }
}
