//! What a token says of itself. It is read to advise people and never trusted: who may do what is Graph's to say.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD_INDIFFERENT;
use jiff::Timestamp;
use serde_json::Value;

use crate::error::{cut, printable};
use crate::json::document;
use crate::secret::Token;

/// A claim may be anything that somebody wrote there.
const MAX_CLAIM_BYTES: usize = 200;
const MAX_PERMISSIONS: usize = 100;

/// The claims of an Entra access token that tell why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `aud`: which service the token is for.
    pub audience: Option<String>,
    /// `nbf`: from when on it is valid.
    pub not_before: Option<Timestamp>,
    /// `exp`: until when it is valid.
    pub expires: Option<Timestamp>,
    /// `tid`: the tenant that it was issued in.
    pub tenant: Option<String>,
    /// `appid`, or `azp` in newer tokens: the app registration that it was issued to.
    pub application: Option<String>,
    /// `scp`: the delegated permissions of a token with a user.
    pub scopes: Vec<String>,
    /// `roles`: the application permissions of a token without one.
    pub roles: Vec<String>,
}

impl Claims {
    /// Reads a JWT; `None` for a token that is none, such as those of personal accounts.
    #[must_use]
    pub fn of(token: &Token) -> Option<Self> {
        let payload = URL_SAFE_NO_PAD_INDIFFERENT.decode(token.jwt_payload()?).ok()?;
        let claims = document::read(&payload).ok()?;
        claims.as_object()?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(shown);
        let instant = |name: &str| Timestamp::from_second(claims.get(name).and_then(Value::as_i64)?).ok();
        let roles = claims.get("roles").and_then(Value::as_array);
        Some(Self {
            audience: text("aud"),
            not_before: instant("nbf"),
            expires: instant("exp"),
            tenant: text("tid"),
            application: text("appid").or_else(|| text("azp")),
            scopes: claims
                .get("scp")
                .and_then(Value::as_str)
                .map(|scopes| scopes.split_whitespace().take(MAX_PERMISSIONS).map(shown).collect())
                .unwrap_or_default(),
            roles: roles
                .map(|roles| {
                    roles.iter().filter_map(Value::as_str).take(MAX_PERMISSIONS).map(shown).collect()
                })
                .unwrap_or_default(),
        })
    }
}

fn shown(claim: &str) -> String {
    cut(&printable(claim), MAX_CLAIM_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(payload: &str) -> Option<Claims> {
        let payload = URL_SAFE_NO_PAD_INDIFFERENT.encode(payload);
        Claims::of(&Token::new(&format!("e30.{payload}.signature")).unwrap())
    }

    #[test]
    fn a_delegated_token_is_read() {
        let claims = read(
            r#"{"aud":"https://graph.microsoft.com","nbf":1,"exp":1700000000,"tid":"T","appid":"A","scp":"One.Read Two.Write"}"#,
        )
        .unwrap();
        assert_eq!(claims.audience.as_deref(), Some("https://graph.microsoft.com"));
        assert_eq!(claims.expires.unwrap().to_string(), "2023-11-14T22:13:20Z");
        assert_eq!(claims.not_before.unwrap().as_second(), 1);
        assert_eq!((claims.tenant.as_deref(), claims.application.as_deref()), (Some("T"), Some("A")));
        assert_eq!(claims.scopes, ["One.Read", "Two.Write"]);
        assert!(claims.roles.is_empty());
    }

    #[test]
    fn an_application_token_is_read() {
        let claims = read(r#"{"azp":"A","roles":["One.Read",7]}"#).unwrap();
        assert_eq!(claims.application.as_deref(), Some("A"));
        assert_eq!(claims.roles, ["One.Read"]);
    }

    #[test]
    fn what_is_no_jwt_or_lies_about_its_claims_is_passed_over() {
        for payload in ["", "{", "[]", "7", "\"x\""] {
            assert_eq!(read(payload), None, "{payload}");
        }
        assert_eq!(Claims::of(&Token::new("opaque").unwrap()), None);
        assert_eq!(Claims::of(&Token::new("a.~~~.c").unwrap()), None);
        let claims =
            read(r#"{"aud":["x"],"exp":"soon","nbf":1e300,"tid":7,"scp":["x"],"roles":"x"}"#).unwrap();
        assert_eq!(claims, read("{}").unwrap());
    }

    #[test]
    fn a_claim_is_short_and_on_one_line() {
        let long = "x".repeat(10_000);
        let claims = read(&serde_json::json!({"tid": format!("a\nb{long}")}).to_string()).unwrap();
        let tenant = claims.tenant.unwrap();
        assert!(tenant.starts_with(r"a\nb") && tenant.len() < 210, "{tenant}");
    }
}
