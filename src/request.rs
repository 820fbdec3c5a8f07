//! What goes over the wire: a call becomes HTTP requests.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Serialize;
use url::Url;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::model::members::{self, Members};
use crate::model::{MobileAppAssignment, MobileAppGroupAssignment, MobileAppPath};
use crate::secret::Token;
use crate::service::ServiceRoot;

/// How many assignments one call carries.
pub const MAX_ASSIGNMENTS: usize = 1_000;

const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
/// By how much the JSON of assignments may differ in length before room has to be made for it.
const LENGTHS_DIFFER: usize = 32;
const USER_AGENT: &str = concat!("appassign/", env!("CARGO_PKG_VERSION"));

/// One HTTP request, ready to be sent. Its `Debug` does not show the token.
#[derive(Debug)]
pub struct Request {
    /// GET or POST.
    pub method: Method,
    /// Where it goes.
    pub url: Url,
    /// All headers but those that depend on the connection.
    pub headers: HeaderMap,
    /// JSON, in a POST.
    pub body: Option<Bytes>,
}

/// A request without its token, as it is repeated from attempt to attempt.
#[derive(Clone, Debug)]
pub struct Unsigned {
    /// Where it goes, below the version segment and without a query: fit for a log.
    pub path: String,
    url: Url,
    body: Option<Bytes>,
}

impl Unsigned {
    /// The action.
    #[must_use]
    pub fn assign(root: &ServiceRoot, path: &MobileAppPath, body: Bytes) -> Self {
        let path = path.to_string();
        Self { url: root.url(&path), path, body: Some(body) }
    }

    /// The first page of the assignments that an app has.
    #[must_use]
    pub fn assignments(root: &ServiceRoot, app_id: &str) -> Self {
        let path = format!("deviceAppManagement/mobileApps/{app_id}/assignments");
        Self { url: root.url(&path), path, body: None }
    }

    /// The first page of the apps of the tenant, or one of them.
    #[must_use]
    pub fn apps(root: &ServiceRoot, only_one: bool) -> Self {
        let path = "deviceAppManagement/mobileApps".to_owned();
        let mut url = root.url(&path);
        let select = "$select=id,displayName,isAssigned";
        url.set_query(Some(&if only_one { format!("{select}&$top=1") } else { select.to_owned() }));
        Self { url, path, body: None }
    }

    /// The page that the one before named.
    #[must_use]
    pub fn next_page(self, url: Url) -> Self {
        Self { url, ..self }
    }

    /// Whether an app has assignments, as the app itself says.
    #[must_use]
    pub fn is_assigned(root: &ServiceRoot, app_id: &str) -> Self {
        let path = format!("deviceAppManagement/mobileApps/{app_id}");
        let mut url = root.url(&path);
        url.set_query(Some("$select=id,isAssigned"));
        Self { url, path, body: None }
    }

    /// Whether it changes anything.
    #[must_use]
    pub fn is_write(&self) -> bool {
        self.body.is_some()
    }

    /// How it is sent.
    #[must_use]
    pub fn method(&self) -> Method {
        if self.is_write() { Method::POST } else { Method::GET }
    }

