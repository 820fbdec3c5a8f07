//! What a token says of itself: read or passed over, and short and printable wherever it is shown.

use appassign::advice;
use appassign::claims::Claims;
use appassign::error::{Error, Kind, Refusal};
use appassign::model::MobileAppPath;
use appassign::secret::Token;
use appassign::service::{Cloud, ServiceRoot};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::{Input, text};

const MAX_CLAIM_BYTES: usize = 200;
const MAX_PERMISSIONS: usize = 100;

/// The bytes are what the token says, before it is encoded.
pub(crate) fn check(bytes: &[u8]) -> Input {
    let Ok(token) = Token::new(&format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(bytes))) else {
        return Input::Refused;
    };
    let claims = Claims::of(&token);
    let document = serde_json::from_slice::<serde_json::Value>(bytes);
    assert_eq!(claims.is_some(), document.is_ok_and(|document| document.is_object()));
    hints_are_printable(&token);
    let Some(claims) = claims else { return Input::Refused };
    let Claims { audience, tenant, application, scopes, roles, .. } = &claims;
    for claim in [audience, tenant, application].into_iter().flatten().chain(scopes).chain(roles) {
        text::is_printable(claim);
        assert!(claim.len() <= MAX_CLAIM_BYTES + '…'.len_utf8(), "{claim}");
    }
    assert!(scopes.len() <= MAX_PERMISSIONS && roles.len() <= MAX_PERMISSIONS);
    assert!(scopes.iter().all(|scope| !scope.contains(char::is_whitespace)), "{scopes:?}");
    Input::Accepted
}

fn hints_are_printable(token: &Token) {
    let now: Timestamp = "2026-11-23T20:15:42Z".parse().unwrap();
    let root = ServiceRoot::of_cloud(Cloud::Global).unwrap();
    let path = MobileAppPath::new("A").unwrap();
    for (status, message) in [(401, ""), (403, ""), (404, ""), (400, "not applicable to target tenant")] {
        let message = message.to_owned();
        let (code, request_id, date, retry_after, claims) = Default::default();
        let refusal = Refusal { status, code, message, request_id, date, retry_after, claims };
        let error = Error::new(Kind::Status(Box::new(refusal)), "Graph refused");
        let hint = advice::advised(error, &root, Some(&path), true, token, now).hint.unwrap();
        text::is_printable(&hint);
        assert!(hint.len() <= (MAX_PERMISSIONS + 3) * (MAX_CLAIM_BYTES + 5) + 1_000, "{hint}");
    }
}
