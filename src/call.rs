//! A call under way: a token, requests that are sent, judged and sent again, within what the call may take. What is
//! asked, and what an answer leads to, the acts know.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::advice;
use crate::circuit::{Circuit, Pass};
use crate::client::{Price, Surroundings, Turn};
use crate::error::{Call, Error, Kind, Outcome, Result, seconds};
use crate::event::{Cause, Ended, Event, What};
use crate::model::MobileAppPath;
use crate::request::Unsigned;
use crate::response::{self, Accepted};
use crate::retry::{self, Failed, Next};
use crate::secret::{Token, scrub};
use crate::service::{Limits, ServiceRoot};
use crate::token::{TokenRequest, TokenSource};
use crate::transport::Transport;

const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

/// What a call is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) root: &'a ServiceRoot,
    /// The app, where it is about one.
    pub(crate) path: Option<&'a MobileAppPath>,
    pub(crate) limits: Limits,
    pub(crate) client_request_id: Uuid,
}

impl Subject<'_> {
    /// What is known of the call if it never comes to an end.
    pub(crate) fn unsettled(self, outcome: Outcome) -> Call {
        Call { outcome, attempts: 1, client_request_id: Some(self.client_request_id), ..Call::default() }
    }
}

/// A call, and how far it has come.
pub(crate) struct Underway<'a, T, S> {
    pub(crate) subject: Subject<'a>,
    pub(crate) around: &'a Surroundings<'a, T, S>,
    start: Instant,
    attempts: u32,
    /// Of its writes.
    pub(crate) outcome: Outcome,
    /// Of the attempts of its writes, whatever was found out later.
    pub(crate) attempted: Outcome,
    /// Of the last one.
    pub(crate) last: Outcome,
    token: Option<Token>,
    /// The token that the service refused, once one was renewed.
    refused: Option<Token>,
    /// Of its next write. A planned write has it before it reads.
    pub(crate) turn: Option<Turn<'a>>,
    /// Of its next read.
    pub(crate) read_turn: Option<Turn<'a>>,
    circuit: Option<&'a Circuit>,
    pass: Option<Pass<'a>>,
}

/// Leave to begin a call, as a run of many gives it.
#[derive(Default)]
pub(crate) struct Leave<'a> {
    /// Of its first request of this kind.
    pub(crate) turn: Option<Turn<'a>>,
    pub(crate) circuit: Option<&'a Circuit>,
    pub(crate) pass: Option<Pass<'a>>,
}

/// How often one request was sent, and what that has cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tries {
    pub(crate) made: u32,
    /// For retries, out of the client's budget.
    paid: u32,
}

/// A success.
pub(crate) struct Answered {
    pub(crate) accepted: Accepted,
    pub(crate) response: Response<Bytes>,
}

impl<'a, T: Transport, S: TokenSource> Underway<'a, T, S> {
    pub(crate) fn begin(subject: Subject<'a>, around: &'a Surroundings<'a, T, S>) -> Self {
        let outcome = Outcome::NotSent;
        let (attempted, last) = (outcome, outcome);
        Self {
            subject,
            around,
            start: Instant::now(),
            attempts: 0,
            outcome,
            attempted,
            last,
            token: None,
            refused: None,
            turn: None,
            read_turn: None,
            circuit: None,
            pass: None,
        }
    }

    /// The same call, with leave to begin with a write.
    pub(crate) fn with_leave_to_write(self, leave: Leave<'a>) -> Self {
        Self { turn: leave.turn, circuit: leave.circuit, pass: leave.pass, ..self }
    }

    /// The same call, with leave to begin with a read.
    pub(crate) fn with_leave_to_read(self, leave: Leave<'a>) -> Self {
        Self { read_turn: leave.turn, circuit: leave.circuit, pass: leave.pass, ..self }
    }

    /// Lets others write before; it asks for leave again.
    pub(crate) fn give_way(&mut self) {
        (self.turn, self.pass) = (None, None);
    }

    /// What is known of it now.
    pub(crate) fn call(&self) -> Call {
        Call {
            outcome: self.outcome,
            attempts: self.attempts,
            elapsed: self.start.elapsed(),
            client_request_id: Some(self.subject.client_request_id),
        }
    }

    pub(crate) fn left(&self) -> Duration {
        self.subject.limits.timeout.saturating_sub(self.start.elapsed())
    }