    /// The request of one attempt.
    ///
    /// # Errors
    /// None for parts that were accepted one by one.
    pub fn signed(&self, token: &Token, client_request_id: Uuid) -> Result<Request> {
        const JSON: HeaderValue = HeaderValue::from_static("application/json");
        const AGENT: HeaderValue = HeaderValue::from_static(USER_AGENT);
        const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
        let client_request_id =
            HeaderValue::from_str(client_request_id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
                .map_err(|_| Error::internal("an id of ours made no header value"))?;
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(header::AUTHORIZATION, token.authorization()?);
        headers.insert(header::ACCEPT, JSON);
        if self.body.is_some() {
            headers.insert(header::CONTENT_TYPE, JSON);
        }
        headers.insert(header::USER_AGENT, AGENT);
        headers.insert(CLIENT_REQUEST_ID, client_request_id);
        Ok(Request { method: self.method(), url: self.url.clone(), headers, body: self.body.clone() })
    }
}

/// The action's parameter: its kind decides the form.
#[derive(Clone, Debug, Serialize)]
pub enum Assignments {
    /// The seed's form.
    #[serde(rename = "mobileAppGroupAssignments")]
    Group(Vec<MobileAppGroupAssignment>),
    /// What the live service takes.
    #[serde(rename = "mobileAppAssignments")]
    App(Vec<MobileAppAssignment>),
}

impl Assignments {
    /// How many they are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Group(assignments) => assignments.len(),
            Self::App(assignments) => assignments.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn check(&self) -> Result<()> {
        let at = |index: usize| move |error: Error| error.inside(&format!("assignments[{index}]"));
        match self {
            Self::Group(assignments) => {
                assignments.iter().enumerate().try_for_each(|(index, entry)| entry.check().map_err(at(index)))
            }
            Self::App(assignments) => {
                assignments.iter().enumerate().try_for_each(|(index, entry)| entry.check().map_err(at(index)))
            }
        }
    }
}

/// The body of the action, as a caller asks for it.
///
/// # Errors
/// An input error for an empty or too large collection, or for an assignment that may not be sent.
pub fn body(assignments: &Assignments) -> Result<Bytes> {
    if assignments.is_empty() {
        return Err(Error::invalid_input(
            "assignments",
            "is empty, and would delete all of the app's assignments",
        )
        .with_hint(
            "assign replaces the whole set; pass at least one assignment. To clear an app: \
             client.apply(client.plan(app, replace=[]), allow_empty=True), which can be undone",
        ));
    }
    if assignments.len() > MAX_ASSIGNMENTS {
        return Err(too_many("assignments"));
    }
    assignments.check()?;
    written(assignments)
}

/// The body of the action, of assignments that were planned: what was read from the app goes back as it stands.
///
/// # Errors
/// An input error for more bytes than one call carries.
pub fn written(assignments: &Assignments) -> Result<Bytes> {
    let body = match assignments {
        Assignments::Group(entries) => action(br#"{"mobileAppGroupAssignments":["#, entries),
        Assignments::App(entries) => action(br#"{"mobileAppAssignments":["#, entries),
    };
    if body.len() > MAX_BODY_BYTES {
        let message = format!("take {} bytes as JSON; the limit is {MAX_BODY_BYTES}", body.len());
        return Err(Error::invalid_input("assignments", message));
    }
    Ok(body.into())
}

/// The action's parameter as JSON.
fn action(opening: &[u8], entries: &[impl Members]) -> Vec<u8> {
    let mut body = opening.to_vec();
    for (index, entry) in entries.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        members::write(entry, &mut body);
        if index == 0 {
            // Most are as long as the first one.
            body.reserve(MAX_BODY_BYTES.min((body.len() + LENGTHS_DIFFER).saturating_mul(entries.len())));
        }
    }
    body.extend_from_slice(b"]}");
    body
}

/// Whether one more assignment may be taken from a caller who has given so many.
///
/// # Errors
/// An input error when the limit is reached, so that an endless generator ends.
pub fn take_one_more(argument: &str, taken: usize) -> Result<()> {
    if taken < MAX_ASSIGNMENTS { Ok(()) } else { Err(too_many(argument)) }
}

fn too_many(argument: &str) -> Error {
    Error::invalid_input(argument, format!("has more than {MAX_ASSIGNMENTS} entries"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn assignment(group: &str) -> MobileAppGroupAssignment {
        MobileAppGroupAssignment::new(group.to_owned(), "required", None, None).unwrap()
    }

    fn group(assignments: Vec<MobileAppGroupAssignment>) -> Assignments {
        Assignments::Group(assignments)
    }

    #[test]
    fn the_post_is_as_documented() {
        let root = ServiceRoot::of_cloud(crate::service::Cloud::Global).unwrap();
        let path = MobileAppPath::new("A").unwrap();
        let token = Token::new("secret").unwrap();
        let body = body(&group(vec![assignment("G")])).unwrap();
        let request = Unsigned::assign(&root, &path, body).signed(&token, Uuid::nil()).unwrap();
        assert_eq!(
            request.url.as_str(),
            "https://graph.microsoft.com/beta/deviceAppManagement/mobileApps/A/assign"
        );
        let header = |name| request.headers.get(name).unwrap().to_str().unwrap();
        assert_eq!(header("authorization"), "Bearer secret");
        assert_eq!(header("accept"), "application/json");
        assert_eq!(header("content-type"), "application/json");
        assert_eq!(header("client-request-id"), "00000000-0000-0000-0000-000000000000");
        assert!(header("user-agent").starts_with("appassign/"));
        assert!(!format!("{request:?}").contains("secret"));
        assert_eq!(
            request.body.unwrap(),
            concat!(
                r##"{"mobileAppGroupAssignments":[{"@odata.type":"#microsoft.graph.mobileAppGroupAssignment","##,
                r#""targetGroupId":"G","installIntent":"required"}]}"#
            )
        );
    }

    #[test]
    fn an_empty_or_too_large_collection_is_refused() {
        assert!(body(&group(vec![])).unwrap_err().message.contains("delete all"));
        assert!(body(&group(vec![assignment("G"); 1_000])).is_ok());
        assert!(body(&group(vec![assignment("G"); 1_001])).unwrap_err().message.contains("1000"));
        let large = assignment(&"G".repeat(5 * 1024 * 1024));
        assert!(body(&group(vec![large])).unwrap_err().message.contains("bytes"));
    }

    #[test]
    fn what_a_server_said_is_checked_again_and_found_by_index() {
        let read = |text: &str| {
            MobileAppGroupAssignment::from_json(crate::json::Json::parse(text).unwrap()).unwrap()
        };
        let empty_group = read(r#"{"targetGroupId":"","installIntent":"required"}"#);
        let error = body(&group(vec![assignment("G"), empty_group])).unwrap_err();
        assert_eq!(
            error.kind,
            Kind::InvalidInput { location: Some("assignments[1].target_group_id".to_owned()) }
        );
        let unknown_intent = read(r#"{"targetGroupId":"G","installIntent":"later"}"#);
        let error = body(&group(vec![unknown_intent])).unwrap_err();
        assert!(error.to_string().starts_with("assignments[0].install_intent: "), "{error}");
    }
}
