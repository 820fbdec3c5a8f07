//! Today's model: an app that goes to a target.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::ser::{Serialize, Serializer};

use crate::error::{Error, Result};
use crate::json::Json;
use crate::model::target::{AssignmentTarget, TargetKey};
use crate::model::{InstallIntent, Optional, reading};

const TYPE: &str = "#microsoft.graph.mobileAppAssignment";

/// Where an assignment comes from; like its id, this belongs to one app.
const ORIGIN: [&str; 2] = ["source", "sourceId"];

/// Graph's `mobileAppAssignment`.
#[derive(Clone, Debug)]
pub struct MobileAppAssignment {
    odata_type: Optional,
    id: Optional,
    intent: InstallIntent,
    target: AssignmentTarget,
    /// An object or null; absent and null stay apart on the wire. Shared, because plans hold an entry more than once.
    settings: Option<Arc<Json>>,
    unknown: Vec<(String, Json)>,
}

impl MobileAppAssignment {
    /// An assignment as a caller makes one; `None` leaves a property out.
    ///
    /// # Errors
    /// An input error at the property that cannot be sent.
    pub fn new(
        target: AssignmentTarget,
        intent: &str,
        settings: Option<Json>,
        id: Option<String>,
    ) -> Result<Self> {
        let assignment = Self {
            odata_type: Optional::Is(TYPE.to_owned()),
            id: id.into(),
            intent: InstallIntent::read(intent),
            target,
            settings: settings.map(Arc::new),
            unknown: Vec::new(),
        };
        assignment.check()?;
        Ok(assignment)
    }

    /// Reads Graph's JSON. Properties that this library does not know are kept.
    ///
    /// # Errors
    /// An input error at the property that is missing or has the wrong JSON type.
    pub fn from_json(document: Json) -> Result<Self> {
        let (mut intent, mut target, mut settings) = (None, None, None);
        let (mut odata_type, mut id) = Default::default();
        let mut unknown = Vec::new();
        for (name, value) in reading::object("a mobileAppAssignment", document)? {
            match name.as_str() {
                "@odata.type" => odata_type = Optional::read(&name, value)?,
                "id" => id = Optional::read(&name, value)?,
                "intent" => intent = Some(reading::required_text(&name, value)?),
                "target" => {
                    target = Some(AssignmentTarget::from_json(value).map_err(|error| error.inside(&name))?);
                }
                "settings" => settings = Some(Arc::new(read_settings(&name, value)?)),
                _ => unknown.push((name, value)),
            }
        }
        Ok(Self {
            odata_type,
            id,
            intent: InstallIntent::read(&intent.ok_or_else(|| without_intent(&unknown))?),
            target: target.ok_or_else(|| reading::missing("target"))?,
            settings,
            unknown,
        })
    }

    /// Whether it may be sent: what `from_json` lets through of a server, a caller may not send.
    ///
    /// # Errors
    /// An input error at the property that cannot be sent.
    pub fn check(&self) -> Result<()> {
        check_target(&self.target)?;
        self.intent.check("intent", &InstallIntent::TODAY)?;
        check_settings(self.settings.as_deref())?;
        self.id.check("id")
    }

    /// The same assignment with some properties changed and everything else kept, unknown properties included.
    ///
    /// # Errors
    /// An input error at the changed property that cannot be sent.
    pub fn replace(&self, changes: AssignmentChanges) -> Result<Self> {
        let mut replaced = self.clone();
        if let Some(target) = changes.target {
            check_target(&target)?;
            replaced.target = target;
        }
        if let Some(intent) = changes.intent {
            replaced.intent = InstallIntent::read(&intent);
            replaced.intent.check("intent", &InstallIntent::TODAY)?;
        }
        if let Some(settings) = changes.settings {
            check_settings(settings.as_ref())?;
            replaced.settings = settings.map(Arc::new);
        }
        if let Some(id) = changes.id {
            replaced.id = id.into();
            replaced.id.check("id")?;
        }
        Ok(replaced)
    }

    /// Whether `new` makes an equal one: nothing in it that only a server says.
    #[must_use]
    pub fn is_expressible(&self) -> bool {
        self.said_type().is_none()
            && self.target.is_expressible()
            && reading::essential(&self.unknown).is_empty()
            && self.check().is_ok()
    }

    /// Whom it is for.
    #[must_use]
    pub fn target(&self) -> &AssignmentTarget {
        &self.target
    }

    /// What is to happen with the app.
    #[must_use]
    pub fn intent(&self) -> &InstallIntent {
        &self.intent
    }

    /// How it is to happen: an object.
    #[must_use]
    pub fn settings(&self) -> Option<&Json> {
        self.settings.as_deref().filter(|settings| matches!(settings, Json::Object(_)))
    }

