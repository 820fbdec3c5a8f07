//! The model as one table: every type that an assignment can be made of.
//!
//! Names, bases and enumerations are documented: CSDL of v1.0 (2026-08) and of beta (2021-07), and the generated models
//! of the beta SDK 1.66. Nullability is documented for what those CSDLs have; where the SDK alone knows a property,
//! null is let through (inferred). Which app types settings fit is by name (inferred); that they must fit was observed.

use super::schema::Kind::{Bool, Complex, DateTimeOffset, Enum, Guid, Int32, String, Strings};
use super::schema::{Enumeration, Kind, Property, Type};

const fn property(name: &'static str, kind: Kind) -> Property {
    Property { name, kind, nullable: true, in_v1: true }
}

impl Property {
    /// `Nullable="false"` in the CSDL.
    const fn not_null(self) -> Self {
        Self { nullable: false, ..self }
    }

    const fn beta_only(self) -> Self {
        Self { in_v1: false, ..self }
    }
}

const fn complex(name: &'static str, properties: &'static [Property]) -> Type {
    Type { name, base: None, is_abstract: false, in_v1: true, properties, apps: &[] }
}

const fn target(name: &'static str, properties: &'static [Property]) -> Type {
    Type { base: Some(&TARGET), ..complex(name, properties) }
}

const fn settings(
    name: &'static str,
    apps: &'static [&'static str],
    properties: &'static [Property],
) -> Type {
    Type { base: Some(&MOBILE_APP_ASSIGNMENT_SETTINGS), apps, ..complex(name, properties) }
}

impl Type {
    const fn beta_type(self) -> Self {
        Self { in_v1: false, ..self }
    }

    const fn without_instances(self) -> Self {
        Self { is_abstract: true, ..self }
    }
}

// Enumerations, numbered from 0.

pub(super) static INTENT: Enumeration = Enumeration {
    name: "installIntent",
    members: &["available", "required", "uninstall", "availableWithoutEnrollment"],
};

static SOURCE: Enumeration =
    Enumeration { name: "deviceAndAppManagementAssignmentSource", members: &["direct", "policySets"] };

static FILTER_TYPE: Enumeration = Enumeration {
    name: "deviceAndAppManagementAssignmentFilterType",
    members: &["none", "include", "exclude"],
};

static WIN32_NOTIFICATION: Enumeration =
    Enumeration { name: "win32LobAppNotification", members: &["showAll", "showReboot", "hideAll"] };

static WINGET_NOTIFICATION: Enumeration = Enumeration {
    name: "winGetAppNotification",
    members: &["showAll", "showReboot", "hideAll", "unknownFutureValue"],
};

static AUTO_UPDATE_CATALOG_NOTIFICATION: Enumeration = Enumeration {
    name: "windowsAutoUpdateCatalogAppNotificationType",
    members: &["showAll", "showReboot", "hideAll", "unknownFutureValue"],
};

static WIN32_DELIVERY: Enumeration = Enumeration {
    name: "win32LobAppDeliveryOptimizationPriority",
    members: &["notConfigured", "foreground"],
};

static AUTO_UPDATE_CATALOG_DELIVERY: Enumeration = Enumeration {
    name: "windowsAutoUpdateCatalogAppDeliveryOptimizationPriority",
    members: &["notConfigured", "foreground", "unknownFutureValue"],
};

static SUPERSEDED_APPS: Enumeration = Enumeration {
    name: "win32LobAutoUpdateSupersededAppsState",
    members: &["notConfigured", "enabled", "unknownFutureValue"],
};

static ANDROID_AUTO_UPDATE: Enumeration = Enumeration {
    name: "androidManagedStoreAutoUpdateMode",
    members: &["default", "postponed", "priority", "unknownFutureValue"],
};

static DDM_CELLULAR: Enumeration = Enumeration {
    name: "ddmAppAllowDownloadsOverCellular",
    members: &["alwaysOn", "alwaysOff", "storeSettings", "unknownFutureValue"],
};

