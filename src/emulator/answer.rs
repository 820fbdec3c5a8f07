//! How Graph words its answers: envelope, headers, Intune's nested form.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::refused::Refused;
use super::resource_path::{self, Segment};

const DIAGNOSTIC: HeaderValue = HeaderValue::from_static(concat!(
    r#"{"ServerInfo":{"DataCenter":"West Europe","Slice":"E","Ring":"5","ScaleUnit":"004","#,
    r#""RoleInstance":"EMU0PEPF00000001"}}"#
));
const AGS_DIAGNOSTIC: HeaderName = HeaderName::from_static("x-ms-ags-diagnostic");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// What is answered, before the headers and ids that every answer carries.
pub(super) struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    content: Content,
}

enum Content {
    Nothing,
    Document(Value),
    /// What is written already.
    Written {
        media_type: &'static str,
        text: Bytes,
    },
    Error {
        code: String,
        message: Message,
    },
}

/// Whose words a message is in.
enum Message {
    /// Graph's own.
    Plain(String),
    /// Graph's own, said once more in `innerError`.
    Repeated(String),
    /// Graph's own, as the documentation of its throttling prints them.
    Documented(String),
    /// Intune's, which Graph passes on as JSON text; `url` is what it shows of its inside.
    Nested { text: String, url: String },
    /// The same, packed once more by whoever stands between the two.
    NestedTwice { text: String, url: String },
}

impl Answer {
    fn new(status: StatusCode, content: Content) -> Self {
        Self { status, headers: Vec::new(), content }
    }

    pub(super) fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT, Content::Nothing)
    }

    pub(super) fn bare(status: StatusCode) -> Self {
        Self::new(status, Content::Nothing)
    }

    pub(super) fn document(value: Value) -> Self {
        Self::new(StatusCode::OK, Content::Document(value))
    }

    pub(super) fn created(value: Value) -> Self {
        Self::new(StatusCode::CREATED, Content::Document(value))
    }

    /// A JSON document that is written already.
    pub(super) fn written(text: String) -> Self {
        Self::text(StatusCode::OK, "application/json", text)
    }

    pub(super) fn text(status: StatusCode, media_type: &'static str, text: String) -> Self {
        Self::new(status, Content::Written { media_type, text: text.into() })
    }

    pub(super) fn error(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self::refusal(status, code, Message::Plain(message.into()))
    }

    /// Something that is not in the model, in the form that was seen in January 2018.
    pub(super) fn model_error(message: impl Into<String>) -> Self {
        Self::refusal(StatusCode::BAD_REQUEST, "ModelValidationFailure", Message::Repeated(message.into()))
    }

    /// A refusal of Intune's behind Graph, to a request for what is below these segments.
    pub(super) fn nested_error(
        status: StatusCode,
        code: &str,
        message: impl Into<String>,
        segments: &[Segment<'_>],
    ) -> Self {
        let (text, url) = (message.into(), resource_path::url(segments));
        Self::refusal(status, code, Message::Nested { text, url })
    }

    /// As [`nested_error`](Self::nested_error), packed twice: code `UnknownError`.
    pub(super) fn twice_nested_error(
        status: StatusCode,
        message: impl Into<String>,
        segments: &[Segment<'_>],
    ) -> Self {
        let (text, url) = (message.into(), resource_path::url(segments));
        Self::refusal(status, "UnknownError", Message::NestedTwice { text, url })
    }

    /// As the documentation of Graph's throttling prints it.
    pub(super) fn too_many_requests() -> Self {
        let message = Message::Documented("Please retry again later.".to_owned());
        Self::refusal(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message)
    }

    /// What comes of a body that is refused.
    pub(super) fn refused(refused: Refused, segments: &[Segment<'_>]) -> Self {
        match refused {
            Refused::Unreadable => unreadable(),
            Refused::Model(message) => Self::model_error(message),
            Refused::Rule(message) => {
                Self::nested_error(StatusCode::BAD_REQUEST, "BadRequest", message, segments)
            }
            Refused::Internal => {
                let message = "An internal server error has occurred";
                Self::nested_error(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message, segments)
            }
        }
    }

    pub(super) fn not_found(segments: &[Segment<'_>]) -> Self {
        Self::nested_error(StatusCode::NOT_FOUND, "ResourceNotFound", "An error has occurred", segments)
    }

    fn refusal(status: StatusCode, code: &str, message: Message) -> Self {
        Self::new(status, Content::Error { code: code.to_owned(), message })
    }

    pub(super) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The answer with the headers and ids that every answer carries.
    pub(super) fn to_response(&self, asked: &HeaderMap) -> Response<Bytes> {
        let mut buffer = Uuid::encode_buffer();
        // Nobody must not guess it, so it need not cost a system call.
        let request_id = uuid::Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid();
        let request_id: &str = request_id.hyphenated().encode_lower(&mut buffer);
        let own_id = HeaderValue::from_str(request_id).unwrap_or(HeaderValue::from_static(""));
        let client_request_id = asked.get(CLIENT_REQUEST_ID).unwrap_or(&own_id).clone();
        let (media_type, body) = match &self.content {
            Content::Nothing => (None, Bytes::new()),
            Content::Document(document) => (Some("application/json"), document.to_string().into()),
            Content::Written { media_type, text } => (Some(*media_type), text.clone()),
            Content::Error { code, message } => {
                let asked_as = client_request_id.to_str().unwrap_or(request_id);
                (Some("application/json"), error(code, message, request_id, asked_as).to_string().into())
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.reserve(12);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        headers.insert(REQUEST_ID, own_id);
        headers.insert(CLIENT_REQUEST_ID, client_request_id);
        headers.insert(AGS_DIAGNOSTIC, DIAGNOSTIC);
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        if let Some(media_type) = media_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        }
        for (name, value) in &self.headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
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

/// A body in a form or a compression that nobody reads. The words are inferred.
pub(super) fn unsupported_media_type() -> Answer {
    let message = "The media type of the request is not supported.";
    Answer::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)
}

/// What Graph has and the emulator lacks. The words are the emulator's own: nobody should take them for Graph's.
pub(super) fn not_emulated(what: &str) -> Answer {
    let message = format!("The emulator does not have {what}. Nothing was changed.");
    Answer::error(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
}

fn error(code: &str, message: &Message, request_id: &str, client_request_id: &str) -> Value {
    let date = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let mut inner = Map::new();
    let message = match message {
        Message::Plain(text) => text.clone(),
        Message::Repeated(text) => {
            inner.insert("message".to_owned(), text.as_str().into());
            text.clone()
        }
        Message::Documented(text) => {
            let inner = json!({
                "code": "429",
                "date": date,
                "message": "Please retry after",
                "request-id": request_id,
                "status": "429",
            });
            return json!({"error": {"code": code, "innerError": inner, "message": text}});
        }
        Message::Nested { text, url } => nested(text, client_request_id, url),
        Message::NestedTwice { text, url } => nested_twice(&nested(text, client_request_id, url)),
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

/// The keys were seen; what `ErrorCode` says is inferred.
fn nested_twice(message: &str) -> String {
    let packed = json!({
        "ErrorCode": "BadRequest",
        "Message": message,
        "Target": null,
        "Details": null,
        "InnerError": null,
        "InstanceAnnotations": [],
    });
    packed.to_string()
}
