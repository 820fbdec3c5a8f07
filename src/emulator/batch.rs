//! `$batch`: up to twenty requests in one, each answered and metered alone.

use std::collections::HashMap;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Map, Value, json};

use super::answer::{Answer, unreadable};
use super::json;
use super::profile::Version;
use super::resource_path::ResourcePath;

const MAX_REQUESTS: usize = 20;

/// Whether a request is a batch.
pub(super) fn is_one(method: &Method, path: &ResourcePath<'_>) -> bool {
    let mut names = path.segments.iter().map(|segment| segment.text.as_ref());
    let known = Version::read(path.version).is_some();
    known && method == Method::POST && names.next() == Some("$batch") && names.next().is_none()
}

/// One request of a batch.
struct Part {
    id: String,
    request: Request<Bytes>,
    depends_on: Vec<String>,
}

/// Answers a batch, each of its requests by `respond`. A malformed one is refused as a whole, before any of it is done.
pub(super) fn answer(
    request: &Request<Bytes>,
    version: &str,
    mut respond: impl FnMut(&Request<Bytes>) -> Answer,
) -> Result<Answer, Answer> {
    let document = json::read(request.body()).map_err(|_| unreadable())?;
    let Some(Value::Array(listed)) = document.get("requests") else {
        return Err(invalid("Invalid batch payload format."));
    };
    if listed.len() > MAX_REQUESTS {
        let message = format!("Number of batch request steps exceeds the maximum value of {MAX_REQUESTS}.");
        return Err(invalid(message));
    }
    let parts: Vec<Part> =
        listed.iter().map(|part| read(part, request.headers(), version)).collect::<Result<_, _>>()?;
    check_ids(&parts)?;
    let mut statuses: HashMap<String, StatusCode> = HashMap::new();
    let mut responses = Vec::new();
    for part in ordered(parts)? {
        let failed = part.depends_on.iter().any(|id| !statuses.get(id).is_some_and(StatusCode::is_success));
        let answer = if failed {
            let message = "A request that this one depends on has failed.";
            Answer::error(StatusCode::FAILED_DEPENDENCY, "FailedDependency", message)
        } else {
            respond(&part.request)
        };
        let response = answer.to_response(part.request.headers());
        statuses.insert(part.id.to_lowercase(), response.status());
        responses.push(written(&part.id, &response));
    }
    Ok(Answer::document(json!({ "responses": responses })))
}

fn invalid(message: impl Into<String>) -> Answer {
    Answer::error(StatusCode::BAD_REQUEST, "BadRequest", message)
}

fn read(part: &Value, outer: &HeaderMap, version: &str) -> Result<Part, Answer> {
    let text = |name: &str| part.get(name).and_then(Value::as_str);
    let (Some(id), Some(method), Some(url)) = (text("id"), text("method"), text("url")) else {
        return Err(invalid("Invalid batch payload format: each request needs id, method and url."));
    };
    // A space in a `$filter` is common there, and no line of HTTP that it could break.
    let uri = format!("/{version}/{}", url.trim_start_matches('/').replace(' ', "%20"));
    let mut request = Request::builder().method(method.to_ascii_uppercase().as_str()).uri(uri);
    for name in ["authorization", "host", "x-forwarded-proto"] {
        if let Some(value) = outer.get(name) {
            request = request.header(name, value);
        }
    }
    let given = part.get("headers").and_then(Value::as_object).into_iter().flatten();
    let mut request = request.body(body(part.get("body"))).map_err(|_| {
        invalid(format!("Invalid batch payload format: request '{id}' has no valid method or url."))
    })?;
    for (name, value) in given {
        if let (Ok(name), Some(Ok(value))) =
            (header::HeaderName::try_from(name), value.as_str().map(header::HeaderValue::try_from))
        {
            request.headers_mut().insert(name, value);
        }
    }
    let depends_on = match part.get("dependsOn") {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::Array(ids)) => ids.iter().map(|id| id.as_str().map(str::to_lowercase)).collect(),
        Some(_) => None,
    };
    let depends_on = depends_on.ok_or_else(|| {
        invalid(format!("Invalid batch payload format: dependsOn of request '{id}' is no list of ids."))
    })?;
    Ok(Part { id: id.to_owned(), request, depends_on })
}

/// A JSON document, or the base64url of anything else.
fn body(given: Option<&Value>) -> Bytes {
    match given {
        None | Some(Value::Null) => Bytes::new(),
        Some(Value::String(text)) => {
            BASE64URL.decode(text.trim_end_matches('=')).map_or_else(|_| text.clone().into(), Bytes::from)
        }
        Some(document) => document.to_string().into(),
    }
}

fn check_ids(parts: &[Part]) -> Result<(), Answer> {
    let mut ids: Vec<String> = parts.iter().map(|part| part.id.to_lowercase()).collect();
    let mut needed = parts.iter().flat_map(|part| &part.depends_on);
    if let Some(unknown) = needed.find(|id| !ids.contains(id)) {
        return Err(invalid(format!("Invalid batch payload format: no request has the id '{unknown}'.")));
    }
    ids.sort();
    match ids.windows(2).find(|pair| matches!(pair, [one, other] if one == other)) {
        Some(_) => Err(invalid("Request Id values in the batch must be unique.")),
        None => Ok(()),
    }
}

/// Each after those that it depends on, and otherwise in the order of the batch.
fn ordered(mut parts: Vec<Part>) -> Result<Vec<Part>, Answer> {
    let mut done: Vec<Part> = Vec::new();
    while !parts.is_empty() {
        let is_done = |id: &String| done.iter().any(|part| part.id.to_lowercase() == *id);
        let Some(ready) = parts.iter().position(|part| part.depends_on.iter().all(is_done)) else {
            return Err(invalid(
                "Invalid batch payload format: the requests depend on each other in a circle.",
            ));
        };
        done.push(parts.remove(ready));
    }
    Ok(done)
}

fn written(id: &str, response: &http::Response<Bytes>) -> Value {
    let headers: Map<String, Value> = response
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((spelled(name.as_str()), value.to_str().ok()?.into())))
        .collect();
    let mut part = json!({"id": id, "status": response.status().as_u16(), "headers": headers});
    let body = response.body();
    if let (false, Some(part)) = (body.is_empty(), part.as_object_mut()) {
        let document = json::read(body).unwrap_or_else(|_| BASE64URL.encode(body).into());
        part.insert("body".to_owned(), document);
    }
    part
}

/// A header's name as it is usually written: SDKs look some of them up by case.
fn spelled(name: &str) -> String {
    if name.ends_with("request-id") || name.starts_with("x-ms-") {
        return name.to_owned();
    }
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    });
    words.collect::<Vec<_>>().join("-")
}
