//! One request comes, one answer goes: trouble, then Graph, then Intune behind it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use serde_json::Value;

use super::access::{self, Gate};
use super::answer::Answer;
use super::asked::{Asked, Reading};
use super::batch;
use super::operation;
use super::profile::Profile;
use super::quota::Quota;
use super::record::Record;
use super::resource_path::{self, ResourcePath};
use super::route;
use super::tenant::Tenant;
use super::token::{Claims, Issuer};
use super::trouble::{Cut, Refusal, Troubles, What};

/// The emulator's own choice: small enough that clients meet a second page.
const PAGE_SIZE: usize = 100;

/// Which Graph, and how it behaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Behaviour {
    pub(super) profile: Profile,
    pub(super) quota_window: Option<Duration>,
    pub(super) fault_rate: f64,
    pub(super) fault_seed: u64,
}

/// Everything that requests change.
pub(super) struct Graph {
    pub(super) profile: Profile,
    pub(super) tenant: Tenant,
    pub(super) record: Record,
    pub(super) troubles: Troubles,
    pub(super) page_size: usize,
    gate: Gate,
    quota: Option<Quota>,
}

/// An answer, and what becomes of it on its way.
pub(super) struct Exchange {
    pub(super) response: Response<Bytes>,
    pub(super) delay: Duration,
    pub(super) cut: Option<Cut>,
}

impl Graph {
    pub(super) fn new(behaviour: &Behaviour, issuer: Arc<Issuer>) -> Self {
        Self {
            profile: behaviour.profile,
            tenant: Tenant::default(),
            record: Record::default(),
            troubles: Troubles::new(behaviour.fault_rate, behaviour.fault_seed),
            page_size: PAGE_SIZE,
            gate: Gate::new(issuer),
            quota: behaviour.quota_window.map(Quota::new),
        }
    }

    /// Refuses a request whose body cannot be read.
    pub(super) fn refuse(&mut self, request: &Request<Bytes>, refusal: &Answer) -> Response<Bytes> {
        let number = self.record.add(request);
        let response = refusal.to_response(request.headers());
        self.record.answered(number, response.status(), response.body().clone());
        response
    }

    /// Answers a request that came over the wire.
    pub(super) fn respond(&mut self, request: &Request<Bytes>) -> Exchange {
        let number = self.record.add(request);
        let path = resource_path::read(request.uri().path());
        let (answer, delay, cut) = if batch::is_one(request.method(), &path) {
            match self.batch(request, number, path.version) {
                Ok((answer, delay)) => (answer, delay, None),
                Err(refusal) => (refusal, Duration::ZERO, None),
            }
        } else {
            self.meet(request, number, &path)
        };
        let exchange = Exchange { response: answer.to_response(request.headers()), delay, cut };
        if exchange.cut.is_none() {
            let (status, body) = (exchange.response.status(), exchange.response.body().clone());
            self.record.answered(number, status, body);
        }
        exchange
    }

    /// No connection belongs to one request of a batch, so what would cut it is a gateway's timeout there; and what is
    /// late makes all of it late.
    fn batch(
        &mut self,
        request: &Request<Bytes>,
        number: usize,
        version: &str,
    ) -> Result<(Answer, Duration), Answer> {
        self.gate.authenticate(request.headers())?;
        let mut late = Duration::ZERO;
        let answer = batch::answer(request, version, |part| {
            let path = resource_path::read(part.uri().path());
            let (answer, delay, cut) = self.meet(part, number, &path);
            late += delay;
            match cut {
                Some(_) => Refusal::of(StatusCode::GATEWAY_TIMEOUT).answer(&path.segments),
                None => answer,
            }
        })?;
        Ok((answer, late))
    }

    fn meet(
        &mut self,
        request: &Request<Bytes>,
        number: usize,
        path: &ResourcePath<'_>,
    ) -> (Answer, Duration, Option<Cut>) {
        let trouble = self.troubles.meet(request.method());
        let mut answer =
            |reading| self.answer(request, number, path, reading).unwrap_or_else(|refusal| refusal);
        let Some(trouble) = trouble else {
            return (answer(Reading::Fresh), Duration::ZERO, None);
        };
        let reading = match trouble.what {
            What::StaleRead => Reading::Stale,
            What::EmptyRead => Reading::Empty,
            _ => Reading::Fresh,
        };
        let delay = Duration::try_from_secs_f64(trouble.delay).unwrap_or_default();
        match trouble.what {
            What::Delay | What::StaleRead | What::EmptyRead => (answer(reading), delay, None),
            What::Answer(refusal) => {
                if trouble.after_apply {
                    answer(reading);
                }
                (refusal.answer(&path.segments), delay, None)
            }
            What::Cut(cut @ (Cut::Half | Cut::Drip(_))) => (answer(reading), delay, Some(cut)),
            What::Cut(cut) => {
                if trouble.after_apply {
                    answer(reading);
                }
                (Answer::no_content(), delay, Some(cut))
            }
        }
    }

    /// Graph looks at the token, the quota and the path, Intune behind it at the scopes and the rest; the order is
    /// inferred.
    fn answer(
        &mut self,
        request: &Request<Bytes>,
        number: usize,
        path: &ResourcePath<'_>,
        reading: Reading,
    ) -> Result<Answer, Answer> {
        let claims = self.gate.authenticate(request.headers())?;
        self.meter(request.method(), &claims)?;
        let route = route::route(self.profile, request.method(), path)?;
        access::authorize(self.profile, &claims, request.method(), &path.segments)?;
        let asked = Asked {
            profile: self.profile,
            version: route.version,
            request,
            number,
            segments: &path.segments,
            cast: route.cast,
            reading,
            page_size: self.page_size,
        };
        operation::perform(&mut self.tenant, &asked, &route.operation)
    }

    fn meter(&mut self, method: &Method, claims: &Claims) -> Result<(), Answer> {
        let Some(quota) = &mut self.quota else { return Ok(()) };
        let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        quota
            .admit(Instant::now(), claim("tid"), claim("appid"), method != Method::GET)
            .map_err(|wait| Answer::too_many_requests().with(header::RETRY_AFTER, quota.retry_after(wait)))
    }
}
