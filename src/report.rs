//! What a run of many calls leaves behind: what became of each, in the order of the input.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Outcome, Result, cut, printable};
use crate::model::MobileAppAssignment;
use crate::plan::{Change, Plan};
use crate::receipt::ApplyReceipt;

/// How many lines of a report are shown as text, and of those that failed further on.
const MAX_LINES: usize = 50;

/// What became of one change.
#[derive(Clone, Debug)]
pub struct PlanResult {
    /// What was wanted.
    pub change: Arc<Change>,
    /// What it would do, or why that is not known.
    pub plan: Result<Plan>,
}

/// What became of one plan.
#[derive(Clone, Debug)]
pub struct ApplyResult {
    /// What was planned.
    pub plan: Plan,
    /// What was done, or why not.
    pub receipt: Result<ApplyReceipt>,
}

/// What `plan_many` leaves behind.
#[derive(Clone, Debug, Default)]
pub struct PlanReport(pub Vec<PlanResult>);

/// What `apply_many` leaves behind.
#[derive(Clone, Debug, Default)]
pub struct ApplyReport(pub Vec<ApplyResult>);

/// How it went with one app, for people.
pub(crate) struct Line<'a> {
    app_id: &'a str,
    plan: Option<&'a Plan>,
    ended: std::result::Result<&'static str, &'a Error>,
}

/// What a change does to one assignment of an app, for tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `add` or `remove`; `None` where nothing would be changed, or it is not known what.
    pub action: Option<&'static str>,
    /// Which assignment.
    pub assignment: Option<MobileAppAssignment>,
}

impl Plan {
    /// What it does, assignment by assignment: one that changes is removed and added.
    #[must_use]
    pub fn steps(&self) -> Vec<Row> {
        let row = |action: &'static str| {
            move |entry: &MobileAppAssignment| Row { action: Some(action), assignment: Some(entry.clone()) }
        };
        let (before, after): (Vec<_>, Vec<_>) = self.changed().into_iter().unzip();
        let removed = self.removed().into_iter().chain(before).map(row("remove"));
        let mut rows: Vec<_> = removed.chain(self.added().into_iter().chain(after).map(row("add"))).collect();
        if rows.is_empty() {
            rows.push(Row { action: None, assignment: None });
        }
        rows
    }
}

impl PlanResult {
    /// What it would do, assignment by assignment.
    #[must_use]
    pub fn steps(&self) -> Vec<Row> {
        match &self.plan {
            Ok(plan) => plan.steps(),
            Err(_) => vec![Row { action: None, assignment: None }],
        }
    }

    pub(crate) fn line(&self) -> Line<'_> {
        let ended = match &self.plan {
            Ok(plan) if plan.is_empty() => Ok("nothing to do"),
            Ok(_) => Ok("planned"),
            Err(error) => Err(error),
        };
        Line { app_id: self.change.app_id(), plan: self.plan.as_ref().ok(), ended }
    }
}

impl ApplyResult {
    /// What became of the write; `None` where there was nothing to write.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        match &self.receipt {
            Ok(receipt) if receipt.response.is_some() || receipt.recovered => Some(Outcome::Applied),
            Ok(_) => None,
            Err(error) => Some(error.call.outcome),
        }
    }

    pub(crate) fn line(&self) -> Line<'_> {
        let ended = match (&self.receipt, self.outcome()) {
            (Err(error), _) => Err(error),
            (Ok(_), None) => Ok("nothing to do"),
            (Ok(_), Some(_)) => Ok("applied"),
        };
        Line { app_id: self.plan.app_id(), plan: Some(&self.plan), ended }
    }
}

impl PlanReport {
    /// How many would be changed, how many would not, and how many failed.
    #[must_use]
    pub fn counts(&self) -> [(&'static str, usize); 3] {
        counts("planned", self.0.iter().map(PlanResult::line))
    }
}

impl ApplyReport {
    /// How many were written, how many had nothing to be written, and how many failed.
    #[must_use]
    pub fn counts(&self) -> [(&'static str, usize); 3] {
        counts("applied", self.0.iter().map(ApplyResult::line))
    }
}

fn counts<'a>(done: &'static str, lines: impl Iterator<Item = Line<'a>>) -> [(&'static str, usize); 3] {
    let mut counts = [(done, 0), ("nothing to do", 0), ("failed", 0)];
    for line in lines {
        let name = line.ended.unwrap_or("failed");
        for (known, count) in &mut counts {
            *count += usize::from(*known == name);
        }
    }
    counts
}

/// A report for people: what is counted, the first lines, and of the rest those that failed.
pub(crate) struct Shown<'a> {
    pub(crate) counted: String,
    pub(crate) lines: Vec<Line<'a>>,
    pub(crate) hidden: usize,
}

impl PlanReport {
    pub(crate) fn shown(&self, most: usize) -> Shown<'_> {
        Shown::of(&self.counts(), most, self.0.iter().map(PlanResult::line))
    }
}

impl ApplyReport {
    pub(crate) fn shown(&self, most: usize) -> Shown<'_> {
        Shown::of(&self.counts(), most, self.0.iter().map(ApplyResult::line))
    }
}

impl<'a> Shown<'a> {
    fn of(counts: &[(&str, usize)], most: usize, all: impl Iterator<Item = Line<'a>>) -> Self {
        let total: usize = counts.iter().map(|(_, count)| count).sum();
        let counts: Vec<_> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let counted = format!("{total} app{}: {}", if total == 1 { "" } else { "s" }, counts.join(", "));
        let (mut lines, mut failed) = (Vec::new(), 0);
        for (place, line) in all.enumerate() {
            if place < most || (line.ended.is_err() && failed < most) {
                failed += usize::from(place >= most);
                lines.push(line);
            }
        }
        let hidden = total - lines.len();
        Self { counted, lines, hidden }
    }
}

impl Line<'_> {
    pub(crate) fn app(&self) -> String {
        printable(&cut(self.app_id, 256))
    }

    /// How many entries would be added, changed, removed and kept.
    pub(crate) fn counted(&self) -> String {
        self.plan.map_or_else(String::new, |plan| {
            let counted = [
                ('+', plan.added().len()),
                ('~', plan.changed().len()),
                ('-', plan.removed().len()),
                ('=', plan.kept().len()),
            ];
            counted.map(|(sign, count)| format!("{sign}{count}")).join(" ")
        })
    }

    pub(crate) fn ended(&self) -> String {
        match self.ended {
            Ok(ended) => ended.to_owned(),
            Err(error) => cut(&printable(&error.message), 200),
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.ended.is_err()
    }
}

impl fmt::Display for PlanReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown(MAX_LINES).fmt(out)
    }
}

impl fmt::Display for ApplyReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown(MAX_LINES).fmt(out)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.counted)?;
        for line in &self.lines {
            write!(out, "\n{:<36}  {:<15}  {}", line.app(), line.counted(), line.ended())?;
        }
        if self.hidden > 0 { write!(out, "\n… and {} more", self.hidden) } else { Ok(()) }
    }
}
