//! The act: the assignments that an app has, all pages, looked at twice where a list may be empty by accident.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::sleep;
use uuid::Uuid;

use crate::call::{Answered, Subject, Underway};
use crate::client::Surroundings;
use crate::error::{Call, Error, Kind, Outcome, Result};
use crate::model::{AssignmentKey, MobileAppAssignment, MobileAppPath};
use crate::page::{self, Page};
use crate::plan::compare;
use crate::request::Unsigned;
use crate::service::{Limits, ServiceRoot};
use crate::token::TokenSource;
use crate::transport::Transport;

const MAX_PAGES: usize = 200;

/// Of a list of several pages, until two of them agree.
const MAX_READINGS: u32 = 4;

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
        Subject { root, path: app, limits: *limits, client_request_id: *client_request_id }
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
        let read = underway.assignments().await;
        read.map_err(|error| underway.ended(error))
    }
}

impl<T: Transport, S: TokenSource> Underway<'_, T, S> {
    /// The same error, with what is known of the call.
    pub(crate) fn ended(&self, error: Error) -> Error {
        Error { call: Box::new(self.call()), ..error }
    }

    fn app_id(&self) -> &str {
        self.subject.path.mobile_app_id()
    }

    /// What the app has. A list that misses what this client wrote a moment ago may lag behind, and is read again.
    ///
    /// # Errors
    /// As for `whole`.
    pub(crate) async fn assignments(&mut self) -> Result<Vec<MobileAppAssignment>> {
        let mut live = self.whole().await?;
        let Some(last) = self.around.common.last_writes().last(self.app_id()) else { return Ok(live) };
        for wait in LAGGING {
            if !last.is_missed_by(&live) {
                return Ok(live);
            }
            if wait >= self.left() {
                break;
            }
            sleep(wait).await;
            live = self.whole().await?;
        }
        // Somebody else has changed it since.
        self.around.common.last_writes().forget(self.app_id());
        Ok(live)
    }

    /// The whole list. Graph at times lists none where there are some, and says nothing of it
    /// (almenscorner/IntuneCD#163): an empty list counts when the app itself says so.
    ///
    /// # Errors
    /// A response error where the two do not agree.
    pub(crate) async fn whole(&mut self) -> Result<Vec<MobileAppAssignment>> {
        let entries = self.agreed().await?;
        if !entries.is_empty() {
            return Ok(entries);
        }
        let request = Unsigned::is_assigned(self.subject.root, self.app_id());
        let is_assigned = self
            .ask(&request, |call, Answered { response, .. }| page::is_assigned(&response, &call.tokens()))
            .await?;
        if is_assigned == Some(false) {
            return Ok(entries);
        }
        let again = self.agreed().await?;
        if !again.is_empty() {
            return Ok(again);
        }
        let message = format!(
            "the service lists no assignments of the app {}, twice, and the app itself {}",
            self.app_id(),
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

    /// All pages of the list. What changes between two pages shifts entries out of sight, and a page may be empty by
    /// accident: a list of several is read until two readings agree.
    async fn agreed(&mut self) -> Result<Vec<MobileAppAssignment>> {
        let Listed { mut entries, pages } = self.pages().await?;
        if pages == 1 {
            return Ok(entries);
        }
        for _ in 1..MAX_READINGS {
            let again = self.listed().await?;
            if compare(&entries, &again).is_none() {
                return Ok(again);
            }
            entries = again;
        }
        Err(inconsistent("it has several pages, and is another list each time that it is read"))
    }

    /// All pages of the list, as the service gives it.
    pub(crate) async fn listed(&mut self) -> Result<Vec<MobileAppAssignment>> {
        self.pages().await.map(|listed| listed.entries)
    }

    async fn pages(&mut self) -> Result<Listed> {
        let root = self.subject.root;
        let mut request = Unsigned::assignments(root, self.app_id());
        let mut seen = Seen::default();
        let mut links = Vec::new();
        loop {
            let read = |call: &Self, Answered { response, .. }: Answered| {
                page::read(&response, root, &call.tokens())
            };
            let Page { assignments, next } = self.ask(&request, read).await?;
            seen.take(assignments)?;
            let Some(next) = next else {
                return Ok(Listed { entries: seen.assignments, pages: links.len() + 1 });
            };
            if links.contains(&next) {
                return Err(inconsistent("its pages lead back to one that was read"));
            }
            if links.len() + 1 >= MAX_PAGES {
                return Err(inconsistent(&format!("it has more than {MAX_PAGES} pages")));
            }
            links.push(next.clone());
            request = request.next_page(next);
        }
    }
}

/// What all pages show.
struct Listed {
    entries: Vec<MobileAppAssignment>,
    pages: usize,
}

/// What the pages have shown so far.
#[derive(Default)]
struct Seen {
    assignments: Vec<MobileAppAssignment>,
    places: HashMap<AssignmentKey, usize>,
}

impl Seen {
    /// An entry that is there again, as lists do that change while they are read, counts once.
    fn take(&mut self, page: Vec<MobileAppAssignment>) -> Result<()> {
        for entry in page {
            let known = self.places.get(&entry.key()).and_then(|place| self.assignments.get(*place));
            match known {
                None => {
                    self.places.insert(entry.key(), self.assignments.len());
                    self.assignments.push(entry);
                }
                Some(known)
                    if compare(std::slice::from_ref(known), std::slice::from_ref(&entry)).is_none() => {}
                Some(_) => {
                    let message = format!("it shows two that differ for {}", entry.summary());
                    return Err(inconsistent(&message));
                }
            }
        }
        Ok(())
    }
}

fn inconsistent(what: &str) -> Error {
    let message = format!("the service's list of assignments cannot be relied on: {what}");
    Error::new(Kind::Response { status: 200, body: String::new() }, message)
        .with_hint("nothing is planned on such a list: call again in a while")
}
