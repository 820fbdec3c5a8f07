//! Which request means what.

use http::Method;
use hyper::StatusCode;

use super::answer::{Answer, not_emulated};
use super::profile::Profile;
use super::resource_path;

/// What is asked for.
pub(super) enum Operation<'a> {
    ListApps,
    GetApp {
        app: &'a str,
    },
    ListGroupAssignments {
        app: &'a str,
    },
    Assign {
        app: &'a str,
        /// The assignment that the path goes through, which must exist.
        through: Option<&'a str>,
    },
}

/// An operation, and the path below the version that led to it.
pub(super) struct Route<'a> {
    pub(super) operation: Operation<'a>,
    pub(super) segments: Vec<&'a str>,
}

/// Where a request leads.
pub(super) fn route<'a>(profile: Profile, method: &Method, path: &'a str) -> Result<Route<'a>, Answer> {
    let mut segments = path.trim_start_matches('/').split('/');
    let version = segments.next().unwrap_or_default();
    if version != "beta" {
        let message = format!("Invalid version: {version}");
        return Err(Answer::error(StatusCode::NOT_FOUND, "ResourceNotFound", message));
    }
    let (segments, gaps): (Vec<&str>, Vec<&str>) = segments.partition(|segment| !segment.is_empty());
    if !gaps.is_empty() {
        return Err(no_route(method, &segments));
    }
    let operation = match segments.as_slice() {
        ["deviceAppManagement", "mobileApps", below @ ..] => operation(profile, method, below)?,
        [] => None,
        ["deviceAppManagement", segment, ..] | [segment, ..] => return Err(no_segment(segment)),
    };
    match operation {
        Some(operation) => Ok(Route { operation, segments }),
        None => Err(no_route(method, &segments)),
    }
}

/// The operation that is found below `mobileApps`.
fn operation<'a>(
    profile: Profile,
    method: &Method,
    below: &[&'a str],
) -> Result<Option<Operation<'a>>, Answer> {
    let operation = match (profile, method, below) {
        (_, &Method::GET, []) => Operation::ListApps,
        (_, &Method::GET, [app]) => Operation::GetApp { app },
        (_, &Method::POST, [app, "assign"]) => Operation::Assign { app, through: None },
        (_, _, [] | [_] | [_, "assign", ..]) => return Ok(None),
        (Profile::Current, _, [_, "assignments", ..]) => return Err(not_emulated("assignments")),
        (Profile::Y2017, &Method::GET, [app, "groupAssignments"]) => Operation::ListGroupAssignments { app },
        (Profile::Y2017, &Method::POST, [app, "userStatuses" | "deviceStatuses", _, "app", "assign"]) => {
            Operation::Assign { app, through: None }
        }
        (Profile::Y2017, &Method::POST, [app, "groupAssignments", through, "app", "assign"]) => {
            Operation::Assign { app, through: Some(through) }
        }
        (Profile::Y2017, _, [_, "userStatuses" | "deviceStatuses" | "groupAssignments", ..]) => {
            return Ok(None);
        }
        // Seen for groupAssignments since February 2018 and for deviceStatuses since June 2023.
        (_, _, [_, segment, ..]) => return Err(no_segment(segment)),
    };
    Ok(Some(operation))
}

fn no_segment(segment: &str) -> Answer {
    let message = format!("Resource not found for the segment '{segment}'.");
    Answer::error(StatusCode::BAD_REQUEST, "BadRequest", message)
}

fn no_route(method: &Method, segments: &[&str]) -> Answer {
    let message = format!(
        "No OData route exists that match template {} with http verb {method} for request {}.",
        resource_path::template(segments),
        resource_path::path(segments)
    );
    Answer::error(StatusCode::BAD_REQUEST, "No method match route template", message)
}
