//! What is wanted meets what is there.

use std::collections::{HashMap, HashSet};

use crate::error::{Error, Kind, Result};
use crate::model::{AssignmentKey, MobileAppAssignment, Named, TargetKey};
use crate::plan::comparison::{same, same_settings, says_nothing_else};
use crate::plan::input::{by_key, check_entry};
use crate::plan::{MAX_ENTRIES, Plan, Warning, warnings};

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
        let mut wanted = Wanted::of("add", add)?;
        refuse_policy_sets(&live)?;
        let mut removal = Removal::of(remove);
        let mut merged = Merged::default();
        for entry in &live {
            let key = entry.key();
            let is_named = removal.names(&key, entry);
            match wanted.take(&key) {
                Taken::Nothing | Taken::Again(..) if is_named => {}
                Taken::Nothing => merged.keep(entry),
                Taken::First(index, wanted) if is_named => {
                    merged.change(entry, wanted).map_err(|error| error.inside(&format!("add[{index}]")))?;
                }
                Taken::First(index, wanted) | Taken::Again(index, wanted) => {
                    if !says_nothing_else(wanted, entry) {
                        return Err(contradiction(index, wanted, entry));
                    }
                    merged.keep(entry);
                }
            }
        }
        merged.add(wanted.left("add")?);
        merged.plan(app_id, live, [removal.not_there(), wanted.of_policy_sets()].concat())
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
        let mut wanted = Wanted::of("replace", wanted)?;
        refuse_policy_sets(&live)?;
        let mut merged = Merged::default();
        for entry in &live {
            if let Taken::First(index, wanted) = wanted.take(&entry.key()) {
                merged.change(entry, wanted).map_err(|error| error.inside(&format!("replace[{index}]")))?;
            }
        }
        merged.add(wanted.left("replace")?);
        merged.plan(app_id, live, wanted.of_policy_sets())
    }
}

/// What the app is to hold, and where in it stands what it did not hold like that.
#[derive(Default)]
struct Merged {
    after: Vec<MobileAppAssignment>,
    news: Vec<usize>,
}

impl Merged {
    fn keep(&mut self, live: &MobileAppAssignment) {
        self.after.push(live.clone());
    }

    /// What is there, as it is wanted: verbatim if it says the same, else with id, origin and whatever else it says.
    /// What the app does not hold as it stands is checked as a caller's own.
    fn change(&mut self, live: &MobileAppAssignment, wanted: &MobileAppAssignment) -> Result<()> {
        let changed = live.changed_to(wanted, same_settings(live.settings(), wanted.settings()));
        if same(live, &changed) {
            self.keep(live);
        } else {
            wanted.check()?;
            self.add([changed]);
        }
        Ok(())
    }

    fn add(&mut self, news: impl IntoIterator<Item = MobileAppAssignment>) {
        let start = self.after.len();
        self.after.extend(news);
        self.news.extend(start..self.after.len());
    }

    fn plan(
        self,
        app_id: &str,
        before: Vec<MobileAppAssignment>,
        mut warnings: Vec<Warning>,
    ) -> Result<Plan> {
        let Self { after, news } = self;
        if after.len() > MAX_ENTRIES {
            let message =
                format!("the app would hold {} assignments; the limit is {MAX_ENTRIES}", after.len());
            return Err(Error::new(Kind::Plan, message).with_hint("assign to fewer, larger groups"));
        }
        let news: Vec<_> = news.into_iter().filter_map(|place| after.get(place)).collect();
        warnings.extend(warnings::of(&news, &before));
        Ok(Plan::of(app_id, before, after, warnings))
    }
}

/// What a write would do to an entry of a policy set is not known.
///
/// # Errors
/// A plan error that names one.
pub(crate) fn refuse_policy_sets(live: &[MobileAppAssignment]) -> Result<()> {
    match live.iter().find(|entry| is_of_policy_set(entry)) {
        None => Ok(()),
        Some(entry) => {
            let message = format!("the app holds an assignment of a policy set: {}", entry.summary());
            Err(Error::new(Kind::Plan, message).with_hint(
                "what a write would do to it is not known: take the app out of the policy set, or assign by way of that",
            ))
        }
    }
}

fn is_of_policy_set(entry: &MobileAppAssignment) -> bool {
    entry.source().is_some_and(|source| source.eq_ignore_ascii_case("policySets"))
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
    fn of(name: &str, entries: &'a [MobileAppAssignment]) -> Result<Self> {
        let by_key = by_key(name, entries)?;
        Ok(Self { entries, by_key, taken: HashSet::with_capacity(entries.len()) })
    }

    fn take(&mut self, key: &AssignmentKey) -> Taken<'a> {
        let Some(&index) = self.by_key.get(key) else { return Taken::Nothing };
        let Some(entry) = self.entries.get(index) else { return Taken::Nothing };
        if self.taken.insert(index) { Taken::First(index, entry) } else { Taken::Again(index, entry) }
    }

    fn not_taken(&self) -> impl Iterator<Item = (usize, &'a MobileAppAssignment)> {
        self.entries.iter().enumerate().filter(|(index, _)| !self.taken.contains(index))
    }

    /// What was read from a policy set, and will be the app's own.
    fn of_policy_sets(&self) -> Vec<Warning> {
        let left = self.not_taken().filter(|(_, entry)| is_of_policy_set(entry));
        left.map(|(_, entry)| warnings::of_policy_set(entry)).collect()
    }

    /// What was not there, in the order in which it is wanted.
    fn left(&self, name: &str) -> Result<Vec<MobileAppAssignment>> {
        let checked = self.not_taken().map(|(index, entry)| {
            check_entry(name, index, entry)?;
            Ok(entry.as_new())
        });
        checked.collect()
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
