//! What today's Graph makes of an assignment. Every row of the documents on targets, settings and rules has its test.

mod dates;
mod entries;
mod ids;
mod patches;
mod rules;
mod seeds;
mod sets;
mod settings;
mod table;
mod targets;
mod versions;

use serde_json::{Map, Value, json};

use super::facts::{ASSIGNMENT, COMPLEX, SETTINGS, TARGETS};
use super::schema::{Kind, Property, Type};
use super::{Extensions, Reader, Refused, Version, as_v1, seed, wanted};

const GROUP: &str = "11111111-2222-4333-8444-555555555501";
const FILTER: &str = "c0ffee00-0000-4000-8000-000000000001";
const WIN32: &str = "#microsoft.graph.win32LobApp";

fn read_as(version: Version, app: &str, sent: &Value) -> Result<Map<String, Value>, Refused> {
    Reader { version, app_type: app, extensions: &Extensions::default() }.read(sent)
}

fn read(app: &str, sent: &Value) -> Result<Map<String, Value>, Refused> {
    read_as(Version::Beta, app, sent)
}

fn assign(parameters: &Value) -> Result<Vec<Map<String, Value>>, Refused> {
    let reader = Reader { version: Version::Beta, app_type: WIN32, extensions: &Extensions::default() };
    wanted(&reader, parameters.as_object().unwrap().clone())
}

/// What a refusal by the model says.
fn by_model<T: std::fmt::Debug>(result: Result<T, Refused>) -> String {
    match result {
        Err(Refused::Model(message)) => message,
        other => panic!("no refusal by the model: {other:?}"),
    }
}

/// What a refusal by a rule says.
fn by_rule<T: std::fmt::Debug>(result: Result<T, Refused>) -> String {
    match result {
        Err(Refused::Rule(message)) => message,
        other => panic!("no refusal by a rule: {other:?}"),
    }
}

fn to(target: &str) -> Value {
    let group = matches!(target, "groupAssignmentTarget" | "exclusionGroupAssignmentTarget");
    let mut sent = json!({"@odata.type": format!("#microsoft.graph.{target}")});
    if group {
        sent["groupId"] = json!(GROUP);
    }
    sent
}

fn entry(intent: &str, target: &str) -> Value {
    json!({"intent": intent, "target": to(target)})
}

/// An assignment to a group, with settings.
fn with_settings(intent: &str, settings: &Value) -> Value {
    json!({"intent": intent, "target": to("groupAssignmentTarget"), "settings": settings})
}

/// The intent with which all settings of a type go.
fn intent(of: &Type) -> &'static str {
    if properties(of).iter().any(|known| known.name == "autoUpdateSettings") {
        "available"
    } else {
        "required"
    }
}

fn properties(of: &Type) -> Vec<&'static Property> {
    let mut all = of.base.map(properties).unwrap_or_default();
    all.extend(of.properties);
    all
}

fn concrete_settings() -> impl Iterator<Item = &'static Type> {
    SETTINGS.into_iter().filter(|of| !of.is_abstract)
}

fn app(of: &Type) -> String {
    format!("#microsoft.graph.{}", of.apps[0])
}

/// A good value of a kind.
fn sample(kind: &Kind) -> Value {
    match kind {
        Kind::String => json!("b1a2c3d4-0000-4000-8000-000000000009"),
        Kind::Bool => json!(true),
        Kind::Int32 => json!(2_147_483_647),
        Kind::Guid => json!(FILTER),
        Kind::DateTimeOffset => json!("2026-12-01T08:00:00.1234567-08:00"),
        Kind::Strings => json!(["one", "two"]),
        Kind::Enum(enumeration) => json!(enumeration.members.last()),
        Kind::Complex(of) => object(of, Version::Beta),
    }
}

/// An object with every property that a version has.
fn object(of: &Type, version: Version) -> Value {
    let known = properties(of).into_iter().filter(|known| known.in_v1 || version == Version::Beta);
    known.map(|known| (known.name.to_owned(), sample(&known.kind))).collect::<Map<_, _>>().into()
}

/// The same, with its type in front.
fn typed(of: &Type, version: Version) -> Value {
    let mut sent = Map::new();
    sent.insert("@odata.type".to_owned(), json!(format!("#microsoft.graph.{}", of.name)));
    sent.extend(object(of, version).as_object().unwrap().clone());
    sent.into()
}
