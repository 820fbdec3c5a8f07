//! How Graph words its answers: envelope, headers, Intune's nested form.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::Full;
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

const DIAGNOSTIC: &str = concat!(
    r#"{"ServerInfo":{"DataCenter":"West Europe","Slice":"E","Ring":"5","ScaleUnit":"004","#,
    r#""RoleInstance":"EMU0PEPF00000001"}}"#
);

/// What is answered, before the headers and ids that every answer carries.
pub(super) struct Answer {
    status: StatusCode,
    body: Content,
    challenge: bool,
}

enum Content {
    Nothing,
    Document(Value),
    /// Graph's own words.
    Error {
        code: &'static str,
        message: String,
    },
    /// Intune's words, which Graph passes on as JSON text; `url` is what it shows of its inside.
    NestedError {
        code: &'static str,
        message: String,
        url: String,
    },
}

impl Answer {
    pub(super) fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: Content::Nothing, challenge: false }
    }

    pub(super) fn document(value: Value) -> Self {
        Self { status: StatusCode::OK, body: Content::Document(value), challenge: false }
    }

    pub(super) fn error(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, body: Content::Error { code, message }, challenge: false }
    }

    pub(super) fn nested_error(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        url: String,
    ) -> Self {
        let message = message.into();
        Self { status, body: Content::NestedError { code, message, url }, challenge: false }
    }

    /// With the header that tells where a token is to be had.
    pub(super) fn with_challenge(mut self) -> Self {
        self.challenge = true;
        self
    }

    pub(super) fn into_response(self, asked: &HeaderMap) -> Response<Full<Bytes>> {
        let request_id = Uuid::new_v4().to_string();
        let client_request_id = asked
            .get("client-request-id")
            .and_then(|value| value.to_str().ok())
            .unwrap_or(&request_id)
            .to_owned();
        let error = |code: &str, message: String| {
            let date = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
            let inner = json!({
                "date": date,
                "request-id": request_id,
                "client-request-id": client_request_id,
            });
            json!({"error": {"code": code, "message": message, "innerError": inner}})
        };
        let document = match self.body {
            Content::Nothing => None,
            Content::Document(document) => Some(document),
            Content::Error { code, message } => Some(error(code, message)),
            Content::NestedError { code, message, url } => {
                Some(error(code, nested(&message, &client_request_id, &url)))
            }
        };
        let body = document.as_ref().map(Value::to_string).unwrap_or_default();
        let mut response = Response::new(Full::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let mut insert = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        insert("cache-control", "no-cache");
        insert("strict-transport-security", "max-age=31536000");
        insert("request-id", &request_id);
        insert("client-request-id", &client_request_id);
        insert("x-ms-ags-diagnostic", DIAGNOSTIC);
        if self.challenge {
            insert(
                header::WWW_AUTHENTICATE.as_str(),
                concat!(
                    r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize","#,
                    r#" client_id="00000003-0000-0000-c000-000000000000""#
                ),
            );
        }
        if document.is_some() {
            insert(header::CONTENT_TYPE.as_str(), "application/json");
        }
        response
    }
}

/// A body that is not there or is no JSON.
pub(super) fn unreadable() -> Answer {
    Answer::error(
        StatusCode::BAD_REQUEST,
        "BadRequest",
        "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON \
         format.",
    )
}

fn nested(message: &str, activity_id: &str, url: &str) -> String {
    let support = "00000000-0000-0000-0000-000000000000";
    let message = format!(
        "{message} - Operation ID (for customer support): {support} - Activity ID: {activity_id} - Url: \
         https://proxy.emu01.manage.microsoft.com/AppLifecycle_2611/StatelessAppMetadataFEService/{url}"
    );
    let packed = json!({
        "_version": 3,
        "Message": message,
        "CustomApiErrorPhrase": "",
        "RetryAfter": null,
        "ErrorSourceService": "",
        "HttpHeaders": "{}",
    });
    format!("{packed:#}").replace('\n', "\r\n")
}
