//! Where the action is called: the four documented paths.

use std::fmt;

use crate::error::{Error, Result};

const MAX_ID_CHARS: usize = 256;

/// One of the four documented paths to `mobileApp: assign`, below the version segment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MobileAppPath {
    mobile_app_id: String,
    via: Option<(Via, String)>,
}

/// A navigation from an app and back to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// Through one of the app's user statuses.
    UserStatus,
    /// Through one of the app's device statuses.
    DeviceStatus,
    /// Through one of the app's group assignments.
    GroupAssignment,
}

impl Via {
    /// The name of the collection on the wire.
    #[must_use]
    pub fn segment(self) -> &'static str {
        match self {
            Self::UserStatus => "userStatuses",
            Self::DeviceStatus => "deviceStatuses",
            Self::GroupAssignment => "groupAssignments",
        }
    }

    /// The name of the id, as API users know it.
    #[must_use]
    pub fn id_name(self) -> &'static str {
        match self {
            Self::UserStatus => "user_app_install_status_id",
            Self::DeviceStatus => "mobile_app_install_status_id",
            Self::GroupAssignment => "mobile_app_group_assignment_id",
        }
    }
}

impl MobileAppPath {
    /// The direct path to an app.
    ///
    /// # Errors
    /// An input error at `mobile_app_id` if the id is not one safe path segment.
    pub fn new(mobile_app_id: &str) -> Result<Self> {
        Ok(Self { mobile_app_id: segment("mobile_app_id", mobile_app_id)?, via: None })
    }

    /// The path to the same app by way of one of its statuses or group assignments.
    ///
    /// # Errors
    /// An input error if the id is not one safe path segment, or if this path has a navigation already.
    pub fn through(&self, via: Via, id: &str) -> Result<Self> {
        if let Some((taken, _)) = self.via {
            let message = format!("this path goes through {} already", taken.segment());
            let hint = format!("start from MobileAppPath('{}')", self.mobile_app_id);
            return Err(Error::invalid_input(via.id_name(), message).with_hint(hint));
        }
        let via = Some((via, segment(via.id_name(), id)?));
        Ok(Self { mobile_app_id: self.mobile_app_id.clone(), via })
    }

    /// The id of the app.
    #[must_use]
    pub fn mobile_app_id(&self) -> &str {
        &self.mobile_app_id
    }

    /// The navigation and its id, if the path is not the direct one.
    #[must_use]
    pub fn via(&self) -> Option<(Via, &str)> {
        self.via.as_ref().map(|(via, id)| (*via, id.as_str()))
    }
}

/// The request path below the version segment.
impl fmt::Display for MobileAppPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "deviceAppManagement/mobileApps/{}/", self.mobile_app_id)?;
        if let Some((via, id)) = &self.via {
            write!(out, "{}/{id}/app/", via.segment())?;
        }
        out.write_str("assign")
    }
}

/// An id that is one path segment and stays one whatever a URL library does to it.
fn segment(name: &str, id: &str) -> Result<String> {
    let refuse = |what: String| {
        Err(Error::invalid_input(name, what)
            .with_hint("an id is 1 to 256 of the characters A-Z a-z 0-9 . _ ~ - and no display name; it is never repaired"))
    };
    let chars = id.chars().count();
    if id.is_empty() {
        return refuse("is empty".to_owned());
    }
    if chars > MAX_ID_CHARS {
        return refuse(format!("has {chars} characters"));
    }
    if let Some(wrong) = id.chars().find(|char| !char.is_ascii_alphanumeric() && !"._~-".contains(*char)) {
        return refuse(format!("{id:?} has the character {wrong:?}, which is not safe in a path"));
    }
    if id == "." || id == ".." {
        return refuse(format!("{id:?} would lead to another path"));
    }
    Ok(id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_paths_are_as_documented() {
        let app = MobileAppPath::new("A").unwrap();
        let through = |via| app.through(via, "S").unwrap().to_string();
        assert_eq!(app.to_string(), "deviceAppManagement/mobileApps/A/assign");
        assert_eq!(through(Via::UserStatus), "deviceAppManagement/mobileApps/A/userStatuses/S/app/assign");
        assert_eq!(
            through(Via::DeviceStatus),
            "deviceAppManagement/mobileApps/A/deviceStatuses/S/app/assign"
        );
        assert_eq!(
            through(Via::GroupAssignment),
            "deviceAppManagement/mobileApps/A/groupAssignments/S/app/assign"
        );
    }

    #[test]
    fn an_id_that_is_not_one_safe_segment_is_refused() {
        let blank = " ".repeat(36);
        let long = "a".repeat(257);
        let unsafe_ids = [
            "../../users",
            "..",
            ".",
            "",
            &blank,
            "a/b",
            "a?b",
            "a#b",
            "a%2Fb",
            "%2e%2e",
            "a;b",
            "{a}",
            "urn:uuid:a",
            "\u{ff11}",
            "\u{430}",
            "a\u{202e}b",
            "a\u{200b}b",
            "a\r\nb",
            "a\tb",
            &long,
        ];
        for id in unsafe_ids {
            let error = MobileAppPath::new(id).expect_err(id);
            assert!(error.to_string().starts_with("mobile_app_id: "), "{error}");
        }
        for id in ["3F6A1C52-8F0E-4B7E-9A55-0C1D2E3F4A5B", "not-a-guid", "a.b_c~d", &"a".repeat(256)] {
            assert!(MobileAppPath::new(id).is_ok(), "{id}");
        }
    }

    #[test]
    fn a_path_takes_one_navigation() {
        let path = MobileAppPath::new("A").unwrap().through(Via::UserStatus, "S").unwrap();
        let error = path.through(Via::DeviceStatus, "D").unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("start from MobileAppPath('A')"));
    }
}
