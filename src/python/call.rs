//! A call, accepted and made once: of the action alone, or of a client.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::app::PyMobileApp;
use super::assignment::PyMobileAppAssignment;
use super::caller::Caller;
use super::client::{PyClient, Shared};
use super::doors::{Flight, Terms, WhenCalledOff, promise, run};
use super::plan::PyPlan;
use super::receipt::{PyApplyReceipt, PyAssignReceipt};
use super::report::{PyApplyReport, PyPlanReport};
use super::runtime::Entrance;
use super::{arguments, bulk};
use crate::apps::Apps;
use crate::assign::Assign;
use crate::bulk::{ApplyMany, Maker, Manner, PlanMany};
use crate::change::{AppLocks, PlannedWrite, Planning, Safety};
use crate::client::{Common, Surroundings};
use crate::error::{Call, Outcome, Result};
use crate::event::Event;
use crate::model::{MobileApp, MobileAppAssignment, MobileAppPath};
use crate::network::Network;
use crate::plan::Plan;
use crate::read::Read;
use crate::receipt::{ApplyReceipt, AssignReceipt};
use crate::report::{ApplyReport, PlanReport};
use crate::secret::Token;
use crate::service::ServiceRoot;
use crate::token::{Cached, TokenSource};
use crate::transport::Pool;

/// On whose account a call is made.
enum Party {
    /// Its own: it shares connections with others and nothing else.
    Alone(Box<Alone>),
    Client(Py<PyClient>),
}

struct Alone {
    root: ServiceRoot,
    token: Option<Token>,
    network: Network,
}

/// What is asked for.
pub(super) enum Act {
    Assign(Assign),
    Read(Read),
    Apps(Apps),
    Plan(Planning),
    Change(PlannedWrite),
    PlanMany(PlanMany),
    ApplyMany(ApplyMany),
}

/// What comes of it.
enum Ended {
    Assigned(AssignReceipt),
    Assignments(Vec<MobileAppAssignment>),
    Apps(Vec<MobileApp>),
    Planned(Plan),
    Applied(ApplyReceipt),
    ManyPlanned(PlanReport),
    ManyApplied(ApplyReport),
}

impl<'py> IntoPyObject<'py> for Ended {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        match self {
            Self::Assigned(receipt) => PyAssignReceipt(receipt).into_bound_py_any(py),
            Self::Assignments(assignments) => {
                let list = PyList::empty(py);
                for assignment in assignments {
                    list.append(PyMobileAppAssignment(assignment))?;
                }
                Ok(list.into_any())
            }
            Self::Apps(apps) => {
                let apps = apps.into_iter().map(PyMobileApp).collect::<Vec<_>>();
                Ok(PyList::new(py, apps)?.into_any())
            }
            Self::Planned(plan) => PyPlan(plan).into_bound_py_any(py),
            Self::Applied(receipt) => PyApplyReceipt(receipt).into_bound_py_any(py),
            Self::ManyPlanned(report) => PyPlanReport(Arc::new(report)).into_bound_py_any(py),
            Self::ManyApplied(report) => PyApplyReport(Arc::new(report)).into_bound_py_any(py),
        }
    }
}

impl Act {
    fn terms(&self) -> Terms {
        let unsettled: Call = match self {
            Self::Assign(assign) => assign.unsettled(),
            Self::Read(read) => read.unsettled(),
            Self::Apps(apps) => apps.unsettled(),
            Self::Plan(planning) => planning.unsettled(),
            Self::Change(change) => change.unsettled(),
            Self::PlanMany(_) => Call::default(),
            Self::ApplyMany(_) => Call { outcome: Outcome::Unknown, ..Call::default() },
        };
        Terms { unsettled, called_off: self.when_called_off() }
    }

    /// Only what is planned can tell how far it has come.
    fn when_called_off(&self) -> WhenCalledOff {
        match self {
            Self::Assign(_) | Self::Read(_) | Self::Apps(_) | Self::Plan(_) => WhenCalledOff::BreaksOff,
            Self::Change(_) => WhenCalledOff::Finishes,
            Self::PlanMany(_) | Self::ApplyMany(_) => WhenCalledOff::Reports,
        }
    }