    /// All tokens that the service has seen by now: it may repeat any of them.
    pub(crate) fn tokens(&self) -> Vec<&Token> {
        self.refused.iter().chain(&self.token).collect()
    }

    /// Attempt after attempt, until one succeeds or nothing speaks for another. Only for what may be asked again whatever
    /// became of it. `judge` tells whether an answer is one.
    pub(crate) async fn ask<R>(
        &mut self,
        request: &Unsigned,
        judge: impl Fn(&Self, Answered) -> Result<R>,
    ) -> Result<R> {
        let mut tries = Tries::default();
        loop {
            self.make_ready(request).await?;
            let answered = self.attempt(request, &mut tries).await;
            let error = match answered.and_then(|answered| judge(self, answered)) {
                Ok(answered) => {
                    self.succeed(tries);
                    return Ok(answered);
                }
                Err(error) => error,
            };
            self.again(request, error, &mut tries).await?;
        }
    }

    /// Makes ready for another attempt: a new token or a wait; the error, if there is to be none.
    pub(crate) async fn again(&mut self, request: &Unsigned, error: Error, tries: &mut Tries) -> Result<()> {
        if let Kind::Status(refusal) = &error.kind
            && refusal.status == 401
        {
            let claims = refusal.claims.clone();
            return self.renew(claims, error, *tries).await;
        }
        self.wait(request, error, tries).await
    }

    /// A token in place of one that the service refused. It is renewed once in a call.
    async fn renew(&mut self, claims: Option<String>, error: Error, tries: Tries) -> Result<()> {
        let Some(refused) = self.token.clone() else { return Err(error) };
        self.around.tokens.refused(&refused);
        if self.refused.is_some() || tries.made >= self.subject.limits.attempts {
            return Err(error);
        }
        match self.get_token(claims).await {
            Ok(renewed) if renewed != refused && !self.left().is_zero() => {
                (self.refused, self.token) = (Some(refused), Some(renewed));
                Ok(())
            }
            // What the service said of the old token tells more than that there is no new one, or no time for it.
            _ => Err(error),
        }
    }

    /// Waits until the next attempt may be made; the error, if none may.
    async fn wait(&self, request: &Unsigned, error: Error, tries: &mut Tries) -> Result<()> {
        let around = self.around;
        let allowed = self.subject.limits.attempts;
        let (attempts, left, jitter) = (tries.made, self.left(), (around.chance)());
        let next = Failed { error: &error, attempts, allowed, left, jitter }.next();
        if retry::is_throttled(&error) {
            let wait = match next {
                Next::Again(wait) => retry::asked(&error).or(Some(wait)),
                _ => retry::asked(&error),
            };
            if let Some(wait) = wait {
                around.common.hold_back().hold(Instant::now(), wait, &error);
            }
        }
        let Next::Again(wait) = next else { return Err(error) };
        let Some(price) = Price::pay(around.common, &error) else {
            return Err(advice::exhausted(error));
        };
        self.tell(request, What::Wait { wait, cause: Cause::Error(&error) });
        sleep(wait).await;
        // A clock that counts milliseconds may have used up the rest.
        if self.left().is_zero() {
            return Err(error);
        }
        tries.paid += price.spend();
        Ok(())
    }

    /// What was asked was answered: the client may try again as often as before.
    pub(crate) fn succeed(&self, tries: Tries) {
        self.around.common.budget().succeed(tries.paid);
    }

    /// Waits for the turn of a request. Tells whether there was anything to wait for.
    async fn keep_pace(&mut self, request: &Unsigned) -> Result<bool> {
        let Surroundings { common, chance, .. } = *self.around;
        let (is_write, left) = (request.is_write(), self.left());
        let tell = |what: What<'_>| self.tell(request, what);
        if is_write && self.turn.is_some() {
            return common.wait_while_held(Instant::now().checked_add(left), chance, tell).await;
        }
        let turn = common.turn(is_write, Some(left), chance, tell).await?;
        let has_waited = turn.has_waited;
        *self.turn_of(request) = Some(turn);
        Ok(has_waited)
    }

