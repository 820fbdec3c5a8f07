//! The table against the documents, written down once more by hand.

use super::{ASSIGNMENT, COMPLEX, Kind, SETTINGS, TARGETS, Type};

/// `!` is not null, `-` is not in v1.0.
const DOCUMENTED: &str = "
mobileAppAssignment: id String, intent installIntent!, source deviceAndAppManagementAssignmentSource!-, sourceId String-, target deviceAndAppManagementAssignmentTarget, settings mobileAppAssignmentSettings
deviceAndAppManagementAssignmentTarget: deviceAndAppManagementAssignmentFilterId String-, deviceAndAppManagementAssignmentFilterType deviceAndAppManagementAssignmentFilterType!-
groupAssignmentTarget < deviceAndAppManagementAssignmentTarget: groupId String
exclusionGroupAssignmentTarget < groupAssignmentTarget:
allLicensedUsersAssignmentTarget < deviceAndAppManagementAssignmentTarget:
allDevicesAssignmentTarget < deviceAndAppManagementAssignmentTarget:
configurationManagerCollectionAssignmentTarget < deviceAndAppManagementAssignmentTarget: collectionId String
mobileAppAssignmentSettings:
iosStoreAppAssignmentSettings < mobileAppAssignmentSettings: vpnConfigurationId String, uninstallOnDeviceRemoval Boolean, isRemovable Boolean, preventManagedAppBackup Boolean-
iosLobAppAssignmentSettings < mobileAppAssignmentSettings: vpnConfigurationId String, uninstallOnDeviceRemoval Boolean, isRemovable Boolean, preventManagedAppBackup Boolean-
iosVppAppAssignmentSettings < mobileAppAssignmentSettings: useDeviceLicensing Boolean!, vpnConfigurationId String, uninstallOnDeviceRemoval Boolean-, isRemovable Boolean-, preventAutoAppUpdate Boolean-, preventManagedAppBackup Boolean-
macOsVppAppAssignmentSettings- < mobileAppAssignmentSettings: useDeviceLicensing Boolean!, uninstallOnDeviceRemoval Boolean, preventAutoAppUpdate Boolean, preventManagedAppBackup Boolean
macOsLobAppAssignmentSettings < mobileAppAssignmentSettings: uninstallOnDeviceRemoval Boolean
androidManagedStoreAppAssignmentSettings- < mobileAppAssignmentSettings: androidManagedStoreAppTrackIds Collection(String), autoUpdateMode androidManagedStoreAutoUpdateMode
microsoftStoreForBusinessAppAssignmentSettings < mobileAppAssignmentSettings: useDeviceContext Boolean!
windowsAppXAppAssignmentSettings < mobileAppAssignmentSettings: useDeviceContext Boolean!
windowsUniversalAppXAppAssignmentSettings < mobileAppAssignmentSettings: useDeviceContext Boolean!
win32LobAppAssignmentSettings < mobileAppAssignmentSettings: notifications win32LobAppNotification!, restartSettings win32LobAppRestartSettings, installTimeSettings mobileAppInstallTimeSettings, deliveryOptimizationPriority win32LobAppDeliveryOptimizationPriority!, autoUpdateSettings win32LobAppAutoUpdateSettings, inUseSettings win32LobAppInUseSettings-
win32CatalogAppAssignmentSettings- < win32LobAppAssignmentSettings:
winGetAppAssignmentSettings- < mobileAppAssignmentSettings: notifications winGetAppNotification, restartSettings winGetAppRestartSettings, installTimeSettings winGetAppInstallTimeSettings
windowsAutoUpdateCatalogAppAssignmentSettings- < mobileAppAssignmentSettings: deliveryOptimizationPriority windowsAutoUpdateCatalogAppDeliveryOptimizationPriority, installTimeSettings windowsAutoUpdateCatalogAppInstallTimeSettings, notificationType windowsAutoUpdateCatalogAppNotificationType, restartSettings windowsAutoUpdateCatalogAppRestartSettings
iosDdmStoreAppAssignmentSettings- < mobileAppAssignmentSettings: allowDownloadsOverCellular ddmAppAllowDownloadsOverCellular, automaticAppUpdates ddmAppAutomaticAppUpdates, associatedDomains Collection(String), associatedDomainsDirectDownloadAllowed Boolean, preventManagedAppBackup Boolean, tapToPayScreenLockEnabled Boolean, cellularSliceConfigurationId String, contentFilterConfigurationId String, dnsProxyConfigurationId String, relayConfigurationId String, vpnConfigurationId String, version Int32
iosDdmVppAppAssignmentSettings- < mobileAppAssignmentSettings: allowDownloadsOverCellular ddmAppAllowDownloadsOverCellular, automaticAppUpdates ddmAppAutomaticAppUpdates, associatedDomains Collection(String), associatedDomainsDirectDownloadAllowed Boolean, preventManagedAppBackup Boolean, tapToPayScreenLockEnabled Boolean, cellularSliceConfigurationId String, contentFilterConfigurationId String, dnsProxyConfigurationId String, relayConfigurationId String, vpnConfigurationId String, version Int32, ddmAppConfigId Guid, useDeviceLicensing Boolean
iosDdmLobAppAssignmentSettings- < mobileAppAssignmentSettings: associatedDomains Collection(String), associatedDomainsDirectDownloadAllowed Boolean, preventManagedAppBackup Boolean, tapToPayScreenLockEnabled Boolean, cellularSliceConfigurationId String, contentFilterConfigurationId String, dnsProxyConfigurationId String, relayConfigurationId String, vpnConfigurationId String, ddmAppConfigId Guid
macOsDdmVppAppAssignmentSettings- < mobileAppAssignmentSettings: automaticAppUpdates ddmAppAutomaticAppUpdates, ddmAppConfigId Guid, isIosApp Boolean, useDeviceLicensing Boolean, version Int32
mobileAppInstallTimeSettings: useLocalTime Boolean!, startDateTime DateTimeOffset, deadlineDateTime DateTimeOffset
winGetAppInstallTimeSettings-: useLocalTime Boolean, deadlineDateTime DateTimeOffset
windowsAutoUpdateCatalogAppInstallTimeSettings-: useLocalTime Boolean, startDateTime DateTimeOffset, deadlineDateTime DateTimeOffset
win32LobAppRestartSettings: gracePeriodInMinutes Int32!, countdownDisplayBeforeRestartInMinutes Int32!, restartNotificationSnoozeDurationInMinutes Int32
winGetAppRestartSettings-: gracePeriodInMinutes Int32!, countdownDisplayBeforeRestartInMinutes Int32!, restartNotificationSnoozeDurationInMinutes Int32
windowsAutoUpdateCatalogAppRestartSettings-: gracePeriodInMinutes Int32!, countdownDisplayBeforeRestartInMinutes Int32!, restartNotificationSnoozeDurationInMinutes Int32
win32LobAppAutoUpdateSettings: autoUpdateSupersededAppsState win32LobAutoUpdateSupersededAppsState!
win32LobAppInUseSettings-: countdownMinutes Int32, minutesBetweenDeferrals Int32, numberOfDeferrals Int32
";

