//! What models, plans, receipts and reports look like in a notebook.

mod table;

use crate::error::cut;
use crate::json::Json;
use crate::model::{
    AssignmentTarget, MobileApp, MobileAppAssignment, MobileAppGroupAssignment, Named, reading, short,
};
use crate::plan::{Change, Mark, Plan, Row, Wanted};
use crate::receipt::{ApplyReceipt, AssignReceipt, to_the_second};
use crate::report::{ApplyReport, ApplyResult, Line, PlanReport, PlanResult, Shown};

use table::{Table, Tint};

/// How many entries of a change or a plan are shown.
const MAX_ENTRIES: usize = 50;
/// How many apps of a report are shown, and of those that failed further on.
const MAX_APPS: usize = 10;

/// What has a form for notebooks.
pub trait Html {
    /// A table in HTML.
    fn html(&self) -> String;
}

impl Html for MobileAppAssignment {
    fn html(&self) -> String {
        let mut table = Table::new("MobileAppAssignment");
        entry(&mut table, Tint::None, None, &self.words());
        if let Some(id) = self.id() {
            table.line(&format!("id: {id}"));
        }
        table.end()
    }
}

impl Html for AssignmentTarget {
    fn html(&self) -> String {
        let mut table = Table::new(&cut(reading::type_name(self.type_name()), 64));
        let filter = self.filter_summary().map(|filter| format!("filter {filter}"));
        entry(
            &mut table,
            Tint::None,
            None,
            &[Some(self.summary()), filter].into_iter().flatten().collect::<Vec<_>>(),
        );
        table.end()
    }
}

impl Html for MobileAppGroupAssignment {
    fn html(&self) -> String {
        let mut table = Table::new("MobileAppGroupAssignment");
        for (name, value) in self.properties() {
            match value {
                Json::Text(text) => table.row(Tint::None, &[name, &text]),
                other => table.row(Tint::None, &[name, &short(&other)]),
            }
        }
        table.end()
    }
}

impl Html for MobileApp {
    fn html(&self) -> String {
        let mut table = Table::new(&cut(self.display_name.as_deref().unwrap_or("MobileApp"), 64));
        table.row(Tint::None, &["id", &self.id]);
        table.row(Tint::None, &["type", self.odata_type.as_deref().unwrap_or("unknown")]);
        let is_assigned = match self.is_assigned {
            Some(true) => "yes",
            Some(false) => "no",
            None => "unknown",
        };
        table.row(Tint::None, &["assigned", is_assigned]);
        table.end()
    }
}

impl Html for Change {
    fn html(&self) -> String {
        let (title, entries): (_, Vec<(Mark, Vec<String>)>) = match self.wanted() {
            Wanted::Replace(entries) => {
                let title = format!("app {}: to have these {} alone", self.app_id(), entries.len());
                (title, entries.iter().map(|entry| (Mark::Added, entry.words())).collect())
            }
            Wanted::Change { add, remove } => {
                let title =
                    format!("app {}: {} to add, {} to remove", self.app_id(), add.len(), remove.len());
                let add = add.iter().map(|entry| (Mark::Added, entry.words()));
                let remove = remove.iter().map(|named| match named {
                    Named::Assignment(entry) => (Mark::Removed, entry.words()),
                    Named::Target(target) => (Mark::Removed, vec![target.summary()]),
                });
                (title, add.chain(remove).collect())
            }
        };
        let mut table = Table::new(&title);
        for (mark, words) in entries.iter().take(MAX_ENTRIES) {
            entry(&mut table, tint(*mark), mark.sign(), words);
        }
        more(&mut table, entries.len().saturating_sub(MAX_ENTRIES));
        table.end()
    }
}

impl Html for Plan {
    fn html(&self) -> String {
        planned(self, &[])
    }
}

impl Html for AssignReceipt {
    fn html(&self) -> String {
        let mut table = Table::new("AssignReceipt");
        let date = self.date.map(to_the_second);
        for (name, value) in [
            ("status", Some(self.status.to_string())),
            ("request_id", self.request_id.clone()),
            ("client_request_id", Some(self.client_request_id.to_string())),
            ("date", date),
            ("attempts", Some(self.attempts.to_string())),
            ("elapsed", Some(format!("{:.3} s", self.elapsed.as_secs_f64()))),
        ] {
            table.row(Tint::None, &[name, value.as_deref().unwrap_or("none")]);
        }
        table.end()
    }
}

impl Html for ApplyReceipt {
    fn html(&self) -> String {
        planned(&self.done(), &self.facts())
    }
}

impl Html for PlanReport {
    fn html(&self) -> String {
        report(&self.shown(MAX_APPS))
    }
}

impl Html for ApplyReport {
    fn html(&self) -> String {
        report(&self.shown(MAX_APPS))
    }
}

impl Html for PlanResult {
    fn html(&self) -> String {
        match &self.plan {
            Ok(plan) => plan.html(),
            Err(_) => failed(&self.line()),
        }
    }
}

impl Html for ApplyResult {
    fn html(&self) -> String {
        match &self.receipt {
            Ok(receipt) => receipt.html(),
            Err(_) => failed(&self.line()),
        }
    }
}

/// The rows of a plan, and what else there is to say.
fn planned(plan: &Plan, facts: &[(&str, String)]) -> String {
    let rows = plan.rows();
    let summary = rows.iter().find(|row| row.mark == Mark::Summary);
    let mut table = Table::new(&summary.map(Row::to_string).unwrap_or_default());
    let rest: Vec<_> = rows.iter().filter(|row| row.mark != Mark::Summary).collect();
    for Row { mark, words } in rest.iter().take(MAX_ENTRIES) {
        entry(&mut table, tint(*mark), mark.sign(), words);
    }
    more(&mut table, rest.len().saturating_sub(MAX_ENTRIES));
    for (name, value) in facts {
        table.line(&format!("{name}: {value}"));
    }
    table.end()
}

fn report(shown: &Shown<'_>) -> String {
    let mut table = Table::new(&shown.counted);
    for line in &shown.lines {
        let tint = if line.has_failed() { Tint::Bad } else { Tint::None };
        table.row(tint, &[&line.app(), &line.counted(), &line.ended()]);
    }
    more(&mut table, shown.hidden);
    table.end()
}

fn failed(line: &Line<'_>) -> String {
    let mut table = Table::new(&format!("app {}", line.app()));
    table.row(Tint::Bad, &[&line.counted(), &line.ended()]);
    table.end()
}

/// An entry: its sign, what it is, and what it says, a line for each.
fn entry(table: &mut Table, tint: Tint, sign: Option<char>, words: &[String]) {
    let sign = sign.map(String::from);
    let (first, rest) = words.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let rest = (!rest.is_empty()).then(|| rest.join("\n"));
    let cells: Vec<_> = [sign.as_deref(), Some(first), rest.as_deref()].into_iter().flatten().collect();
    table.row(tint, &cells);
}

fn more(table: &mut Table, hidden: usize) {
    if hidden > 0 {
        table.line(&format!("… and {hidden} more"));
    }
}

fn tint(mark: Mark) -> Tint {
    match mark {
        Mark::Summary => Tint::None,
        Mark::Added => Tint::Good,
        Mark::Changed | Mark::Warning => Tint::Change,
        Mark::Removed => Tint::Bad,
    }
}
