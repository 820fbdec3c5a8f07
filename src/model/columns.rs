//! An assignment as the cells of a table's row, and back. What the other cells cannot say stands in `other`, as JSON, so that
//! nothing is lost.

use crate::error::{Error, cut, printable};
use crate::json::Json;
use crate::model::{AssignmentTarget, InstallIntent, MobileAppAssignment, Named, TargetKind, guid, reading};

const KINDS: [(&str, TargetKind); 5] = [
    ("group", TargetKind::Group),
    ("exclude", TargetKind::ExclusionGroup),
    ("all_users", TargetKind::AllLicensedUsers),
    ("all_devices", TargetKind::AllDevices),
    ("collection", TargetKind::ConfigurationManagerCollection),
];
const TARGET_TYPE: &str = "@odata.type";
const FILTER_ID: &str = "deviceAndAppManagementAssignmentFilterId";
const FILTER_TYPE: &str = "deviceAndAppManagementAssignmentFilterType";
const MAX_SHOWN_BYTES: usize = 64;

/// The cells of a row that say what an assignment is; `None` is a blank one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// What is to happen with the app.
    pub intent: Option<String>,
    /// Whom it is for: one of five words, or the type of a target that this library does not know.
    pub target: Option<String>,
    /// The id of the group or collection.
    pub target_id: Option<String>,
    /// The id of the filter.
    pub filter_id: Option<String>,
    /// What the filter does.
    pub filter_type: Option<String>,
    /// The settings, as JSON.
    pub settings: Option<String>,
    /// What else Graph's document says, as JSON.
    pub other: Option<String>,
}

/// What is wrong with a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The name of its column.
    pub column: &'static str,
    /// What is wrong, and what to do.
    pub message: String,
}

impl From<&MobileAppAssignment> for Columns {
    fn from(entry: &MobileAppAssignment) -> Self {
        let target = entry.target();
        let known = KINDS.into_iter().find(|(_, kind)| *kind == target.kind());
        let other = unsaid(entry);
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            intent: Some(entry.intent().as_str().to_owned()),
            target: Some(known.map_or_else(|| target.type_name(), |(name, _)| name).to_owned()),
            target_id: owned(target.id()),
            filter_id: owned(target.filter_id()),
            filter_type: owned(target.filter_type()),
            settings: entry.settings().map(text),
            other: (!other.is_empty()).then(|| text(&Json::Object(other))),
        }
    }
}

