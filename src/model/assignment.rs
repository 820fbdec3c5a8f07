//! Today's model: an app that goes to a target.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::ser::{Serialize, Serializer};

use crate::error::{Error, Result};
use crate::json::Json;
use crate::model::held::{Held, Rest};
use crate::model::members::{self, Members, Value};
use crate::model::target::{AssignmentTarget, TargetKey};
use crate::model::text::Text;
use crate::model::{InstallIntent, Optional, reading};

const TYPE: &str = "#microsoft.graph.mobileAppAssignment";

/// Where an assignment comes from; like its id, this belongs to one app.
const ORIGIN: [&str; 2] = ["source", "sourceId"];
static DIRECT: Text = Text::known("direct");

/// What nearly all assignments say: as callers make them, and as the service lists those.
static COMMON: [Rest; 3] = [
    Rest::new(Optional::Is(Text::known(TYPE)), false),
    Rest::new(Optional::Absent, true),
    Rest::new(Optional::Is(Text::known(TYPE)), true),
];

/// Graph's `mobileAppAssignment`. A clone is the same one once more: plans and receipts hold an entry many times.
#[derive(Clone, Debug)]
pub struct MobileAppAssignment(Arc<Content>);

#[derive(Clone, Debug)]
struct Content {
    target: AssignmentTarget,
    id: Optional,
    intent: InstallIntent,
    settings: Settings,
    rest: Held<Rest>,
}

/// Absent and null stay apart on the wire.
#[derive(Clone, Debug)]
enum Settings {
    Absent,
    Null,
    /// An object.
    Are(Arc<Json>),
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
        let [rest, ..] = &COMMON;
        let content = Content {
            target,
            id: id.map(Text::from).into(),
            intent: InstallIntent::read(intent),
            settings: Settings::read("settings", settings)?,
            rest: Held::Common(rest),
        };
        content.check()?;
        Ok(content.held())
    }

    /// Reads Graph's JSON. Properties that this library does not know are kept.
    ///
    /// # Errors
    /// An input error at the property that is missing or has the wrong JSON type.
    pub fn from_json(document: Json) -> Result<Self> {
        let (mut intent, mut target, mut settings) = (None, None, Settings::Absent);
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
                "settings" => settings = Settings::read(&name, Some(value))?,
                _ => unknown.push((name, value)),
            }
        }
        let content = Content {
            id,
            intent: InstallIntent::read(&intent.ok_or_else(|| without_intent(&unknown))?),
            target: target.ok_or_else(|| reading::missing("target"))?,
            settings,
            rest: read_rest(odata_type, unknown).held(&COMMON),
        };
        Ok(content.held())
    }

    /// Whether it may be sent: what `from_json` lets through of a server, a caller may not send.
    ///
    /// # Errors
    /// An input error at the property that cannot be sent.
    pub fn check(&self) -> Result<()> {
        self.0.check()
    }

    /// The same assignment with some properties changed and everything else kept, unknown properties included.
    ///
    /// # Errors
    /// An input error at the changed property that cannot be sent.
    pub fn replace(&self, changes: AssignmentChanges) -> Result<Self> {
        let mut replaced = Content::clone(&self.0);
        if let Some(target) = changes.target {
            check_target(&target)?;
            replaced.target = target;
        }
        if let Some(intent) = changes.intent {
            replaced.intent = InstallIntent::read(&intent);
            replaced.intent.check("intent", &InstallIntent::TODAY)?;
        }
        if let Some(settings) = changes.settings {
            replaced.settings = Settings::read("settings", settings)?;
            replaced.settings.check()?;
        }
        if let Some(id) = changes.id {
            replaced.id = id.map(Text::from).into();
            replaced.id.check("id")?;
        }
        Ok(replaced.held())
    }

    /// Whether `new` makes an equal one: nothing in it that only a server says.
    #[must_use]
    pub fn is_expressible(&self) -> bool {
        self.said_type().is_none()
            && self.target().is_expressible()
            && self.source().is_none()
            && reading::essential(&self.0.rest.unknown).is_empty()
            && self.check().is_ok()
    }

    /// Whom it is for.
    #[must_use]
    pub fn target(&self) -> &AssignmentTarget {
        &self.0.target
    }

    /// What is to happen with the app.
    #[must_use]
    pub fn intent(&self) -> &InstallIntent {
        &self.0.intent
    }

    /// How it is to happen: an object.
    #[must_use]
    pub fn settings(&self) -> Option<&Json> {
        self.0.settings.object()
    }

    /// The entity's key.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.0.id.value()
    }

    /// Where it comes from, if the server said: `direct` or `policySets`.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        if self.0.rest.is_direct {
            return Some(DIRECT.as_str());
        }
        self.0.rest.unknown.iter().find_map(|(name, value)| match value {
            Json::Text(source) if name == "source" => Some(source.as_str()),
            _ => None,
        })
    }

    /// The properties on the wire; unknown ones last, in the order in which they came.
    #[must_use]
    pub fn properties(&self) -> Vec<(&str, Json)> {
        members::properties(self)
    }

    /// What an app can hold only once.
    #[must_use]
    pub fn key(&self) -> AssignmentKey {
        AssignmentKey { target: self.0.target.key(), intent: self.0.intent.clone() }
    }

    /// The same assignment as one that is new to an app: without id and origin, which are another one's.
    pub(crate) fn as_new(&self) -> Self {
        let Content { id, rest, .. } = &*self.0;
        let is_of_an_app = |(name, _): &(String, Json)| ORIGIN.contains(&name.as_str());
        if matches!(id, Optional::Absent) && !rest.is_direct && !rest.unknown.iter().any(is_of_an_app) {
            return self.clone();
        }
        let unknown = self.unknown().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        let rest = Rest { odata_type: rest.odata_type.clone(), is_direct: false, unknown };
        Content { id: Optional::Absent, rest: rest.held(&COMMON), ..Content::clone(&self.0) }.held()
    }

    /// The same assignment, of the same app, changed to what is wanted. What the wanted one does not mention because it
    /// does not know it stays, and so do the settings where both say the same.
    pub(crate) fn changed_to(&self, wanted: &Self, keeps_settings: bool) -> Self {
        let typed = if wanted.said_type().is_some() { wanted } else { self };
        let rest = Rest {
            odata_type: typed.0.rest.odata_type.clone(),
            is_direct: self.0.rest.is_direct,
            unknown: reading::overlaid(&self.0.rest.unknown, wanted.unknown()),
        };
        Content {
            target: self.0.target.changed_to(&wanted.0.target),
            id: self.0.id.clone(),
            intent: self.0.intent.clone(),
            settings: if keeps_settings { self } else { wanted }.0.settings.clone(),
            rest: rest.held(&COMMON),
        }
        .held()
    }

    /// Properties that this library does not know, without those that say the origin.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = (&str, &Json)> {
        let unknown = self.0.rest.unknown.iter().map(|(name, value)| (name.as_str(), value));
        unknown.filter(|(name, _)| !ORIGIN.contains(name))
    }

    /// The type, where it says more than the default does.
    pub(crate) fn said_type(&self) -> Option<&str> {
        self.0.rest.odata_type.value().filter(|name| *name != TYPE && Some(*name) != TYPE.strip_prefix('#'))
    }

    /// What equality and hash go by.
    fn essence(&self) -> impl Eq + Hash + '_ {
        let mut unknown = reading::essential(&self.0.rest.unknown);
        unknown.retain(|(name, value)| name != "source" || !matches!(value, Json::Text(_)));
        let Content { target, intent, .. } = &*self.0;
        (self.said_type(), self.id(), intent, target, self.settings(), self.source(), unknown)
    }
}

