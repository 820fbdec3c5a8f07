//! The act: one app, one call, one receipt.

use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::{Call, Error, Kind, Outcome, Result, seconds};
use crate::model::{MobileAppGroupAssignment, MobileAppPath};
use crate::secret::Token;
use crate::service::ServiceRoot;
use crate::token::{TokenRequest, TokenSource};
use crate::transport::Transport;
use crate::{advice, request, response};

const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

/// Everything that one call needs, accepted and complete: it can no longer fail for its input.
pub struct Assign {
    root: ServiceRoot,
    path: MobileAppPath,
    body: Bytes,
    timeout: Duration,
    client_request_id: Uuid,
}

/// What a successful call leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AssignReceipt {
    /// The HTTP status, 200 to 204.
    pub status: u16,
    /// The service's id for the request.
    pub request_id: Option<String>,
    /// Our id for the call.
    pub client_request_id: Uuid,
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
        assignments: &[MobileAppGroupAssignment],
        timeout: Duration,
    ) -> Result<Self> {
        let body = request::body(assignments)?;
        Ok(Self { root, path, body, timeout, client_request_id: Uuid::new_v4() })
    }

    /// The service that is called.
    #[must_use]
    pub fn root(&self) -> &ServiceRoot {
        &self.root
    }

    /// What is known of the call if it never comes to an end.
    #[must_use]
    pub fn unsettled(&self) -> Call {
        let client_request_id = Some(self.client_request_id);
        Call { outcome: Outcome::Unknown, attempts: 1, client_request_id, ..Call::default() }
    }

    /// Makes the call.
    ///
    /// # Errors
    /// Whatever kept it from success, with what became of the call.
    pub async fn run(self, transport: &Transport, tokens: &impl TokenSource) -> Result<AssignReceipt> {
        let start = Instant::now();
        let mut attempts = 0;
        let answer = self.settle(transport, tokens, start, &mut attempts).await;
        let elapsed = start.elapsed();
        let client_request_id = self.client_request_id;
        match answer {
            Ok(response::Accepted { status, request_id, date }) => {
                Ok(AssignReceipt { status, request_id, client_request_id, date, attempts, elapsed })
            }
            Err(mut error) => {
                let outcome = match &error.kind {
                    Kind::Status(refusal) => response::outcome(refusal.status),
                    Kind::Response { status, .. } => response::outcome(*status),
                    // The first attempt was refused, or there would be no second one.
                    _ if attempts > 1 && error.call.outcome == Outcome::NotSent => Outcome::NotApplied,
                    _ => error.call.outcome,
                };
                *error.call = Call { outcome, attempts, elapsed, client_request_id: Some(client_request_id) };
                Err(error)
            }
        }
    }

    /// One attempt, and a second one if the first was refused for a token that can be renewed.
    async fn settle(
        &self,
        transport: &Transport,
        tokens: &impl TokenSource,
        start: Instant,
        attempts: &mut u32,
    ) -> Result<response::Accepted> {
        let token = self.token(tokens, None, start).await?;
        let refusal = match self.attempt(transport, &token, start, attempts).await {
            Err(error) => error,
            accepted => return accepted,
        };
        let Kind::Status(answer) = &refusal.kind else { return Err(refusal) };
        if answer.status != 401 {
            return Err(refusal);
        }
        match self.token(tokens, answer.claims.clone(), start).await {
            Ok(renewed) if renewed != token => self.attempt(transport, &renewed, start, attempts).await,
            // What the service said of the old token tells more than that there is no new one.
            _ => Err(refusal),
        }
    }

    async fn token(
        &self,
        tokens: &impl TokenSource,
        claims: Option<String>,
        start: Instant,
    ) -> Result<Token> {
        let cloud = self.root.cloud();
        let within = self.timeout.saturating_sub(start.elapsed());
        tokens
            .token(TokenRequest { scope: cloud.scope(), authority: cloud.authority(), claims, within })
            .await
    }

    async fn attempt(
        &self,
        transport: &Transport,
        token: &Token,
        start: Instant,
        attempts: &mut u32,
    ) -> Result<response::Accepted> {
        let left = self.timeout.saturating_sub(start.elapsed());
        if left.is_zero() {
            let message =
                format!("there was no token within {} s, the timeout of the call", seconds(self.timeout));
            return Err(Error::new(Kind::Timeout, message));
        }
        let post = request::post(&self.root, &self.path, self.body.clone(), token, self.client_request_id)?;
        *attempts += 1;
        let answer = transport
            .send(post, left.min(ATTEMPT_TIMEOUT))
            .await
            .map_err(|error| Error { message: token.scrub(&error.message), ..error })?;
        let now = Timestamp::now();
        response::read(&answer, token, now)
            .map_err(|error| advice::advised(error, &self.root, &self.path, token, now))
    }
}
