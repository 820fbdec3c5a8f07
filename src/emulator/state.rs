//! What the emulated tenant holds, and what it has been asked.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use http::request::Parts;
use serde_json::{Map, Value, json};
use uuid::Uuid;

const MAX_REQUESTS: usize = 10_000;

/// One request as it came over the wire.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// The HTTP method.
    pub method: String,
    /// The request target, version segment included.
    pub path: String,
    /// The headers in the order in which they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

pub(super) struct App {
    id: String,
    display_name: String,
    odata_type: String,
    assignments: Vec<Map<String, Value>>,
}

impl App {
    pub(super) fn replace_assignments(&mut self, assignments: Vec<Map<String, Value>>) {
        self.assignments = assignments;
    }

    pub(super) fn has_assignment(&self, id: &str) -> bool {
        self.assignments.iter().any(|held| held.get("id").and_then(Value::as_str) == Some(id))
    }

    pub(super) fn listed_assignments(&self) -> Vec<Value> {
        self.assignments.iter().cloned().map(Value::Object).collect()
    }

    pub(super) fn shown(&self) -> Value {
        json!({"@odata.type": self.odata_type, "id": self.id, "displayName": self.display_name})
    }
}

/// Apps by lower-case id, in the order in which they came.
#[derive(Default)]
pub(super) struct State {
    apps: HashMap<String, App>,
    order: Vec<String>,
    requests: VecDeque<RecordedRequest>,
}

impl State {
    pub(super) fn add_app(
        &mut self,
        display_name: &str,
        odata_type: &str,
        assignments: Vec<Map<String, Value>>,
    ) -> String {
        let id = Uuid::new_v4().to_string();
        let app = App {
            id: id.clone(),
            display_name: display_name.to_owned(),
            odata_type: odata_type.to_owned(),
            assignments,
        };
        self.apps.insert(id.clone(), app);
        self.order.push(id.clone());
        id
    }

    pub(super) fn app(&self, id: &str) -> Option<&App> {
        self.apps.get(&id.to_ascii_lowercase())
    }

    pub(super) fn app_mut(&mut self, id: &str) -> Option<&mut App> {
        self.apps.get_mut(&id.to_ascii_lowercase())
    }

    pub(super) fn apps(&self) -> impl Iterator<Item = &App> {
        self.order.iter().filter_map(|id| self.apps.get(id))
    }

    pub(super) fn record(&mut self, head: &Parts, body: &Bytes) {
        if self.requests.len() == MAX_REQUESTS {
            self.requests.pop_front();
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.requests.push_back(RecordedRequest {
            method: head.method.to_string(),
            path: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
                .collect(),
            body: body.clone(),
        });
    }

    pub(super) fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.iter().cloned().collect()
    }
}
