//! The act: one app, one call, one receipt.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::client::{Price, Surroundings};
use crate::error::{Call, Error, Kind, Outcome, Result, seconds};
use crate::event::{Ended, Event, What};
use crate::model::{MobileAppGroupAssignment, MobileAppPath};
use crate::retry::{self, Failed, Next};
use crate::secret::{Token, scrub};
use crate::service::{Limits, ServiceRoot};
use crate::token::{TokenRequest, TokenSource};
use crate::transport::Transport;
use crate::{advice, request, response};

const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

/// Everything that one call needs, accepted and complete: it can no longer fail for its input.
pub struct Assign {
    root: ServiceRoot,
    path: MobileAppPath,
    assignments: usize,
    body: Bytes,
    limits: Limits,
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
        let client_request_id = Some(self.client_request_id);
        Call { outcome: Outcome::Unknown, attempts: 1, client_request_id, ..Call::default() }
    }

    /// Makes the call: as many requests as it takes and the limits allow.
    ///
    /// # Errors
    /// Whatever kept it from success, with what became of the call.
    pub async fn run(
        self,
        around: &Surroundings<'_, impl Transport, impl TokenSource>,
    ) -> Result<AssignReceipt> {
        let mut progress = Progress::new();
        let answer = self.settle(around, &mut progress).await;
        let Progress { start, attempts, outcome, .. } = progress;
        let elapsed = start.elapsed();
        let client_request_id = self.client_request_id;
        let call = Call { outcome, attempts, elapsed, client_request_id: Some(client_request_id) };
        let tell = |ended| {
            let what = What::Write { assignments: self.assignments, call: &call, ended };
            (around.observe)(&self.event(what));
        };
        match answer {
            Ok(response::Accepted { status, request_id, date }) => {
                tell(Ended::Status(status));
                Ok(AssignReceipt { status, request_id, client_request_id, date, attempts, elapsed })
            }
            Err(error) => {
                tell(Ended::Error(&error));
                Err(Error { call: Box::new(call), ..error })
            }
        }
    }

    /// Attempt after attempt, until one succeeds or nothing speaks for another.
    async fn settle(
        &self,
        around: &Surroundings<'_, impl Transport, impl TokenSource>,
        progress: &mut Progress,
    ) -> Result<response::Accepted> {
        let mut token = self.token(around, None, progress).await?;
        loop {
            self.keep_pace(around, progress).await?;
            let error = match self.attempt(around, &token, progress).await {
                Ok(accepted) => {
                    around.common.budget().succeed(progress.paid);
                    return Ok(accepted);
                }
                Err(error) => error,
            };
            if let Kind::Status(refusal) = &error.kind
                && refusal.status == 401
            {
                token = self.renewed(around, token, refusal.claims.clone(), error, progress).await?;
            } else {
                self.wait(around, error, progress).await?;
            }
        }
    }

    /// A token in place of one that the service refused. It is renewed once in a call.
    async fn renewed(
        &self,
        around: &Surroundings<'_, impl Transport, impl TokenSource>,
        refused: Token,
        claims: Option<String>,
        error: Error,
        progress: &mut Progress,
    ) -> Result<Token> {
        around.tokens.refused(&refused);
        if !progress.refused.is_empty() || progress.attempts >= self.limits.attempts {
            return Err(error);
        }
        match self.token(around, claims, progress).await {
            Ok(renewed) if renewed != refused && !self.left(progress).is_zero() => {
                progress.refused.push(refused);
                Ok(renewed)
            }
            // What the service said of the old token tells more than that there is no new one, or no time for it.
            _ => Err(error),
        }
    }

    /// Waits until the next attempt may be made; the error, if none may.
    async fn wait(
        &self,
        around: &Surroundings<'_, impl Transport, impl TokenSource>,
        error: Error,
        progress: &mut Progress,
    ) -> Result<()> {
        let Progress { attempts, .. } = *progress;
        let allowed = self.limits.attempts;
        let jitter = (around.chance)();
        let next = Failed { error: &error, attempts, allowed, left: self.left(progress), jitter }.next();
        if retry::is_throttled(&error) {
            let wait = match next {
                Next::Again(wait) => retry::asked(&error).or(Some(wait)),
                _ => retry::asked(&error),
            };
            if let Some(wait) = wait {
                around.common.pace().hold(Instant::now(), wait, &error);
            }
        }
        let Next::Again(wait) = next else { return Err(error) };
        let Some(price) = Price::pay(around.common, &error) else {
            return Err(advice::exhausted(error));
        };
        (around.observe)(&self.event(What::Wait { wait, because: Some(&error) }));
        sleep(wait).await;
        // A clock that counts milliseconds may have used up the rest.
        if self.left(progress).is_zero() {
            return Err(error);
        }
        progress.paid += price.spend();
        Ok(())
    }

    /// Waits while the service has asked this client to, whichever of its calls it told so.
    async fn keep_pace(
        &self,
        around: &Surroundings<'_, impl Transport, impl TokenSource>,
        progress: &Progress,
    ) -> Result<()> {
        loop {
            let left = self.left(progress);
            let held = around.common.pace().wait(Instant::now(), left)?;
            let Some(held) = held else { return Ok(()) };
            let wait =
                Some(retry::spread(held, (around.chance)())).filter(|wait| *wait < left).unwrap_or(held);
            (around.observe)(&self.event(What::Wait { wait, because: None }));
            sleep(wait).await;
        }
    }

    fn left(&self, progress: &Progress) -> Duration {
        self.limits.timeout.saturating_sub(progress.start.elapsed())
    }

    async fn token(
        &self,
        around: &Surroundings<'_, impl Transport, impl TokenSource>,
        claims: Option<String>,
        progress: &Progress,
    ) -> Result<Token> {
        let cloud = self.root.cloud();
        let (scope, authority) = (cloud.scope(), cloud.authority());
        let within = self.left(progress);
        let grant = around.tokens.token(TokenRequest { scope, authority, claims, within }).await?;
        Ok(grant.token)
    }

    async fn attempt(
        &self,
        around: &Surroundings<'_, impl Transport, impl TokenSource>,
        token: &Token,
        progress: &mut Progress,
    ) -> Result<response::Accepted> {
        let left = self.left(progress);
        if left.is_zero() {
            let timeout = seconds(self.limits.timeout);
            let message = format!("there was no token within {timeout} s, the timeout of the call");
            return Err(Error::new(Kind::Timeout, message));
        }
        let post = request::post(&self.root, &self.path, self.body.clone(), token, self.client_request_id)?;
        progress.attempts += 1;
        let start = Instant::now();
        let answer = around.transport.send(post, left.min(ATTEMPT_TIMEOUT)).await;
        // All tokens that the service has seen by now: it may repeat any of them.
        let sent: Vec<_> = progress.refused.iter().chain([token]).collect();
        let (outcome, ended) = match answer {
            Ok(answer) => {
                let date = (around.date)();
                let read = response::read(&answer, &sent, date)
                    .map_err(|error| advice::advised(error, &self.root, &self.path, token, date));
                (response::outcome(answer.status().as_u16()), read)
            }
            Err(error) => {
                let message = scrub(&sent, &error.message);
                (error.call.outcome, Err(Error { message, ..error }))
            }
        };
        progress.outcome = progress.outcome.max(outcome);
        let (number, took) = (progress.attempts, start.elapsed());
        let shown = match &ended {
            Ok(accepted) => Ended::Status(accepted.status),
            Err(error) => Ended::Error(error),
        };
        (around.observe)(&self.event(What::Attempt { number, took, ended: shown }));
        ended
    }

    fn event<'a>(&'a self, what: What<'a>) -> Event<'a> {
        Event { path: &self.path, client_request_id: self.client_request_id, what }
    }
}

/// How far a call has come.
struct Progress {
    start: Instant,
    attempts: u32,
    outcome: Outcome,
    /// The token that the service refused, once one was renewed.
    refused: Vec<Token>,
    /// For retries, out of the client's budget.
    paid: u32,
}

impl Progress {
    fn new() -> Self {
        Self { start: Instant::now(), attempts: 0, outcome: Outcome::NotSent, refused: Vec::new(), paid: 0 }
    }
}
