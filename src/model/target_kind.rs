//! What kinds of targets there are.

use crate::error::{Error, Result};
use crate::model::{guid, reading};

/// What kind of target it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetKind {
    /// The members of a group.
    Group,
    /// All but the members of a group.
    ExclusionGroup,
    /// All users with an Intune licence.
    AllLicensedUsers,
    /// All devices.
    AllDevices,
    /// A collection of Configuration Manager.
    ConfigurationManagerCollection,
    /// A type that this library does not know, or a known one whose id the server left out.
    Unknown,
}

impl TargetKind {
    const KNOWN: [Self; 5] = [
        Self::Group,
        Self::ExclusionGroup,
        Self::AllLicensedUsers,
        Self::AllDevices,
        Self::ConfigurationManagerCollection,
    ];

    /// The `@odata.type`; `Unknown` has none of its own.
    #[must_use]
    pub const fn odata_type(self) -> Option<&'static str> {
        match self {
            Self::Group => Some("#microsoft.graph.groupAssignmentTarget"),
            Self::ExclusionGroup => Some("#microsoft.graph.exclusionGroupAssignmentTarget"),
            Self::AllLicensedUsers => Some("#microsoft.graph.allLicensedUsersAssignmentTarget"),
            Self::AllDevices => Some("#microsoft.graph.allDevicesAssignmentTarget"),
            Self::ConfigurationManagerCollection => {
                Some("#microsoft.graph.configurationManagerCollectionAssignmentTarget")
            }
            Self::Unknown => None,
        }
    }

    /// The name of the id, as API users know it.
    #[must_use]
    pub fn id_name(self) -> Option<&'static str> {
        match self {
            Self::Group | Self::ExclusionGroup => Some("group_id"),
            Self::ConfigurationManagerCollection => Some("collection_id"),
            Self::AllLicensedUsers | Self::AllDevices | Self::Unknown => None,
        }
    }

    /// The name of the id on the wire.
    pub(super) fn id_property(self) -> Option<&'static str> {
        match self {
            Self::Group | Self::ExclusionGroup => Some("groupId"),
            Self::ConfigurationManagerCollection => Some("collectionId"),
            Self::AllLicensedUsers | Self::AllDevices | Self::Unknown => None,
        }
    }

    /// The kind that an `@odata.type` names, with or without its `#`.
    pub(super) fn of_type(odata_type: &str) -> Self {
        let known =
            Self::KNOWN.into_iter().find(|kind| kind.odata_type().map(bare) == Some(bare(odata_type)));
        known.unwrap_or(Self::Unknown)
    }

    /// Whether a caller may send such an id to a target of this kind.
    pub(super) fn check_id(self, id: Option<&str>) -> Result<()> {
        match (self.id_name(), id) {
            (None, Some(_)) => Err(Error::invalid_input("id", "this kind of target has no id")),
            (Some(name), None) => Err(reading::missing(name)),
            (Some(name), Some(id)) if name == "group_id" => guid::check(name, "group", id),
            (Some(name), Some("")) => Err(Error::invalid_input(name, "is empty")),
            (None, None) | (Some(_), Some(_)) => Ok(()),
        }
    }
}

/// A type name without its `#`: Graph's documents spell it both ways.
pub(super) fn bare(odata_type: &str) -> &str {
    odata_type.strip_prefix('#').unwrap_or(odata_type)
}
