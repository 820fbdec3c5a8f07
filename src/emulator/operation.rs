//! What is done, once a request is known to mean it and allowed to.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, header};
use hyper::StatusCode;
use serde_json::{Value, json};

use super::answer::{Answer, not_emulated, unreadable};
use super::assignments::{Refused, wanted};
use super::profile::Profile;
use super::resource_path;
use super::route::{Operation, Route};
use super::state::{App, State};

/// Does what a request asks for.
pub(super) fn perform(
    state: &mut State,
    profile: Profile,
    route: &Route<'_>,
    head: &Parts,
    body: &Bytes,
) -> Answer {
    let found = match route.operation {
        Operation::ListApps => {
            let apps: Vec<Value> = state.apps().map(App::shown).collect();
            Some(collection(&head.headers, "mobileApps", &apps))
        }
        Operation::GetApp { app } => state.app(app).map(|found| Answer::document(found.shown())),
        Operation::ListGroupAssignments { app } => state.app(app).map(|found| {
            let what = format!("mobileApps('{app}')/groupAssignments");
            collection(&head.headers, &what, &found.listed_assignments())
        }),
        Operation::Assign { app, through } => match check_media_type(&head.headers) {
            Err(refusal) => Some(refusal),
            Ok(()) => state
                .app_mut(app)
                .filter(|app| through.is_none_or(|assignment| app.has_assignment(assignment)))
                .map(|app| assign(app, profile, &route.segments, body)),
        },
    };
    found.unwrap_or_else(|| {
        let url = resource_path::url(&route.segments);
        Answer::nested_error(StatusCode::NOT_FOUND, "ResourceNotFound", "An error has occurred", url)
    })
}

/// Replaces all of an app's assignments, after the whole body was found good.
fn assign(app: &mut App, profile: Profile, segments: &[&str], body: &Bytes) -> Answer {
    match wanted(profile, body) {
        Ok(assignments) => {
            app.replace_assignments(assignments);
            Answer::no_content()
        }
        Err(Refused::Unreadable) => unreadable(),
        Err(Refused::Model(message)) => Answer::model_error(message),
        Err(Refused::Rule(message)) => {
            let url = resource_path::url(segments);
            Answer::nested_error(StatusCode::BAD_REQUEST, "BadRequest", message, url)
        }
        Err(Refused::NotEmulated(parameter)) => not_emulated(parameter),
    }
}

fn check_media_type(headers: &HeaderMap) -> Result<(), Answer> {
    let Some(media_type) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return Err(unreadable());
    };
    let essence = media_type.split(';').next().unwrap_or_default();
    if essence.trim().eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let message = "The media type of the request is not supported.";
    Err(Answer::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message))
}

fn collection(headers: &HeaderMap, what: &str, value: &[Value]) -> Answer {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("localhost");
    let context = format!("http://{host}/beta/$metadata#deviceAppManagement/{what}");
    Answer::document(json!({"@odata.context": context, "value": value}))
}
