//! An assignment in one line, for people.

use crate::error::{cut, printable};
use crate::json::Json;
use crate::model::{AssignmentTarget, MobileAppAssignment, TargetKind, reading};

/// How much is shown of a name or an id, and of a value.
const MAX_NAME_BYTES: usize = 64;
const MAX_VALUE_BYTES: usize = 200;
/// How much of an assignment is shown in a sentence.
const MAX_SUMMARY_BYTES: usize = 1_000;
/// How many properties that this library does not know are shown.
const MAX_UNKNOWN: usize = 3;

impl AssignmentTarget {
    /// Whom it is for, without the filter: `group 3f6a…`.
    #[must_use]
    pub fn summary(&self) -> String {
        let id = name(self.id().unwrap_or_default());
        match self.kind() {
            TargetKind::Group => format!("group {id}"),
            TargetKind::ExclusionGroup => format!("exclusion group {id}"),
            TargetKind::AllLicensedUsers => "all users".to_owned(),
            TargetKind::AllDevices => "all devices".to_owned(),
            TargetKind::ConfigurationManagerCollection => format!("collection {id}"),
            TargetKind::Unknown => {
                let unknown = self.unknown().map(|(name, value)| (name.to_owned(), value.clone())).collect();
                let kind = name(reading::type_name(self.type_name()));
                format!("{kind} {}", short(&Json::Object(unknown)))
            }
        }
    }

    /// The filter, if there is one or half of one: `include c0ff…`.
    pub(crate) fn filter_summary(&self) -> Option<String> {
        match (self.filter_type(), self.filter_id()) {
            (None, None) => None,
            (kind, id) => Some(format!("{} {}", name(kind.unwrap_or("none")), name(id.unwrap_or("none")))),
        }
    }
}

impl MobileAppAssignment {
    /// What it says, in one line: `required group 3f6a…, filter include c0ff…, settings win32LobApp {…}`.
    #[must_use]
    pub fn summary(&self) -> String {
        cut(&self.words().join(", "), MAX_SUMMARY_BYTES)
    }

    /// The parts of the summary: intent and target, filter, settings, and what this library does not know.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = vec![format!("{} {}", name(self.intent().as_str()), self.target().summary())];
        words.extend(self.target().filter_summary().map(|filter| format!("filter {filter}")));
        words.extend(self.settings_words().map(|settings| format!("settings {settings}")));
        let unknown = self.unknown().filter(|(_, value)| **value != Json::Null);
        words.extend(
            unknown.take(MAX_UNKNOWN).map(|(known_as, value)| format!("{} {}", name(known_as), short(value))),
        );
        words
    }

    /// The settings: their type, and the rest of them.
    pub(crate) fn settings_words(&self) -> Option<String> {
        self.settings().map(settings_summary)
    }
}

/// The type of settings, and the rest of them.
fn settings_summary(settings: &Json) -> String {
    let Json::Object(properties) = settings else { return short(settings) };
    let (mut kind, mut rest) = (None, Vec::new());
    for (property, value) in properties {
        match value {
            Json::Text(odata_type) if property == "@odata.type" => kind = Some(settings_name(odata_type)),
            _ => rest.push((property.clone(), value.clone())),
        }
    }
    let rest = short(&Json::Object(rest));
    kind.map_or_else(|| rest.clone(), |kind| format!("{} {rest}", name(kind)))
}

/// The name of a settings type, without what they all end in.
fn settings_name(odata_type: &str) -> &str {
    let name = reading::type_name(odata_type);
    name.strip_suffix("AssignmentSettings").unwrap_or(name)
}

/// A value as JSON, cut.
pub(crate) fn short(value: &Json) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    printable(&cut(&text, MAX_VALUE_BYTES))
}

fn name(text: &str) -> String {
    printable(&cut(text, MAX_NAME_BYTES))
}