    fn turn_of(&mut self, request: &Unsigned) -> &mut Option<Turn<'a>> {
        if request.is_write() { &mut self.turn } else { &mut self.read_turn }
    }

    async fn get_token(&self, claims: Option<String>) -> Result<Token> {
        let cloud = self.subject.root.cloud();
        let (scope, authority) = (cloud.scope(), cloud.authority());
        let within = self.left();
        let grant = self.around.tokens.token(TokenRequest { scope, authority, claims, within }).await?;
        Ok(grant.token)
    }

    /// Waits until a request may go: for a token, and for its turn. Tells whether there was anything to wait for.
    pub(crate) async fn make_ready(&mut self, request: &Unsigned) -> Result<bool> {
        let has_token = self.token.is_some();
        if !has_token {
            self.token = Some(self.get_token(None).await?);
        }
        let has_passed = self.pass_circuit(request).await?;
        let has_waited = self.keep_pace(request).await?;
        Ok(has_waited || has_passed || !has_token)
    }

    /// Waits while writes are spared a service that fails; tells whether there was anything to wait for.
    async fn pass_circuit(&mut self, request: &Unsigned) -> Result<bool> {
        let (Some(circuit), None, true) = (self.circuit, &self.pass, request.is_write()) else {
            return Ok(false);
        };
        let pass = circuit.pass(Instant::now().checked_add(self.left())).await?;
        let has_waited = pass.has_waited;
        self.pass = Some(pass);
        Ok(has_waited)
    }

    /// Tells the circuit what became of a request. Who has failed needs another pass for the next write.
    fn note(&mut self, request: &Unsigned, ended: Option<&Error>) {
        let Some(circuit) = self.circuit else { return };
        let failure = ended.filter(|error| retry::is_passing(error) && !retry::is_throttled(error));
        let is_probe = self.pass.as_ref().is_some_and(Pass::is_probe);
        circuit.note(request.is_write(), failure, is_probe);
        if failure.is_some() {
            self.pass = None;
        }
    }

    /// One request, and its answer if that is a success.
    pub(crate) async fn attempt(&mut self, request: &Unsigned, tries: &mut Tries) -> Result<Answered> {
        let token = self.token.clone().ok_or_else(|| Error::internal("a request has no token"))?;
        let mut turn =
            self.turn_of(request).take().ok_or_else(|| Error::internal("it is not the turn of a request"))?;
        let left = self.left();
        if left.is_zero() {
            let timeout = seconds(self.subject.limits.timeout);
            let message = if self.attempts == 0 {
                format!("there was no token within {timeout} s, the timeout of the call")
            } else {
                format!("the timeout of the call, {timeout} s, is over")
            };
            return Err(Error::new(Kind::Timeout, message));
        }
        let signed = request.signed(&token, self.subject.client_request_id)?;
        self.attempts += 1;
        tries.made += 1;
        let start = Instant::now();
        turn.sent(start);
        let answer = self.around.transport.send(signed, left.min(ATTEMPT_TIMEOUT)).await;
        let sent = self.tokens();
        let (outcome, ended) = match answer {
            Ok(answer) => {
                let date = (self.around.date)();
                let (root, path) = (self.subject.root, self.subject.path);
                let read = response::read(&answer, &sent, date)
                    .map_err(|error| advice::advised(error, root, path, request.is_write(), &token, date));
                let status = answer.status().as_u16();
                (response::outcome(status), read.map(|accepted| Answered { accepted, response: answer }))
            }
            Err(error) => {
                let message = scrub(&sent, &error.message);
                (error.call.outcome, Err(Error { message, ..error }))
            }
        };
        if let Err(error) = &ended {
            turn.failed(error);
        }
        drop(turn);
        self.note(request, ended.as_ref().err());
        if request.is_write() {
            self.outcome = self.outcome.max(outcome);
            self.attempted = self.attempted.max(outcome);
            self.last = outcome;
        }
        let (number, took) = (tries.made, start.elapsed());
        let shown = match &ended {
            Ok(answered) => Ended::Status(answered.accepted.status),
            Err(error) => Ended::Error(error),
        };
        self.tell(request, What::Attempt { number, took, ended: shown });
        ended
    }

    pub(crate) fn tell(&self, request: &Unsigned, what: What<'_>) {
        let (method, path) = (request.method(), request.path.as_str());
        let client_request_id = self.subject.client_request_id;
        (self.around.observe)(&Event { method: &method, path, client_request_id, what });
    }
}
