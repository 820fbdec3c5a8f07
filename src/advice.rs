//! What to do about a refusal: from what the service said, and from what the token says of itself.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::claims::Claims;
use crate::error::{Error, Kind, Refusal};
use crate::model::{MobileAppPath, Via};
use crate::secret::Token;
use crate::service::ServiceRoot;

/// Microsoft Graph's own id, which tokens may name instead of its URL.
const GRAPH_ID: &str = "00000003-0000-0000-c000-000000000000";

/// The permission that the documentation of 2017 asks for, delegated only. Today it is an application permission too.
const PERMISSION: &str = "DeviceManagementApps.ReadWrite.All";

/// What the documentation of today accepts as well.
const OTHER_PERMISSION: &str = "DeviceManagementConfiguration.ReadWrite.All";

/// Clocks differ, and answers are dated to the second.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// The same error, with a hint where it is a refusal that somebody can do something about.
#[must_use]
pub fn advised(
    error: Error,
    root: &ServiceRoot,
    path: Option<&MobileAppPath>,
    is_write: bool,
    token: &Token,
    now: Timestamp,
) -> Error {
    let Kind::Status(refusal) = &error.kind else { return error };
    let now = refusal.date.unwrap_or(now);
    let asked = Asked { refusal, root, path, is_write, claims: Claims::of(token), now };
    match asked.hint() {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// What is told where the client has tried again so often of late that it tries no more.
const EXHAUSTED: &str = "so many calls of this client failed of late that it tries none again for now; calls that succeed change \
                         that";

/// The same error, where the client tries no more.
#[must_use]
pub fn exhausted(error: Error) -> Error {
    let hint = match &error.hint {
        Some(first) => format!("{first}; {EXHAUSTED}"),
        None => EXHAUSTED.to_owned(),
    };
    error.with_hint(hint)
}

/// The same error, where a read found that nothing came of the write.
#[must_use]
pub fn undone(error: Error) -> Error {
    let undone = "a read found the app as it was before: call again";
    let is_exhausted = error.hint.as_ref().is_some_and(|hint| hint.ends_with(EXHAUSTED));
    error.with_hint(if is_exhausted { format!("{undone}; {EXHAUSTED}") } else { undone.to_owned() })
}

/// A refusal, and what it refused.
struct Asked<'a> {
    refusal: &'a Refusal,
    root: &'a ServiceRoot,
    path: Option<&'a MobileAppPath>,
    is_write: bool,
    claims: Option<Claims>,
    now: Timestamp,
}

impl Asked<'_> {
    fn hint(&self) -> Option<String> {
        match self.refusal.status {
            400 => self.bad_request(),
            401 => Some(self.unauthenticated()),
            403 => Some(self.forbidden()),
            404 => Some(self.not_found()),
            409 | 412 | 423 => Some(
                "somebody else may be changing the app: look at what it holds now, then call again".into(),
            ),
            413 => Some("send fewer assignments in one call".into()),
            429 => Some(self.throttled()),
            408 | 500.. => Some(self.failed()),
            _ => None,
        }
    }

    fn says(&self, words: &str) -> bool {
        self.refusal.message.contains(words)
    }

    fn bad_request(&self) -> Option<String> {
        if self.says("mobileAppGroupAssignment'")
            && self.refusal.code.as_deref() == Some("ModelValidationFailure")
        {
            // microsoftgraph/microsoft-graph-docs#2183.
            return Some(
                "since January 2018 the service takes MobileAppAssignment instead of MobileAppGroupAssignment; \
                 to_mobile_app_assignment() makes the new form of the old one. The emulator's profile \"2017\" takes \
                 this form"
                    .into(),
            );
        }
        if self.says("Resource not found for the segment") {
            // powershell-intune-samples#25, microsoft-graph-docs#21782.
            return Some(
                "the service no longer has this path to an app; use the direct one: pass the app's id alone"
                    .into(),
            );
        }
        if self.says("No OData route exists") {
            return Some(
                "the path leads to no app: check the app's id, and that base_url ends in /beta".into(),
            );
        }
        if self.says("PublishingState") {
            // andrew-s-taylor/public#20.
            return Some(
                "the service is still processing the app, which takes from seconds to more than an hour: wait until \
                 its publishingState is \"published\", then call again"
                    .into(),
            );
        }
        if self.says("x-msft-approval-justification") || self.says("pproval") {
            return Some(multi_admin_approval());
        }
        if self.says("not applicable to target tenant") {
            return Some(self.no_licence());
        }
        if self.says("Unable to read JSON request payload") {
            return Some(
                "something on the way to the service changed the request: a proxy or gateway that rewrites bodies or \
                 headers"
                    .into(),
            );
        }
        if self.says("An error has occurred") {
            return Some(
                "Intune gives no reason; known ones are a group's name where its id (a GUID) belongs, and settings \
                 that do not fit the type of the app or the intent"
                    .into(),
            );
        }
        None
    }

    fn unauthenticated(&self) -> String {
        let scope = self.root.cloud().scope();
        if self.refusal.claims.is_some() {
            return "conditional access wants a new sign-in (a claims challenge): pass a credential object, which can \
                    answer it, or sign in again for a new token"
                .into();
        }
        if self.says("Access token is empty") {
            return "the token was sent and did not arrive: something on the way drops the Authorization header".into();
        }
        let Some(claims) = &self.claims else {
            return format!(
                "the token is no JWT, so nothing of it can be read here; the service wants an access token of a work \
                 or school account for the scope {scope}"
            );
        };
        if let Some(audience) = claims.audience.as_deref().filter(|audience| !self.is_for_graph(audience)) {
            return format!(
                "the token is for {audience:?}, not for {scope:?}: ask for a token with that scope"
            );
        }
        if let Some(expires) = claims.expires.filter(|expires| *expires <= self.now) {
            let ago = self.now.duration_since(expires);
            return format!(
                "the token expired at {expires}, {} before the service answered: get a new one, or pass a credential \
                 object, which renews it",
                spoken(ago)
            );
        }
        if let Some(start) = claims.not_before.filter(|start| start.duration_since(self.now) > LEEWAY) {
            return format!(
                "the token is valid from {start} on: is the clock of its issuer or of this machine wrong?"
            );
        }
        format!(
            "the token says that it is for {}, from tenant {}, valid until {}: it may have been revoked, damaged, or \
             issued by another cloud",
            or_nothing(claims.audience.as_deref()),
            or_nothing(claims.tenant.as_deref()),
            or_nothing(claims.expires.map(|expires| expires.to_string()).as_deref()),
        )
    }

    fn is_for_graph(&self, audience: &str) -> bool {
        let audience = audience.trim_end_matches('/');
        audience == GRAPH_ID || audience.eq_ignore_ascii_case(self.root.cloud().audience())
    }

    fn forbidden(&self) -> String {
        if self.says("pproval") {
            return multi_admin_approval();
        }
        if self.refusal.claims.is_some() {
            return "conditional access wants more than this token shows: sign in again as it asks".into();
        }
        let Some(claims) = &self.claims else {
            return format!("the token needs the permission {PERMISSION}, with an administrator's consent");
        };
        let (kind, held) = match (claims.scopes.as_slice(), claims.roles.as_slice()) {
            ([], []) => {
                return format!(
                    "the token carries no permission at all: grant {PERMISSION} to {}, have an administrator consent, \
                     and get a new token",
                    application(claims)
                );
            }
            ([], roles) => ("application permissions (roles)", roles),
            (scopes, _) => ("delegated permissions (scp)", scopes),
        };
        let list = held.join(", ");
        if !held
            .iter()
            .any(|held| [PERMISSION, OTHER_PERMISSION].iter().any(|it| held.eq_ignore_ascii_case(it)))
        {
            return format!(
                "the token's {kind} are {list}; {PERMISSION} is missing: grant it to {}, have an administrator \
                 consent, and get a new token",
                application(claims)
            );
        }
        if claims.scopes.is_empty() {
            return format!(
                "the token has the application permissions (roles) {list}, which today's service takes for this \
                 call; the service as documented in 2017 takes {PERMISSION} with a signed-in user only"
            );
        }
        format!(
            "the token has the delegated permissions (scp) {list}, which are enough; what is missing is on the user's \
             side: an Intune role that may assign apps (such as Application Manager), or an Intune licence"
        )
    }

    fn no_licence(&self) -> String {
        // microsoftgraph/msgraph-beta-sdk-go#198.
        let tenant = self.claims.as_ref().and_then(|claims| claims.tenant.as_deref());
        format!(
            "the tenant {} has no active Intune licence, which this call needs; or it is not the tenant that was meant",
            or_nothing(tenant)
        )
    }

    fn not_found(&self) -> String {
        if self.says("Invalid version") {
            return "base_url must end in the version segment: https://graph.microsoft.com/beta".into();
        }
        let Some(path) = self.path else {
            return "the service lists no apps there: check base_url".into();
        };
        let through = match path.via() {
            None => "",
            Some((Via::UserStatus, _)) => ", or no such user status of it,",
            Some((Via::DeviceStatus, _)) => ", or no such device status of it,",
            Some((Via::GroupAssignment, _)) => ", or no such group assignment of it,",
        };
        let tenant = match self.claims.as_ref().and_then(|claims| claims.tenant.as_deref()) {
            Some(tenant) => format!(", {tenant}"),
            None => String::new(),
        };
        format!(
            "there is no such app{through} in the tenant of the token{tenant}; Client.apps() lists what there is"
        )
    }

    fn throttled(&self) -> String {
        // "Intune applications" in Microsoft Graph's service-specific throttling limits.
        const QUOTA: &str =
            "Intune takes 100 writes in 20 s from an app registration in a tenant, and 200 from all";
        match self.refusal.retry_after {
            Some(wait) => format!("call again {}; {QUOTA}", later(wait)),
            None => format!("the service names no waiting time: give it a minute, then call again; {QUOTA}"),
        }
    }

    fn failed(&self) -> String {
        let wait = match self.refusal.retry_after {
            Some(wait) => format!("{} ", later(wait)),
            None => String::new(),
        };
        if !self.is_write {
            return format!(
                "nothing was to be written: call again {}",
                if wait.is_empty() { "later" } else { wait.trim_end() }
            );
        }
        format!(
            "the service may have applied the call or not; to call again {wait}asks for the same state, and is right \
             unless somebody else has changed the app meanwhile"
        )
    }
}

