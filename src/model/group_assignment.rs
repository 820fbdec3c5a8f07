//! The seed's model: an app that goes to a group.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::ser::{Serialize, Serializer};

use crate::error::{Error, Result};
use crate::json::Json;
use crate::model::held::{Held, Rest};
use crate::model::members::{self, Members, Value};
use crate::model::text::Text;
use crate::model::{InstallIntent, Optional, reading};

const TYPE: &str = "#microsoft.graph.mobileAppGroupAssignment";

/// What nearly all of them say.
static COMMON: [Rest; 1] = [Rest::new(Optional::Is(Text::known(TYPE)), false)];

/// Graph's 2017 `mobileAppGroupAssignment`. A clone is the same one once more.
#[derive(Clone, Debug)]
pub struct MobileAppGroupAssignment(Arc<Content>);

#[derive(Clone, Debug)]
struct Content {
    target_group_id: Text,
    vpn_configuration_id: Optional,
    id: Optional,
    install_intent: InstallIntent,
    rest: Held<Rest>,
}

impl MobileAppGroupAssignment {
    /// An assignment as a caller makes one; `None` leaves a property out.
    ///
    /// # Errors
    /// An input error at the property that cannot be sent.
    pub fn new(
        target_group_id: String,
        install_intent: &str,
        vpn_configuration_id: Option<String>,
        id: Option<String>,
    ) -> Result<Self> {
        let text = |text: Option<String>| text.map(Text::from);
        Self::of(target_group_id.into(), install_intent, text(vpn_configuration_id), text(id))
    }

    /// As `new`, of texts that are held as models hold them.
    pub(crate) fn of(
        target_group_id: Text,
        install_intent: &str,
        vpn_configuration_id: Option<Text>,
        id: Option<Text>,
    ) -> Result<Self> {
        let [rest] = &COMMON;
        let content = Content {
            target_group_id,
            vpn_configuration_id: vpn_configuration_id.into(),
            id: id.into(),
            install_intent: InstallIntent::read(install_intent),
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
        let (mut target_group_id, mut install_intent) = (None, None);
        let (mut odata_type, mut vpn_configuration_id, mut id) = Default::default();
        let mut unknown = Vec::new();
        for (name, value) in reading::object("a mobileAppGroupAssignment", document)? {
            match name.as_str() {
                "@odata.type" => odata_type = Optional::read(&name, value)?,
                "targetGroupId" => target_group_id = Some(reading::required_text(&name, value)?),
                "installIntent" => install_intent = Some(reading::required_text(&name, value)?),
                "vpnConfigurationId" => vpn_configuration_id = Optional::read(&name, value)?,
                "id" => id = Optional::read(&name, value)?,
                _ => unknown.push((name, value)),
            }
        }
        let target_group_id = target_group_id.ok_or_else(|| reading::missing("targetGroupId"))?;
        let install_intent = install_intent.ok_or_else(|| reading::missing("installIntent"))?;
        let content = Content {
            target_group_id: target_group_id.into(),
            vpn_configuration_id,
            id,
            install_intent: InstallIntent::read(&install_intent),
            rest: Rest { odata_type, is_direct: false, unknown }.held(&COMMON),
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
    pub fn replace(&self, changes: Changes) -> Result<Self> {
        let mut replaced = Content::clone(&self.0);
        if let Some(vpn_configuration_id) = changes.vpn_configuration_id {
            replaced.vpn_configuration_id = vpn_configuration_id.map(Text::from).into();
            replaced.vpn_configuration_id.check("vpn_configuration_id")?;
        }
        if let Some(id) = changes.id {
            replaced.id = id.map(Text::from).into();
            replaced.id.check("id")?;
        }
        if let Some(target_group_id) = changes.target_group_id {
            replaced.target_group_id = target_group_id.into();
            replaced.check_target_group_id()?;
        }
        if let Some(install_intent) = changes.install_intent {
            replaced.install_intent = InstallIntent::read(&install_intent);
            replaced.check_install_intent()?;
        }
        Ok(replaced.held())
    }

    /// Whether `new` could make it: nothing in it that only a server says.
    #[must_use]
    pub fn is_expressible(&self) -> bool {
        let is_null = |property: &Optional| matches!(property, Optional::Null);
        let Content { vpn_configuration_id, id, rest, .. } = &*self.0;
        rest.odata_type.value() == Some(TYPE)
            && !is_null(vpn_configuration_id)
            && !is_null(id)
            && rest.unknown.is_empty()
            && self.check().is_ok()
    }

    /// The Azure AD group that the app goes to.
    #[must_use]
    pub fn target_group_id(&self) -> &str {
        self.0.target_group_id.as_str()
    }

    /// What is to happen with the app.
    #[must_use]
    pub fn install_intent(&self) -> &InstallIntent {
        &self.0.install_intent
    }

    /// The VPN profile that is applied for the app.
    #[must_use]
    pub fn vpn_configuration_id(&self) -> Option<&str> {
        self.0.vpn_configuration_id.value()
    }

    /// The entity's key.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.0.id.value()
    }

    /// The properties on the wire, in the documented order; unknown ones last, in the order in which they came.
    #[must_use]
    pub fn properties(&self) -> Vec<(&str, Json)> {
        members::properties(self)
    }

    /// What equality and hash go by. The type counts only where it says more than the default does.
    fn essence(&self) -> impl Eq + Hash + '_ {
        let says_more = |name: &&str| *name != TYPE && Some(*name) != TYPE.strip_prefix('#');
        let said = self.0.rest.odata_type.value().filter(says_more);
        let unknown = reading::essential(&self.0.rest.unknown);
        (said, self.target_group_id(), self.vpn_configuration_id(), self.id(), self.install_intent(), unknown)
    }
}

impl Content {
    fn held(self) -> MobileAppGroupAssignment {
        MobileAppGroupAssignment(Arc::new(self))
    }

