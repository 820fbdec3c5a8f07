//! The act: the assignments that an app has, all pages, looked at twice where a list may be empty by accident.

mod pages;

use std::time::Duration;

use tokio::time::sleep;
use uuid::Uuid;

use crate::call::{Answered, Subject, Underway};
use crate::client::Surroundings;
use crate::error::{Call, Error, Kind, Outcome, Result};
use crate::json::Json;
use crate::model::{AssignmentKey, MobileAppAssignment, MobileAppPath};
use crate::page;
use crate::plan::compare;
use crate::request::Unsigned;
use crate::service::{Limits, ServiceRoot};
use crate::token::TokenSource;
use crate::transport::Transport;

pub(crate) use pages::Listed;

/// The waits before a list is read again that misses what was written a moment ago.
const LAGGING: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// A call that reads the assignments of one app.
pub struct Read {
    root: ServiceRoot,
    app: MobileAppPath,
    limits: Limits,
    client_request_id: Uuid,
}

impl Read {
    /// Accepts a call.
    ///
    /// # Errors
    /// A configuration error where the service is not the beta: v1.0 shows no filters, so that to write back what was
    /// read would erase them.
    pub fn new(root: ServiceRoot, app: MobileAppPath, limits: Limits) -> Result<Self> {
        root.must_be_beta()?;
        Ok(Self { root, app, limits, client_request_id: Uuid::new_v4() })
    }

    /// What is known of the call if it never comes to an end.
    #[must_use]
    pub fn unsettled(&self) -> Call {
        self.subject().unsettled(Outcome::NotSent)
    }

    pub(crate) fn app(&self) -> &MobileAppPath {
        &self.app
    }

    /// The app's id.
    #[must_use]
    pub fn app_id(&self) -> &str {
        self.app.mobile_app_id()
    }

    pub(crate) fn root(&self) -> &ServiceRoot {
        &self.root
    }

    pub(crate) fn subject(&self) -> Subject<'_> {
        let Self { root, app, limits, client_request_id } = self;
        Subject { root, path: Some(app), limits: *limits, client_request_id: *client_request_id }
    }

    /// Makes the call.
    ///
    /// # Errors
    /// Whatever kept it from success.
    pub async fn run(
        self,
        around: &Surroundings<'_, impl Transport, impl TokenSource>,
    ) -> Result<Vec<MobileAppAssignment>> {
        let mut underway = Underway::begin(self.subject(), around);
        let read = underway.assignments(self.app_id()).await;
        read.map_err(|error| underway.ended(error))
    }
}

impl<T: Transport, S: TokenSource> Underway<'_, T, S> {
    /// The same error, with what is known of the call.
    pub(crate) fn ended(&self, error: Error) -> Error {
        Error { call: Box::new(self.call()), ..error }
    }

    /// What an app has. A list that misses what this client wrote a moment ago may lag behind, and is read again.
    ///
    /// # Errors
    /// As for `whole`.
    pub(crate) async fn assignments(&mut self, app_id: &str) -> Result<Vec<MobileAppAssignment>> {
        let mut live = self.whole(app_id).await?;
        let Some(last) = self.around.common.last_writes().last(app_id) else { return Ok(live) };
        for wait in LAGGING {
            if !last.is_missed_by(&live) {
                return Ok(live);
            }
            if wait >= self.left() {
                break;
            }
            sleep(wait).await;
            live = self.whole(app_id).await?;
        }
        // Somebody else has changed it since.
        self.around.common.last_writes().forget(app_id);
        Ok(live)
    }

    /// The whole list. Graph at times lists none where there are some, and says nothing of it
    /// (almenscorner/IntuneCD#163): an empty list counts when the app itself says so.
    ///
    /// # Errors
    /// A response error where the two do not agree.
    pub(crate) async fn whole(&mut self, app_id: &str) -> Result<Vec<MobileAppAssignment>> {
        let list = Unsigned::assignments(self.subject.root, app_id);
        let entries = self.agreed(&list).await?;
        if !entries.is_empty() {
            return Ok(entries);
        }
        let request = Unsigned::is_assigned(self.subject.root, app_id);
        let is_assigned = self
            .ask(&request, |call, Answered { response, .. }| page::is_assigned(&response, &call.tokens()))
            .await?;
        if is_assigned == Some(false) {
            return Ok(entries);
        }
        let again = self.agreed(&list).await?;
        if !again.is_empty() {
            return Ok(again);
        }
        let message = format!(
            "the service lists no assignments of the app {app_id}, twice, and the app itself {}",
            if is_assigned.is_some() {
                "says that it is assigned"
            } else {
                "does not say whether it is assigned"
            }
        );
        Err(Error::new(Kind::Response { status: 200, body: String::new() }, message).with_hint(
            "Graph at times shows empty lists by accident, and nothing is planned on one: call again in a while",
        ))
    }

    /// All pages of the list, as the service gives it.
    pub(crate) async fn as_listed(&mut self, app_id: &str) -> Result<Vec<MobileAppAssignment>> {
        self.listed(&Unsigned::assignments(self.subject.root, app_id)).await
    }
}

impl Listed for MobileAppAssignment {
    type Key = AssignmentKey;

    const PLURAL: &'static str = "assignments";

    fn from_json(document: Json) -> Result<Self> {
        Self::from_json(document)
    }

    fn key(&self) -> AssignmentKey {
        self.key()
    }

    fn agree(one: &[Self], two: &[Self]) -> bool {
        compare(one, two).is_none()
    }

    fn summary(&self) -> String {
        self.summary()
    }
}
