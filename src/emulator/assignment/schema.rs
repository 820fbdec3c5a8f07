//! The words in which the model is written down.

use super::Version;

/// The namespace by which the service calls its types when it refuses something.
pub(super) const SERVICE: &str = "microsoft.management.services.api.";

/// A type of the model.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) name: &'static str,
    pub(super) base: Option<&'static Type>,
    /// Nothing is of this type itself; `@odata.type` must name one that derives from it.
    pub(super) is_abstract: bool,
    pub(super) in_v1: bool,
    pub(super) properties: &'static [Property],
    /// The app types that take such settings; empty for what is no settings type.
    pub(super) apps: &'static [&'static str],
}

impl Type {
    pub(super) fn is_a(&self, other: &Type) -> bool {
        self.name == other.name || self.base.is_some_and(|base| base.is_a(other))
    }

    /// A property of its own or of its bases.
    pub(super) fn property(&self, name: &str, version: Version) -> Option<&'static Property> {
        let known =
            |property: &&Property| property.name == name && (property.in_v1 || version == Version::Beta);
        self.properties.iter().find(known).or_else(|| self.base?.property(name, version))
    }
}

/// A property of a type.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) nullable: bool,
    pub(super) in_v1: bool,
}

/// What a property may hold.
#[derive(Debug)]
pub(super) enum Kind {
    String,
    Bool,
    Int32,
    Guid,
    DateTimeOffset,
    Strings,
    Enum(&'static Enumeration),
    Complex(&'static Type),
}

impl Kind {
    /// As the service names it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::String => "Edm.String".to_owned(),
            Self::Bool => "Edm.Boolean".to_owned(),
            Self::Int32 => "Edm.Int32".to_owned(),
            Self::Guid => "Edm.Guid".to_owned(),
            Self::DateTimeOffset => "Edm.DateTimeOffset".to_owned(),
            Self::Strings => "Collection(Edm.String)".to_owned(),
            Self::Enum(enumeration) => format!("{SERVICE}{}", enumeration.name),
            Self::Complex(complex) => format!("{SERVICE}{}", complex.name),
        }
    }
}

/// An enumeration; the place of a member is its number.
#[derive(Debug)]
pub(super) struct Enumeration {
    pub(super) name: &'static str,
    pub(super) members: &'static [&'static str],
}
