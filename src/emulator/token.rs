//! Access tokens with the claims of Entra's: real JWTs, signed and checked here.

use std::io;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Graph as it is named in `aud`: by its URL, or by its application id (v2.0 tokens).
const AUDIENCES: [&str; 3] =
    ["https://graph.microsoft.com", "https://graph.microsoft.com/", "00000003-0000-0000-c000-000000000000"];

/// Entra's tokens live for about an hour, but the command may run for days.
const LIFETIME_SECONDS: i64 = 365 * 24 * 60 * 60;

/// What a token says.
pub(super) type Claims = Map<String, Value>;

/// Why a token is no good.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Invalid {
    /// It is no JWT, or not one of ours.
    Form,
    /// It is for another service.
    Audience,
    /// It has expired, or its time has not come.
    Lifetime,
}

/// Makes the tokens of one tenant, for one user who is signed in to one application.
pub(super) struct Issuer {
    key: hmac::Key,
    tenant: Uuid,
    user: Uuid,
    application: Uuid,
}

impl Issuer {
    /// An issuer with a key that nobody else has.
    pub(super) fn new() -> io::Result<Self> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
            .map_err(|_| io::Error::other("the system gives no random numbers"))?;
        Ok(Self { key, tenant: Uuid::new_v4(), user: Uuid::new_v4(), application: Uuid::new_v4() })
    }

    /// A token that Graph takes, but for the changes: each replaces a claim, and null removes one.
    pub(super) fn issue(&self, changes: &Claims) -> String {
        let mut claims = self.claims();
        claims.extend(changes.clone());
        claims.retain(|_, value| !value.is_null());
        let header = json!({"typ": "JWT", "alg": "HS256"});
        let signed = format!("{}.{}", encode(&header), encode(&Value::Object(claims)));
        let signature = BASE64URL.encode(hmac::sign(&self.key, signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// The claims of an access token that a user's sign-in gives.
    fn claims(&self) -> Claims {
        let now = Timestamp::now().as_second();
        [
            ("aud", json!("https://graph.microsoft.com")),
            ("iss", json!(format!("https://sts.windows.net/{}/", self.tenant))),
            ("iat", json!(now)),
            ("nbf", json!(now)),
            ("exp", json!(now + LIFETIME_SECONDS)),
            ("app_displayname", json!("appassign emulator")),
            ("appid", json!(self.application.to_string())),
            ("idtyp", json!("user")),
            ("oid", json!(self.user.to_string())),
            ("scp", json!("DeviceManagementApps.ReadWrite.All")),
            ("tid", json!(self.tenant.to_string())),
            ("ver", json!("1.0")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
    }

    /// What a token says, if it is one of ours, for Graph, and of now.
    pub(super) fn verify(&self, token: &str) -> Result<Claims, Invalid> {
        // The key signs nothing else, so a good signature vouches for the header too.
        let claims = self.signed_claims(token).ok_or(Invalid::Form)?;
        if !claims.get("aud").and_then(Value::as_str).is_some_and(|audience| AUDIENCES.contains(&audience)) {
            return Err(Invalid::Audience);
        }
        if is_alive(&claims) { Ok(claims) } else { Err(Invalid::Lifetime) }
    }

    fn signed_claims(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        hmac::verify(&self.key, signed.as_bytes(), &BASE64URL.decode(signature).ok()?).ok()?;
        let (_, claims) = signed.split_once('.')?;
        serde_json::from_slice(&BASE64URL.decode(claims).ok()?).ok()
    }
}

/// Whether it is the time of a token. No leeway: a test that lets one expire should not have to wait for minutes.
pub(super) fn is_alive(claims: &Claims) -> bool {
    let now = Timestamp::now().as_duration().as_secs_f64();
    let at = |name: &str| claims.get(name).and_then(Value::as_f64);
    at("exp").is_some_and(|end| end > now) && at("nbf").is_none_or(|start| start <= now)
}

fn encode(part: &Value) -> String {
    BASE64URL.encode(part.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(changes: &Value) -> Result<Claims, Invalid> {
        let issuer = Issuer::new().unwrap();
        issuer.verify(&issuer.issue(changes.as_object().unwrap()))
    }

    #[test]
    fn a_token_says_what_it_was_made_with() {
        let claims = changed(&json!({"scp": null, "roles": ["A"], "ver": "2.0"})).unwrap();
        assert_eq!(claims.get("scp"), None);
        assert_eq!(claims["roles"], json!(["A"]));
        assert_eq!(claims["ver"], "2.0");
        assert_eq!(claims["iss"], format!("https://sts.windows.net/{}/", claims["tid"].as_str().unwrap()));
    }

    #[test]
    fn graph_has_three_names_and_no_fourth() {
        for audience in AUDIENCES {
            assert!(changed(&json!({"aud": audience})).is_ok(), "{audience}");
        }
        for audience in
            [json!("https://graph.microsoft.us"), json!(["https://graph.microsoft.com"]), json!(null)]
        {
            assert_eq!(changed(&json!({"aud": audience})), Err(Invalid::Audience));
        }
    }

    #[test]
    fn a_token_lives_from_nbf_until_exp() {
        let now = Timestamp::now().as_second();
        for dead in
            [json!({"exp": now - 1}), json!({"exp": null}), json!({"exp": "x"}), json!({"nbf": now + 60})]
        {
            assert_eq!(changed(&dead), Err(Invalid::Lifetime), "{dead}");
        }
        for alive in [json!({"exp": now + 60}), json!({"nbf": now - 60}), json!({"nbf": null})] {
            assert!(changed(&alive).is_ok(), "{alive}");
        }
    }

    #[test]
    fn what_this_key_did_not_sign_is_no_token() {
        let (ours, theirs) = (Issuer::new().unwrap(), Issuer::new().unwrap());
        let good = ours.issue(&Claims::new());
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let unsigned = encode(&json!({"typ": "JWT", "alg": "none"}));
        let claims = signed.split_once('.').unwrap().1;
        for bad in [
            String::new(),
            "garbage".to_owned(),
            "a.b".to_owned(),
            "..".to_owned(),
            theirs.issue(&Claims::new()),
            format!("{signed}."),
            format!("{signed}A.{signature}"),
            format!("{good}="),
            format!("{unsigned}.{claims}."),
            format!("{unsigned}.{claims}.{signature}"),
        ] {
            assert_eq!(ours.verify(&bad), Err(Invalid::Form), "{bad}");
        }
        assert!(ours.verify(&good).is_ok());
    }
}