const ENUMERATIONS: &str = "
installIntent: available, required, uninstall, availableWithoutEnrollment
deviceAndAppManagementAssignmentSource: direct, policySets
deviceAndAppManagementAssignmentFilterType: none, include, exclude
androidManagedStoreAutoUpdateMode: default, postponed, priority, unknownFutureValue
win32LobAppNotification: showAll, showReboot, hideAll
win32LobAppDeliveryOptimizationPriority: notConfigured, foreground
winGetAppNotification: showAll, showReboot, hideAll, unknownFutureValue
windowsAutoUpdateCatalogAppDeliveryOptimizationPriority: notConfigured, foreground, unknownFutureValue
windowsAutoUpdateCatalogAppNotificationType: showAll, showReboot, hideAll, unknownFutureValue
ddmAppAllowDownloadsOverCellular: alwaysOn, alwaysOff, storeSettings, unknownFutureValue
ddmAppAutomaticAppUpdates: alwaysOn, alwaysOff, storeSettings, unknownFutureValue
win32LobAutoUpdateSupersededAppsState: notConfigured, enabled, unknownFutureValue
";

fn types() -> impl Iterator<Item = &'static Type> {
    [&ASSIGNMENT].into_iter().chain(TARGETS).chain(SETTINGS).chain(COMPLEX)
}

fn written(of: &Type) -> String {
    let mark = |in_v1| if in_v1 { "" } else { "-" };
    let property = |known: &super::Property| {
        let kind = known.kind.name().replace("Edm.", "").replace("microsoft.management.services.api.", "");
        let null = if known.nullable { "" } else { "!" };
        format!(" {} {kind}{null}{}", known.name, mark(known.in_v1))
    };
    let base = of.base.map(|base| format!(" < {}", base.name)).unwrap_or_default();
    let properties: Vec<String> = of.properties.iter().map(property).collect();
    format!("{}{}{base}:{}", of.name, mark(of.in_v1), properties.join(","))
}

#[test]
fn types_are_as_documented() {
    let found: Vec<String> = types().map(written).collect();
    let documented: Vec<&str> = DOCUMENTED.trim().lines().collect();
    assert_eq!(found, documented);
}

#[test]
fn enumerations_are_as_documented() {
    let mut found: Vec<String> = Vec::new();
    for known in types().flat_map(|of| of.properties) {
        if let Kind::Enum(enumeration) = known.kind {
            let line = format!("{}: {}", enumeration.name, enumeration.members.join(", "));
            if !found.contains(&line) {
                found.push(line);
            }
        }
    }
    assert_eq!(found, ENUMERATIONS.trim().lines().collect::<Vec<_>>());
}

#[test]
fn a_base_has_no_instances_and_everything_else_has() {
    let abstract_types: Vec<_> = types().filter(|of| of.is_abstract).map(|of| of.name).collect();
    assert_eq!(abstract_types, ["deviceAndAppManagementAssignmentTarget", "mobileAppAssignmentSettings"]);
}

#[test]
fn settings_alone_fit_apps_and_all_of_them_do() {
    for of in types() {
        let is_settings = of.base.is_some_and(|base| base.is_a(SETTINGS[0]));
        assert_eq!(!of.apps.is_empty(), is_settings, "{}", of.name);
    }
}