    /// The entity's key.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.value()
    }

    /// Where it comes from, if the server said: `direct` or `policySets`.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.unknown.iter().find_map(|(name, value)| match value {
            Json::Text(source) if name == "source" => Some(source.as_str()),
            _ => None,
        })
    }

    /// The properties on the wire; unknown ones last, in the order in which they came.
    #[must_use]
    pub fn properties(&self) -> Vec<(&str, Json)> {
        let target = self.target.properties().into_iter().map(|(name, value)| (name.to_owned(), value));
        let known = [
            ("@odata.type", self.odata_type.to_json()),
            ("id", self.id.to_json()),
            ("intent", Some(Json::Text(self.intent.as_str().to_owned()))),
            ("target", Some(Json::Object(target.collect()))),
            ("settings", self.settings.as_deref().cloned()),
        ];
        let known = known.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let unknown = self.unknown.iter().map(|(name, value)| (name.as_str(), value.clone()));
        known.chain(unknown).collect()
    }

    /// What an app can hold only once.
    #[must_use]
    pub fn key(&self) -> AssignmentKey {
        AssignmentKey { target: self.target.key(), intent: self.intent.clone() }
    }

    /// The same assignment as one that is new to an app: without id and origin, which are another one's.
    pub(crate) fn as_new(&self) -> Self {
        let unknown = self.unknown().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        Self { id: Optional::Absent, unknown, ..self.clone() }
    }

    /// The same assignment, of the same app, changed to what is wanted. What the wanted one does not mention because it
    /// does not know it stays, and so do the settings where both say the same.
    pub(crate) fn changed_to(&self, wanted: &Self, keeps_settings: bool) -> Self {
        let odata_type = if wanted.said_type().is_some() { &wanted.odata_type } else { &self.odata_type };
        Self {
            odata_type: odata_type.clone(),
            target: self.target.changed_to(&wanted.target),
            settings: if keeps_settings { self } else { wanted }.settings.clone(),
            unknown: reading::overlaid(&self.unknown, wanted.unknown()),
            ..self.clone()
        }
    }

    /// Properties that this library does not know, without those that say the origin.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = (&str, &Json)> {
        let unknown = self.unknown.iter().map(|(name, value)| (name.as_str(), value));
        unknown.filter(|(name, _)| !ORIGIN.contains(name))
    }

    /// The type, where it says more than the default does.
    pub(crate) fn said_type(&self) -> Option<&str> {
        self.odata_type.value().filter(|name| *name != TYPE && Some(*name) != TYPE.strip_prefix('#'))
    }

    /// What equality and hash go by.
    fn essence(&self) -> impl Eq + Hash + '_ {
        let unknown = reading::essential(&self.unknown);
        (self.said_type(), self.id(), &self.intent, &self.target, self.settings(), unknown)
    }
}

/// What `replace` changes: the outer `None` keeps a property, the inner one leaves it out.
#[derive(Clone, Debug, Default)]
pub struct AssignmentChanges {
    /// The new target.
    pub target: Option<AssignmentTarget>,
    /// The new intent.
    pub intent: Option<String>,
    /// The new settings.
    pub settings: Option<Option<Json>>,
    /// The new id.
    pub id: Option<Option<String>>,
}

/// What an app can hold only once: the target's kind and id, and the intent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AssignmentKey {
    target: TargetKey,
    intent: InstallIntent,
}

/// What lacks an intent may be something else.
fn without_intent(others: &[(String, Json)]) -> Error {
    let error = reading::missing("intent");
    let has = |name: &str| others.iter().any(|(other, _)| other == name);
    if has("installIntent") {
        error.with_hint("this is the form of 2017: read it with MobileAppGroupAssignment")
    } else if has("value") || has("mobileAppAssignments") {
        error.with_hint("this holds a list of them: read each entry of it")
    } else {
        error
    }
}

fn check_target(target: &AssignmentTarget) -> Result<()> {
    let deep = target
        .unknown()
        .try_for_each(|(name, value)| value.check_depth(2).map_err(|error| error.inside(name)));
    deep.and_then(|()| target.check()).map_err(|error| error.inside("target"))
}

fn check_settings(settings: Option<&Json>) -> Result<()> {
    match settings {
        None | Some(Json::Null) => Ok(()),
        Some(settings @ Json::Object(_)) => settings.check_depth(1).map_err(|error| error.inside("settings")),
        Some(other) => {
            Err(Error::invalid_input("settings", format!("must be a JSON object, not {}", other.type_name())))
        }
    }
}

fn read_settings(name: &str, value: Json) -> Result<Json> {
    match value {
        Json::Null | Json::Object(_) => Ok(value),
        other => {
            let message = format!("must be an object or null, not {}", other.type_name());
            Err(Error::invalid_input(name, message))
        }
    }
}

impl PartialEq for MobileAppAssignment {
    fn eq(&self, other: &Self) -> bool {
        self.essence() == other.essence()
    }
}

impl Eq for MobileAppAssignment {}

impl Hash for MobileAppAssignment {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.essence().hash(state);
    }
}

impl Serialize for MobileAppAssignment {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        reading::serialize(&self.properties(), serializer)
    }
}
