//! What calls leave behind, and what a journal tells of planned writes.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::error::{Error, Kind, Outcome, Result, printable};
use crate::json::Json;
use crate::model::{MobileAppAssignment, MobileAppPath};
use crate::plan::{Plan, compare};

/// What a successful call of the action leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AssignReceipt {
    /// The HTTP status, 200 to 204.
    pub status: u16,
    /// The service's id for the request.
    pub request_id: Option<String>,
    /// Our id for the call.
    pub client_request_id: Uuid,
    /// When the service answered.
    pub date: Option<Timestamp>,
    /// How many requests it took.
    pub attempts: u32,
    /// From the start of the call to its end.
    pub elapsed: Duration,
}

/// What a planned write leaves behind: enough to undo it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ApplyReceipt {
    /// The app.
    pub app_id: String,
    /// What it held before.
    pub before: Vec<MobileAppAssignment>,
    /// What it holds after it.
    pub after: Vec<MobileAppAssignment>,
    /// Why, in the caller's words.
    pub reason: Option<String>,
    /// When the write was about to be sent.
    pub time: Timestamp,
    /// Whether no answer told of success, and a read did.
    pub recovered: bool,
    /// What the service answered, if it was asked and did.
    pub response: Option<AssignReceipt>,
}

impl ApplyReceipt {
    /// What was done, as a plan shows it.
    pub(crate) fn done(&self) -> Plan {
        Plan::restore(&self.app_id, self.before.clone(), self.after.clone())
    }

    /// What there is to say besides, for people.
    pub(crate) fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("time", to_the_second(self.time))];
        facts.extend(self.reason.as_ref().map(|reason| ("reason", printable(reason))));
        facts.push(match &self.response {
            Some(response) => ("answer", response.status.to_string()),
            None if self.recovered => ("answer", "none; a read found it done".to_owned()),
            None if compare(&self.before, &self.after).is_none() => {
                ("answer", "nothing was to be written".to_owned())
            }
            None => ("answer", "not known".to_owned()),
        });
        facts
    }
}

/// A moment, as people tell it.
pub(crate) fn to_the_second(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

impl fmt::Display for ApplyReceipt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.done())?;
        for (name, value) in self.facts() {
            write!(out, "\n{name}: {value}")?;
        }
        Ok(())
    }
}

/// A line of a journal. Each write has two: one before anything is sent, one when it is known what became of it.
#[derive(Clone, Debug)]
pub enum Entry<'a> {
    /// What is about to be done.
    Intent {
        /// Of this write.
        id: Uuid,
        /// The service.
        base_url: &'a str,
        /// What the receipt will say if all goes well.
        receipt: &'a ApplyReceipt,
    },
    /// What became of it.
    Outcome {
        /// Of this write.
        id: Uuid,
        /// What is known.
        outcome: Outcome,
        /// With what the app holds now.
        receipt: &'a ApplyReceipt,
    },
}

impl Entry<'_> {
    /// As it stands in the journal.
    ///
    /// # Errors
    /// None for what was read or accepted.
    pub fn to_json(&self) -> Result<Json> {
        let text = |text: &str| Json::Text(text.to_owned());
        let (record, id, mut members, receipt) = match self {
            Self::Intent { id, base_url, receipt } => {
                ("intent", id, vec![("base_url", text(base_url))], receipt)
            }
            Self::Outcome { id, outcome, receipt } => {
                ("outcome", id, vec![("outcome", text(outcome.as_str()))], receipt)
            }
        };
        members.splice(0..0, [("record", text(record)), ("id", text(&id.to_string()))]);
        let mut members: Vec<_> = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let Json::Object(receipt) = Json::parse(&receipt.to_json()?)? else {
            return Err(Error::internal("a receipt made no JSON object"));
        };
        let is_told_before = |name: &str| matches!(name, "before" | "reason" | "app_id");
        let is_intent = record == "intent";
        members.extend(receipt.into_iter().filter(|(name, _)| is_intent || !is_told_before(name)));
        Ok(Json::Object(members))
    }
}