impl Columns {
    /// The names and cells, in the order of a table.
    #[must_use]
    pub fn cells(&self) -> [(&'static str, Option<&str>); 7] {
        [
            ("intent", self.intent.as_deref()),
            ("target", self.target.as_deref()),
            ("target_id", self.target_id.as_deref()),
            ("filter_id", self.filter_id.as_deref()),
            ("filter_type", self.filter_type.as_deref()),
            ("settings", self.settings.as_deref()),
            ("other", self.other.as_deref()),
        ]
    }

    /// Reads what was written by a person, or made of an assignment: the latter comes back equal.
    ///
    /// # Errors
    /// Each cell that cannot be read.
    pub fn read(&self) -> Result<Named, Vec<Fault>> {
        let mut faults = Vec::new();
        let settings = object("settings", self.settings.as_deref(), &mut faults);
        let mut rest = object("other", self.other.as_deref(), &mut faults).unwrap_or_default();
        let said_target = take(&mut rest, "target");
        let said_intent = take(&mut rest, "intent");
        if take(&mut rest, "settings").is_some() {
            faults.push(fault("other", "settings belong into the column settings"));
        }
        let target = self.read_target(said_target, &mut faults);
        let intent = self.read_intent(said_intent, &mut faults);
        if self.intent.is_none() && intent.is_none() {
            let unread = [("settings", self.settings.is_some()), ("other", !rest.is_empty())];
            for (column, _) in unread.into_iter().filter(|(_, is_there)| *is_there) {
                faults.push(fault(column, "says something of an assignment, and the row has no intent"));
            }
        }
        let (Some(target), true) = (target, faults.is_empty()) else { return Err(faults) };
        let Some(intent) = intent else {
            return AssignmentTarget::from_json(target).map(Named::Target).map_err(|error| in_other(&error));
        };
        let own = [("intent", Some(Json::Text(intent))), ("target", Some(target))];
        let settings = [("settings", settings.map(Json::Object))];
        let own = own.into_iter().chain(settings).filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let document = Json::Object(own.chain(rest).collect());
        MobileAppAssignment::from_json(document).map(Named::Assignment).map_err(|error| in_other(&error))
    }

    /// The intent; one that this library does not know came from a server, and then `other` says it too.
    fn read_intent(&self, said: Option<Json>, faults: &mut Vec<Fault>) -> Option<String> {
        match (self.intent.as_deref(), said) {
            (cell, Some(Json::Text(said))) if same(cell, Some(&said)) => return Some(said),
            (_, Some(_)) => faults.push(fault("other", "says another intent than the column intent")),
            (Some(cell), None) => match InstallIntent::read(cell).check("intent", &InstallIntent::TODAY) {
                Ok(()) => return Some(cell.to_owned()),
                Err(error) => faults.push(of("intent", &error)),
            },
            (None, None) => {}
        }
        None
    }

    /// The target's document.
    fn read_target(&self, said: Option<Json>, faults: &mut Vec<Fault>) -> Option<Json> {
        let said = match said {
            None => Vec::new(),
            Some(Json::Object(said)) => said,
            Some(other) => {
                let message = format!("its target must be an object, not {}", other.type_name());
                faults.push(fault("other", message));
                return None;
            }
        };
        if said.iter().any(|(name, _)| name == TARGET_TYPE) {
            return self.whole_target(Json::Object(said), faults);
        }
        let kind = self.read_kind(faults)?;
        let known = [Some(FILTER_ID), Some(FILTER_TYPE), kind.id_property()];
        if let Some((name, _)) = said.iter().find(|(name, _)| known.contains(&Some(name.as_str()))) {
            faults.push(fault("other", format!("target.{name} belongs into a column of its own")));
        }
        self.check_target_id(kind, faults);
        self.check_filter(faults);
        let cells = [
            (Some(TARGET_TYPE), kind.odata_type()),
            (kind.id_property(), self.target_id.as_deref()),
            (Some(FILTER_ID), self.filter_id.as_deref()),
            (Some(FILTER_TYPE), self.filter_type.as_deref()),
        ];
        let cells = cells
            .into_iter()
            .filter_map(|(name, cell)| Some((name?.to_owned(), Json::Text(cell?.to_owned()))));
        Some(Json::Object(cells.chain(said).collect()))
    }

    /// A target that `other` says as a whole, because the cells cannot; they have to say the same as far as they go.
    fn whole_target(&self, said: Json, faults: &mut Vec<Fault>) -> Option<Json> {
        let target = match AssignmentTarget::from_json(said.clone()) {
            Ok(target) => target,
            Err(error) => {
                faults.push(of("other", &error.inside("target")));
                return None;
            }
        };
        let known = KINDS.into_iter().find(|(_, kind)| *kind == target.kind());
        let name = known.map_or_else(|| target.type_name(), |(name, _)| name);
        let cells = [
            (self.target.as_deref(), Some(name)),
            (self.target_id.as_deref(), target.id()),
            (self.filter_id.as_deref(), target.filter_id()),
            (self.filter_type.as_deref(), target.filter_type()),
        ];
        if cells.into_iter().all(|(cell, said)| same(cell, said)) {
            return Some(said);
        }
        faults.push(fault("other", "says another target than the columns do; to change it, empty this cell"));
        None
    }

    fn read_kind(&self, faults: &mut Vec<Fault>) -> Option<TargetKind> {
        let names = KINDS.map(|(name, _)| name).join(", ");
        let Some(cell) = self.target.as_deref() else {
            faults.push(fault("target", format!("is missing; one of {names}")));
            return None;
        };
        let kind = KINDS.into_iter().find_map(|(name, kind)| (name == cell).then_some(kind));
        if kind.is_none() {
            let shown = printable(&cut(cell, MAX_SHOWN_BYTES));
            faults.push(fault("target", format!("'{shown}' is no target; the known ones are {names}")));
        }
        kind
    }

    fn check_target_id(&self, kind: TargetKind, faults: &mut Vec<Fault>) {
        let checked = match (kind.id_property(), self.target_id.as_deref()) {
            (None, Some(_)) => Err("this kind of target has no id".to_owned()),
            (Some(_), None) => Err("is missing; pass the id of the group or collection".to_owned()),
            (Some("groupId"), Some(id)) => {
                guid::check("target_id", "group", id).map_err(|error| of("target_id", &error).message)
            }
            (_, _) => Ok(()),
        };
        faults.extend(checked.err().map(|message| Fault { column: "target_id", message }));
    }

    fn check_filter(&self, faults: &mut Vec<Fault>) {
        let (id, kind) = (self.filter_id.clone(), self.filter_type.clone());
        // The rule is the target's own.
        if let Err(error) = AssignmentTarget::new(TargetKind::AllDevices, None, id, kind) {
            let is_type = error.to_string().starts_with("filter_type");
            faults.push(of(if is_type { "filter_type" } else { "filter_id" }, &error));
        }
    }
}

/// What the other cells leave unsaid.
fn unsaid(entry: &MobileAppAssignment) -> Vec<(String, Json)> {
    let is_unsaid = |name: &str, value: &Json| match name {
        TARGET_TYPE => entry.said_type().is_some(),
        "intent" => entry.intent().check(name, &InstallIntent::TODAY).is_err(),
        "settings" => false,
        _ => *value != Json::Null,
    };
    let mut unsaid = Vec::new();
    for (name, value) in entry.properties() {
        if name == "target" {
            let target = unsaid_of_target(entry.target());
            if !target.is_empty() {
                unsaid.push((name.to_owned(), Json::Object(target)));
            }
        } else if is_unsaid(name, &value) {
            unsaid.push((name.to_owned(), value));
        }
    }
    unsaid
}

fn unsaid_of_target(target: &AssignmentTarget) -> Vec<(String, Json)> {
    // Whoever reads a table strips its cells.
    let is_bare = |id: &str| !id.contains(|char: char| char.is_whitespace() || char.is_control());
    let fits =
        target.kind() != TargetKind::Unknown && target.check().is_ok() && target.id().is_none_or(is_bare);
    let owned = |(name, value): (&str, Json)| (name.to_owned(), value);
    if fits {
        let unknown = target.unknown().filter(|(_, value)| **value != Json::Null);
        unknown.map(|(name, value)| (name.to_owned(), value.clone())).collect()
    } else {
        target.properties().into_iter().map(owned).collect()
    }
}

/// Whether a cell and a document say the same; blanks do not count.
fn same(cell: Option<&str>, said: Option<&str>) -> bool {
    let bare = |text: Option<&str>| -> String {
        text.unwrap_or_default().chars().filter(|char| !char.is_whitespace() && !char.is_control()).collect()
    };
    bare(cell) == bare(said)
}

fn take(members: &mut Vec<(String, Json)>, name: &str) -> Option<Json> {
    let place = members.iter().position(|(member, _)| member == name)?;
    Some(members.remove(place).1)
}

fn text(value: &Json) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A cell that holds a JSON object.
fn object(column: &'static str, cell: Option<&str>, faults: &mut Vec<Fault>) -> Option<Vec<(String, Json)>> {
    let read = Json::parse(cell?).and_then(|json| reading::object("it", json));
    read.map_err(|error| faults.push(of(column, &error))).ok()
}

fn in_other(error: &Error) -> Vec<Fault> {
    vec![of("other", error)]
}

fn fault(column: &'static str, message: impl Into<String>) -> Fault {
    Fault { column, message: message.into() }
}

/// An error of a model's, as one of a cell.
fn of(column: &'static str, error: &Error) -> Fault {
    let text = error.to_string();
    let own = [format!("{column}: "), "group_id: ".to_owned()];
    let message = own.iter().find_map(|own| text.strip_prefix(own)).unwrap_or(&text);
    Fault {
        column,
        message: error.hint.as_ref().map_or_else(|| message.to_owned(), |hint| format!("{message}; {hint}")),
    }
}