impl Content {
    fn held(self) -> MobileAppAssignment {
        MobileAppAssignment(Arc::new(self))
    }

    fn check(&self) -> Result<()> {
        check_target(&self.target)?;
        self.intent.check("intent", &InstallIntent::TODAY)?;
        self.settings.check()?;
        self.id.check("id")
    }
}

impl Settings {
    fn read(name: &str, value: Option<Json>) -> Result<Self> {
        match value {
            None => Ok(Self::Absent),
            Some(Json::Null) => Ok(Self::Null),
            Some(settings @ Json::Object(_)) => Ok(Self::Are(Arc::new(settings))),
            Some(other) => {
                let message = format!("must be an object or null, not {}", other.type_name());
                Err(Error::invalid_input(name, message))
            }
        }
    }

    /// Whether they may be sent.
    fn check(&self) -> Result<()> {
        let deep = self.object().map_or(Ok(()), |settings| settings.check_depth(1));
        deep.map_err(|error| error.inside("settings"))
    }

    fn object(&self) -> Option<&Json> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Are(settings) => Some(settings),
        }
    }

    fn written(&self) -> Option<Value<'_>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(Value::Null),
            Self::Are(settings) => Some(Value::Json(settings)),
        }
    }
}

/// What was read besides what callers say.
fn read_rest(odata_type: Optional, mut unknown: Vec<(String, Json)>) -> Rest {
    let is_direct = match unknown.as_slice() {
        [(source, Json::Text(origin)), (source_id, Json::Null), ..] => {
            [source, source_id] == ORIGIN && origin == DIRECT.as_str()
        }
        _ => false,
    };
    if is_direct {
        unknown.drain(..ORIGIN.len());
    }
    Rest { odata_type, is_direct, unknown }
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

impl Members for MobileAppAssignment {
    fn try_each<'a, E>(
        &'a self,
        mut visit: impl FnMut(&'a str, Value<'a>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let Content { target, id, intent, settings, rest } = &*self.0;
        let Rest { odata_type, is_direct, unknown } = &**rest;
        odata_type.written().map_or(Ok(()), |value| visit("@odata.type", value))?;
        id.written().map_or(Ok(()), |value| visit("id", value))?;
        visit("intent", Value::Word(intent.as_str()))?;
        visit("target", Value::Target(target))?;
        settings.written().map_or(Ok(()), |value| visit("settings", value))?;
        if *is_direct {
            visit("source", Value::Text(&DIRECT))?;
            visit("sourceId", Value::Null)?;
        }
        unknown.iter().try_for_each(|(name, value)| visit(name, Value::Json(value)))
    }
}

impl Serialize for MobileAppAssignment {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        members::serialize(self, serializer)
    }
}
