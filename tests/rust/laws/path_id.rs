//! An id in a path: one safe segment or an error that names it, and the documented segments around it.

use appassign::error::{Kind, Result};
use appassign::model::{MobileAppPath, Via};
use appassign::service::{Cloud, ServiceRoot};

use super::{Input, text};

/// The first line is the app's id; what stands behind it is the id of a status or of a group assignment.
pub(crate) fn check(bytes: &[u8]) -> Input {
    let Ok(ids) = std::str::from_utf8(bytes) else { return Input::Refused };
    let (app, other) = ids.split_once('\n').unwrap_or((ids, "S"));
    let Some(path) = accepted(MobileAppPath::new(app), "mobile_app_id", app) else { return Input::Refused };
    goes_to(&path, &["deviceAppManagement", "mobileApps", app, "assign"]);
    let mut input = Input::Accepted;
    for via in [Via::UserStatus, Via::DeviceStatus, Via::GroupAssignment] {
        let Some(path) = accepted(path.through(via, other), via.id_name(), other) else {
            input = Input::Refused;
            continue;
        };
        let segments = ["deviceAppManagement", "mobileApps", app, via.segment(), other, "app", "assign"];
        goes_to(&path, &segments);
        assert_eq!((path.mobile_app_id(), path.via()), (app, Some((via, other))));
        assert!(path.through(via, other).is_err(), "a path takes one navigation");
    }
    input
}

fn accepted(path: Result<MobileAppPath>, name: &str, id: &str) -> Option<MobileAppPath> {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_safe = (1..=256).contains(&id.len()) && id.bytes().all(is_unreserved) && id != "." && id != "..";
    match path {
        Ok(path) => {
            assert!(is_safe, "{id:?}");
            Some(path)
        }
        Err(error) => {
            assert!(!is_safe, "{id:?}");
            assert_eq!(error.kind, Kind::InvalidInput { location: Some(name.to_owned()) });
            text::is_short(&error);
            None
        }
    }
}

/// In the URL as a library holds it, so that nothing was taken out or turned into something else.
fn goes_to(path: &MobileAppPath, expected: &[&str]) {
    let root = ServiceRoot::of_cloud(Cloud::Global).unwrap();
    let url = root.url(&path.to_string());
    let expected = expected.join("/");
    assert_eq!(url.as_str(), format!("https://graph.microsoft.com/beta/{expected}"));
    assert_eq!(url.path_segments().unwrap().count(), 1 + expected.split('/').count());
}
