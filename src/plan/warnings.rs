//! What Graph is known to refuse or to ignore, among what a plan adds or changes.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::json::Json;
use crate::model::{InstallIntent, MobileAppAssignment, Named, TargetKind};
use crate::plan::Warning;
use crate::plan::comparison::settings_type;

/// The settings that Graph documents.
const SETTINGS: [&str; 17] = [
    "androidManagedStoreAppAssignmentSettings",
    "iosDdmLobAppAssignmentSettings",
    "iosDdmStoreAppAssignmentSettings",
    "iosDdmVppAppAssignmentSettings",
    "iosLobAppAssignmentSettings",
    "iosStoreAppAssignmentSettings",
    "iosVppAppAssignmentSettings",
    "macOsDdmVppAppAssignmentSettings",
    "macOsLobAppAssignmentSettings",
    "macOsVppAppAssignmentSettings",
    "microsoftStoreForBusinessAppAssignmentSettings",
    "win32CatalogAppAssignmentSettings",
    "win32LobAppAssignmentSettings",
    "winGetAppAssignmentSettings",
    "windowsAppXAppAssignmentSettings",
    "windowsAutoUpdateCatalogAppAssignmentSettings",
    "windowsUniversalAppXAppAssignmentSettings",
];

const ANDROID: &str = "androidManagedStoreAppAssignmentSettings";
const MAC_LOB: &str = "macOsLobAppAssignmentSettings";

/// One thing that Graph is known to refuse or to ignore.
struct Rule {
    code: &'static str,
    meets: fn(&Seen<'_>) -> bool,
    advice: &'static str,
}

const RULES: [Rule; 11] = [
    Rule {
        code: "target_unknown",
        meets: |seen| seen.kind() == TargetKind::Unknown,
        advice: "this library does not know the type of the target, or its id is missing, and Graph may refuse it; \
                 use one of the five documented targets",
    },
    Rule {
        code: "exclusion_with_settings",
        meets: |seen| seen.is_exclusion() && seen.settings().is_some(),
        advice: "Graph refuses settings on an exclusion; leave them out",
    },
    Rule {
        code: "exclusion_of_mac_lob",
        meets: |seen| seen.is_exclusion() && seen.app_has(MAC_LOB),
        advice: "Graph was seen to refuse exclusions on macOS line-of-business apps; include the right groups instead",
    },
    Rule {
        code: "available_to_all_devices",
        meets: |seen| seen.kind() == TargetKind::AllDevices && seen.is_available() && !seen.app_has(ANDROID),
        advice: "what is available is so to users: Graph refuses all devices but for Android Enterprise apps; \
                 use all users, a group, or the intent required",
    },
    Rule {
        code: "settings_without_type",
        meets: |seen| seen.settings().is_some() && seen.settings_type().is_none(),
        advice: "settings without an @odata.type are refused; name the type that fits the app",
    },
    Rule {
        code: "settings_type_unknown",
        meets: |seen| seen.settings_type().is_some_and(|name| !SETTINGS.contains(&name)),
        advice: "Graph does not document settings of this type; check how it is spelled",
    },
    Rule {
        code: "settings_type_differs",
        meets: |seen| seen.settings_type().is_some_and(|name| !seen.app_has(name)),
        advice: "the app's other assignments have settings of another type, and Graph refuses what does not fit the app; \
                 use the type of the others",
    },
    Rule {
        code: "auto_update_without_available",
        meets: |seen| seen.sets("autoUpdateSettings") && *seen.intent() != InstallIntent::Available,
        advice: "Graph takes autoUpdateSettings with the intent available alone; leave them out",
    },
    Rule {
        code: "is_removable_without_required",
        meets: |seen| seen.sets("isRemovable") && *seen.intent() != InstallIntent::Required,
        advice: "Graph takes isRemovable with the intent required alone; leave it out, or null",
    },
    Rule {
        code: "uninstall_on_removal_with_uninstall",
        meets: |seen| seen.sets("uninstallOnDeviceRemoval") && *seen.intent() == InstallIntent::Uninstall,
        advice: "Graph refuses uninstallOnDeviceRemoval with the intent uninstall; leave it out, or null",
    },
    Rule {
        code: "prevent_backup_with_uninstall",
        meets: |seen| seen.sets("preventManagedAppBackup") && *seen.intent() == InstallIntent::Uninstall,
        advice: "Graph refuses preventManagedAppBackup with the intent uninstall; leave it out, or null",
    },
];

/// An entry that is added or changed, and what the app's other ones tell of the app.
struct Seen<'a> {
    entry: &'a MobileAppAssignment,
    app: &'a HashSet<&'a str>,
}

impl<'a> Seen<'a> {
    fn kind(&self) -> TargetKind {
        self.entry.target().kind()
    }

    fn is_exclusion(&self) -> bool {
        self.kind() == TargetKind::ExclusionGroup
    }

    fn intent(&self) -> &'a InstallIntent {
        self.entry.intent()
    }

    fn is_available(&self) -> bool {
        matches!(self.intent(), InstallIntent::Available | InstallIntent::AvailableWithoutEnrollment)
    }

    fn settings(&self) -> Option<&'a Json> {
        self.entry.settings()
    }

    fn settings_type(&self) -> Option<&'a str> {
        type_of(self.entry)
    }

    /// Whether a setting is there and not null.
    fn sets(&self, name: &str) -> bool {
        let Some(Json::Object(properties)) = self.settings() else { return false };
        properties.iter().any(|(other, value)| other == name && *value != Json::Null)
    }

    /// Whether settings of this type belong to the app.
    fn app_has(&self, settings_type: &str) -> bool {
        self.app.contains(settings_type)
    }
}

fn type_of(entry: &MobileAppAssignment) -> Option<&str> {
    entry.settings().and_then(settings_type)
}

/// The warnings about what is new to an app; what is kept, the service has taken already.
pub(super) fn of(news: &[&MobileAppAssignment], before: &[MobileAppAssignment]) -> Vec<Warning> {
    let mut app: HashSet<_> = before.iter().filter_map(type_of).collect();
    if app.is_empty() {
        app.extend(news.iter().copied().find_map(type_of));
    }
    let mut warnings = Vec::new();
    for entry in news {
        let seen = Seen { entry, app: &app };
        warnings.extend(RULES.iter().filter(|rule| (rule.meets)(&seen)).map(|rule| Warning {
            code: Cow::Borrowed(rule.code),
            message: format!("{}: {}", entry.summary(), rule.advice),
        }));
    }
    warnings
}

/// What was to be removed and is not there.
pub(super) fn not_there(index: usize, name: &Named) -> Warning {
    let summary = match name {
        Named::Assignment(assignment) => assignment.summary(),
        Named::Target(target) => target.summary(),
    };
    let message = format!("remove[{index}] ({summary}) is not there; nothing is removed for it");
    Warning { code: Cow::Borrowed("not_there"), message }
}

/// What was read from a policy set, and will be the app's own.
pub(super) fn of_policy_set(entry: &MobileAppAssignment) -> Warning {
    let message = format!(
        "{}: it came from a policy set, and will be the app's own: who takes it out of the policy set leaves it here",
        entry.summary()
    );
    Warning { code: Cow::Borrowed("of_policy_set"), message }
}
