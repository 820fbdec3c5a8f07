//! Whom an assignment is for.

use std::hash::{Hash, Hasher};

use serde::ser::{Serialize, Serializer};

use crate::error::{Error, Result, cut, printable};
use crate::json::Json;
use crate::model::held::Held;
use crate::model::members::{self, Members, Value};
use crate::model::target_kind::{TargetKind, bare};
use crate::model::text::Text;
use crate::model::{Optional, guid, reading};

const FILTER_ID: &str = "deviceAndAppManagementAssignmentFilterId";
const FILTER_TYPE: &str = "deviceAndAppManagementAssignmentFilterType";

/// How Graph spells that there is no filter.
const NO_FILTER: &str = "none";

/// Graph's `deviceAndAppManagementAssignmentTarget`.
#[derive(Clone, Debug)]
pub struct AssignmentTarget {
    id: Option<Text>,
    rest: Held<Rest>,
}

/// What a target says besides its id.
#[derive(Clone, Debug)]
struct Rest {
    kind: TargetKind,
    odata_type: Text,
    filter_id: Optional,
    filter_type: Optional,
    unknown: Vec<(String, Json)>,
}

/// What nearly all targets say: as callers make them, and as the service lists those, without a filter.
static COMMON: [Rest; 10] = [
    Rest::made(TargetKind::Group),
    Rest::made(TargetKind::ExclusionGroup),
    Rest::made(TargetKind::AllLicensedUsers),
    Rest::made(TargetKind::AllDevices),
    Rest::made(TargetKind::ConfigurationManagerCollection),
    Rest::listed(TargetKind::Group),
    Rest::listed(TargetKind::ExclusionGroup),
    Rest::listed(TargetKind::AllLicensedUsers),
    Rest::listed(TargetKind::AllDevices),
    Rest::listed(TargetKind::ConfigurationManagerCollection),
];

impl Rest {
    const fn made(kind: TargetKind) -> Self {
        Self::of(kind, Optional::Absent, Optional::Absent)
    }

    const fn listed(kind: TargetKind) -> Self {
        Self::of(kind, Optional::Null, Optional::Is(Text::known(NO_FILTER)))
    }

    const fn of(kind: TargetKind, filter_id: Optional, filter_type: Optional) -> Self {
        let odata_type = match kind.odata_type() {
            Some(odata_type) => Text::known(odata_type),
            None => Text::known(""),
        };
        Self { kind, odata_type, filter_id, filter_type, unknown: Vec::new() }
    }

    fn held(mut self) -> Held<Self> {
        self.unknown.shrink_to_fit();
        Held::of(self, &COMMON, |one, two| {
            one.kind == two.kind
                && one.filter_id == two.filter_id
                && one.filter_type == two.filter_type
                && one.odata_type == two.odata_type
                && one.unknown.is_empty()
                && two.unknown.is_empty()
        })
    }
}

impl AssignmentTarget {
    /// A target as a caller makes one; `None` leaves a property out, and so does the filter type `none`.
    ///
    /// # Errors
    /// An input error at the property that cannot be sent, or for the unknown kind.
    pub fn new(
        kind: TargetKind,
        id: Option<String>,
        filter_id: Option<String>,
        filter_type: Option<String>,
    ) -> Result<Self> {
        let text = |text: Option<String>| text.map(Text::from);
        Self::of(kind, text(id), text(filter_id), text(filter_type))
    }

    /// As `new`, of texts that are held as models hold them.
    pub(crate) fn of(
        kind: TargetKind,
        id: Option<Text>,
        filter_id: Option<Text>,
        filter_type: Option<Text>,
    ) -> Result<Self> {
        if kind == TargetKind::Unknown {
            let message = "a target of an unknown type is only read, not made";
            return Err(Error::invalid_input("@odata.type", message));
        }
        let rest = match COMMON.iter().find(|common| common.kind == kind) {
            Some(made) if filter_id.is_none() && filter_type.is_none() => Held::Common(made),
            _ => {
                let filter_type = filter_type_of(filter_id.is_some(), filter_type);
                Rest::of(kind, filter_id.into(), filter_type).held()
            }
        };
        let target = Self { id, rest };
        target.check()?;
        Ok(target)
    }

