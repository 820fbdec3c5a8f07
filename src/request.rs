//! What goes over the wire: path and assignments become one HTTP request.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Serialize;
use url::Url;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::model::{MobileAppGroupAssignment, MobileAppPath};
use crate::secret::Token;
use crate::service::ServiceRoot;

const MAX_ASSIGNMENTS: usize = 1_000;
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
const USER_AGENT: &str = concat!("appassign/", env!("CARGO_PKG_VERSION"));

/// One HTTP POST, ready to be sent. Its `Debug` does not show the token.
#[derive(Debug)]
pub struct Post {
    /// Where it goes.
    pub url: Url,
    /// All headers but those that depend on the connection.
    pub headers: HeaderMap,
    /// JSON.
    pub body: Bytes,
}

/// The action's parameters, in the seed's form.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    mobile_app_group_assignments: &'a [MobileAppGroupAssignment],
}

/// The body of the action.
///
/// # Errors
/// An input error for an empty or too large collection, or for an assignment that may not be sent.
pub fn body(assignments: &[MobileAppGroupAssignment]) -> Result<Bytes> {
    if assignments.is_empty() {
        return Err(Error::invalid_input(
            "assignments",
            "is empty, and would delete all of the app's assignments",
        )
        .with_hint("assign replaces the whole set; pass at least one assignment"));
    }
    if assignments.len() > MAX_ASSIGNMENTS {
        return Err(too_many_assignments());
    }
    for (index, assignment) in assignments.iter().enumerate() {
        assignment.check().map_err(|error| error.inside(&format!("assignments[{index}]")))?;
    }
    let body = serde_json::to_vec(&Parameters { mobile_app_group_assignments: assignments })
        .map_err(|error| Error::internal(format!("the request body could not be written: {error}")))?;
    if body.len() > MAX_BODY_BYTES {
        let message = format!("take {} bytes as JSON; the limit is {MAX_BODY_BYTES}", body.len());
        return Err(Error::invalid_input("assignments", message));
    }
    Ok(body.into())
}

/// Whether one more assignment may be taken from a caller who has given so many.
///
/// # Errors
/// An input error when the limit is reached, so that an endless generator ends.
pub fn take_one_more(taken: usize) -> Result<()> {
    if taken < MAX_ASSIGNMENTS { Ok(()) } else { Err(too_many_assignments()) }
}

fn too_many_assignments() -> Error {
    Error::invalid_input("assignments", format!("has more than {MAX_ASSIGNMENTS} entries"))
}

/// The request of one attempt.
///
/// # Errors
/// None for parts that were accepted one by one.
pub fn post(
    root: &ServiceRoot,
    path: &MobileAppPath,
    body: Bytes,
    token: &Token,
    client_request_id: Uuid,
) -> Result<Post> {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    const AGENT: HeaderValue = HeaderValue::from_static(USER_AGENT);
    const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
    let client_request_id =
        HeaderValue::from_str(client_request_id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
            .map_err(|_| Error::internal("an id of ours made no header value"))?;
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(header::AUTHORIZATION, token.authorization()?);
    headers.insert(header::ACCEPT, JSON);
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::USER_AGENT, AGENT);
    headers.insert(CLIENT_REQUEST_ID, client_request_id);
    Ok(Post { url: root.url(&path.to_string()), headers, body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn assignment(group: &str) -> MobileAppGroupAssignment {
        MobileAppGroupAssignment::new(group.to_owned(), "required", None, None).unwrap()
    }

    #[test]
    fn the_post_is_as_documented() {
        let root = ServiceRoot::of_cloud(crate::service::Cloud::Global).unwrap();
        let path = MobileAppPath::new("A").unwrap();
        let token = Token::new("secret").unwrap();
        let request = post(&root, &path, body(&[assignment("G")]).unwrap(), &token, Uuid::nil()).unwrap();
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
            request.body,
            concat!(
                r##"{"mobileAppGroupAssignments":[{"@odata.type":"#microsoft.graph.mobileAppGroupAssignment","##,
                r#""targetGroupId":"G","installIntent":"required"}]}"#
            )
        );
    }

    #[test]
    fn an_empty_or_too_large_collection_is_refused() {
        assert!(body(&[]).unwrap_err().message.contains("delete all"));
        assert!(body(&vec![assignment("G"); 1_000]).is_ok());
        assert!(body(&vec![assignment("G"); 1_001]).unwrap_err().message.contains("1000"));
        let large = assignment(&"G".repeat(5 * 1024 * 1024));
        assert!(body(&[large]).unwrap_err().message.contains("bytes"));
    }

    #[test]
    fn what_a_server_said_is_checked_again_and_found_by_index() {
        let read = |text: &str| {
            MobileAppGroupAssignment::from_json(crate::json::Json::parse(text).unwrap()).unwrap()
        };
        let empty_group = read(r#"{"targetGroupId":"","installIntent":"required"}"#);
        let error = body(&[assignment("G"), empty_group]).unwrap_err();
        assert_eq!(
            error.kind,
            Kind::InvalidInput { location: Some("assignments[1].target_group_id".to_owned()) }
        );
        let unknown_intent = read(r#"{"targetGroupId":"G","installIntent":"later"}"#);
        let error = body(&[unknown_intent]).unwrap_err();
        assert!(error.to_string().starts_with("assignments[0].install_intent: "), "{error}");
    }
}
