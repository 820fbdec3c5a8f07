//! Which request means what.

use http::{Method, StatusCode};

use super::answer::{Answer, not_emulated};
use super::profile::{Profile, Version};
use super::resource_path::{self, Kind, ResourcePath, Segment};

/// What is asked for.
pub(super) enum Operation<'a> {
    ListApps,
    CountApps,
    GetApp {
        app: &'a str,
    },
    ListAssignments {
        app: &'a str,
    },
    CountAssignments {
        app: &'a str,
    },
    CreateAssignment {
        app: &'a str,
    },
    GetAssignment {
        app: &'a str,
        id: &'a str,
    },
    UpdateAssignment {
        app: &'a str,
        id: &'a str,
    },
    DeleteAssignment {
        app: &'a str,
        id: &'a str,
    },
    /// The app, by way of one of its assignments, which must exist.
    GetAppOfAssignment {
        app: &'a str,
        id: &'a str,
    },
    Assign {
        app: &'a str,
        /// The assignment that the path goes through, which must exist.
        through: Option<&'a str>,
    },
}

/// An operation, and the path below the version that led to it.
pub(super) struct Route<'a> {
    pub(super) version: Version,
    pub(super) operation: Operation<'a>,
    /// The type that the app must have.
    pub(super) cast: Option<&'a str>,
}

/// Where a request leads.
pub(super) fn route<'a>(
    profile: Profile,
    method: &Method,
    path: &'a ResourcePath<'a>,
) -> Result<Route<'a>, Answer> {
    let segments = path.segments.as_slice();
    let version = Version::read(path.version).ok_or_else(|| {
        let message = format!("Invalid version: {}", path.version);
        Answer::error(StatusCode::NOT_FOUND, "ResourceNotFound", message)
    })?;
    if path.gap {
        return Err(no_route(method, segments));
    }
    let (mut casts, mut names) = (Vec::new(), Vec::with_capacity(segments.len()));
    for segment in segments {
        let sort = if segment.kind == Kind::Cast { &mut casts } else { &mut names };
        sort.push(segment.text.as_ref());
    }
    let operation = match names.as_slice() {
        // Intune came to v1.0 in January 2018.
        [first, ..] if profile == Profile::Y2017 && version == Version::V1 => return Err(no_segment(first)),
        ["deviceAppManagement", "mobileApps", below @ ..] => operation(profile, method, below)?,
        [] => None,
        ["$metadata", ..] => return Err(not_emulated("$metadata")),
        ["deviceAppManagement", segment, ..] | [segment, ..] => return Err(no_segment(segment)),
    };
    let cast = match (casts.as_slice(), &operation) {
        ([], _) => None,
        // SDKs have a cast before assignments, and none before the action.
        (_, Some(Operation::Assign { .. })) => return Err(no_route(method, segments)),
        ([cast], _) => Some(*cast),
        _ => return Err(no_route(method, segments)),
    };
    let operation = operation.ok_or_else(|| no_route(method, segments))?;
    Ok(Route { version, operation, cast })
}

/// The operation that is found below `mobileApps`.
fn operation<'a>(
    profile: Profile,
    method: &Method,
    below: &[&'a str],
) -> Result<Option<Operation<'a>>, Answer> {
    let collection = profile.collection();
    let operation = match (method, below) {
        (&Method::GET, []) => Operation::ListApps,
        (&Method::GET, ["$count"]) => Operation::CountApps,
        (&Method::GET, [app]) => Operation::GetApp { app },
        (&Method::POST, []) | (&Method::PATCH | &Method::DELETE, [_]) => {
            return Err(not_emulated("the making and changing of apps over HTTP (Emulator.add_app does it)"));
        }
        (&Method::POST, [app, "assign"]) => Operation::Assign { app, through: None },
        (_, [] | [_] | [_, "assign", ..]) => return Ok(None),
        (_, [app, segment, below @ ..]) if *segment == collection => {
            return Ok(assignment_operation(profile, method, app, below));
        }
        (&Method::POST, [app, "userStatuses" | "deviceStatuses", _, "app", "assign"])
            if profile == Profile::Y2017 =>
        {
            Operation::Assign { app, through: None }
        }
        (_, [_, "userStatuses" | "deviceStatuses", ..]) if profile == Profile::Y2017 => return Ok(None),
        (_, [_, segment @ ("categories" | "relationships" | "targetAssignments"), ..])
            if profile == Profile::Current =>
        {
            return Err(not_emulated(segment));
        }
        // Seen for groupAssignments since February 2018 and for deviceStatuses since June 2023.
        (_, [_, segment, ..]) => return Err(no_segment(segment)),
    };
    Ok(Some(operation))
}

/// The operation that is found below the assignments of an app.
fn assignment_operation<'a>(
    profile: Profile,
    method: &Method,
    app: &'a str,
    below: &[&'a str],
) -> Option<Operation<'a>> {
    let operation = match (method, below) {
        (&Method::GET, []) => Operation::ListAssignments { app },
        (&Method::POST, []) => Operation::CreateAssignment { app },
        (&Method::GET, ["$count"]) => Operation::CountAssignments { app },
        (&Method::GET, [id]) => Operation::GetAssignment { app, id },
        (&Method::PATCH, [id]) => Operation::UpdateAssignment { app, id },
        (&Method::DELETE, [id]) => Operation::DeleteAssignment { app, id },
        (&Method::GET, [id, "app"]) if profile == Profile::Y2017 => Operation::GetAppOfAssignment { app, id },
        (&Method::POST, [id, "app", "assign"]) if profile == Profile::Y2017 => {
            Operation::Assign { app, through: Some(id) }
        }
        _ => return None,
    };
    Some(operation)
}

fn no_segment(segment: &str) -> Answer {
    let message = format!("Resource not found for the segment '{segment}'.");
    Answer::error(StatusCode::BAD_REQUEST, "BadRequest", message)
}

fn no_route(method: &Method, segments: &[Segment<'_>]) -> Answer {
    let message = format!(
        "No OData route exists that match template {} with http verb {method} for request {}.",
        resource_path::template(segments),
        resource_path::path(segments)
    );
    Answer::error(StatusCode::BAD_REQUEST, "No method match route template", message)
}