fn multi_admin_approval() -> String {
    // Microsoft365DSC/Microsoft365DSC#7236.
    "the tenant wants a second administrator to approve changes to apps (Multi Admin Approval), and appassign cannot \
     ask for that: make this change in the Intune admin center, or have the access policy exclude it"
        .into()
}

fn application(claims: &Claims) -> String {
    match (&claims.application, &claims.tenant) {
        (Some(application), Some(tenant)) => format!("the app registration {application} in tenant {tenant}"),
        (Some(application), None) => format!("the app registration {application}"),
        (None, _) => "the app registration".into(),
    }
}

fn or_nothing(value: Option<&str>) -> &str {
    value.unwrap_or("(not named)")
}

fn later(wait: Duration) -> String {
    const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
    if wait > A_DAY { "in more than a day".into() } else { format!("in {} s", wait.as_secs_f64()) }
}

fn spoken(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::*;
    use crate::service::Cloud;

    const NOW: &str = "2026-11-23T20:15:42Z";
    const AT_NOW: i64 = 1_795_464_942;

    fn hint_for(status: u16, code: &str, message: &str, claims: Option<Value>) -> Option<String> {
        let refusal = Refusal {
            status,
            code: Some(code.into()),
            message: message.into(),
            request_id: None,
            date: None,
            retry_after: None,
            claims: None,
        };
        hint(refusal, claims)
    }

    fn hint(refusal: Refusal, claims: Option<Value>) -> Option<String> {
        let token = match claims {
            Some(claims) => format!("e30.{}.s", URL_SAFE_NO_PAD.encode(claims.to_string())),
            None => "opaque".into(),
        };
        let error = Error::new(Kind::Status(Box::new(refusal)), "Graph answered");
        let path = MobileAppPath::new("A").unwrap();
        let root = ServiceRoot::of_cloud(Cloud::Global).unwrap();
        advised(error, &root, Some(&path), true, &Token::new(&token).unwrap(), NOW.parse().unwrap()).hint
    }

    fn unauthenticated(claims: Value) -> String {
        hint_for(401, "InvalidAuthenticationToken", "Access token validation failure.", Some(claims)).unwrap()
    }

    fn forbidden(claims: Value) -> String {
        hint_for(403, "Forbidden", "Application is not authorized.", Some(claims)).unwrap()
    }

    #[test]
    fn the_test_knows_what_time_it_is() {
        assert_eq!(NOW.parse::<Timestamp>().unwrap().as_second(), AT_NOW);
    }

    #[test]
    fn a_401_tells_what_the_token_says() {
        let good =
            json!({"aud": "https://graph.microsoft.com/", "exp": AT_NOW + 60, "nbf": AT_NOW, "tid": "T"});
        for (changes, said) in [
            (
                json!({"aud": "https://management.azure.com"}),
                r#"for "https://management.azure.com", not for "https://graph.microsoft.com/.default""#,
            ),
            (json!({"aud": "https://graph.microsoft.us"}), "not for"),
            (json!({"exp": AT_NOW}), "expired at 2026-11-23T20:15:42Z, 0 s before"),
            (json!({"exp": AT_NOW - 600}), "10 min before"),
            (json!({"exp": AT_NOW - 10_000}), "2 h before"),
            (json!({"exp": AT_NOW - 900_000}), "10 days before"),
            (json!({"nbf": AT_NOW + 3_600}), "valid from 2026-11-23T21:15:42Z on"),
            (
                json!({"nbf": AT_NOW + 30}),
                "for https://graph.microsoft.com/, from tenant T, valid until 2026-11-23T20:16:42Z",
            ),
            (json!({"aud": GRAPH_ID}), "it may have been revoked"),
        ] {
            let mut claims = good.clone();
            claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            let hint = unauthenticated(claims);
            assert!(hint.contains(said), "{changes}: {hint}");
        }
        assert!(unauthenticated(json!({})).contains("for (not named), from tenant (not named)"));
        assert!(hint_for(401, "", "", None).unwrap().contains("no JWT"));
        assert!(
            hint_for(401, "", "Access token is empty.", None)
                .unwrap()
                .contains("drops the Authorization header")
        );
    }

    #[test]
    fn a_403_tells_which_permission_is_missing() {
        let hint = forbidden(json!({"appid": "A", "tid": "T", "scp": "User.Read Group.Read.All"}));
        assert!(hint.starts_with(
            "the token's delegated permissions (scp) are User.Read, Group.Read.All; DeviceManagementApps.ReadWrite.All is missing: \
             grant it to the app registration A in tenant T"
        ), "{hint}");
        let hint = forbidden(json!({"appid": "A", "roles": ["Group.Read.All"]}));
        assert!(
            hint.starts_with("the token's application permissions (roles) are Group.Read.All; "),
            "{hint}"
        );
        assert!(forbidden(json!({})).starts_with("the token carries no permission at all: grant Device"));
        assert!(hint_for(403, "", "", None).unwrap().contains(PERMISSION));
    }

    #[test]
    fn a_403_in_spite_of_the_permission_points_elsewhere() {
        for permission in [PERMISSION, OTHER_PERMISSION] {
            let hint = forbidden(json!({"scp": format!("openid {permission}")}));
            assert!(hint.contains("Intune role") && hint.contains("Intune licence"), "{hint}");
        }
        assert!(forbidden(json!({"roles": [PERMISSION]})).contains("with a signed-in user only"));
    }

    #[test]
    fn multi_admin_approval_is_recognised() {
        let message = "Header 'x-msft-approval-justification' is required to request approval";
        for status in [400, 403] {
            let hint = hint_for(status, "BadRequest", message, None).unwrap();
            assert!(hint.contains("Multi Admin Approval"), "{hint}");
        }
    }

    #[test]
    fn a_tenant_without_a_licence_is_named() {
        let message = "Request not applicable to target tenant.";
        let hint = hint_for(400, "BadRequest", message, Some(json!({"tid": "T"}))).unwrap();
        assert!(hint.starts_with("the tenant T has no active Intune licence"), "{hint}");
    }

    #[test]
    fn a_claims_challenge_comes_first() {
        for status in [401, 403] {
            let refusal = Refusal {
                status,
                code: None,
                message: String::new(),
                request_id: None,
                date: None,
                retry_after: None,
                claims: Some("{}".into()),
            };
            assert!(hint(refusal, Some(json!({"exp": 0}))).unwrap().contains("conditional access"));
        }
    }

    #[test]
    fn what_nobody_can_help_has_no_hint() {
        for status in [402, 405, 410, 415, 422, 451] {
            assert_eq!(hint_for(status, "", "", None), None, "{status}");
        }
        assert_eq!(hint_for(400, "BadRequest", "Some rule.", None), None);
        let error = Error::new(Kind::Connect, "no connection");
        let (root, path) = (ServiceRoot::of_cloud(Cloud::Global).unwrap(), MobileAppPath::new("A").unwrap());
        let advised =
            advised(error, &root, Some(&path), true, &Token::new("T").unwrap(), Timestamp::UNIX_EPOCH);
        assert_eq!(advised.hint, None);
    }

    #[test]
    fn a_wait_is_told_as_people_read_it() {
        assert_eq!(later(Duration::from_millis(2_128)), "in 2.128 s");
        assert_eq!(later(Duration::MAX), "in more than a day");
    }

    #[test]
    fn a_wrong_version_points_at_the_base_url() {
        let hint = hint_for(404, "ResourceNotFound", "Invalid version: devicemanagement", None).unwrap();
        assert!(hint.starts_with("base_url must end in"), "{hint}");
    }
}
