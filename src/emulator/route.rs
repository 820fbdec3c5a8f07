//! Which request means what.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, header};
use hyper::StatusCode;
use serde_json::{Value, json};

use super::answer::{Answer, unreadable};
use super::assignments::{Refused, wanted};
use super::state::State;

/// Answers one request.
pub(super) fn answer(state: &mut State, token: &str, head: &Parts, body: &Bytes) -> Answer {
    if let Err(refusal) = authenticate(&head.headers, token) {
        return refusal;
    }
    let path = head.uri.path();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let [version, rest @ ..] = segments.as_slice() else {
        return no_route(head, path);
    };
    if rest.contains(&"") {
        return no_route(head, path);
    }
    if *version != "beta" {
        let message = format!("Invalid version: {version}");
        return Answer::error(StatusCode::NOT_FOUND, "ResourceNotFound", message);
    }
    match (&head.method, rest) {
        (&Method::GET, ["deviceAppManagement", "mobileApps"]) => {
            let apps: Vec<Value> = state.apps().map(super::state::App::shown).collect();
            Answer::document(json!({"@odata.context": context(head, "mobileApps"), "value": apps}))
        }
        (&Method::GET, ["deviceAppManagement", "mobileApps", app]) => match state.app(app) {
            Some(found) => Answer::document(found.shown()),
            None => no_app(app),
        },
        (&Method::GET, ["deviceAppManagement", "mobileApps", app, "groupAssignments"]) => {
            match state.app(app) {
                Some(found) => {
                    let context = context(head, &format!("mobileApps('{app}')/groupAssignments"));
                    Answer::document(json!({"@odata.context": context, "value": found.listed_assignments()}))
                }
                None => no_app(app),
            }
        }
        (&Method::POST, ["deviceAppManagement", "mobileApps", app, "assign"]) => {
            assign(state, app, None, head, body)
        }
        (
            &Method::POST,
            ["deviceAppManagement", "mobileApps", app, "userStatuses" | "deviceStatuses", _, "app", "assign"],
        ) => assign(state, app, None, head, body),
        (
            &Method::POST,
            ["deviceAppManagement", "mobileApps", app, "groupAssignments", through, "app", "assign"],
        ) => assign(state, app, Some(through), head, body),
        (_, [] | ["deviceAppManagement", "mobileApps", ..]) => no_route(head, path),
        (_, ["deviceAppManagement", other, ..] | [other, ..]) => {
            let message = format!("Resource not found for the segment '{other}'.");
            Answer::error(StatusCode::BAD_REQUEST, "BadRequest", message)
        }
    }
}

fn authenticate(headers: &HeaderMap, token: &str) -> Result<(), Answer> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let message = match given.split_once(' ') {
        Some((scheme, given)) if scheme.eq_ignore_ascii_case("bearer") && given == token => return Ok(()),
        Some((scheme, given)) if scheme.eq_ignore_ascii_case("bearer") && !given.is_empty() => {
            "CompactToken parsing failed with error code: 80049217"
        }
        _ => "Access token is empty.",
    };
    Err(Answer::error(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message).with_challenge())
}

/// Replaces all of an app's assignments, after the whole body was found good.
fn assign(state: &mut State, app_id: &str, through: Option<&str>, head: &Parts, body: &Bytes) -> Answer {
    match head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) {
        Some(media_type) if is_json(media_type) => {}
        Some(_) => {
            let message = "The media type of the request is not supported.";
            return Answer::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message);
        }
        None => return unreadable(),
    }
    let Some(app) = state.app_mut(app_id) else {
        return no_app(app_id);
    };
    if through.is_some_and(|assignment| !app.has_assignment(assignment)) {
        return no_app(app_id);
    }
    match wanted(body) {
        Ok(assignments) => {
            app.replace_assignments(assignments);
            Answer::no_content()
        }
        Err(Refused::Unreadable) => unreadable(),
        Err(Refused::Model(message)) => {
            Answer::error(StatusCode::BAD_REQUEST, "ModelValidationFailure", message)
        }
        Err(Refused::Rule(message)) => {
            Answer::nested_error(StatusCode::BAD_REQUEST, "BadRequest", message, inside(app_id))
        }
    }
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

fn no_app(app_id: &str) -> Answer {
    Answer::nested_error(StatusCode::NOT_FOUND, "ResourceNotFound", "An error has occurred", inside(app_id))
}

fn no_route(head: &Parts, path: &str) -> Answer {
    let message = format!(
        "No OData route exists that match template ~/singleton/navigation/key with http verb {} for request {path}.",
        head.method
    );
    Answer::error(StatusCode::BAD_REQUEST, "No method match route template", message)
}

/// What Intune shows of its inside behind an error.
fn inside(app_id: &str) -> String {
    format!(
        "deviceAppManagement/mobileApps(%27{app_id}%27)/microsoft.management.services.api.assign?api-version=2025-07-02"
    )
}

fn context(head: &Parts, what: &str) -> String {
    let host = head.headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}/beta/$metadata#deviceAppManagement/{what}")
}