static DDM_AUTOMATIC_UPDATES: Enumeration = Enumeration {
    name: "ddmAppAutomaticAppUpdates",
    members: &["alwaysOn", "alwaysOff", "storeSettings", "unknownFutureValue"],
};

// The assignment.

pub(super) static ASSIGNMENT: Type = complex(
    "mobileAppAssignment",
    &[
        property("id", String),
        property("intent", Enum(&INTENT)).not_null(),
        property("source", Enum(&SOURCE)).not_null().beta_only(),
        property("sourceId", String).beta_only(),
        property("target", Complex(&TARGET)),
        property("settings", Complex(&MOBILE_APP_ASSIGNMENT_SETTINGS)),
    ],
);

// Targets.

pub(super) static TARGET: Type = complex(
    "deviceAndAppManagementAssignmentTarget",
    &[
        property("deviceAndAppManagementAssignmentFilterId", String).beta_only(),
        property("deviceAndAppManagementAssignmentFilterType", Enum(&FILTER_TYPE)).not_null().beta_only(),
    ],
)
.without_instances();

static GROUP: Type = target("groupAssignmentTarget", &[property("groupId", String)]);
static EXCLUSION_GROUP: Type = Type { base: Some(&GROUP), ..target("exclusionGroupAssignmentTarget", &[]) };
static ALL_LICENSED_USERS: Type = target("allLicensedUsersAssignmentTarget", &[]);
static ALL_DEVICES: Type = target("allDevicesAssignmentTarget", &[]);
static COLLECTION: Type =
    target("configurationManagerCollectionAssignmentTarget", &[property("collectionId", String)]);

pub(super) static TARGETS: [&Type; 6] =
    [&TARGET, &GROUP, &EXCLUSION_GROUP, &ALL_LICENSED_USERS, &ALL_DEVICES, &COLLECTION];

// What settings are made of.

static INSTALL_TIME: Type = complex(
    "mobileAppInstallTimeSettings",
    &[
        property("useLocalTime", Bool).not_null(),
        property("startDateTime", DateTimeOffset),
        property("deadlineDateTime", DateTimeOffset),
    ],
);

static WINGET_INSTALL_TIME: Type = complex(
    "winGetAppInstallTimeSettings",
    &[property("useLocalTime", Bool), property("deadlineDateTime", DateTimeOffset)],
)
.beta_type();

static AUTO_UPDATE_CATALOG_INSTALL_TIME: Type = complex(
    "windowsAutoUpdateCatalogAppInstallTimeSettings",
    &[
        property("useLocalTime", Bool),
        property("startDateTime", DateTimeOffset),
        property("deadlineDateTime", DateTimeOffset),
    ],
)
.beta_type();

const RESTART: &[Property] = &[
    property("gracePeriodInMinutes", Int32).not_null(),
    property("countdownDisplayBeforeRestartInMinutes", Int32).not_null(),
    property("restartNotificationSnoozeDurationInMinutes", Int32),
];

static WIN32_RESTART: Type = complex("win32LobAppRestartSettings", RESTART);
static WINGET_RESTART: Type = complex("winGetAppRestartSettings", RESTART).beta_type();
static AUTO_UPDATE_CATALOG_RESTART: Type =
    complex("windowsAutoUpdateCatalogAppRestartSettings", RESTART).beta_type();

static WIN32_AUTO_UPDATE: Type = complex(
    "win32LobAppAutoUpdateSettings",
    &[property("autoUpdateSupersededAppsState", Enum(&SUPERSEDED_APPS)).not_null()],
);

static WIN32_IN_USE: Type = complex(
    "win32LobAppInUseSettings",
    &[
        property("countdownMinutes", Int32),
        property("minutesBetweenDeferrals", Int32),
        property("numberOfDeferrals", Int32),
    ],
)
.beta_type();

