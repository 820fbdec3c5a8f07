//! What is wanted meets what is there.

use std::collections::{HashMap, HashSet};

use crate::error::{Error, Kind, Result};
use crate::model::{AssignmentKey, MobileAppAssignment, TargetKey};
use crate::plan::comparison::{same, same_settings, says_nothing_else};
use crate::plan::input::check_entry;
use crate::plan::{MAX_ENTRIES, Named, Plan, Warning, check_input, warnings};

impl Plan {
    /// Adds and removes what is named, and keeps the rest as it stands. Who names an entry in both changes it.
    ///
    /// # Errors
    /// An input error at an added entry that cannot be sent, or a plan error: an added entry contradicts what is there,
    /// or the app cannot be planned.
    pub fn change(
        app_id: &str,
        live: Vec<MobileAppAssignment>,
        add: &[MobileAppAssignment],
        remove: &[Named],
    ) -> Result<Self> {
        check_input("add", add)?;
        refuse_policy_sets(&live)?;
        let mut removal = Removal::of(remove);
        let mut wanted = Wanted::of(add);
        let mut after = Vec::with_capacity(live.len() + add.len());
        for entry in &live {
            let key = entry.key();
            let is_named = removal.names(&key, entry);
            match wanted.take(&key) {
                Taken::Nothing | Taken::Again(..) if is_named => {}
                Taken::Nothing => after.push(entry.clone()),
                Taken::First(index, wanted) if is_named => after.push(changed("add", index, entry, wanted)?),
                Taken::First(index, wanted) | Taken::Again(index, wanted) => {
                    if !says_nothing_else(wanted, entry) {
                        return Err(contradiction(index, wanted, entry));
                    }
                    after.push(entry.clone());
                }
            }
        }
        after.extend(wanted.left("add")?);
        Self::made(app_id, live, after, removal.not_there())
    }

    /// Makes the app hold what is wanted and nothing else. No filter and no settings mean none.
    ///
    /// # Errors
    /// An input error at an entry that cannot be sent, or a plan error: the app cannot be planned.
    pub fn replace(
        app_id: &str,
        live: Vec<MobileAppAssignment>,
        wanted: &[MobileAppAssignment],
    ) -> Result<Self> {
        check_input("replace", wanted)?;
        refuse_policy_sets(&live)?;
        let mut wanted = Wanted::of(wanted);
        let mut after = Vec::with_capacity(live.len());
        for entry in &live {
            if let Taken::First(index, wanted) = wanted.take(&entry.key()) {
                after.push(changed("replace", index, entry, wanted)?);
            }
        }
        after.extend(wanted.left("replace")?);
        Self::made(app_id, live, after, Vec::new())
    }

    fn made(
        app_id: &str,
        before: Vec<MobileAppAssignment>,
        after: Vec<MobileAppAssignment>,
        warnings: Vec<Warning>,
    ) -> Result<Self> {
        if after.len() > MAX_ENTRIES {
            let message =
                format!("the app would hold {} assignments; the limit is {MAX_ENTRIES}", after.len());
            return Err(Error::new(Kind::Plan, message).with_hint("assign to fewer, larger groups"));
        }
        let mut plan = Self { app_id: app_id.to_owned(), before, after, warnings };
        let found = warnings::of(&plan.matched(), &plan.before);
        plan.warnings.extend(found);
        Ok(plan)
    }
}

/// What is there, as it is wanted: verbatim if it says the same, else with id, origin and whatever else it says.
fn changed(
    name: &str,
    index: usize,
    live: &MobileAppAssignment,
    wanted: &MobileAppAssignment,
) -> Result<MobileAppAssignment> {
    let is_kept = same_settings(live.settings(), wanted.settings());
    let settings = if is_kept { live } else { wanted }.wire_settings().cloned();
    let changed = live.changed_to(wanted, settings);
    if same(live, &changed) {
        return Ok(live.clone());
    }
    check_entry(name, index, wanted)?;
    Ok(changed)
}

