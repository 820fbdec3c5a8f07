//! Whom an assignment is for.

use std::hash::{Hash, Hasher};

use serde::ser::{Serialize, Serializer};

use crate::error::{Error, Result, cut, printable};
use crate::json::Json;
use crate::model::target_kind::{TargetKind, bare};
use crate::model::{Optional, guid, reading};

const FILTER_ID: &str = "deviceAndAppManagementAssignmentFilterId";
const FILTER_TYPE: &str = "deviceAndAppManagementAssignmentFilterType";

/// How Graph spells that there is no filter.
const NO_FILTER: &str = "none";

/// Graph's `deviceAndAppManagementAssignmentTarget`.
#[derive(Clone, Debug)]
pub struct AssignmentTarget {
    kind: TargetKind,
    odata_type: String,
    filter_id: Optional,
    filter_type: Optional,
    id: Option<String>,
    unknown: Vec<(String, Json)>,
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
        let Some(odata_type) = kind.odata_type() else {
            let message = "a target of an unknown type is only read, not made";
            return Err(Error::invalid_input("@odata.type", message));
        };
        let target = Self {
            kind,
            odata_type: odata_type.to_owned(),
            filter_type: filter_type_of(filter_id.as_deref(), filter_type),
            filter_id: filter_id.into(),
            id,
            unknown: Vec::new(),
        };
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
                    id = Some(reading::required_text(&name, value)?);
                }
                _ => unknown.push((name, value)),
            }
        }
        let is_whole = kind.id_name().is_none() || id.is_some();
        let kind = if is_whole { kind } else { TargetKind::Unknown };
        Ok(Self { kind, odata_type, filter_id, filter_type, id, unknown })
    }

    /// Whether it may be sent: what `from_json` lets through of a server, a caller may not send. A type that this
    /// library does not know came from a server, and may go back.
    ///
    /// # Errors
    /// An input error at the property that cannot be sent.
    pub fn check(&self) -> Result<()> {
        self.kind.check_id(self.id())?;
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
            replaced.kind.check_id(Some(&id))?;
            replaced.id = Some(id);
        }
        let filter_changes = changes.filter_id.is_some() || changes.filter_type.is_some();
        if let Some(filter_id) = changes.filter_id {
            replaced.filter_id = filter_id.into();
        }
        if let Some(filter_type) = changes.filter_type {
            replaced.filter_type = filter_type_of(replaced.filter_id(), filter_type);
        }
        if filter_changes {
            replaced.check_filter()?;
        }
        Ok(replaced)
    }

    /// Whether `new` makes an equal one.
    #[must_use]
    pub fn is_expressible(&self) -> bool {
        self.kind != TargetKind::Unknown
            && reading::essential(&self.unknown).is_empty()
            && self.check().is_ok()
    }

    /// What kind of target it is.
    #[must_use]
    pub fn kind(&self) -> TargetKind {
        self.kind
    }

    /// The id of the group or collection.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The id of the filter.
    #[must_use]
    pub fn filter_id(&self) -> Option<&str> {
        self.filter_id.value()
    }

    /// What the filter does. Graph's `none` is `None`.
    #[must_use]
    pub fn filter_type(&self) -> Option<&str> {
        self.filter_type.value().filter(|kind| *kind != NO_FILTER)
    }

    /// The `@odata.type`, without a `#`.
    #[must_use]
    pub fn type_name(&self) -> &str {
        bare(&self.odata_type)
    }

    /// The properties on the wire; unknown ones last, in the order in which they came.
    #[must_use]
    pub fn properties(&self) -> Vec<(&str, Json)> {
        let text = |text: &str| Json::Text(text.to_owned());
        let known = [
            ("@odata.type", Some(text(&self.odata_type))),
            (FILTER_ID, self.filter_id.to_json()),
            (FILTER_TYPE, self.filter_type.to_json()),
            (self.kind.id_property().unwrap_or_default(), self.id().map(text)),
        ];
        let known = known.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let unknown = self.unknown.iter().map(|(name, value)| (name.as_str(), value.clone()));
        known.chain(unknown).collect()
    }

    /// Of a target that lacks its id, so that it is of no known kind: the kind that its type names, and the wire's name of the id.
    #[must_use]
    pub fn lacking(&self) -> Option<(TargetKind, &'static str)> {
        let named = TargetKind::of_type(&self.odata_type);
        if self.kind == TargetKind::Unknown { Some((named, named.id_property()?)) } else { None }
    }

    /// Whom it is for, whatever the filter: by kind and id, as the service's own ids are built.
    #[must_use]
    pub fn key(&self) -> TargetKey {
        TargetKey(match self.kind {
            TargetKind::Unknown => Whom::Other(Box::new(Self {
                filter_id: Optional::Absent,
                filter_type: Optional::Absent,
                ..self.clone()
            })),
            kind => Whom::Known(kind, self.id().map(str::to_ascii_lowercase)),
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
        Self {
            filter_id: filtered.filter_id.clone(),
            filter_type: filtered.filter_type.clone(),
            unknown: reading::overlaid(&self.unknown, wanted.unknown()),
            ..self.clone()
        }
    }

    /// Properties that this library does not know.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.unknown.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// What equality and hash go by. The type counts where the kind does not say it.
    fn essence(&self) -> impl Eq + Hash + '_ {
        let said = (self.kind == TargetKind::Unknown).then(|| self.type_name());
        let unknown = reading::essential(&self.unknown);
        (self.kind, said, self.id(), self.filter_id(), self.filter_type(), unknown)
    }
}

/// Without a filter, its type `none` says nothing.
fn filter_type_of(filter_id: Option<&str>, filter_type: Option<String>) -> Optional {
    filter_type.filter(|kind| filter_id.is_some() || kind != NO_FILTER).into()
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
    Known(TargetKind, Option<String>),
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

impl Serialize for AssignmentTarget {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        reading::serialize(&self.properties(), serializer)
    }
}
