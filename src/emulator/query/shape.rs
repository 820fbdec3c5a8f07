//! `$select` and `$expand`: what is shown of an entity.

use serde_json::{Map, Value};

use super::Unanswerable;
use super::path::{Path, Step, Unwalkable};

/// What an app leads to on Graph, whether or not it can be expanded here.
const NAVIGATIONS: [&str; 3] = ["assignments", "categories", "relationships"];

#[derive(Debug)]
pub(super) struct Shape {
    /// Everything, if nothing is selected.
    selected: Option<Vec<Path>>,
    expanded: Vec<String>,
}

impl Shape {
    pub(super) fn read(
        select: Option<&str>,
        expand: Option<&str>,
        expandable: &[&str],
    ) -> Result<Self, Unanswerable> {
        let expanded = terms(expand).map(|term| navigation(term, expandable)).collect::<Result<_, _>>()?;
        let mut selected = Vec::new();
        for term in terms(select) {
            if term.contains('(') {
                return Err(Unanswerable::NotEmulated("a query option within $select".to_owned()));
            }
            if term != "*" {
                selected.push(Path::read(term).map_err(|reason| refused(reason, term))?);
            }
        }
        let everything = selected.is_empty() || terms(select).any(|term| term == "*");
        Ok(Self { selected: (!everything).then_some(selected), expanded })
    }

    pub(super) fn is_given(&self) -> bool {
        self.selected.is_some() || !self.expanded.is_empty()
    }

    pub(super) fn expands(&self, navigation: &str) -> bool {
        self.expanded.iter().any(|expanded| expanded == navigation)
    }

    pub(super) fn own_properties(&self) -> impl Iterator<Item = &str> {
        self.selected.iter().flatten().filter_map(Path::own_property)
    }

    /// Annotations are no properties: an entity keeps its `@odata.type`, whatever is selected.
    pub(super) fn of(&self, item: Map<String, Value>) -> Map<String, Value> {
        let Some(selected) = &self.selected else { return item };
        let paths: Vec<&[Step]> = selected.iter().map(Path::steps).collect();
        kept(item, &paths, &|name| self.expands(name))
    }
}

/// The terms of a list; a comma within parentheses or quotes parts nothing.
fn terms(list: Option<&str>) -> impl Iterator<Item = &str> {
    let (mut depth, mut quoted) = (0_usize, false);
    let parted = list.unwrap_or_default().split(move |char: char| {
        match char {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth = depth.saturating_add(1),
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        char == ',' && depth == 0 && !quoted
    });
    parted.map(str::trim).filter(|term| !term.is_empty())
}

fn navigation(term: &str, expandable: &[&str]) -> Result<String, Unanswerable> {
    if let Some((name, _)) = term.split_once('(') {
        return Err(Unanswerable::NotEmulated(format!("a query option within $expand={name}")));
    }
    if term == "*" || term.contains(['/', '.']) {
        return Err(Unanswerable::NotEmulated(format!("$expand={term}")));
    }
    if let Some(known) = expandable.iter().find(|known| known.eq_ignore_ascii_case(term)) {
        return Ok((*known).to_owned());
    }
    if !expandable.is_empty() && NAVIGATIONS.iter().any(|known| known.eq_ignore_ascii_case(term)) {
        return Err(Unanswerable::NotEmulated(format!("$expand={term}")));
    }
    // Graph also names the type, which is not known here.
    Err(invalid(&format!("Could not find a property named '{term}'.")))
}

fn refused(reason: Unwalkable, term: &str) -> Unanswerable {
    match reason {
        Unwalkable::UnknownType(name) => Unanswerable::NotEmulated(format!("the type '{name}'")),
        Unwalkable::Malformed | Unwalkable::Segment(_) => {
            invalid(&format!("Term '{term}' is not valid in a $select or $expand expression."))
        }
    }
}

/// Seen on Graph, for apps among others.
pub(super) fn invalid(reason: &str) -> Unanswerable {
    Unanswerable::Invalid(format!("Parsing OData Select and Expand failed: {reason}"))
}

fn kept(
    object: Map<String, Value>,
    paths: &[&[Step]],
    is_expanded: &dyn Fn(&str) -> bool,
) -> Map<String, Value> {
    let paths: Vec<&[Step]> = paths.iter().filter_map(|path| behind_casts(path, &object)).collect();
    let kept = object.into_iter().filter_map(|(name, value)| {
        let property = name.split('@').next().unwrap_or_default();
        if property.is_empty() || is_expanded(property) {
            return Some((name, value));
        }
        let below: Vec<&[Step]> = paths.iter().filter_map(|path| below(path, property)).collect();
        if below.is_empty() {
            None
        } else if below.iter().any(|path| path.is_empty()) {
            Some((name, value))
        } else {
            Some((name, narrowed(value, &below)))
        }
    });
    kept.collect()
}

fn narrowed(value: Value, paths: &[&[Step]]) -> Value {
    match value {
        Value::Object(object) => Value::Object(kept(object, paths, &|_| false)),
        Value::Array(entries) => entries.into_iter().map(|entry| narrowed(entry, paths)).collect(),
        other => other,
    }
}

fn behind_casts<'a>(path: &'a [Step], object: &Map<String, Value>) -> Option<&'a [Step]> {
    match path {
        [Step::Cast(wanted), rest @ ..] if super::types::is(object, wanted) => behind_casts(rest, object),
        [Step::Cast(_), ..] => None,
        _ => Some(path),
    }
}

fn below<'a>(path: &'a [Step], property: &str) -> Option<&'a [Step]> {
    match path {
        [Step::Property(name), rest @ ..] if name.eq_ignore_ascii_case(property) => Some(rest),
        _ => None,
    }
}
