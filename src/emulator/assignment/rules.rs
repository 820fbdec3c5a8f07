//! What the service refuses though the model allows it.

use serde_json::{Map, Value};

use super::Refused;
use super::model::Model;
use super::value::is_guid;
use super::{settings, target};

/// What the service says when it has nothing better to say (observed on several refusals).
const NOTHING_BETTER: &str = "An error has occurred";

/// Checks an assignment in the form in which it is held.
pub(super) fn check(model: Model<'_>, app: &str, held: &Map<String, Value>) -> Result<(), Refused> {
    let of = |name| held.get(name).unwrap_or(&Value::Null);
    let (target, settings) = (of("target"), of("settings"));
    let Some(intent) = of("intent").as_str() else {
        // Inferred: whoever forgets the intent shall not be given one.
        return refuse(NOTHING_BETTER);
    };
    check_target(target)?;
    check_reach(app, intent, target)?;
    check_settings(model, app, intent, target, settings)?;
    check_apple_settings(intent, settings)
}

fn check_target(held: &Value) -> Result<(), Refused> {
    if held.is_null() {
        // Observed, in other words: Intune-PowerShell-SDK#63.
        return refuse("Target cannot be null.");
    }
    let text = |name| held.get(name).and_then(Value::as_str);
    let named = match target::kind(held) {
        // Observed for a group's name in place of its id: IntuneWin32App#56.
        "groupAssignmentTarget" | "exclusionGroupAssignmentTarget" => text("groupId").is_some_and(is_guid),
        // Inferred.
        "configurationManagerCollectionAssignmentTarget" => {
            text("collectionId").is_some_and(|id| !id.is_empty())
        }
        _ => true,
    };
    // Inferred: half a filter is none, and a filter's id is a GUID as a group's is.
    let filtered = match target::filter(held) {
        None => true,
        Some((id, kind)) => kind != "none" && id.is_some_and(is_guid),
    };
    if named && filtered { Ok(()) } else { refuse(NOTHING_BETTER) }
}

fn check_reach(app: &str, intent: &str, held: &Value) -> Result<(), Refused> {
    // Documented: what is available is so to users (IntuneDocs#1818), but for Android Enterprise (memdocs#2831).
    let offered = matches!(intent, "available" | "availableWithoutEnrollment");
    let to_devices = target::kind(held) == "allDevicesAssignmentTarget";
    if offered && to_devices && !app.starts_with("androidManagedStore") {
        return refuse(NOTHING_BETTER);
    }
    // Observed: Intuneomator#69.
    if target::is_exclusion(held) && app == "macOSLobApp" {
        return refuse(NOTHING_BETTER);
    }
    Ok(())
}

fn check_settings(
    model: Model<'_>,
    app: &str,
    intent: &str,
    target: &Value,
    held: &Value,
) -> Result<(), Refused> {
    let Some(kind) = settings::kind(held) else { return Ok(()) };
    // Observed: the sentence stands in CIPP, Set-CIPPAssignedApplication.
    if target::is_exclusion(target) {
        return refuse("Exclusion assignment does not support MobileAppAssignment Settings.");
    }
    // Observed by the authors of terraform-provider-microsoft365 and of a module for Win32 apps; the words were not.
    let updates = held.get("autoUpdateSettings").is_some_and(|settings| !settings.is_null());
    if !settings::fit(model, kind, app) || (updates && intent != "available") {
        return refuse(NOTHING_BETTER);
    }
    Ok(())
}

/// Observed on a live tenant for `true`: terraform-provider-microsoft365, `mobile_app_assignment`; its own stand-in for the
/// service refuses `false` too. That null counts as absent is inferred: the service lists null for what was never set.
fn check_apple_settings(intent: &str, held: &Value) -> Result<(), Refused> {
    let is_set = |name| held.get(name).is_some_and(|value| !value.is_null());
    if intent != "required" && is_set("isRemovable") {
        return refuse("IsRemovable setting is only supported for Required intent.");
    }
    if intent == "uninstall" && is_set("uninstallOnDeviceRemoval") {
        return refuse("UninstallOnDeviceRemoval setting is not supported Uninstall intent.");
    }
    if intent == "uninstall" && is_set("preventManagedAppBackup") {
        return refuse("PreventManagedAppBackup setting is not supported for Uninstall intent.");
    }
    Ok(())
}

fn refuse(message: &str) -> Result<(), Refused> {
    Err(Refused::Rule(message.to_owned()))
}
