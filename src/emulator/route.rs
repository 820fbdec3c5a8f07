//! Which request means what.

use http::{Method, StatusCode};

use super::answer::{Answer, not_emulated};
use super::profile::{Profile, Version};
use super::resource_path::{self, Kind, ResourcePath, Segment};

/// What is asked for.
pub(super) enum Operation {
    ListApps,
    CountApps,
    GetApp {
        app: String,
    },
    ListAssignments {
        app: String,
    },
    CountAssignments {
        app: String,
    },
    CreateAssignment {
        app: String,
    },
    GetAssignment {
        app: String,
        id: String,
    },
    UpdateAssignment {
        app: String,
        id: String,
    },
    DeleteAssignment {
        app: String,
        id: String,
    },
    /// The app, by way of one of its assignments, which must exist.
    GetAppOfAssignment {
        app: String,
        id: String,
    },
    Assign {
        app: String,
        /// The assignment that the path goes through, which must exist.
        through: Option<String>,
    },
}

/// An operation, and the path below the version that led to it.
pub(super) struct Route {
    pub(super) version: Version,
    pub(super) operation: Operation,
    /// The type that the app must have.
    pub(super) cast: Option<String>,
}

/// Where a request leads.
pub(super) fn route(profile: Profile, method: &Method, path: &ResourcePath) -> Result<Route, Answer> {
    let segments = path.segments.as_slice();
    let version = match path.version.to_ascii_lowercase().as_str() {
        "beta" => Version::Beta,
        "v1.0" => Version::V1,
        _ => {
            let message = format!("Invalid version: {}", path.version);
            return Err(Answer::error(StatusCode::NOT_FOUND, "ResourceNotFound", message));
        }
    };
    if path.gap {
        return Err(no_route(method, segments));
    }
    let (casts, plain): (Vec<&Segment>, Vec<&Segment>) =
        segments.iter().partition(|segment| segment.kind == Kind::Cast);
    let names: Vec<&str> = plain.iter().map(|segment| segment.text.as_str()).collect();
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
        ([cast], _) => Some(cast.text.clone()),
        _ => return Err(no_route(method, segments)),
    };
    let operation = operation.ok_or_else(|| no_route(method, segments))?;
    Ok(Route { version, operation, cast })
}

/// The operation that is found below `mobileApps`.
fn operation(profile: Profile, method: &Method, below: &[&str]) -> Result<Option<Operation>, Answer> {
    let collection = profile.collection();
    let operation = match (method, below) {
        (&Method::GET, []) => Operation::ListApps,
        (&Method::GET, ["$count"]) => Operation::CountApps,
        (&Method::GET, [app]) => Operation::GetApp { app: own(app) },
        (&Method::POST, []) | (&Method::PATCH | &Method::DELETE, [_]) => {
            return Err(not_emulated("the making and changing of apps over HTTP (Emulator.add_app does it)"));
        }
        (&Method::POST, [app, "assign"]) => Operation::Assign { app: own(app), through: None },
        (_, [] | [_] | [_, "assign", ..]) => return Ok(None),
        (_, [app, segment, below @ ..]) if *segment == collection => {
            return Ok(assignment_operation(profile, method, app, below));
        }
        (&Method::POST, [app, "userStatuses" | "deviceStatuses", _, "app", "assign"])
            if profile == Profile::Y2017 =>
        {
            Operation::Assign { app: own(app), through: None }
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
fn assignment_operation(profile: Profile, method: &Method, app: &str, below: &[&str]) -> Option<Operation> {
    let app = own(app);
    let operation = match (method, below) {
        (&Method::GET, []) => Operation::ListAssignments { app },
        (&Method::POST, []) => Operation::CreateAssignment { app },
        (&Method::GET, ["$count"]) => Operation::CountAssignments { app },
        (&Method::GET, [id]) => Operation::GetAssignment { app, id: own(id) },
        (&Method::PATCH, [id]) => Operation::UpdateAssignment { app, id: own(id) },
        (&Method::DELETE, [id]) => Operation::DeleteAssignment { app, id: own(id) },
        (&Method::GET, [id, "app"]) if profile == Profile::Y2017 => {
            Operation::GetAppOfAssignment { app, id: own(id) }
        }
        (&Method::POST, [id, "app", "assign"]) if profile == Profile::Y2017 => {
            Operation::Assign { app, through: Some(own(id)) }
        }
        _ => return None,
    };
    Some(operation)
}

fn own(name: &str) -> String {
    name.to_owned()
}

fn no_segment(segment: &str) -> Answer {
    let message = format!("Resource not found for the segment '{segment}'.");
    Answer::error(StatusCode::BAD_REQUEST, "BadRequest", message)
}

fn no_route(method: &Method, segments: &[Segment]) -> Answer {
    let message = format!(
        "No OData route exists that match template {} with http verb {method} for request {}.",
        resource_path::template(segments),
        resource_path::path(segments)
    );
    Answer::error(StatusCode::BAD_REQUEST, "No method match route template", message)
}
