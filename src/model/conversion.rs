//! From the seed's form to today's: all of it, or an error that names what has no place there.

use crate::error::{Error, Result, cut, printable};
use crate::json::Json;
use crate::model::{
    AssignmentTarget, InstallIntent, MobileAppAssignment, MobileAppGroupAssignment, TargetKind, guid, reading,
};

const NAMESPACE: &str = "#microsoft.graph.";
const PLAIN: &str = "mobileAppGroupAssignment";
/// The one documented subtype; it says how a licence of Apple's volume purchase is used.
const VPP: &str = "mobileAppVppGroupAssignment";

const VPN_CONFIGURATION_ID: &str = "vpnConfigurationId";
const USE_DEVICE_LICENSING: &str = "useDeviceLicensing";

/// The settings that have a place for what the seed's form says beside group and intent: name, VPN, licensing.
const SETTINGS: [(&str, bool, bool); 8] = [
    ("iosStoreAppAssignmentSettings", true, false),
    ("iosLobAppAssignmentSettings", true, false),
    ("iosVppAppAssignmentSettings", true, true),
    ("iosDdmStoreAppAssignmentSettings", true, false),
    ("iosDdmLobAppAssignmentSettings", true, false),
    ("iosDdmVppAppAssignmentSettings", true, true),
    ("macOsVppAppAssignmentSettings", false, true),
    ("macOsDdmVppAppAssignmentSettings", false, true),
];

impl MobileAppGroupAssignment {
    /// The same assignment in today's form. `settings_type` names the settings that take `vpn_configuration_id` and
    /// `useDeviceLicensing`, with or without `#microsoft.graph.`; where there is neither, none are made. The `id` is
    /// left behind: it is that of an entity which today's Graph does not have.
    ///
    /// # Errors
    /// An input error at what has no counterpart: the intent `notApplicable`, a group id that is no GUID, a VPN
    /// configuration or licensing that the settings do not have, and any property that this library does not know.
    pub fn to_mobile_app_assignment(&self, settings_type: Option<&str>) -> Result<MobileAppAssignment> {
        let settings_type = settings_type.map(settings_named).transpose()?;
        self.check_today()?;
        guid::check("target_group_id", "group", self.target_group_id())?;
        let mut use_device_licensing = None;
        for (name, value) in self.properties() {
            match (name, &value) {
                ("targetGroupId" | VPN_CONFIGURATION_ID | "id" | "installIntent", _) | (_, Json::Null) => {}
                ("@odata.type", Json::Text(odata_type))
                    if [PLAIN, VPP].contains(&reading::type_name(odata_type)) => {}
                (USE_DEVICE_LICENSING, Json::Bool(_)) => use_device_licensing = Some(value),
                (USE_DEVICE_LICENSING, other) => {
                    let message = format!("must be true or false, not {}", other.type_name());
                    return Err(Error::invalid_input(name, message));
                }
                _ => return Err(Error::invalid_input(&cut(name, 64), "has no counterpart in today's form")),
            }
        }
        let target =
            AssignmentTarget::new(TargetKind::Group, Some(self.target_group_id().to_owned()), None, None)?;
        let settings = self.settings(settings_type, use_device_licensing)?;
        MobileAppAssignment::new(target, self.install_intent().as_str(), settings, None)
    }

    fn check_today(&self) -> Result<()> {
        let checked = self.install_intent().check("install_intent", &InstallIntent::TODAY);
        checked.map_err(|error| match self.install_intent() {
            InstallIntent::NotApplicable => {
                error.with_hint("Graph never said what it does, so nothing is guessed: choose another one")
            }
            _ => error,
        })
    }

    fn settings(
        &self,
        settings_type: Option<Settings>,
        use_device_licensing: Option<Json>,
    ) -> Result<Option<Json>> {
        let mut properties = Vec::new();
        if let Some(value) = use_device_licensing {
            place(USE_DEVICE_LICENSING, settings_type, |(_, _, licensing)| licensing)?;
            properties.push((USE_DEVICE_LICENSING.to_owned(), value));
        }
        if let Some(id) = self.vpn_configuration_id() {
            place("vpn_configuration_id", settings_type, |(_, vpn, _)| vpn)?;
            if id.is_empty() {
                return Err(Error::invalid_input("vpn_configuration_id", "is empty"));
            }
            properties.push((VPN_CONFIGURATION_ID.to_owned(), Json::Text(id.to_owned())));
        }
        let Some((name, ..)) = settings_type.filter(|_| !properties.is_empty()) else { return Ok(None) };
        properties.insert(0, ("@odata.type".to_owned(), Json::Text(format!("{NAMESPACE}{name}"))));
        Ok(Some(Json::Object(properties)))
    }
}

type Settings = (&'static str, bool, bool);

/// Whether these settings have a place for a property.
fn place(property: &str, settings: Option<Settings>, has_it: fn(Settings) -> bool) -> Result<()> {
    let what = match settings {
        Some(settings) if has_it(settings) => return Ok(()),
        Some((name, ..)) => format!("has no place in {name}"),
        None => "has its place in settings today".to_owned(),
    };
    let possible = names(has_it);
    Err(Error::invalid_input(property, format!("{what}; pass a settings_type that has it: {possible}"))
        .with_hint("the type of the app decides which one fits"))
}

fn names(which: fn(Settings) -> bool) -> String {
    let names: Vec<_> =
        SETTINGS.into_iter().filter(|settings| which(*settings)).map(|(name, ..)| name).collect();
    names.join(", ")
}

fn settings_named(settings_type: &str) -> Result<Settings> {
    let known = SETTINGS.into_iter().find(|(name, ..)| *name == reading::type_name(settings_type));
    known.ok_or_else(|| {
        let given = printable(&cut(settings_type, 64));
        let message =
            format!("'{given}' takes nothing of the old form; those that do are {}", names(|_| true));
        Error::invalid_input("settings_type", message)
    })
}
