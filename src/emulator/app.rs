//! What the service shows of an app.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::profile::{Profile, Version};

/// What v1.0 does not show of an app, as the two metadata documents differ.
const BETA_ONLY: [&str; 7] = [
    "dependentAppCount",
    "isAssigned",
    "relationships",
    "roleScopeTagIds",
    "supersededAppCount",
    "supersedingAppCount",
    "uploadState",
];

/// What the type `mobileApp` itself has: those of derived types need a cast in a query.
pub(super) fn properties(profile: Profile, version: Version) -> Vec<String> {
    let usual = shown(version, &document(profile, "", &Map::new()), false);
    let navigation = match profile {
        Profile::Y2017 => &["groupAssignments", "categories"][..],
        Profile::Current => &["assignments", "categories", "relationships"][..],
    };
    usual.keys().cloned().chain(navigation.iter().map(|&name| name.to_owned())).collect()
}

/// An app as the profile's beta lists it, with what a test says of it. Properties that the type of the app adds are
/// there only if the test gives them.
pub(super) fn document(profile: Profile, id: &str, given: &Map<String, Value>) -> Map<String, Value> {
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut usual = json!({
        "@odata.type": "#microsoft.graph.win32LobApp",
        "id": id,
        "displayName": "Company Portal",
        "description": "",
        "publisher": "",
        "largeIcon": null,
        "createdDateTime": now,
        "lastModifiedDateTime": now,
        "isFeatured": false,
        "privacyInformationUrl": null,
        "informationUrl": null,
        "owner": "",
        "developer": "",
        "notes": "",
        "uploadState": 1,
    });
    let since = json!({
        "publishingState": "published",
        "isAssigned": false,
        "roleScopeTagIds": ["0"],
        "dependentAppCount": 0,
        "supersedingAppCount": 0,
        "supersededAppCount": 0,
    });
    if let (Profile::Current, Value::Object(usual), Value::Object(since)) = (profile, &mut usual, since) {
        usual.extend(since);
    }
    let Value::Object(mut document) = usual else { return Map::new() };
    for (name, value) in given {
        // Apps of 2017 had no such state.
        let is_of_today = name == "publishingState" && profile == Profile::Y2017;
        let is_annotation = name.starts_with("assignments@") || name.starts_with("groupAssignments@");
        if name != "id" && !is_of_today && !is_annotation {
            document.insert(name.clone(), value.clone());
        }
    }
    document
}

/// The document as a version shows it.
pub(super) fn shown(
    version: Version,
    document: &Map<String, Value>,
    is_assigned: bool,
) -> Map<String, Value> {
    let mut shown = document.clone();
    match version {
        Version::V1 => shown.retain(|name, _| !BETA_ONLY.contains(&name.as_str())),
        Version::Beta => {
            if let Some(assigned) = shown.get_mut("isAssigned") {
                *assigned = is_assigned.into();
            }
        }
    }
    shown
}