/// The receipts of a journal's writes, in the order in which they were about to be sent. A write that certainly did not
/// happen has none; one that nobody knows of has one without a response.
///
/// # Errors
/// A journal error for a record that no journal of ours has.
pub fn receipts(records: Vec<Json>) -> Result<Vec<ApplyReceipt>> {
    let mut writes: Vec<(String, Option<ApplyReceipt>)> = Vec::new();
    for (index, record) in records.into_iter().enumerate() {
        let strange = |what: &str| {
            let message = format!("record {} of the journal {what}", index + 1);
            Error::new(Kind::Journal, message)
                .with_hint("the file is no journal of appassign's, or of a later version")
        };
        let members = Members::of(record).map_err(|error| strange(&error.to_string()))?;
        let id = members.text("id").map_err(|error| strange(&error.to_string()))?.to_owned();
        match members.text("record") {
            Ok("intent") => {
                let receipt = ApplyReceipt::read(&members).map_err(|error| strange(&error.to_string()))?;
                writes.push((id, Some(ApplyReceipt { response: None, recovered: false, ..receipt })));
            }
            Ok("outcome") => {
                // Its intent may stand in a file that was rotated away.
                let Some((_, write)) = writes.iter_mut().rev().find(|(known, _)| *known == id) else {
                    continue;
                };
                let Some(receipt) = write.take() else { continue };
                *write = became(receipt, &members).map_err(|error| strange(&error.to_string()))?;
            }
            _ => return Err(strange("is of an unknown kind")),
        }
    }
    Ok(writes.into_iter().filter_map(|(_, receipt)| receipt).collect())
}

/// The receipt of a write, once its outcome is known.
fn became(intended: ApplyReceipt, outcome: &Members) -> Result<Option<ApplyReceipt>> {
    Ok(match outcome.text("outcome")? {
        "not_sent" | "not_applied" => None,
        "applied" => Some(ApplyReceipt {
            after: outcome.assignments("after")?,
            recovered: outcome.truth("recovered")?,
            response: outcome.response()?,
            ..intended
        }),
        _ => Some(intended),
    })
}

#[derive(Serialize)]
struct Record<'a> {
    app_id: &'a str,
    time: String,
    reason: Option<&'a str>,
    before: &'a [MobileAppAssignment],
    after: &'a [MobileAppAssignment],
    recovered: bool,
    response: Option<Answer<'a>>,
}

#[derive(Serialize)]
struct Answer<'a> {
    status: u16,
    request_id: Option<&'a str>,
    client_request_id: String,
    date: Option<String>,
    attempts: u32,
    elapsed: f64,
}

impl ApplyReceipt {
    /// One line of JSON.
    ///
    /// # Errors
    /// None for what was read or accepted.
    pub fn to_json(&self) -> Result<String> {
        let response = self.response.as_ref().map(|response| Answer {
            status: response.status,
            request_id: response.request_id.as_deref(),
            client_request_id: response.client_request_id.to_string(),
            date: response.date.map(|date| date.to_string()),
            attempts: response.attempts,
            elapsed: response.elapsed.as_secs_f64(),
        });
        let Self { app_id, before, after, recovered, .. } = self;
        let (time, reason) = (self.time.to_string(), self.reason.as_deref());
        serde_json::to_string(&Record {
            app_id,
            time,
            reason,
            before,
            after,
            recovered: *recovered,
            response,
        })
        .map_err(|error| Error::internal(format!("the JSON could not be written: {error}")))
    }

    /// Reads what `to_json` wrote.
    ///
    /// # Errors
    /// An input error at the member that is missing or has the wrong JSON type.
    pub fn from_json(document: Json) -> Result<Self> {
        Self::read(&Members::of(document)?)
    }

