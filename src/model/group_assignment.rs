//! The seed's model: an app that goes to a group.

use std::hash::{Hash, Hasher};

use serde::ser::{Serialize, Serializer};

use crate::error::{Error, Result};
use crate::json::Json;
use crate::model::{InstallIntent, Optional, reading};

const TYPE: &str = "#microsoft.graph.mobileAppGroupAssignment";

/// Graph's 2017 `mobileAppGroupAssignment`.
#[derive(Clone, Debug)]
pub struct MobileAppGroupAssignment {
    odata_type: Optional,
    target_group_id: String,
    vpn_configuration_id: Optional,
    id: Optional,
    install_intent: InstallIntent,
    unknown: Vec<(String, Json)>,
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
        let assignment = Self {
            odata_type: Optional::Is(TYPE.to_owned()),
            target_group_id,
            vpn_configuration_id: vpn_configuration_id.into(),
            id: id.into(),
            install_intent: InstallIntent::read(install_intent),
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
        Ok(Self {
            odata_type,
            target_group_id: target_group_id.ok_or_else(|| reading::missing("targetGroupId"))?,
            vpn_configuration_id,
            id,
            install_intent: InstallIntent::read(
                &install_intent.ok_or_else(|| reading::missing("installIntent"))?,
            ),
            unknown,
        })
    }

    /// Whether it may be sent: what `from_json` lets through of a server, a caller may not send.
    ///
    /// # Errors
    /// An input error at the property that cannot be sent.
    pub fn check(&self) -> Result<()> {
        check_target_group_id(&self.target_group_id)?;
        self.check_install_intent()?;
        self.vpn_configuration_id.check("vpn_configuration_id")?;
        self.id.check("id")
    }

    fn check_install_intent(&self) -> Result<()> {
        self.install_intent.check("install_intent", &InstallIntent::KNOWN)
    }

    /// The same assignment with some properties changed and everything else kept, unknown properties included.
    ///
    /// # Errors
    /// An input error at the changed property that cannot be sent.
    pub fn replace(&self, changes: Changes) -> Result<Self> {
        let mut replaced = self.clone();
        if let Some(vpn_configuration_id) = changes.vpn_configuration_id {
            replaced.vpn_configuration_id = vpn_configuration_id.into();
            replaced.vpn_configuration_id.check("vpn_configuration_id")?;
        }
        if let Some(id) = changes.id {
            replaced.id = id.into();
            replaced.id.check("id")?;
        }
        if let Some(target_group_id) = changes.target_group_id {
            check_target_group_id(&target_group_id)?;
            replaced.target_group_id = target_group_id;
        }
        if let Some(install_intent) = changes.install_intent {
            replaced.install_intent = InstallIntent::read(&install_intent);
            replaced.check_install_intent()?;
        }
        Ok(replaced)
    }

    /// Whether `new` could make it: nothing in it that only a server says.
    #[must_use]
    pub fn is_expressible(&self) -> bool {
        let is_null = |property: &Optional| matches!(property, Optional::Null);
        self.odata_type.value() == Some(TYPE)
            && !is_null(&self.vpn_configuration_id)
            && !is_null(&self.id)
            && self.unknown.is_empty()
            && self.check().is_ok()
    }

    /// The Azure AD group that the app goes to.
    #[must_use]
    pub fn target_group_id(&self) -> &str {
        &self.target_group_id
    }

    /// What is to happen with the app.
    #[must_use]
    pub fn install_intent(&self) -> &InstallIntent {
        &self.install_intent
    }

    /// The VPN profile that is applied for the app.
    #[must_use]
    pub fn vpn_configuration_id(&self) -> Option<&str> {
        self.vpn_configuration_id.value()
    }

    /// The entity's key.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.value()
    }

    /// The properties on the wire, in the documented order; unknown ones last, in the order in which they came.
    #[must_use]
    pub fn properties(&self) -> Vec<(&str, Json)> {
        let text = |text: &str| Some(Json::Text(text.to_owned()));
        let known = [
            ("@odata.type", self.odata_type.to_json()),
            ("targetGroupId", text(&self.target_group_id)),
            ("vpnConfigurationId", self.vpn_configuration_id.to_json()),
            ("id", self.id.to_json()),
            ("installIntent", text(self.install_intent.as_str())),
        ];
        let known = known.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let unknown = self.unknown.iter().map(|(name, value)| (name.as_str(), value.clone()));
        known.chain(unknown).collect()
    }

    /// What equality and hash go by. The type counts only where it says more than the default does.
    fn essence(&self) -> impl Eq + Hash + '_ {
        let says_more = |name: &&str| *name != TYPE && Some(*name) != TYPE.strip_prefix('#');
        let said = self.odata_type.value().filter(says_more);
        let unknown = reading::essential(&self.unknown);
        (said, self.target_group_id(), self.vpn_configuration_id(), self.id(), &self.install_intent, unknown)
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

impl Serialize for MobileAppGroupAssignment {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        reading::serialize(&self.properties(), serializer)
    }
}

fn check_target_group_id(text: &str) -> Result<()> {
    if text.is_empty() {
        return Err(Error::invalid_input("target_group_id", "is empty")
            .with_hint("pass the id of the group that the app goes to"));
    }
    Ok(())
}
