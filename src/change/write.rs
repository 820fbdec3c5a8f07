//! One planned write: journal, POST, judge, look, journal. A write of which nobody knows is looked for, not repeated.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::sleep;
use uuid::Uuid;

use crate::advice;
use crate::call::{Tries, Underway};
use crate::change::safety::CalledOff;
use crate::error::{Call, Compared, Error, Kind, Outcome, Result, seconds};
use crate::event::{Ended, What};
use crate::journal::Pass;
use crate::model::{MobileAppAssignment, MobileAppPath};
use crate::plan::{Plan, compare};
use crate::receipt::{ApplyReceipt, Entry};
use crate::request::{self, Assignments, Unsigned};
use crate::response::Accepted;
use crate::retry::is_passing;
use crate::token::TokenSource;
use crate::transport::Transport;

/// The waits before the reads that verify a write: Graph's lists may lag behind its answers.
const VERIFYING: [Duration; 7] = [
    Duration::ZERO,
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];

/// A write that is about to be made, to an app that was just read.
pub(super) struct Write<'a> {
    pub(super) app: &'a MobileAppPath,
    pub(super) plan: &'a Plan,
    /// What the app holds, as it was read.
    pub(super) live: Vec<MobileAppAssignment>,
    pub(super) reason: Option<&'a str>,
    pub(super) journal: Option<&'a Pass>,
    /// While it is set, the write must not be dropped.
    pub(super) is_writing: &'a AtomicBool,
    pub(super) called_off: &'a CalledOff,
}

/// How a write succeeded.
enum Written {
    /// By an answer, to the so-manieth request.
    Answered(Accepted, u32),
    /// No answer told so, and a read did.
    Recovered,
}

/// What an app holds.
enum State {
    /// What was wanted; what somebody else added besides is theirs.
    Done,
    Before,
    Other(Vec<MobileAppAssignment>),
}