    fn check(&self) -> Result<()> {
        self.check_target_group_id()?;
        self.check_install_intent()?;
        self.vpn_configuration_id.check("vpn_configuration_id")?;
        self.id.check("id")
    }

    fn check_target_group_id(&self) -> Result<()> {
        if self.target_group_id.is_empty() {
            return Err(Error::invalid_input("target_group_id", "is empty")
                .with_hint("pass the id of the group that the app goes to"));
        }
        Ok(())
    }

    fn check_install_intent(&self) -> Result<()> {
        self.install_intent.check("install_intent", &InstallIntent::KNOWN)
    }
}

/// What `replace` changes: the outer `None` keeps a property, the inner one leaves it out.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// The new target group.
    pub target_group_id: Option<String>,
    /// The new intent.
    pub install_intent: Option<String>,
    /// The new VPN configuration.
    pub vpn_configuration_id: Option<Option<String>>,
    /// The new id.
    pub id: Option<Option<String>>,
}

impl PartialEq for MobileAppGroupAssignment {
    fn eq(&self, other: &Self) -> bool {
        self.essence() == other.essence()
    }
}

impl Eq for MobileAppGroupAssignment {}

impl Hash for MobileAppGroupAssignment {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.essence().hash(state);
    }
}

impl Members for MobileAppGroupAssignment {
    fn try_each<'a, E>(
        &'a self,
        mut visit: impl FnMut(&'a str, Value<'a>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let Content { target_group_id, vpn_configuration_id, id, install_intent, rest } = &*self.0;
        rest.odata_type.written().map_or(Ok(()), |value| visit("@odata.type", value))?;
        visit("targetGroupId", Value::Text(target_group_id))?;
        vpn_configuration_id.written().map_or(Ok(()), |value| visit("vpnConfigurationId", value))?;
        id.written().map_or(Ok(()), |value| visit("id", value))?;
        visit("installIntent", Value::Word(install_intent.as_str()))?;
        rest.unknown.iter().try_for_each(|(name, value)| visit(name, Value::Json(value)))
    }
}

impl Serialize for MobileAppGroupAssignment {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        members::serialize(self, serializer)
    }
}