    /// Reads Graph's JSON. Properties that this library does not know are kept, and so are types.
    ///
    /// # Errors
    /// An input error at the property that is missing or has the wrong JSON type.
    pub fn from_json(document: Json) -> Result<Self> {
        let mut properties = reading::object("a target", document)?;
        let place = properties.iter().position(|(name, _)| name == "@odata.type");
        let (name, value) = properties.remove(place.ok_or_else(|| reading::missing("@odata.type"))?);
        let odata_type = reading::required_text(&name, value)?;
        let kind = TargetKind::of_type(&odata_type);
        let (mut filter_id, mut filter_type, mut id) = Default::default();
        let mut unknown = Vec::new();
        for (name, value) in properties {
            match name.as_str() {
                FILTER_ID => filter_id = Optional::read(&name, value)?,
                FILTER_TYPE => filter_type = Optional::read(&name, value)?,
                known if kind.id_property() == Some(known) && value != Json::Null => {
                    id = Some(Text::from(reading::required_text(&name, value)?));
                }
                _ => unknown.push((name, value)),
            }
        }
        let is_whole = kind.id_name().is_none() || id.is_some();
        let kind = if is_whole { kind } else { TargetKind::Unknown };
        let rest = Rest { kind, odata_type: odata_type.into(), filter_id, filter_type, unknown }.held();
        Ok(Self { id, rest })
    }

    /// Whether it may be sent: what `from_json` lets through of a server, a caller may not send. A type that this
    /// library does not know came from a server, and may go back.
    ///
    /// # Errors
    /// An input error at the property that cannot be sent.
    pub fn check(&self) -> Result<()> {
        self.kind().check_id(self.id())?;
        self.check_filter()
    }

    fn check_filter(&self) -> Result<()> {
        let (id, kind) = (self.filter_id(), self.filter_type());
        if let Some(id) = id {
            guid::check("filter_id", "filter", id)?;
        }
        match (id, kind) {
            (None, None) | (Some(_), Some("include" | "exclude")) => Ok(()),
            (_, Some(other)) if !matches!(other, "include" | "exclude") => {
                let shown = printable(&cut(other, 64));
                let message = format!("must be include or exclude, not '{shown}'");
                let error = Error::invalid_input("filter_type", message);
                let meant =
                    ["include", "exclude"].into_iter().find(|known| known.eq_ignore_ascii_case(other.trim()));
                Err(match meant {
                    Some(meant) => error.with_hint(format!("Graph spells it {meant:?}")),
                    None => error,
                })
            }
            (Some(_), _) => Err(Error::invalid_input("filter_type", "is missing beside filter_id")
                .with_hint(
                    "pass filter_type='include' or 'exclude'; filter_id and filter_type come together",
                )),
            (None, Some(_)) => Err(Error::invalid_input("filter_id", "is missing beside filter_type")
                .with_hint("pass the filter's id, a GUID; filter_id and filter_type come together")),
        }
    }

    /// The same target with some properties changed and everything else kept, unknown properties included.
    ///
    /// # Errors
    /// An input error at the changed property that cannot be sent.
    pub fn replace(&self, changes: TargetChanges) -> Result<Self> {
        let mut replaced = self.clone();
        if let Some(id) = changes.id {
            self.kind().check_id(Some(&id))?;
            replaced.id = Some(id.into());
        }
        if changes.filter_id.is_some() || changes.filter_type.is_some() {
            let mut rest = Rest::clone(&self.rest);
            if let Some(filter_id) = changes.filter_id {
                rest.filter_id = filter_id.map(Text::from).into();
            }
            if let Some(filter_type) = changes.filter_type {
                let has_filter_id = rest.filter_id.value().is_some();
                rest.filter_type = filter_type_of(has_filter_id, filter_type.map(Text::from));
            }
            replaced.rest = rest.held();
            replaced.check_filter()?;
        }
        Ok(replaced)
    }

    /// Whether `new` makes an equal one.
    #[must_use]
    pub fn is_expressible(&self) -> bool {
        self.kind() != TargetKind::Unknown
            && reading::essential(&self.rest.unknown).is_empty()
            && self.check().is_ok()
    }

    /// What kind of target it is.
    #[must_use]
    pub fn kind(&self) -> TargetKind {
        self.rest.kind
    }