    async fn run(
        self,
        shared: &Shared,
        locks: &AppLocks,
        tokens: &impl TokenSource,
        caller: &Caller,
    ) -> Result<Ended> {
        let observe = |event: &Event<'_>| caller.observe(event);
        let Shared { pool, common, journal, .. } = shared;
        let around = around(pool, tokens, common, &observe);
        // Each in a box of its own: together they would all be as large as the largest.
        match self {
            Self::Assign(assign) => Box::pin(assign.run(&around)).await.map(Ended::Assigned),
            Self::Read(read) => Box::pin(read.run(&around)).await.map(Ended::Assignments),
            Self::Apps(apps) => Box::pin(apps.run(&around)).await.map(Ended::Apps),
            Self::Plan(planning) => Box::pin(planning.run(&around)).await.map(Ended::Planned),
            Self::Change(change) => {
                let safety = Safety { locks, journal: journal.as_ref(), called_off: caller.called_off() };
                Box::pin(change.run(&around, &safety)).await.map(Ended::Applied)
            }
            Self::PlanMany(run) => {
                let progress = |done| caller.progress(done);
                let maker = Maker { called_off: caller.called_off(), progress: &progress };
                Ok(Ended::ManyPlanned(Box::pin(run.run(&around, &maker)).await))
            }
            Self::ApplyMany(run) => {
                let progress = |done| caller.progress(done);
                let maker = Maker { called_off: caller.called_off(), progress: &progress };
                Ok(Ended::ManyApplied(Box::pin(run.run(&around, locks, journal.as_ref(), &maker)).await))
            }
        }
    }
}

/// A call with its arguments accepted.
struct Accepted {
    act: Act,
    party: Party,
}