/// What a write would do to an entry of a policy set is not known.
///
/// # Errors
/// A plan error that names one.
pub(crate) fn refuse_policy_sets(live: &[MobileAppAssignment]) -> Result<()> {
    let is_of_one = |entry: &&MobileAppAssignment| {
        entry.source().is_some_and(|source| source.eq_ignore_ascii_case("policySets"))
    };
    match live.iter().find(is_of_one) {
        None => Ok(()),
        Some(entry) => {
            let message = format!("the app holds an assignment of a policy set: {}", entry.summary());
            Err(Error::new(Kind::Plan, message).with_hint(
                "what a write would do to it is not known: take the app out of the policy set, or assign by way of that",
            ))
        }
    }
}

fn contradiction(index: usize, wanted: &MobileAppAssignment, live: &MobileAppAssignment) -> Error {
    let message =
        format!("add[{index}] ({}) contradicts what is there ({})", wanted.summary(), live.summary());
    Error::new(Kind::Plan, message).with_hint("to change what is there, name it in remove as well")
}

/// What is wanted, by key.
struct Wanted<'a> {
    entries: &'a [MobileAppAssignment],
    by_key: HashMap<AssignmentKey, usize>,
    taken: HashSet<usize>,
}

/// What is wanted of a key. Twins are not known of Graph; should it list some, the second one is met again.
enum Taken<'a> {
    Nothing,
    First(usize, &'a MobileAppAssignment),
    Again(usize, &'a MobileAppAssignment),
}

impl<'a> Wanted<'a> {
    fn of(entries: &'a [MobileAppAssignment]) -> Self {
        let by_key = entries.iter().enumerate().map(|(index, entry)| (entry.key(), index)).collect();
        Self { entries, by_key, taken: HashSet::new() }
    }

    fn take(&mut self, key: &AssignmentKey) -> Taken<'a> {
        let Some(&index) = self.by_key.get(key) else { return Taken::Nothing };
        let Some(entry) = self.entries.get(index) else { return Taken::Nothing };
        if self.taken.insert(index) { Taken::First(index, entry) } else { Taken::Again(index, entry) }
    }

    /// What was not there, in the order in which it is wanted.
    fn left(&self, name: &str) -> Result<Vec<MobileAppAssignment>> {
        let left = self.entries.iter().enumerate().filter(|(index, _)| !self.taken.contains(index));
        left.map(|(index, entry)| {
            check_entry(name, index, entry)?;
            Ok(entry.as_new())
        })
        .collect()
    }
}

/// What is to be removed, and whether it was there.
struct Removal<'a> {
    named: &'a [Named],
    assignments: HashMap<AssignmentKey, bool>,
    targets: HashMap<TargetKey, bool>,
}

impl<'a> Removal<'a> {
    fn of(named: &'a [Named]) -> Self {
        let (mut assignments, mut targets) = (HashMap::new(), HashMap::new());
        for name in named {
            match name {
                Named::Assignment(assignment) => drop(assignments.insert(assignment.key(), false)),
                Named::Target(target) => drop(targets.insert(target.key(), false)),
            }
        }
        Self { named, assignments, targets }
    }

    fn names(&mut self, key: &AssignmentKey, entry: &MobileAppAssignment) -> bool {
        let by_key = self.assignments.get_mut(key);
        let by_target =
            if self.targets.is_empty() { None } else { self.targets.get_mut(&entry.target().key()) };
        let mut is_named = false;
        for was_there in [by_key, by_target].into_iter().flatten() {
            *was_there = true;
            is_named = true;
        }
        is_named
    }

    fn not_there(&self) -> Vec<Warning> {
        let was_there = |name: &Named| match name {
            Named::Assignment(assignment) => self.assignments.get(&assignment.key()),
            Named::Target(target) => self.targets.get(&target.key()),
        };
        let missed = self.named.iter().enumerate().filter(|(_, name)| was_there(name) == Some(&false));
        missed.map(|(index, name)| warnings::not_there(index, name)).collect()
    }
}
