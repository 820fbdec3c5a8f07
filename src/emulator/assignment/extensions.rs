//! How the model learns what a test puts there.

use serde_json::{Map, Value};

use super::facts::ASSIGNMENT;
use super::model::{known, short};
use super::schema::{Kind, Type};
use super::value::is_annotation;
use super::{Extensions, Version};

impl Extensions {
    pub(super) fn has_type(&self, name: &str) -> bool {
        self.types.contains(name)
    }

    pub(super) fn has_property(&self, of: &str, name: &str) -> bool {
        self.properties.get(of).is_some_and(|names| names.contains(name))
    }

    pub(super) fn member(&self, of: &str, name: &str) -> Option<(usize, &str)> {
        let mut members = self.members.get(of)?.iter().enumerate();
        members.find(|(_, member)| *member == name).map(|(number, member)| (number, member.as_str()))
    }

    pub(super) fn fits(&self, settings: &str, app: &str) -> bool {
        self.apps.get(settings).is_some_and(|apps| apps.contains(app))
    }

    /// Takes in every name that an assignment has and the model has not.
    pub(super) fn learn(&mut self, app_type: &str, entry: &Map<String, Value>) {
        self.learn_object(&ASSIGNMENT, entry);
        let settings = entry.get("settings").and_then(|settings| settings.get("@odata.type"));
        if let Some(settings) = settings.and_then(Value::as_str).map(short) {
            let settings = known(settings).map_or(settings, |known| known.name);
            self.apps.entry(settings.to_owned()).or_default().insert(short(app_type).to_owned());
        }
    }

    fn learn_object(&mut self, declared: &'static Type, object: &Map<String, Value>) {
        let named = object.get("@odata.type").and_then(Value::as_str).map(short);
        let of = match named.map(|name| known(name).ok_or(name)) {
            None => declared,
            Some(Ok(known)) => known,
            Some(Err(new)) => {
                self.types.insert(new.to_owned());
                declared
            }
        };
        for (name, value) in object {
            let property = of.property(name, Version::Beta);
            match (property.map(|property| &property.kind), value) {
                (None, _) if !is_annotation(name) => {
                    self.properties.entry(of.name.to_owned()).or_default().insert(name.clone());
                }
                (Some(Kind::Enum(enumeration)), Value::String(member))
                    if !enumeration.members.iter().any(|known| known.eq_ignore_ascii_case(member)) =>
                {
                    let members = self.members.entry(enumeration.name.to_owned()).or_default();
                    if !members.contains(member) {
                        members.push(member.clone());
                    }
                }
                (Some(Kind::Complex(declared)), Value::Object(inner)) => self.learn_object(declared, inner),
                _ => {}
            }
        }
    }
}
