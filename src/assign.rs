//! The act: one app, one call, one receipt.

use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::{Call, Error, Kind, Outcome, Result};
use crate::model::{MobileAppGroupAssignment, MobileAppPath};
use crate::secret::Token;
use crate::service::ServiceRoot;
use crate::transport::Transport;
use crate::{request, response};

const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

/// Everything that one call needs, accepted and complete: it can no longer fail for its input.
pub struct Assign {
    root: ServiceRoot,
    path: MobileAppPath,
    token: Token,
    body: Bytes,
    timeout: Duration,
    client_request_id: String,
}

/// What a successful call leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AssignReceipt {
    /// The HTTP status, 200 to 204.
    pub status: u16,
    /// The service's id for the request.
    pub request_id: Option<String>,
    /// Our id for the call.
    pub client_request_id: String,
    /// When the service answered.
    pub date: Option<Timestamp>,
    /// How many requests it took.
    pub attempts: u32,
    /// From the start of the call to its end.
    pub elapsed: Duration,
}

impl Assign {
    /// Accepts a call: these assignments become all that the app has.
    ///
    /// # Errors
    /// An input error for a collection or an assignment that may not be sent.
    pub fn new(
        root: ServiceRoot,
        path: MobileAppPath,
        token: Token,
        assignments: &[MobileAppGroupAssignment],
        timeout: Duration,
    ) -> Result<Self> {
        let body = request::body(assignments)?;
        Ok(Self { root, path, token, body, timeout, client_request_id: Uuid::new_v4().to_string() })
    }

    /// The service that is called.
    #[must_use]
    pub fn root(&self) -> &ServiceRoot {
        &self.root
    }

    /// What is known of the call if it never comes to an end.
    #[must_use]
    pub fn unsettled(&self) -> Call {
        let client_request_id = Some(self.client_request_id.clone());
        Call { outcome: Outcome::Unknown, attempts: 1, client_request_id, ..Call::default() }
    }

    /// Makes the call.
    ///
    /// # Errors
    /// Whatever kept it from success, with what became of the call.
    pub async fn run(self, transport: &Transport) -> Result<AssignReceipt> {
        let start = Instant::now();
        let answer = self.attempt(transport).await;
        let elapsed = start.elapsed();
        let client_request_id = self.client_request_id;
        match answer {
            Ok(response::Accepted { status, request_id, date }) => {
                Ok(AssignReceipt { status, request_id, client_request_id, date, attempts: 1, elapsed })
            }
            Err(mut error) => {
                let outcome = match &error.kind {
                    Kind::Status(refusal) => response::outcome(refusal.status),
                    Kind::Response { status, .. } => response::outcome(*status),
                    _ => error.call.outcome,
                };
                *error.call =
                    Call { outcome, attempts: 1, elapsed, client_request_id: Some(client_request_id) };
                Err(error)
            }
        }
    }

    async fn attempt(&self, transport: &Transport) -> Result<response::Accepted> {
        let post =
            request::post(&self.root, &self.path, self.body.clone(), &self.token, &self.client_request_id)?;
        let answer = transport
            .send(post, self.timeout.min(ATTEMPT_TIMEOUT))
            .await
            .map_err(|error| Error { message: self.token.scrub(&error.message), ..error })?;
        response::read(&answer, &self.token)
    }
}
