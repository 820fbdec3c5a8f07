//! A plan as one line of JSON, so that it can be reviewed, kept and applied elsewhere.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::error::{Error, Kind, Result, cut};
use crate::json::Json;
use crate::model::{MobileAppAssignment, MobileAppPath, reading};
use crate::plan::input::doubled;
use crate::plan::{MAX_ENTRIES, Plan, Warning};

#[derive(Serialize)]
struct Record<'a> {
    app_id: &'a str,
    before: &'a [MobileAppAssignment],
    after: &'a [MobileAppAssignment],
    warnings: Vec<RecordedWarning<'a>>,
}

#[derive(Serialize)]
struct RecordedWarning<'a> {
    code: &'a str,
    message: &'a str,
}

impl Plan {
    /// The plan as one line of JSON.
    ///
    /// # Errors
    /// None that are known: whatever was read can be written.
    pub fn to_json(&self) -> Result<String> {
        let warnings = self.warnings.iter();
        let record = Record {
            app_id: self.app_id(),
            before: &self.before,
            after: &self.after,
            warnings: warnings.map(|Warning { code, message }| RecordedWarning { code, message }).collect(),
        };
        serde_json::to_string(&record)
            .map_err(|error| Error::internal(format!("a plan could not be written: {error}")))
    }

    /// Reads a plan. What is not as it was before is checked as what a caller wants is.
    ///
    /// # Errors
    /// An input error at what is missing, not known, of the wrong JSON type, or cannot be sent.
    pub fn from_json(document: Json) -> Result<Self> {
        let mut properties = Properties::of("a plan", document)?;
        let app_id = properties.text("app_id")?;
        MobileAppPath::new(&app_id).map_err(|error| Error {
            kind: Kind::InvalidInput { location: Some("app_id".to_owned()) },
            ..error
        })?;
        let before = assignments("before", properties.list("before")?)?;
        let after = assignments("after", properties.list("after")?)?;
        let warnings = properties.list("warnings")?.into_iter().enumerate().map(|(index, warning)| {
            read_warning(warning).map_err(|error| error.inside(&format!("warnings[{index}]")))
        });
        let warnings = warnings.collect::<Result<_>>()?;
        properties.end()?;
        check(&before, &after)?;
        let keys: HashSet<_> = before.iter().map(MobileAppAssignment::key).collect();
        let own =
            |entry: MobileAppAssignment| if keys.contains(&entry.key()) { entry } else { entry.as_new() };
        let after = after.into_iter().map(own).collect();
        Ok(Self::of(&app_id, before, after, warnings))
    }
}

fn check(before: &[MobileAppAssignment], after: &[MobileAppAssignment]) -> Result<()> {
    if after.len() > MAX_ENTRIES {
        let message = format!("has {} entries; the limit is {MAX_ENTRIES}", after.len());
        return Err(Error::invalid_input("after", message));
    }
    let there: HashSet<_> = before.iter().collect();
    let mut seen = HashMap::with_capacity(after.len());
    for (index, entry) in after.iter().enumerate() {
        let is_as_it_was = there.contains(entry);
        if !is_as_it_was {
            entry.check().map_err(|error| error.inside(&format!("after[{index}]")))?;
        }
        match seen.insert(entry.key(), (index, is_as_it_was)) {
            Some((first, first_is)) if !(is_as_it_was && first_is) => {
                return Err(doubled("after", first, index, entry));
            }
            _ => {}
        }
    }
    Ok(())
}

fn assignments(name: &str, documents: Vec<Json>) -> Result<Vec<MobileAppAssignment>> {
    let read = |(index, document)| {
        MobileAppAssignment::from_json(document).map_err(|error| error.inside(&format!("{name}[{index}]")))
    };
    documents.into_iter().enumerate().map(read).collect()
}

fn read_warning(document: Json) -> Result<Warning> {
    let mut properties = Properties::of("a warning", document)?;
    let (code, message) = (properties.text("code")?, properties.text("message")?);
    properties.end()?;
    Ok(Warning { code: Cow::Owned(code), message })
}

/// The properties of a document of our own: each is there, and no other.
struct Properties(Vec<(String, Json)>);

impl Properties {
    fn of(noun: &str, document: Json) -> Result<Self> {
        reading::object(noun, document).map(Self)
    }

    fn take(&mut self, name: &str) -> Result<Json> {
        let place = self.0.iter().position(|(other, _)| other == name);
        let place =
            place.ok_or_else(|| Error::invalid_input(name, "this property is required and missing"))?;
        Ok(self.0.remove(place).1)
    }

    fn text(&mut self, name: &str) -> Result<String> {
        reading::required_text(name, self.take(name)?)
    }

    fn list(&mut self, name: &str) -> Result<Vec<Json>> {
        match self.take(name)? {
            Json::Array(items) => Ok(items),
            other => Err(Error::invalid_input(name, format!("must be an array, not {}", other.type_name()))),
        }
    }

    /// What is left was written by something that knows more: it is not passed over.
    fn end(self) -> Result<()> {
        match self.0.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => {
                Err(Error::invalid_input(&cut(&name, 64), "this version does not know this property"))
            }
        }
    }
}