    /// The id of the group or collection.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_ref().map(Text::as_str)
    }

    /// The id of the filter.
    #[must_use]
    pub fn filter_id(&self) -> Option<&str> {
        self.rest.filter_id.value()
    }

    /// What the filter does. Graph's `none` is `None`.
    #[must_use]
    pub fn filter_type(&self) -> Option<&str> {
        self.rest.filter_type.value().filter(|kind| *kind != NO_FILTER)
    }

    /// The `@odata.type`, without a `#`.
    #[must_use]
    pub fn type_name(&self) -> &str {
        bare(self.rest.odata_type.as_str())
    }

    /// The properties on the wire; unknown ones last, in the order in which they came.
    #[must_use]
    pub fn properties(&self) -> Vec<(&str, Json)> {
        members::properties(self)
    }

    /// Of a target that lacks its id, so that it is of no known kind: the kind that its type names, and the wire's name of the id.
    #[must_use]
    pub fn lacking(&self) -> Option<(TargetKind, &'static str)> {
        let named = TargetKind::of_type(self.rest.odata_type.as_str());
        if self.kind() == TargetKind::Unknown { Some((named, named.id_property()?)) } else { None }
    }

    /// Whom it is for, whatever the filter: by kind and id, as the service's own ids are built.
    #[must_use]
    pub fn key(&self) -> TargetKey {
        TargetKey(match self.kind() {
            TargetKind::Unknown => {
                let rest = Rest::clone(&self.rest);
                let rest = Rest { filter_id: Optional::Absent, filter_type: Optional::Absent, ..rest };
                Whom::Other(Box::new(Self { id: self.id.clone(), rest: rest.held() }))
            }
            kind => Whom::Known(kind, self.id.as_ref().map(Text::to_ascii_lowercase)),
        })
    }

    /// Whether there is neither a filter nor half of one.
    pub(crate) fn is_unfiltered(&self) -> bool {
        self.filter_id().is_none() && self.filter_type().is_none()
    }

    /// Whether both have one filter, in whatever letters its id is written, or none.
    pub(crate) fn has_filter_of(&self, other: &Self) -> bool {
        let same_id = match (self.filter_id(), other.filter_id()) {
            (Some(one), Some(two)) => one.eq_ignore_ascii_case(two),
            (one, two) => one == two,
        };
        same_id && self.filter_type() == other.filter_type()
    }

    /// The same target with the filter that is wanted, and with what else is said of it.
    pub(crate) fn changed_to(&self, wanted: &Self) -> Self {
        let filtered = if self.has_filter_of(wanted) { self } else { wanted };
        let rest = Rest {
            kind: self.rest.kind,
            odata_type: self.rest.odata_type.clone(),
            filter_id: filtered.rest.filter_id.clone(),
            filter_type: filtered.rest.filter_type.clone(),
            unknown: reading::overlaid(&self.rest.unknown, wanted.unknown()),
        };
        Self { id: self.id.clone(), rest: rest.held() }
    }

    /// Properties that this library does not know.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.rest.unknown.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// What equality and hash go by. The type counts where the kind does not say it.
    fn essence(&self) -> impl Eq + Hash + '_ {
        let said = (self.kind() == TargetKind::Unknown).then(|| self.type_name());
        let unknown = reading::essential(&self.rest.unknown);
        (self.kind(), said, self.id(), self.filter_id(), self.filter_type(), unknown)
    }
}

/// Without a filter, its type `none` says nothing.
fn filter_type_of(has_filter_id: bool, filter_type: Option<Text>) -> Optional {
    filter_type.filter(|kind| has_filter_id || kind.as_str() != NO_FILTER).into()
}

/// What `replace` changes: the outer `None` keeps a property, the inner one leaves it out.
#[derive(Clone, Debug, Default)]
pub struct TargetChanges {
    /// The new group or collection.
    pub id: Option<String>,
    /// The new filter.
    pub filter_id: Option<Option<String>>,
    /// What the filter is to do.
    pub filter_type: Option<Option<String>>,
}

/// Whom a target is for. An unknown kind is known by all of it but its filter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TargetKey(Whom);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Whom {
    Known(TargetKind, Option<Text>),
    Other(Box<AssignmentTarget>),
}

impl PartialEq for AssignmentTarget {
    fn eq(&self, other: &Self) -> bool {
        self.essence() == other.essence()
    }
}

impl Eq for AssignmentTarget {}

impl Hash for AssignmentTarget {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.essence().hash(state);
    }
}

impl Members for AssignmentTarget {
    fn try_each<'a, E>(
        &'a self,
        mut visit: impl FnMut(&'a str, Value<'a>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let Rest { kind, odata_type, filter_id, filter_type, unknown } = &*self.rest;
        visit("@odata.type", Value::Text(odata_type))?;
        filter_id.written().map_or(Ok(()), |value| visit(FILTER_ID, value))?;
        filter_type.written().map_or(Ok(()), |value| visit(FILTER_TYPE, value))?;
        if let (Some(name), Some(id)) = (kind.id_property(), &self.id) {
            visit(name, Value::Text(id))?;
        }
        unknown.iter().try_for_each(|(name, value)| visit(name, Value::Json(value)))
    }
}

impl Serialize for AssignmentTarget {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        members::serialize(self, serializer)
    }
}
