//! Where tokens come from, and how long they are kept.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Turnstile, MutexGuard as Turn};
use tokio::time::{Instant, timeout};

use crate::error::{Error, Kind, Result, seconds};
use crate::secret::Token;

/// A token is renewed so long before its end, or halfway if it lives shorter than twice that: a service counts by
/// another clock, and a request takes its time.
const EARLY: Duration = Duration::from_secs(5 * 60);

/// While the old token is still good, a credential that failed is left alone so long.
const PAUSE: Duration = Duration::from_secs(30);

/// While the old token is still good, a call waits at most so long for the next one, and no more than half its time.
const LONGEST_RENEWAL: Duration = Duration::from_secs(30);

/// What a call asks for when it needs a token.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// The scope that the token must have, such as `https://graph.microsoft.com/.default`.
    pub scope: &'static str,
    /// The host that issues the cloud's tokens, such as `login.microsoftonline.com`.
    pub authority: &'static str,
    /// What the token must also claim, as JSON: the service asked for it when it refused the one before.
    pub claims: Option<String>,
    /// How long the call can wait for it.
    pub within: Duration,
}

/// A token, and what its issuer says of its life.
#[derive(Clone)]
pub struct Grant {
    /// The token.
    pub token: Token,
    /// How long it is still good for, if that is known.
    pub good_for: Option<Duration>,
    /// After how long its issuer wants to be asked for the next one, if it says so.
    pub refresh_in: Option<Duration>,
}

impl From<Token> for Grant {
    fn from(token: Token) -> Self {
        Self { token, good_for: None, refresh_in: None }
    }
}

/// Whoever gives tokens to a call.
pub trait TokenSource: Sync {
    /// A token, as new as it must be.
    ///
    /// # Errors
    /// A credential error when there is none to be had.
    fn token(&self, request: TokenRequest) -> impl Future<Output = Result<Grant>> + Send;

    /// The service refused this token.
    fn refused(&self, _: &Token) {}
}

/// A token that the caller had already.
impl TokenSource for Token {
    async fn token(&self, _: TokenRequest) -> Result<Grant> {
        Ok(self.clone().into())
    }
}

/// The token that the calls of one client share. One of them at a time asks for the next one, and the others take what
/// comes of it, be it a token or the news that there is none.
#[derive(Default)]
pub struct TokenCache {
    kept: Mutex<Option<Kept>>,
    asking: Turnstile<Option<Error>>,
    /// How many times somebody asked and was answered.
    answers: AtomicU64,
}

struct Kept {
    token: Token,
    /// Whether it answers a claims challenge.
    is_claimed: bool,
    /// `None`: until the service refuses it.
    ends: Option<Instant>,
    renew: Option<Instant>,
}

enum Found {
    Nothing,
    /// Still good, and it is time to ask for the next one.
    Early(Token),
    Good(Token),
}

/// A cache, filled by one of the calls that use it.
pub struct Cached<'a, S> {
    /// What is kept between calls.
    pub cache: &'a TokenCache,
    /// Who is asked when there is nothing to take.
    pub source: &'a S,
}

impl TokenCache {
    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token for this request. What was got without claims answers no challenge: a credential that was asked without
    /// them may have given the very token that was refused.
    fn find(&self, request: &TokenRequest, now: Instant) -> Found {
        let fits = |kept: &Kept| kept.is_claimed || request.claims.is_none();
        match &*self.kept() {
            Some(kept) if kept.ends.is_none_or(|ends| now < ends) && fits(kept) => {
                if kept.renew.is_some_and(|renew| renew <= now) {
                    Found::Early(kept.token.clone())
                } else {
                    Found::Good(kept.token.clone())
                }
            }
            _ => Found::Nothing,
        }
    }

    fn keep(&self, grant: &Grant, is_claimed: bool, now: Instant) {
        let early = grant.good_for.map(|good_for| good_for.saturating_sub(EARLY.min(good_for / 2)));
        let renew = match (early, grant.refresh_in) {
            (Some(early), Some(refresh_in)) => Some(early.min(refresh_in)),
            (early, refresh_in) => early.or(refresh_in),
        };
        // What lies further ahead than a clock can tell never comes.
        let at = |wait: Option<Duration>| wait.and_then(|wait| now.checked_add(wait));
        let (ends, renew) = (at(grant.good_for), at(renew));
        *self.kept() = Some(Kept { token: grant.token.clone(), is_claimed, ends, renew });
    }

    fn pause(&self, now: Instant) {
        if let Some(kept) = &mut *self.kept() {
            kept.renew = Some(now + PAUSE);
        }
    }
}

impl<S: TokenSource> Cached<'_, S> {
    async fn ask(&self, mut turn: Turn<'_, Option<Error>>, request: TokenRequest) -> Result<Token> {
        let is_claimed = request.claims.is_some();
        let answer = self.source.token(request).await;
        match &answer {
            Ok(grant) => {
                self.cache.keep(grant, is_claimed, Instant::now());
                *turn = None;
            }
            // A call that ran out of time, or went away, says nothing about the credential.
            Err(error) if error.kind != Kind::Credential => return answer.map(|grant| grant.token),
            Err(error) => *turn = Some(error.clone()),
        }
        self.cache.answers.fetch_add(1, Ordering::Release);
        answer.map(|grant| grant.token)
    }

    /// Renews a token that is still good; whatever comes of that, the call has one.
    async fn renew(&self, token: Token, mut request: TokenRequest) -> Token {
        // Somebody else is at it.
        let Ok(turn) = self.cache.asking.try_lock() else { return token };
        if let Found::Good(renewed) = self.cache.find(&request, Instant::now()) {
            return renewed;
        }
        // A credential that gives no answer must leave the call time to use the token that it has.
        request.within = LONGEST_RENEWAL.min(request.within / 2);
        if let Ok(renewed) = self.ask(turn, request).await {
            return renewed;
        }
        self.cache.pause(Instant::now());
        token
    }
}

impl<S: TokenSource> TokenSource for Cached<'_, S> {
    async fn token(&self, mut request: TokenRequest) -> Result<Grant> {
        let seen = self.cache.answers.load(Ordering::Acquire);
        match self.cache.find(&request, Instant::now()) {
            Found::Good(token) => return Ok(token.into()),
            Found::Early(token) => return Ok(self.renew(token, request).await.into()),
            Found::Nothing => {}
        }
        let start = Instant::now();
        let Ok(turn) = timeout(request.within, self.cache.asking.lock()).await else {
            let message = format!(
                "another call of this client was still asking the credential for a token after {} s",
                seconds(request.within)
            );
            return Err(Error::new(Kind::Timeout, message));
        };
        if self.cache.answers.load(Ordering::Acquire) != seen {
            match (self.cache.find(&request, Instant::now()), &*turn) {
                (Found::Good(token) | Found::Early(token), _) => return Ok(token.into()),
                (Found::Nothing, Some(error)) => return Err(error.clone()),
                (Found::Nothing, None) => {}
            }
        }
        request.within = request.within.saturating_sub(start.elapsed());
        self.ask(turn, request).await.map(Grant::from)
    }

    fn refused(&self, token: &Token) {
        let mut kept = self.cache.kept();
        if kept.as_ref().is_some_and(|kept| kept.token == *token) {
            *kept = None;
        }
    }
}