pub(super) static COMPLEX: [&Type; 8] = [
    &INSTALL_TIME,
    &WINGET_INSTALL_TIME,
    &AUTO_UPDATE_CATALOG_INSTALL_TIME,
    &WIN32_RESTART,
    &WINGET_RESTART,
    &AUTO_UPDATE_CATALOG_RESTART,
    &WIN32_AUTO_UPDATE,
    &WIN32_IN_USE,
];

// Settings.

static MOBILE_APP_ASSIGNMENT_SETTINGS: Type = complex("mobileAppAssignmentSettings", &[]).without_instances();

static WIN32_LOB: Type = settings(
    "win32LobAppAssignmentSettings",
    // The second derives from the first.
    &["win32LobApp", "win32CatalogApp"],
    &[
        property("notifications", Enum(&WIN32_NOTIFICATION)).not_null(),
        property("restartSettings", Complex(&WIN32_RESTART)),
        property("installTimeSettings", Complex(&INSTALL_TIME)),
        property("deliveryOptimizationPriority", Enum(&WIN32_DELIVERY)).not_null(),
        property("autoUpdateSettings", Complex(&WIN32_AUTO_UPDATE)),
        property("inUseSettings", Complex(&WIN32_IN_USE)).beta_only(),
    ],
);

const STORE_OR_LOB: &[Property] = &[
    property("vpnConfigurationId", String),
    property("uninstallOnDeviceRemoval", Bool),
    property("isRemovable", Bool),
    property("preventManagedAppBackup", Bool).beta_only(),
];

const USE_DEVICE_CONTEXT: &[Property] = &[property("useDeviceContext", Bool).not_null()];

