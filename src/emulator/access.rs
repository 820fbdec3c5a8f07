//! Who may do what: 401 without a good token, 403 without a scope that allows it.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::Value;

use super::answer::Answer;
use super::profile::Profile;
use super::resource_path::Segment;
use super::token::{Claims, Invalid, Issuer, is_alive};

/// Delegated access alone in 2017; the documentation of today names both, for applications too.
const WRITE_2017: &[&str] = &["DeviceManagementApps.ReadWrite.All"];
const WRITE_TODAY: &[&str] =
    &["DeviceManagementConfiguration.ReadWrite.All", "DeviceManagementApps.ReadWrite.All"];
const READ: &[&str] = &["DeviceManagementApps.Read.All", "DeviceManagementApps.ReadWrite.All"];

/// The start of every challenge.
pub(super) const AUTHORIZATION_URI: &str =
    r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize""#;

/// Where a token is to be had.
pub(super) const CHALLENGE: &str = concat!(
    r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize","#,
    r#" client_id="00000003-0000-0000-c000-000000000000""#
);

/// Looks at tokens, and remembers the last good one: clients send the same one over and over.
pub(super) struct Gate {
    issuer: Arc<Issuer>,
    last: Option<(HeaderValue, Arc<Claims>)>,
}

impl Gate {
    pub(super) fn new(issuer: Arc<Issuer>) -> Self {
        Self { issuer, last: None }
    }

    /// What the token of a request says.
    pub(super) fn authenticate(&mut self, headers: &HeaderMap) -> Result<Arc<Claims>, Answer> {
        let Some(given) = headers.get(header::AUTHORIZATION) else {
            return Err(unauthorized("Access token is empty."));
        };
        if let Some((known, claims)) = &self.last
            && known == given
            && is_alive(claims)
        {
            return Ok(claims.clone());
        }
        let text = String::from_utf8_lossy(given.as_bytes());
        // All four texts were seen in answers of Graph. That a bad signature gets the second one is inferred, and so is
        // that a token which is not valid yet gets the last one.
        let message = match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() => {
                match self.issuer.verify(token) {
                    Ok(claims) => {
                        let claims = Arc::new(claims);
                        self.last = Some((given.clone(), claims.clone()));
                        return Ok(claims);
                    }
                    Err(Invalid::Form) => "CompactToken parsing failed with error code: 80049217",
                    Err(Invalid::Audience) => "Access token validation failure. Invalid audience.",
                    Err(Invalid::Lifetime) => "Lifetime validation failed, the token is expired.",
                }
            }
            _ => "Access token is empty.",
        };
        Err(unauthorized(message))
    }
}

fn unauthorized(message: &str) -> Answer {
    Answer::error(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message)
        .with(header::WWW_AUTHENTICATE, CHALLENGE)
}

/// Whether the claims allow the method; `segments` are the path below the version, for the refusal.
pub(super) fn authorize(
    profile: Profile,
    claims: &Claims,
    method: &Method,
    segments: &[Segment<'_>],
) -> Result<(), Answer> {
    let allowing = match (method, profile) {
        (&Method::GET, _) => READ,
        (_, Profile::Y2017) => WRITE_2017,
        (_, Profile::Current) => WRITE_TODAY,
    };
    if granted(profile, claims).any(|scope| allowing.contains(&scope)) {
        return Ok(());
    }
    // The sentence was seen for other resources of Intune's, and lists like these in it; which scopes it lists for
    // apps is inferred from the documented permissions.
    let message = format!(
        "Application is not authorized to perform this operation. Application must have one of the following scopes: {}",
        allowing.join(", ")
    );
    Err(Answer::nested_error(StatusCode::FORBIDDEN, "Forbidden", message, segments))
}

/// A user's token has its scopes in `scp`, an application's own token in `roles`.
fn granted(profile: Profile, claims: &Claims) -> impl Iterator<Item = &str> {
    let scopes = claims.get("scp").and_then(Value::as_str);
    let roles = match (scopes, claims.get("roles")) {
        (None, Some(Value::Array(roles))) if profile == Profile::Current => roles.as_slice(),
        _ => &[],
    };
    scopes.unwrap_or_default().split(' ').chain(roles.iter().filter_map(Value::as_str))
}
