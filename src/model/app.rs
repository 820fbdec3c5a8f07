//! Graph's `mobileApp`, as far as a list of apps shows it.

use crate::error::{Error, Result};
use crate::json::Json;
use crate::model::reading;

/// An app of the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MobileApp {
    /// The app's id (`mobileAppId`).
    pub id: String,
    /// What people call it.
    pub display_name: Option<String>,
    /// Its type, such as `#microsoft.graph.win32LobApp`.
    pub odata_type: Option<String>,
    /// Whether it has assignments, if the service says so.
    pub is_assigned: Option<bool>,
}

impl MobileApp {
    /// Reads Graph's JSON.
    ///
    /// # Errors
    /// An input error at the property that is missing or has the wrong JSON type.
    pub fn from_json(document: Json) -> Result<Self> {
        let (mut id, mut display_name, mut odata_type, mut is_assigned) = Default::default();
        for (name, value) in reading::object("a mobileApp", document)? {
            match name.as_str() {
                "id" => id = Some(reading::required_text(&name, value)?),
                "displayName" => display_name = text(&name, value)?,
                "@odata.type" => odata_type = text(&name, value)?,
                "isAssigned" => is_assigned = flag(&name, &value)?,
                _ => {}
            }
        }
        let id = id.ok_or_else(|| reading::missing("id"))?;
        Ok(Self { id, display_name, odata_type, is_assigned })
    }
}

fn text(name: &str, value: Json) -> Result<Option<String>> {
    if value == Json::Null { Ok(None) } else { reading::required_text(name, value).map(Some) }
}

fn flag(name: &str, value: &Json) -> Result<Option<bool>> {
    match value {
        Json::Null => Ok(None),
        Json::Bool(flag) => Ok(Some(*flag)),
        other => Err(Error::invalid_input(name, format!("must be true or false, not {}", other.type_name()))),
    }
}
