//! How Graph words its answers: envelope, headers, Intune's nested form.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::Full;
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
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
    Error { code: &'static str, message: Message },
}

/// Whose words a message is in.
enum Message {
    /// Graph's own.
    Plain(String),
    /// Graph's own, said once more in `innerError`.
    Repeated(String),
    /// Intune's, which Graph passes on as JSON text; `url` is what it shows of its inside.
    Nested { text: String, url: String },
}

impl Answer {
    pub(super) fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: Content::Nothing, challenge: false }
    }

    pub(super) fn document(value: Value) -> Self {
        Self { status: StatusCode::OK, body: Content::Document(value), challenge: false }
    }

    pub(super) fn error(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self::refusal(status, code, Message::Plain(message.into()))
    }

    /// Something that is not in the model, in the form that was seen in January 2018.
    pub(super) fn model_error(message: impl Into<String>) -> Self {
        Self::refusal(StatusCode::BAD_REQUEST, "ModelValidationFailure", Message::Repeated(message.into()))
    }

    pub(super) fn nested_error(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        url: String,
    ) -> Self {
        Self::refusal(status, code, Message::Nested { text: message.into(), url })
    }

    fn refusal(status: StatusCode, code: &'static str, message: Message) -> Self {
        Self { status, body: Content::Error { code, message }, challenge: false }
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
        let document = match self.body {
            Content::Nothing => None,
            Content::Document(document) => Some(document),
            Content::Error { code, message } => Some(error(code, message, &request_id, &client_request_id)),
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

/// What Graph has and the emulator lacks. The words are the emulator's own: nobody should take them for Graph's.
pub(super) fn not_emulated(what: &str) -> Answer {
    let message = format!(
        "The emulator's profile \"current\" does not have {what} yet: so far it refuses the form of 2017, as the live \
         service does. Nothing was changed."
    );
    Answer::error(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
}

fn error(code: &str, message: Message, request_id: &str, client_request_id: &str) -> Value {
    let date = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let mut inner = Map::new();
    let message = match message {
        Message::Plain(text) => text,
        Message::Repeated(text) => {
            inner.insert("message".to_owned(), text.clone().into());
            text
        }
        Message::Nested { text, url } => nested(&text, client_request_id, &url),
    };
    inner.insert("date".to_owned(), date.into());
    inner.insert("request-id".to_owned(), request_id.into());
    inner.insert("client-request-id".to_owned(), client_request_id.into());
    json!({"error": {"code": code, "message": message, "innerError": inner}})
}

fn nested(message: &str, activity_id: &str, url: &str) -> String {
    let support = "00000000-0000-0000-0000-000000000000";
    let message = format!(
        "{message} - Operation ID (for customer support): {support} - Activity ID: {activity_id} - Url: {url}"
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