    fn read(members: &Members) -> Result<Self> {
        let app_id = members.text("app_id")?;
        MobileAppPath::new(app_id).map_err(|error| Error {
            kind: Kind::InvalidInput { location: Some("app_id".to_owned()) },
            ..error
        })?;
        Ok(Self {
            app_id: app_id.to_owned(),
            before: members.assignments("before")?,
            after: members.assignments("after")?,
            reason: members.optional_text("reason")?.map(str::to_owned),
            time: members.parsed("time")?,
            recovered: members.truth("recovered")?,
            response: members.response()?,
        })
    }
}

/// The members of a JSON object that we wrote.
struct Members(Vec<(String, Json)>);

impl Members {
    fn of(document: Json) -> Result<Self> {
        match document {
            Json::Object(members) => Ok(Self(members)),
            other => {
                let message = format!("a receipt is a JSON object, not {}", other.type_name());
                Err(Error::new(Kind::InvalidInput { location: None }, message))
            }
        }
    }

    fn get(&self, name: &str) -> &Json {
        self.0.iter().find(|(known, _)| known == name).map_or(&Json::Null, |(_, value)| value)
    }

    fn wrong<T>(&self, name: &str, wanted: &str) -> Result<T> {
        if !self.0.iter().any(|(known, _)| known == name) {
            return Err(Error::invalid_input(name, "this property is required and missing"));
        }
        Err(Error::invalid_input(name, format!("must be {wanted}, not {}", self.get(name).type_name())))
    }

    fn text(&self, name: &str) -> Result<&str> {
        match self.get(name) {
            Json::Text(text) => Ok(text),
            _ => self.wrong(name, "a string"),
        }
    }

    fn optional_text(&self, name: &str) -> Result<Option<&str>> {
        if *self.get(name) == Json::Null { Ok(None) } else { self.text(name).map(Some) }
    }

    fn truth(&self, name: &str) -> Result<bool> {
        match self.get(name) {
            Json::Bool(truth) => Ok(*truth),
            Json::Null => Ok(false),
            _ => self.wrong(name, "a boolean"),
        }
    }

    fn parsed<T: std::str::FromStr>(&self, name: &str) -> Result<T> {
        let text = self.text(name)?;
        text.parse().map_err(|_| Error::invalid_input(name, format!("{text:?} cannot be read")))
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T> {
        match self.get(name) {
            Json::Number(number) => {
                let out_of_range =
                    |_| Error::invalid_input(name, format!("{} is out of range", number.as_str()));
                number.as_str().parse().map_err(out_of_range)
            }
            _ => self.wrong(name, "a number"),
        }
    }

    fn assignments(&self, name: &str) -> Result<Vec<MobileAppAssignment>> {
        let Json::Array(entries) = self.get(name) else { return self.wrong(name, "an array") };
        let entry = |(index, entry): (usize, &Json)| {
            MobileAppAssignment::from_json(entry.clone())
                .map_err(|error| error.inside(&format!("{name}[{index}]")))
        };
        entries.iter().enumerate().map(entry).collect()
    }

    fn response(&self) -> Result<Option<AssignReceipt>> {
        let members = match self.get("response") {
            Json::Null => return Ok(None),
            Json::Object(members) => Self(members.clone()),
            _ => return self.wrong("response", "an object"),
        };
        let read = || -> Result<AssignReceipt> {
            let date = members.optional_text("date")?.map(|_| members.parsed("date")).transpose();
            let elapsed = Duration::try_from_secs_f64(members.number("elapsed")?)
                .map_err(|error| Error::invalid_input("elapsed", error.to_string()))?;
            Ok(AssignReceipt {
                status: members.number("status")?,
                request_id: members.optional_text("request_id")?.map(str::to_owned),
                client_request_id: members.parsed("client_request_id")?,
                date: date?,
                attempts: members.number("attempts")?,
                elapsed,
            })
        };
        read().map(Some).map_err(|error| error.inside("response"))
    }
}