impl Write<'_> {
    pub(super) async fn run<T: Transport, S: TokenSource>(
        self,
        call: &mut Underway<'_, T, S>,
    ) -> Result<ApplyReceipt> {
        let body = request::written(&Assignments::App(self.plan.after().to_vec()))?;
        let request = Unsigned::assign(call.subject.root, self.app, body);
        let intended = ApplyReceipt {
            app_id: self.plan.app_id().to_owned(),
            before: self.live.clone(),
            after: self.plan.after().to_vec(),
            reason: self.reason.map(str::to_owned),
            time: (call.around.date)(),
            recovered: false,
            response: None,
        };
        let id = Uuid::new_v4();
        self.is_writing.store(true, Ordering::Release);
        if let Some(journal) = self.journal {
            let base_url = call.subject.root.as_str();
            journal.append(&Entry::Intent { id, base_url, receipt: &intended }.to_json()?, true).await?;
        }
        // What became of an earlier round of the same call is no news of this one.
        let earlier = std::mem::take(&mut call.outcome);
        call.attempted = Outcome::NotSent;
        let mut receipt = intended;
        let ended = self.post_and_verify(call, &request, &mut receipt).await;
        let outcome = match (call.outcome, call.attempted) {
            // One read found nothing done; but lists lag, and a request may arrive late. Undo looks again.
            (Outcome::NotApplied, Outcome::Unknown) => Outcome::Unknown,
            (outcome, _) => outcome,
        };
        call.outcome = call.outcome.max(earlier);
        let told = match self.journal {
            Some(journal) => {
                let entry = Entry::Outcome { id, outcome, receipt: &receipt }.to_json()?;
                journal.append(&entry, false).await
            }
            None => Ok(()),
        };
        self.is_writing.store(false, Ordering::Release);
        // The write's own error tells more than that of the journal.
        ended.and(told)?;
        call.outcome = Outcome::Applied;
        self.remember(call, receipt.after.clone());
        Ok(receipt)
    }

    /// Lists of the next while are held against what was written.
    fn remember<T: Transport, S: TokenSource>(
        &self,
        call: &Underway<'_, T, S>,
        after: Vec<MobileAppAssignment>,
    ) {
        call.around.common.last_writes().remember(self.plan.app_id(), self.live.clone(), after);
    }

    async fn post_and_verify<T: Transport, S: TokenSource>(
        &self,
        call: &mut Underway<'_, T, S>,
        request: &Unsigned,
        receipt: &mut ApplyReceipt,
    ) -> Result<()> {
        let written = self.post(call, request).await;
        let known = call.call();
        let ended = match &written {
            Ok(Written::Answered(accepted, _)) => Ended::Status(accepted.status),
            Ok(Written::Recovered) => Ended::Recovered,
            Err(error) => Ended::Error(error),
        };
        call.tell(request, What::Write { assignments: self.plan.after().len(), call: &known, ended });
        match written? {
            Written::Answered(accepted, attempts) => {
                let client_request_id = call.subject.client_request_id;
                receipt.response = Some(accepted.receipt(client_request_id, &Call { attempts, ..known }));
            }
            Written::Recovered => receipt.recovered = true,
        }
        self.remember(call, self.plan.after().to_vec());
        receipt.after = self.verify(call).await?;
        Ok(())
    }

    /// Until the service has taken it, or it is certain that it will not.
    async fn post<T: Transport, S: TokenSource>(
        &self,
        call: &mut Underway<'_, T, S>,
        request: &Unsigned,
    ) -> Result<Written> {
        let mut tries = Tries::default();
        loop {
            let error = match call.attempt(request, &mut tries).await {
                Ok(answered) => {
                    call.succeed(tries);
                    return Ok(Written::Answered(answered.accepted, tries.made));
                }
                Err(error) => error,
            };
            let shown = error.clone();
            let may_be_done = is_passing(&error) || call.last == Outcome::Unknown;
            let again = tokio::select! {
                biased;
                again = call.again(request, error, &mut tries) => again,
                // Whoever goes does not wait for another attempt.
                () = self.called_off.wait() => Err(shown.clone()),
            };
            if let (Err(error), false) = (&again, may_be_done) {
                return Err(error.clone());
            }
            // Whatever the wait was for, much may have happened meanwhile.
            let state = match again {
                Ok(()) => self.look_when_ready(call, request).await,
                Err(_) => self.look(call).await,
            };
            let again = if self.called_off.is_told() { Err(shown.clone()) } else { again };
            match (state, again) {
                (Ok(State::Done), _) => {
                    call.outcome = Outcome::Applied;
                    call.succeed(tries);
                    return Ok(Written::Recovered);
                }
                (Ok(State::Before), Ok(())) => call.outcome = call.outcome.min(Outcome::NotApplied),
                (Ok(State::Before), Err(error)) => {
                    call.outcome = call.outcome.min(Outcome::NotApplied);
                    return Err(advice::undone(error));
                }
                (Ok(State::Other(live)), _) => return Err(stale(&self.live, &live)),
                (Err(_), _) => return Err(shown),
            }
        }
    }

    /// Looks once nothing is to be waited for any more.
    async fn look_when_ready<T: Transport, S: TokenSource>(
        &self,
        call: &mut Underway<'_, T, S>,
        request: &Unsigned,
    ) -> Result<State> {
        loop {
            let state = self.look(call).await?;
            if !matches!(state, State::Before) {
                return Ok(state);
            }
            let has_waited = tokio::select! {
                biased;
                has_waited = call.make_ready(request) => has_waited?,
                () = self.called_off.wait() => false,
            };
            if !has_waited {
                return Ok(state);
            }
        }
    }

    async fn look<T: Transport, S: TokenSource>(&self, call: &mut Underway<'_, T, S>) -> Result<State> {
        let live = call.whole(self.plan.app_id()).await?;
        Ok(if self.plan.undone(&live, false).is_none() {
            State::Done
        } else if compare(&self.live, &live).is_none() {
            State::Before
        } else {
            State::Other(live)
        })
    }

    /// Reads until the app holds what was written; gives that as the service lists it.
    async fn verify<T: Transport, S: TokenSource>(
        &self,
        call: &mut Underway<'_, T, S>,
    ) -> Result<Vec<MobileAppAssignment>> {
        let wanted = self.plan.after();
        let mut last = None;
        for wait in VERIFYING {
            if wait >= call.left() {
                break;
            }
            if !wait.is_zero() {
                tokio::select! {
                    biased;
                    // The service took it; nobody waits to hear how its lists come along.
                    () = self.called_off.wait() => return Ok(wanted.to_vec()),
                    () = sleep(wait) => {}
                }
            }
            // That a list is empty by accident matters where it should be.
            let read = if wanted.is_empty() {
                call.whole(self.plan.app_id()).await
            } else {
                call.as_listed(self.plan.app_id()).await
            };
            match read {
                Ok(live) if self.plan.undone(&live, true).is_none() => {
                    let keys: HashSet<_> = wanted.iter().map(MobileAppAssignment::key).collect();
                    return Ok(live.into_iter().filter(|entry| keys.contains(&entry.key())).collect());
                }
                Err(error) if !is_passing(&error) && !matches!(error.kind, Kind::Response { .. }) => {
                    return Err(unverified(error));
                }
                read => last = Some(read),
            }
        }
        match last {
            Some(Err(error)) => Err(unverified(error)),
            Some(Ok(live)) => {
                call.outcome = Outcome::Unknown;
                Err(self.lost(&live, seconds(call.call().elapsed)))
            }
            None => Err(unverified(Error::new(Kind::Timeout, "the timeout of the call is over"))),
        }
    }

    fn lost(&self, live: &[MobileAppAssignment], after: f64) -> Error {
        let missing = self.plan.undone(live, true).missing;
        let lacking: HashSet<_> = missing.iter().map(|entry| entry.key()).collect();
        let written: HashSet<_> = self.plan.after().iter().map(MobileAppAssignment::key).collect();
        let is_strange = |entry: &&MobileAppAssignment| {
            let key = entry.key();
            !written.contains(&key) || lacking.contains(&key)
        };
        let extra: Vec<_> = live.iter().filter(is_strange).collect();
        let mut message =
            format!("the service took the write, and after {after} s the app does not hold what was written");
        message += &named("missing", &missing);
        message += &named("not written", &extra);
        let hint = "somebody else may have changed the app at the same time, the service may have ignored a part of it, or \
                    its lists lag: look at what the app holds, and plan again";
        let (expected, found) = (json(&missing), json(&extra));
        Error::new(Kind::Verification(Box::new(Compared { expected, found })), message).with_hint(hint)
    }
}

