//! Where tokens come from.

use std::time::Duration;

use crate::error::Result;
use crate::secret::Token;

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

/// Whoever gives tokens to a call.
pub trait TokenSource: Sync {
    /// A token, as new as it must be.
    ///
    /// # Errors
    /// A credential error when there is none to be had.
    fn token(&self, request: TokenRequest) -> impl Future<Output = Result<Token>> + Send;
}

/// A token that the caller had already.
impl TokenSource for Token {
    async fn token(&self, _: TokenRequest) -> Result<Token> {
        Ok(self.clone())
    }
}
