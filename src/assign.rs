//! The act: one app, one call, one receipt.

use bytes::Bytes;
use uuid::Uuid;

use crate::call::{Subject, Underway};
use crate::client::Surroundings;
use crate::error::{Call, Error, Outcome, Result};
use crate::event::{Ended, What};
use crate::model::MobileAppPath;
use crate::receipt::AssignReceipt;
use crate::request::{self, Assignments, Unsigned};
use crate::service::{Limits, ServiceRoot};
use crate::token::TokenSource;
use crate::transport::Transport;

/// Everything that one call needs, accepted and complete: it can no longer fail for its input.
pub struct Assign {
    root: ServiceRoot,
    path: MobileAppPath,
    assignments: usize,
    body: Bytes,
    limits: Limits,
    client_request_id: Uuid,
}

impl Assign {
    /// Accepts a call: these assignments become all that the app has.
    ///
    /// # Errors
    /// An input error for a collection or an assignment that may not be sent.
    pub fn new(
        root: ServiceRoot,
        path: MobileAppPath,
        assignments: &Assignments,
        limits: Limits,
    ) -> Result<Self> {
        let body = request::body(assignments)?;
        let assignments = assignments.len();
        Ok(Self { root, path, assignments, body, limits, client_request_id: Uuid::new_v4() })
    }

    /// The service that is called.
    #[must_use]
    pub fn root(&self) -> &ServiceRoot {
        &self.root
    }

    /// What is known of the call if it never comes to an end.
    #[must_use]
    pub fn unsettled(&self) -> Call {
        self.subject().unsettled(Outcome::Unknown)
    }

    fn subject(&self) -> Subject<'_> {
        let Self { root, path, limits, client_request_id, .. } = self;
        Subject { root, path: Some(path), limits: *limits, client_request_id: *client_request_id }
    }

    /// Makes the call: as many requests as it takes and the limits allow.
    ///
    /// # Errors
    /// Whatever kept it from success, with what became of the call.
    pub async fn run(
        self,
        around: &Surroundings<'_, impl Transport, impl TokenSource>,
    ) -> Result<AssignReceipt> {
        let request = Unsigned::assign(&self.root, &self.path, self.body.clone());
        let mut underway = Underway::begin(self.subject(), around);
        let answer = underway.ask(&request, |_, answered| Ok(answered.accepted)).await;
        let call = underway.call();
        let ended = match &answer {
            Ok(accepted) => Ended::Status(accepted.status),
            Err(error) => Ended::Error(error),
        };
        underway.tell(&request, What::Write { assignments: self.assignments, call: &call, ended });
        match answer {
            Ok(accepted) => Ok(accepted.receipt(self.client_request_id, &call)),
            Err(error) => Err(Error { call: Box::new(call), ..error }),
        }
    }
}