fn unverified(error: Error) -> Error {
    let message = format!("the service took the write, and it could not be verified: {}", error.message);
    Error { message, ..error }
        .with_hint("look at what the app holds; a journal (Client(journal=...)) tells what it held before, and can undo it")
}

/// The app holds something else than was planned for.
pub(super) fn stale(planned: &[MobileAppAssignment], live: &[MobileAppAssignment]) -> Error {
    let difference = compare(planned, live);
    let mut message = "the app does not hold what was planned for".to_owned();
    message += &named("gone or changed", &difference.missing);
    message += &named("new or changed", &difference.extra);
    let hint = "somebody else changed it meanwhile, and their change stands: look at .live, and plan again";
    let (expected, found) = (json(planned), json(live));
    Error::new(Kind::Stale(Box::new(Compared { expected, found })), message).with_hint(hint)
}

/// How many they are, and the first of them.
fn named(what: &str, entries: &[&MobileAppAssignment]) -> String {
    const SHOWN: usize = 3;
    if entries.is_empty() {
        return String::new();
    }
    let shown: Vec<_> = entries.iter().take(SHOWN).map(|entry| entry.summary()).collect();
    let more = if entries.len() > SHOWN { ", …" } else { "" };
    format!("; {} {what}: {}{more}", entries.len(), shown.join(", "))
}

fn json(assignments: &[impl serde::Serialize]) -> String {
    serde_json::to_string(assignments).unwrap_or_default()
}