pub(super) static SETTINGS: [&Type; 18] = [
    &MOBILE_APP_ASSIGNMENT_SETTINGS,
    &settings("iosStoreAppAssignmentSettings", &["iosStoreApp"], STORE_OR_LOB),
    &settings("iosLobAppAssignmentSettings", &["iosLobApp"], STORE_OR_LOB),
    &settings(
        "iosVppAppAssignmentSettings",
        &["iosVppApp"],
        &[
            property("useDeviceLicensing", Bool).not_null(),
            property("vpnConfigurationId", String),
            property("uninstallOnDeviceRemoval", Bool).beta_only(),
            property("isRemovable", Bool).beta_only(),
            property("preventAutoAppUpdate", Bool).beta_only(),
            property("preventManagedAppBackup", Bool).beta_only(),
        ],
    ),
    &settings(
        "macOsVppAppAssignmentSettings",
        &["macOsVppApp"],
        &[
            property("useDeviceLicensing", Bool).not_null(),
            property("uninstallOnDeviceRemoval", Bool),
            property("preventAutoAppUpdate", Bool),
            property("preventManagedAppBackup", Bool),
        ],
    )
    .beta_type(),
    &settings(
        "macOsLobAppAssignmentSettings",
        &["macOSLobApp"],
        &[property("uninstallOnDeviceRemoval", Bool)],
    ),
    &settings(
        "androidManagedStoreAppAssignmentSettings",
        &["androidManagedStoreApp", "androidManagedStoreWebApp"],
        &[
            property("androidManagedStoreAppTrackIds", Strings),
            property("autoUpdateMode", Enum(&ANDROID_AUTO_UPDATE)),
        ],
    )
    .beta_type(),
    &settings(
        "microsoftStoreForBusinessAppAssignmentSettings",
        &["microsoftStoreForBusinessApp"],
        USE_DEVICE_CONTEXT,
    ),
    &settings("windowsAppXAppAssignmentSettings", &["windowsAppX"], USE_DEVICE_CONTEXT),
    &settings("windowsUniversalAppXAppAssignmentSettings", &["windowsUniversalAppX"], USE_DEVICE_CONTEXT),
    &WIN32_LOB,
    &Type {
        base: Some(&WIN32_LOB),
        ..settings("win32CatalogAppAssignmentSettings", &["win32CatalogApp"], &[])
    }
    .beta_type(),
    &settings(
        "winGetAppAssignmentSettings",
        &["winGetApp"],
        &[
            property("notifications", Enum(&WINGET_NOTIFICATION)),
            property("restartSettings", Complex(&WINGET_RESTART)),
            property("installTimeSettings", Complex(&WINGET_INSTALL_TIME)),
        ],
    )
    .beta_type(),
    &settings(
        "windowsAutoUpdateCatalogAppAssignmentSettings",
        &["windowsAutoUpdateCatalogApp"],
        &[
            property("deliveryOptimizationPriority", Enum(&AUTO_UPDATE_CATALOG_DELIVERY)),
            property("installTimeSettings", Complex(&AUTO_UPDATE_CATALOG_INSTALL_TIME)),
            property("notificationType", Enum(&AUTO_UPDATE_CATALOG_NOTIFICATION)),
            property("restartSettings", Complex(&AUTO_UPDATE_CATALOG_RESTART)),
        ],
    )
    .beta_type(),
    // Which app types take the declarative ones was not found: those of the name, and those they would replace.
    &settings(
        "iosDdmStoreAppAssignmentSettings",
        &["iosDdmStoreApp", "iosStoreApp"],
        &[
            property("allowDownloadsOverCellular", Enum(&DDM_CELLULAR)),
            property("automaticAppUpdates", Enum(&DDM_AUTOMATIC_UPDATES)),
            property("associatedDomains", Strings),
            property("associatedDomainsDirectDownloadAllowed", Bool),
            property("preventManagedAppBackup", Bool),
            property("tapToPayScreenLockEnabled", Bool),
            property("cellularSliceConfigurationId", String),
            property("contentFilterConfigurationId", String),
            property("dnsProxyConfigurationId", String),
            property("relayConfigurationId", String),
            property("vpnConfigurationId", String),
            property("version", Int32),
        ],
    )
    .beta_type(),
    &settings(
        "iosDdmVppAppAssignmentSettings",
        &["iosDdmVppApp", "iosVppApp"],
        &[
            property("allowDownloadsOverCellular", Enum(&DDM_CELLULAR)),
            property("automaticAppUpdates", Enum(&DDM_AUTOMATIC_UPDATES)),
            property("associatedDomains", Strings),
            property("associatedDomainsDirectDownloadAllowed", Bool),
            property("preventManagedAppBackup", Bool),
            property("tapToPayScreenLockEnabled", Bool),
            property("cellularSliceConfigurationId", String),
            property("contentFilterConfigurationId", String),
            property("dnsProxyConfigurationId", String),
            property("relayConfigurationId", String),
            property("vpnConfigurationId", String),
            property("version", Int32),
            property("ddmAppConfigId", Guid),
            property("useDeviceLicensing", Bool),
        ],
    )
    .beta_type(),
    &settings(
        "iosDdmLobAppAssignmentSettings",
        &["iosDdmLobApp", "iosLobApp"],
        &[
            property("associatedDomains", Strings),
            property("associatedDomainsDirectDownloadAllowed", Bool),
            property("preventManagedAppBackup", Bool),
            property("tapToPayScreenLockEnabled", Bool),
            property("cellularSliceConfigurationId", String),
            property("contentFilterConfigurationId", String),
            property("dnsProxyConfigurationId", String),
            property("relayConfigurationId", String),
            property("vpnConfigurationId", String),
            property("ddmAppConfigId", Guid),
        ],
    )
    .beta_type(),
    &settings(
        "macOsDdmVppAppAssignmentSettings",
        &["macOsDdmVppApp", "macOsVppApp"],
        &[
            property("automaticAppUpdates", Enum(&DDM_AUTOMATIC_UPDATES)),
            property("ddmAppConfigId", Guid),
            property("isIosApp", Bool),
            property("useDeviceLicensing", Bool),
            property("version", Int32),
        ],
    )
    .beta_type(),
];
