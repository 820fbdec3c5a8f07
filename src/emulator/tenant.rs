//! What the emulated tenant holds, and what each app held at each moment.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::assignment::Extensions;
use super::json;

const MAX_MOMENTS: usize = 10_000;
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// One assignment, written out once: a test may hold a hundred thousand of them.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) id: Box<str>,
    /// As the beta lists it.
    pub(super) json: Box<str>,
}

impl Held {
    pub(super) fn of(document: &Map<String, Value>) -> Arc<Self> {
        let id = document.get("id").and_then(Value::as_str).unwrap_or_default().into();
        // Most fit, and growing step by step takes longer than to give back the rest.
        let mut json = Vec::with_capacity(512);
        let written = serde_json::to_writer(&mut json, document).ok();
        let json = written.and_then(|()| String::from_utf8(json).ok()).unwrap_or_default().into_boxed_str();
        Arc::new(Self { id, json })
    }

    pub(super) fn document(&self) -> Map<String, Value> {
        match json::read(self.json.as_bytes()) {
            Ok(Value::Object(document)) => document,
            _ => Map::new(),
        }
    }
}

/// All assignments of an app, in the order in which they are listed.
pub(super) type Assignments = Arc<Vec<Arc<Held>>>;

/// An app, and what it holds.
pub(super) struct App {
    pub(super) id: Arc<str>,
    /// As the beta lists it, without its assignments.
    pub(super) document: Map<String, Value>,
    assignments: Assignments,
    before: Assignments,
}

impl App {
    pub(super) fn odata_type(&self) -> &str {
        self.document.get("@odata.type").and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn is_published(&self) -> bool {
        self.document.get("publishingState").is_none_or(|state| state == "published")
    }

    pub(super) fn assignments(&self) -> &Assignments {
        &self.assignments
    }

    /// What it held before the latest change.
    pub(super) fn before(&self) -> &Assignments {
        &self.before
    }

    /// Where an assignment stands in the list. Ids are compared as GUIDs are: in any case.
    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.assignments.iter().position(|held| held.id.eq_ignore_ascii_case(id))
    }
}

/// What an app held from a moment on.
pub(super) struct Moment {
    pub(super) app: Arc<str>,
    pub(super) time: Timestamp,
    /// The number of the request that did it; `None` where the test itself did.
    pub(super) request: Option<usize>,
    pub(super) assignments: Assignments,
}

impl Moment {
    fn bytes(&self) -> usize {
        self.assignments.iter().map(|held| held.json.len()).sum()
    }
}

/// Apps by lower-case id, in the order in which they came.
#[derive(Default)]
pub(super) struct Tenant {
    pub(super) extensions: Extensions,
    apps: HashMap<Arc<str>, App>,
    order: Vec<Arc<str>>,
    moments: VecDeque<Moment>,
    bytes: usize,
}

impl Tenant {
    /// Adds an app, or puts it in the place of one with the same id.
    pub(super) fn add(&mut self, id: &str, document: Map<String, Value>, assignments: Vec<Arc<Held>>) {
        let id: Arc<str> = id.to_ascii_lowercase().into();
        let app = App { id: id.clone(), document, assignments: Arc::default(), before: Arc::default() };
        if self.apps.insert(id.clone(), app).is_none() {
            self.order.push(id.clone());
        }
        self.change(&id, None, assignments.into());
    }

    pub(super) fn app(&self, id: &str) -> Option<&App> {
        self.apps.get(id.to_ascii_lowercase().as_str())
    }

    pub(super) fn app_mut(&mut self, id: &str) -> Option<&mut App> {
        self.apps.get_mut(id.to_ascii_lowercase().as_str())
    }

    pub(super) fn apps(&self) -> impl Iterator<Item = &App> {
        self.order.iter().filter_map(|id| self.apps.get(id))
    }

    /// What the app holds from now on.
    pub(super) fn change(&mut self, id: &Arc<str>, request: Option<usize>, assignments: Assignments) {
        let Some(app) = self.apps.get_mut(id) else { return };
        app.before = std::mem::replace(&mut app.assignments, assignments.clone());
        let moment = Moment { app: app.id.clone(), time: Timestamp::now(), request, assignments };
        self.bytes += moment.bytes();
        self.moments.push_back(moment);
        // The newest stays, however large it is.
        while self.moments.len() > MAX_MOMENTS || (self.bytes > MAX_BYTES && self.moments.len() > 1) {
            if let Some(oldest) = self.moments.pop_front() {
                self.bytes -= oldest.bytes();
            }
        }
    }

    /// What an app held, oldest moment first.
    pub(super) fn history(&self, id: &str) -> Option<Vec<&Moment>> {
        let app = self.app(id)?;
        Some(self.moments.iter().filter(|moment| moment.app == app.id).collect())
    }
}
