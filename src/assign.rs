//! The act: one app, one call, one receipt.

use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::{Call, Error, Kind, Outcome, Result, seconds};
use crate::model::{MobileAppGroupAssignment, MobileAppPath};
use crate::secret::{Token, scrub};
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
    pub async fn run(self, transport: &impl Transport, tokens: &impl TokenSource) -> Result<AssignReceipt> {
        let mut progress = Progress { start: Instant::now(), attempts: 0, was_refused: false };
        let answer = self.settle(transport, tokens, &mut progress).await;
        let Progress { attempts, was_refused, .. } = progress;
        let elapsed = progress.start.elapsed();
        let client_request_id = self.client_request_id;
        match answer {
            Ok(response::Accepted { status, request_id, date }) => {
                Ok(AssignReceipt { status, request_id, client_request_id, date, attempts, elapsed })
            }
            Err(mut error) => {
                let outcome = match &error.kind {
                    Kind::Status(refusal) => response::outcome(refusal.status),
                    Kind::Response { status, .. } => response::outcome(*status),
                    _ if was_refused && error.call.outcome == Outcome::NotSent => Outcome::NotApplied,
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
        transport: &impl Transport,
        tokens: &impl TokenSource,
        progress: &mut Progress,
    ) -> Result<response::Accepted> {
        let token = self.token(tokens, None, progress).await?;
        let refusal = match self.attempt(transport, &token, &[&token], progress).await {
            Err(error) => error,
            accepted => return accepted,
        };
        let Kind::Status(answer) = &refusal.kind else { return Err(refusal) };
        if answer.status != 401 {
            return Err(refusal);
        }
        progress.was_refused = true;
        match self.token(tokens, answer.claims.clone(), progress).await {
            Ok(renewed) if renewed != token && !self.left(progress).is_zero() => {
                self.attempt(transport, &renewed, &[&renewed, &token], progress).await
            }
            // What the service said of the old token tells more than that there is no new one, or no time for it.
            _ => Err(refusal),
        }
    }

    fn left(&self, progress: &Progress) -> Duration {
        self.timeout.saturating_sub(progress.start.elapsed())
    }

    async fn token(
        &self,
        tokens: &impl TokenSource,
        claims: Option<String>,
        progress: &Progress,
    ) -> Result<Token> {
        let cloud = self.root.cloud();
        let (scope, authority) = (cloud.scope(), cloud.authority());
        tokens.token(TokenRequest { scope, authority, claims, within: self.left(progress) }).await
    }

    /// `sent` are all tokens that the service has seen by then: it may repeat any of them.
    async fn attempt(
        &self,
        transport: &impl Transport,
        token: &Token,
        sent: &[&Token],
        progress: &mut Progress,
    ) -> Result<response::Accepted> {
        let left = self.left(progress);
        if left.is_zero() {
            let message =
                format!("there was no token within {} s, the timeout of the call", seconds(self.timeout));
            return Err(Error::new(Kind::Timeout, message));
        }
        let post = request::post(&self.root, &self.path, self.body.clone(), token, self.client_request_id)?;
        progress.attempts += 1;
        let answer = transport
            .send(post, left.min(ATTEMPT_TIMEOUT))
            .await
            .map_err(|error| Error { message: scrub(sent, &error.message), ..error })?;
        let now = Timestamp::now();
        response::read(&answer, sent, now)
            .map_err(|error| advice::advised(error, &self.root, &self.path, token, now))
    }
}

/// How far a call has come.
struct Progress {
    start: Instant,
    attempts: u32,
    /// By an answer that leaves room for another attempt.
    was_refused: bool,
}
