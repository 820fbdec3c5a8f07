//! Who may do what: 401 without a good token, 403 without a scope that allows it.

use http::{HeaderMap, Method, header};
use hyper::StatusCode;
use serde_json::Value;

use super::answer::Answer;
use super::profile::Profile;
use super::resource_path;
use super::token::{Claims, Invalid, Issuer};

/// Delegated access alone in 2017; the documentation of today names both, for applications too.
const WRITE_2017: &[&str] = &["DeviceManagementApps.ReadWrite.All"];
const WRITE_TODAY: &[&str] =
    &["DeviceManagementConfiguration.ReadWrite.All", "DeviceManagementApps.ReadWrite.All"];
const READ: &[&str] = &["DeviceManagementApps.Read.All", "DeviceManagementApps.ReadWrite.All"];

/// What the token of a request says.
pub(super) fn authenticate(issuer: &Issuer, headers: &HeaderMap) -> Result<Claims, Answer> {
    let given = headers.get(header::AUTHORIZATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
    // All four texts were seen in answers of Graph. That a bad signature gets the second one is inferred, and so is
    // that a token which is not valid yet gets the last one.
    let message = match given.unwrap_or_default().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() => {
            match issuer.verify(token) {
                Ok(claims) => return Ok(claims),
                Err(Invalid::Form) => "CompactToken parsing failed with error code: 80049217",
                Err(Invalid::Audience) => "Access token validation failure. Invalid audience.",
                Err(Invalid::Lifetime) => "Lifetime validation failed, the token is expired.",
            }
        }
        _ => "Access token is empty.",
    };
    Err(Answer::error(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message).with_challenge())
}

/// Whether the claims allow the method; `segments` are the path below the version, for the refusal.
pub(super) fn authorize(
    profile: Profile,
    claims: &Claims,
    method: &Method,
    segments: &[&str],
) -> Result<(), Answer> {
    let allowing = match (method, profile) {
        (&Method::GET, _) => READ,
        (_, Profile::Y2017) => WRITE_2017,
        (_, Profile::Current) => WRITE_TODAY,
    };
    if granted(profile, claims).iter().any(|scope| allowing.contains(scope)) {
        return Ok(());
    }
    // The sentence was seen for other resources of Intune's, and lists like these in it; which scopes it lists for
    // apps is inferred from the documented permissions.
    let message = format!(
        "Application is not authorized to perform this operation. Application must have one of the following scopes: {}",
        allowing.join(", ")
    );
    Err(Answer::nested_error(StatusCode::FORBIDDEN, "Forbidden", message, resource_path::url(segments)))
}

/// A user's token has its scopes in `scp`, an application's own token in `roles`.
fn granted(profile: Profile, claims: &Claims) -> Vec<&str> {
    match (claims.get("scp"), claims.get("roles")) {
        (Some(Value::String(scopes)), _) => scopes.split(' ').collect(),
        (None, Some(Value::Array(roles))) if profile == Profile::Current => {
            roles.iter().filter_map(Value::as_str).collect()
        }
        _ => Vec::new(),
    }
}
