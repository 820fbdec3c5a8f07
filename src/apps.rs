//! The act: which apps there are.

use uuid::Uuid;

use crate::call::{Subject, Underway};
use crate::client::Surroundings;
use crate::error::{Call, Outcome, Result};
use crate::json::Json;
use crate::model::MobileApp;
use crate::read::Listed;
use crate::request::Unsigned;
use crate::service::{Limits, ServiceRoot};
use crate::token::TokenSource;
use crate::transport::Transport;

/// A call that lists the apps of the tenant.
pub struct Apps {
    root: ServiceRoot,
    limits: Limits,
    only_one: bool,
    client_request_id: Uuid,
}

impl Apps {
    /// Accepts a call; with `only_one`, one app is enough.
    ///
    /// # Errors
    /// A configuration error where the service is not the beta: v1.0 does not say which apps are assigned.
    pub fn new(root: ServiceRoot, limits: Limits, only_one: bool) -> Result<Self> {
        root.must_be_beta()?;
        Ok(Self { root, limits, only_one, client_request_id: Uuid::new_v4() })
    }

    /// What is known of the call if it never comes to an end.
    #[must_use]
    pub fn unsettled(&self) -> Call {
        self.subject().unsettled(Outcome::NotSent)
    }

    fn subject(&self) -> Subject<'_> {
        let Self { root, limits, client_request_id, .. } = self;
        Subject { root, path: None, limits: *limits, client_request_id: *client_request_id }
    }

    /// Makes the call.
    ///
    /// # Errors
    /// Whatever kept it from success.
    pub async fn run(
        self,
        around: &Surroundings<'_, impl Transport, impl TokenSource>,
    ) -> Result<Vec<MobileApp>> {
        let mut call = Underway::begin(self.subject(), around);
        let request = Unsigned::apps(&self.root, self.only_one);
        let read =
            if self.only_one { call.first_page(&request).await } else { call.all_apps(&request).await };
        read.map_err(|error| call.ended(error))
    }
}

impl<T: Transport, S: TokenSource> Underway<'_, T, S> {
    /// All apps. Graph at times lists nothing where there is something: an empty list is read again.
    async fn all_apps(&mut self, request: &Unsigned) -> Result<Vec<MobileApp>> {
        let apps = self.agreed(request).await?;
        if apps.is_empty() { self.agreed(request).await } else { Ok(apps) }
    }
}

impl Listed for MobileApp {
    type Key = String;

    const PLURAL: &'static str = "apps";

    fn from_json(document: Json) -> Result<Self> {
        Self::from_json(document)
    }

    fn key(&self) -> String {
        self.id.to_ascii_lowercase()
    }

    fn agree(one: &[Self], two: &[Self]) -> bool {
        let sorted = |apps: &[Self]| {
            let mut apps: Vec<_> = apps.iter().map(|app| (app.key(), app.clone())).collect();
            apps.sort_by(|one, two| one.0.cmp(&two.0));
            apps
        };
        sorted(one) == sorted(two)
    }

    fn summary(&self) -> String {
        format!("the app {}", self.id)
    }
}
