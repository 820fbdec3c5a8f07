//! The types that a query may name, and what they derive from.

use serde_json::{Map, Value};

const NAMESPACE: &str = "microsoft.graph.";

/// Each type and its base. Apps: the public metadata of v1.0 (2026-08), that of beta (2021-07), and the generated
/// models of the beta SDK, which have what is newer. Types that are gone stay: an emulator of the past may hold them.
const TYPES: &[(&str, &str)] = &[
    ("mobileApp", "entity"),
    ("managedApp", "mobileApp"),
    ("managedMobileLobApp", "managedApp"),
    ("mobileLobApp", "mobileApp"),
    ("androidForWorkApp", "mobileApp"),
    ("androidLobApp", "mobileLobApp"),
    ("androidManagedStoreApp", "mobileApp"),
    ("androidManagedStoreWebApp", "androidManagedStoreApp"),
    ("androidStoreApp", "mobileApp"),
    ("iosLobApp", "mobileLobApp"),
    ("iosStoreApp", "mobileApp"),
    ("iosVppApp", "mobileApp"),
    ("iosiPadOSWebClip", "mobileApp"),
    ("macOSDmgApp", "mobileLobApp"),
    ("macOSLobApp", "mobileLobApp"),
    ("macOSMdatpApp", "mobileApp"),
    ("macOSMicrosoftDefenderApp", "mobileApp"),
    ("macOSMicrosoftEdgeApp", "mobileApp"),
    ("macOSOfficeSuiteApp", "mobileApp"),
    ("macOSPkgApp", "mobileLobApp"),
    ("macOSWebClip", "mobileApp"),
    ("macOsVppApp", "mobileApp"),
    ("managedAndroidLobApp", "managedMobileLobApp"),
    ("managedAndroidStoreApp", "managedApp"),
    ("managedIOSLobApp", "managedMobileLobApp"),
    ("managedIOSStoreApp", "managedApp"),
    ("microsoftStoreForBusinessApp", "mobileApp"),
    ("officeSuiteApp", "mobileApp"),
    ("webApp", "mobileApp"),
    ("win32CatalogApp", "win32LobApp"),
    ("win32LobApp", "mobileLobApp"),
    ("winGetApp", "mobileApp"),
    ("windowsAppX", "mobileLobApp"),
    ("windowsAutoUpdateCatalogApp", "mobileApp"),
    ("windowsMicrosoftEdgeApp", "mobileApp"),
    ("windowsMobileMSI", "mobileLobApp"),
    ("windowsPhone81AppX", "mobileLobApp"),
    ("windowsPhone81AppXBundle", "windowsPhone81AppX"),
    ("windowsPhone81StoreApp", "mobileApp"),
    ("windowsPhoneXAP", "mobileLobApp"),
    ("windowsStoreApp", "mobileApp"),
    ("windowsUniversalAppX", "mobileLobApp"),
    ("windowsWebApp", "mobileApp"),
    ("mobileAppAssignment", "entity"),
    ("mobileAppGroupAssignment", "entity"),
    ("mobileAppVppGroupAssignment", "mobileAppGroupAssignment"),
    ("mobileAppCategory", "entity"),
    ("deviceAndAppManagementAssignmentTarget", ""),
    ("groupAssignmentTarget", "deviceAndAppManagementAssignmentTarget"),
    ("exclusionGroupAssignmentTarget", "groupAssignmentTarget"),
    ("allLicensedUsersAssignmentTarget", "deviceAndAppManagementAssignmentTarget"),
    ("allDevicesAssignmentTarget", "deviceAndAppManagementAssignmentTarget"),
    ("configurationManagerCollectionAssignmentTarget", "deviceAndAppManagementAssignmentTarget"),
    ("mobileAppAssignmentSettings", ""),
    ("androidManagedStoreAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("iosDdmLobAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("iosDdmStoreAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("iosDdmVppAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("iosLobAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("iosStoreAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("iosVppAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("macOsDdmVppAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("macOsLobAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("macOsVppAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("microsoftStoreForBusinessAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("win32CatalogAppAssignmentSettings", "win32LobAppAssignmentSettings"),
    ("win32LobAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("winGetAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("windowsAppXAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("windowsAutoUpdateCatalogAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("windowsUniversalAppXAppAssignmentSettings", "mobileAppAssignmentSettings"),
    ("entity", ""),
];

/// The type that `microsoft.graph.…` names. Clients send type names in any case, and Graph's own pages show some.
pub(super) fn named(name: &str) -> Option<&'static str> {
    let (namespace, short) = name.split_at_checked(NAMESPACE.len())?;
    let known = TYPES.iter().map(|(known, _)| *known).find(|known| known.eq_ignore_ascii_case(short))?;
    namespace.eq_ignore_ascii_case(NAMESPACE).then_some(known)
}

/// Whether an object is of a type or of one that derives from it.
pub(super) fn is(object: &Map<String, Value>, wanted: &str) -> bool {
    let Some(Value::String(name)) = object.get("@odata.type") else { return false };
    let mut own = named(name.strip_prefix('#').unwrap_or(name));
    while let Some(known) = own {
        if known == wanted {
            return true;
        }
        own = base(known);
    }
    false
}

fn base(known: &str) -> Option<&'static str> {
    TYPES.iter().find(|(name, _)| *name == known).map(|(_, base)| *base).filter(|base| !base.is_empty())
}
