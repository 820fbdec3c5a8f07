//! The model as one version of Graph has it, and the questions that can be asked of it.

use serde_json::Value;

use super::facts::{ASSIGNMENT, COMPLEX, SETTINGS, TARGETS};
use super::schema::{Enumeration, Property, SERVICE, Type};
use super::{Extensions, Refused, Version};

/// The one by which its clients call them.
const GRAPH: &str = "microsoft.graph.";

/// What an `@odata.type` stands for.
pub(super) enum Resolved {
    Known(&'static Type),
    /// A type that a test brought along; nothing is known of it, so everything may be in it.
    New(String),
}

/// The model as one version of Graph has it.
#[derive(Clone, Copy)]
pub(super) struct Model<'a> {
    pub(super) version: Version,
    pub(super) extensions: &'a Extensions,
}

impl<'a> Model<'a> {
    /// What a newer Graph has besides: the beta alone, as new things come to the beta first.
    pub(super) fn extensions(&self) -> Option<&'a Extensions> {
        (self.version == Version::Beta).then_some(self.extensions)
    }

    /// The type that an annotation names, whatever it may be good for.
    pub(super) fn find(&self, sent: &Value) -> Result<Resolved, Refused> {
        let Some(full) = sent.as_str() else {
            return Err(Refused::Model(format!(
                "Cannot convert the literal '{sent}' to the expected type 'Edm.String'."
            )));
        };
        let name = short(full);
        match known(name) {
            Some(found) if found.in_v1 || self.version == Version::Beta => Ok(Resolved::Known(found)),
            _ if self.extensions().is_some_and(|new| new.has_type(name)) => {
                Ok(Resolved::New(name.to_owned()))
            }
            _ => Err(unresolved(full)),
        }
    }

    /// The type of a value where `expected` is declared.
    pub(super) fn resolve(&self, sent: Option<&Value>, expected: &'static Type) -> Result<Resolved, Refused> {
        let found = match sent {
            Some(sent) => self.find(sent)?,
            None => Resolved::Known(expected),
        };
        match found {
            Resolved::Known(found) if !found.is_a(expected) => Err(misplaced(found, expected)),
            // The service's own words are not known.
            Resolved::Known(found) if found.is_abstract => Err(Refused::Model(format!(
                "The type '{SERVICE}{}' is abstract. The annotation '@odata.type' must name a type that derives from it.",
                found.name
            ))),
            found => Ok(found),
        }
    }

    /// A property by its name; `None` for one that a test brought along.
    pub(super) fn property(&self, of: &Type, name: &str) -> Result<Option<&'static Property>, Refused> {
        let known = of.property(name, self.version);
        if known.is_none() && !self.extensions().is_some_and(|new| new.has_property(of.name, name)) {
            return Err(Refused::Model(format!(
                "The property '{name}' does not exist on type '{SERVICE}{}'. Make sure to only use property names that \
                 are defined by the type.",
                of.name
            )));
        }
        Ok(known)
    }

    /// The number and the name of an enumeration's member, which clients write in small and capital letters: `Required`
    /// works (observed: intune-uploader#16, and CIPP assigns with it).
    pub(super) fn member(&self, of: &Enumeration, name: &str) -> Option<(usize, &'a str)> {
        let mut members = of.members.iter().enumerate();
        if let Some((number, member)) = members.find(|(_, member)| member.eq_ignore_ascii_case(name)) {
            return Some((number, member));
        }
        let (number, member) = self.extensions()?.member(of.name, name)?;
        Some((of.members.len() + number, member))
    }
}

/// A type of the beta, by its name without namespace, in letters of whatever size: CIPP assigns with
/// `Win32LobAppAssignmentSettings` (observed).
pub(super) fn known(name: &str) -> Option<&'static Type> {
    let all = [&ASSIGNMENT].into_iter().chain(TARGETS).chain(SETTINGS).chain(COMPLEX);
    all.into_iter().find(|known| known.name.eq_ignore_ascii_case(name))
}

/// Documentation prints type names with and without the leading `#`.
pub(super) fn short(full: &str) -> &str {
    let full = full.strip_prefix('#').unwrap_or(full);
    full.strip_prefix(GRAPH).unwrap_or(full)
}

/// A type's name as the service writes it into its answers.
pub(super) fn annotation(name: &str) -> Value {
    Value::from(format!("#{GRAPH}{name}"))
}

/// Observed: microsoft-graph-docs#2183.
fn unresolved(full: &str) -> Refused {
    let full = full.strip_prefix('#').unwrap_or(full);
    let named = match full.strip_prefix(GRAPH) {
        Some(name) => format!("{SERVICE}{name}"),
        None => full.to_owned(),
    };
    Refused::Model(format!(
        "A type named '{named}' could not be resolved by the model. When a model is available, each type name must \
         resolve to a valid type."
    ))
}

/// Observed for entities (Intune-Config-Frameworks#8) and for complex values (IntuneWin32App#136).
fn misplaced(found: &Type, expected: &Type) -> Refused {
    let (found, expected_name) = (found.name, expected.name);
    Refused::Model(if expected_name == ASSIGNMENT.name {
        format!(
            "An entry with type '{SERVICE}{found}' was found, but it is not assignable to the expected type \
             '{SERVICE}{expected_name}'. The type specified in the entry must be equal to either the expected type or a \
             derived type."
        )
    } else {
        format!(
            "A value was encountered that has a type name that is incompatible with the metadata. The value specified \
             its type as '{SERVICE}{found}', but the type specified in the metadata is '{SERVICE}{expected_name}'."
        )
    })
}