impl Accepted {
    /// What remains to be done once the connections are set up.
    fn with(
        self,
        py: Python<'_>,
        entrance: &Entrance,
        caller: Caller,
    ) -> Result<impl Future<Output = Result<Ended>> + Send + use<>> {
        let Self { act, party } = self;
        let (shared, token) = match party {
            Party::Alone(alone) => {
                let Alone { root, token, network } = *alone;
                let pool = entrance.pools.to(&root, &network)?;
                let (common, tokens, journal) = Default::default();
                (Arc::new(Shared { pool, common, tokens, journal }), token)
            }
            Party::Client(client) => {
                let client = client.bind(py).get();
                (client.shared()?, client.token().cloned())
            }
        };
        let locks = entrance.locks.clone();
        Ok(async move {
            let cached = Cached { cache: &shared.tokens, source: &caller };
            match &token {
                Some(token) => act.run(&shared, &locks, token, &caller).await,
                None => act.run(&shared, &locks, &cached, &caller).await,
            }
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

/// One call, accepted. It is made once, by one of the two doors.
#[pyclass(name = "Call", module = "appassign._core", frozen)]
pub(super) struct PyCall {
    accepted: Mutex<Option<Accepted>>,
    when_called_off: WhenCalledOff,
    parts: usize,
    client: Option<Py<PyClient>>,
    credential: Option<Py<PyAny>>,
}

impl PyCall {
    /// A call of a client's.
    pub(super) fn of(client: &Bound<'_, PyClient>, act: Act) -> Self {
        let party = Party::Client(client.clone().unbind());
        Self { client: Some(client.clone().unbind()), ..Self::accept(act, party) }
    }

    fn accept(act: Act, party: Party) -> Self {
        let when_called_off = act.when_called_off();
        let accepted = Mutex::new(Some(Accepted { act, party }));
        Self { accepted, when_called_off, parts: 1, client: None, credential: None }
    }

    fn take(&self) -> PyResult<Accepted> {
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner).take();
        accepted.ok_or_else(|| PyRuntimeError::new_err("a call is made once"))
    }
}

fn read(client: &Bound<'_, PyClient>, app_id: &Bound<'_, PyAny>) -> PyResult<Read> {
    let (root, limits) = PyClient::accept(client)?;
    Ok(Read::new(root, arguments::app_id(app_id)?, limits)?)
}

fn manner(client: &Bound<'_, PyClient>, concurrency: &Bound<'_, PyAny>) -> PyResult<Manner> {
    let concurrency = bulk::concurrency(concurrency)?;
    let (root, limits) = PyClient::accept(client)?;
    Ok(Manner { root, limits, concurrency })
}

#[pymethods]
impl PyCall {
    /// A call of the action, on its own account.
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
        let network = arguments::network_to(&root)?;
        let credential = if token.is_some() { None } else { credential.map(Bound::unbind) };
        let act = arguments::assign(app, assignments, root.clone(), limits)?;
        let call = Self::accept(Act::Assign(act), Party::Alone(Box::new(Alone { root, token, network })));
        Ok(Self { credential, ..call })
    }

    /// A call of the action, of a client's.
    #[staticmethod]
    fn assign(
        client: &Bound<'_, PyClient>,
        app: &Bound<'_, PyAny>,
        assignments: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let (root, limits) = PyClient::accept(client)?;
        Ok(Self::of(client, Act::Assign(arguments::assign(app, assignments, root, limits)?)))
    }

    /// A call that reads what an app has.
    #[staticmethod]
    fn assignments(client: &Bound<'_, PyClient>, app_id: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self::of(client, Act::Read(read(client, app_id)?)))
    }

    /// A call that lists the apps, or one of them.
    #[staticmethod]
    fn apps(client: &Bound<'_, PyClient>, only_one: bool) -> PyResult<Self> {
        let (root, limits) = PyClient::accept(client)?;
        Ok(Self::of(client, Act::Apps(Apps::new(root, limits, only_one)?)))
    }

    /// A call that tells what would change.
    #[staticmethod]
    fn plan(
        client: &Bound<'_, PyClient>,
        app_id: &Bound<'_, PyAny>,
        add: &Bound<'_, PyAny>,
        remove: &Bound<'_, PyAny>,
        replace: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let read = read(client, app_id)?;
        Ok(Self::of(client, Act::Plan(Planning::new(read, arguments::wanted(add, remove, replace)?)?)))
    }

    /// A call that changes an app and keeps the rest.
    #[staticmethod]
    fn change(
        client: &Bound<'_, PyClient>,
        app_id: &Bound<'_, PyAny>,
        add: &Bound<'_, PyAny>,
        remove: &Bound<'_, PyAny>,
        reason: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let read = read(client, app_id)?;
        let wanted = arguments::wanted(add, remove, None)?;
        Ok(Self::of(client, Act::Change(PlannedWrite::new(read, wanted, arguments::reason(reason)?)?)))
    }

    /// A call that writes what was planned.
    #[staticmethod]
    fn apply(
        client: &Bound<'_, PyClient>,
        plan: &Bound<'_, PyAny>,
        max_removals: Option<&Bound<'_, PyAny>>,
        allow_empty: &Bound<'_, PyAny>,
        reason: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let Ok(plan) = plan.cast::<PyPlan>() else {
            let given = plan.get_type().name()?;
            return Err(PyTypeError::new_err(format!(
                "plan must be a Plan, as client.plan(...) gives one, not {given}"
            )));
        };
        let plan = plan.get().0.clone();
        let (root, limits) = PyClient::accept(client)?;
        let read = Read::new(root, MobileAppPath::new(plan.app_id())?, limits)?;
        let max_removals = arguments::max_removals(max_removals)?;
        let reason = arguments::reason(reason)?;
        Ok(Self::of(
            client,
            Act::Change(PlannedWrite::apply(
                read,
                plan,
                max_removals,
                arguments::truth("allow_empty", allow_empty)?,
                reason,
            )?),
        ))
    }

    /// A call that undoes a write.
    #[staticmethod]
    fn undo(client: &Bound<'_, PyClient>, receipt: &Bound<'_, PyAny>) -> PyResult<Self> {
        let Ok(receipt) = receipt.cast::<PyApplyReceipt>() else {
            let given = receipt.get_type().name()?;
            let advice = if receipt.is_instance_of::<PyAssignReceipt>() {
                ": a bare assign reads nothing, so it leaves nothing to undo"
            } else {
                ", as change, apply and read_journal give them"
            };
            return Err(PyTypeError::new_err(format!(
                "receipt must be an ApplyReceipt, not {given}{advice}"
            )));
        };
        let receipt = receipt.get().0.clone();
        let (root, limits) = PyClient::accept(client)?;
        let read = Read::new(root, MobileAppPath::new(&receipt.app_id)?, limits)?;
        Ok(Self::of(client, Act::Change(PlannedWrite::undo(read, receipt))))
    }

    /// A call that tells what many changes would do.
    #[staticmethod]
    fn plan_many(
        client: &Bound<'_, PyClient>,
        changes: &Bound<'_, PyAny>,
        concurrency: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let manner = manner(client, concurrency)?;
        let run = PlanMany::new(manner, bulk::changes(changes)?)?;
        PyClient::accept(client)?;
        Ok(Self { parts: run.len(), ..Self::of(client, Act::PlanMany(run)) })
    }

    /// A call that writes what was planned for many apps.
    #[staticmethod]
    fn apply_many(
        client: &Bound<'_, PyClient>,
        plans: &Bound<'_, PyAny>,
        max_removals: Option<&Bound<'_, PyAny>>,
        allow_empty: &Bound<'_, PyAny>,
        concurrency: &Bound<'_, PyAny>,
        reason: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let manner = manner(client, concurrency)?;
        let max_removals = arguments::max_removals(max_removals)?;
        let allow_empty = arguments::truth("allow_empty", allow_empty)?;
        let reason = arguments::reason(reason)?;
        let run = ApplyMany::new(manner, bulk::plans(plans)?, max_removals, allow_empty, reason)?;
        PyClient::accept(client)?;
        Ok(Self { parts: run.len(), ..Self::of(client, Act::ApplyMany(run)) })
    }

    /// How many parts it has: apps, where it is about many.
    #[getter]
    fn parts(&self) -> usize {
        self.parts
    }

    /// Make the call and wait for it; `progress` hears now and then how many parts of it are done.
    #[pyo3(signature = (progress=None))]
    fn run(&self, py: Python<'_>, progress: Option<Py<PyAny>>) -> PyResult<Py<PyAny>> {
        let accepted = self.take()?;
        run(py, accepted.act.terms(), progress, |entrance, caller| accepted.with(py, entrance, caller))
    }

    /// Make the call and give a future of the event loop that runs on this thread.
    fn promise<'py>(&self, event_loop: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyAny>, Flight)> {
        let (py, accepted) = (event_loop.py(), self.take()?);
        promise(event_loop, accepted.act.terms(), |entrance, caller| accepted.with(py, entrance, caller))
    }

    /// Whether it comes to its end by itself, and soon, once it is called off.
    #[getter]
    fn finishes(&self) -> bool {
        self.when_called_off != WhenCalledOff::BreaksOff
    }

    /// Whether it then still gives what it gives, about what was done so far.
    #[getter]
    fn reports(&self) -> bool {
        self.when_called_off == WhenCalledOff::Reports
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
    const UNSETTLED: fn() -> Terms = || Terms {
        unsettled: Call { outcome: Outcome::Unknown, ..Call::default() },
        called_off: WhenCalledOff::BreaksOff,
    };
    #[pyfunction]
    fn _break_off(py: Python<'_>) -> PyResult<Py<PyAny>> {
        run(py, UNSETTLED(), None, |_, _| Ok(break_off()))
    }
    #[pyfunction]
    fn _break_off_async<'py>(event_loop: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyAny>, Flight)> {
        promise(event_loop, UNSETTLED(), |_, _| Ok(break_off()))
    }
    module.setattr("_break_off", wrap_pyfunction!(_break_off, module)?)?;
    module.setattr("_break_off_async", wrap_pyfunction!(_break_off_async, module)?)
}
