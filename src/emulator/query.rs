//! OData's system query options, as far as clients of apps and assignments use them.
//!
//! Graph's model is not known here, only values: what an item lacks is null, and a comparison is refused where a value
//! cannot be of the literal's type. Names of options, properties, types and functions may be in any case, as public
//! clients send them; strings are compared exactly (the case of Intune's own comparisons is documented nowhere).

mod filter;
mod instant;
mod options;
mod order;
mod paging;
mod path;
mod shape;
#[cfg(test)]
mod tests;
mod types;

use serde_json::{Map, Value};

use filter::Filter;
use options::Options;
use order::Order;
use paging::Paging;
use shape::Shape;

/// The system query options of a request.
#[derive(Debug)]
pub(super) struct Query {
    options: Options,
    filter: Option<Filter>,
    order: Order,
    shape: Shape,
    counted: bool,
    paging: Paging,
}

/// Why a query is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unanswerable {
    /// It is not OData, or names what is not there; in the service's words.
    Invalid(String),
    /// Graph has it and the emulator lacks it; what that is.
    NotEmulated(String),
}

/// A page of a collection.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) value: Vec<Map<String, Value>>,
    /// How many items there are on all pages, if that was asked.
    pub(super) count: Option<usize>,
    /// The query of `@odata.nextLink`.
    pub(super) next: Option<String>,
}

/// The part of a collection that a page shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The query of `@odata.nextLink`.
    pub(super) next: Option<String>,
}

impl Query {
    /// `raw` is the query string as it came; `expandable` are the navigation properties that may be expanded here.
    pub(super) fn read(raw: Option<&str>, expandable: &[&str]) -> Result<Self, Unanswerable> {
        let options = Options::read(raw.unwrap_or_default())?;
        let filter = options.get("$filter").map(Filter::read).transpose()?;
        let order = Order::read(options.get("$orderby"))?;
        let shape = Shape::read(options.get("$select"), options.get("$expand"), expandable)?;
        let counted = options.count()?;
        let paging = Paging::read(&options)?;
        Ok(Self { options, filter, order, shape, counted, paging })
    }

    /// Like [`read`](Self::read), for a request that means one entity; the words are those of ASP.NET's OData.
    pub(super) fn read_for_entity(raw: Option<&str>, expandable: &[&str]) -> Result<Self, Unanswerable> {
        let query = Self::read(raw, expandable)?;
        let collective = ["$filter", "$orderby", "$top", "$skip", "$skiptoken", "$count"];
        if collective.iter().any(|option| query.options.get(option).is_some()) {
            return Err(Unanswerable::Invalid(
                "The query specified in the URI is not valid. The requested resource is not a collection. Query \
                 options $filter, $orderby, $count, $skip, and $top can be applied only on collections."
                    .to_owned(),
            ));
        }
        Ok(query)
    }

    /// Refuses what names a property that a type does not have itself: those of derived types need a cast. Seen on
    /// Graph for `$select=displayVersion` on apps. `properties` are all that the type has, navigation included.
    pub(super) fn of(self, type_name: &str, properties: &[&str]) -> Result<Self, Unanswerable> {
        let missing = |name: &&str| !properties.iter().any(|known| known.eq_ignore_ascii_case(name));
        let sentence = |name: &str| {
            format!("Could not find a property named '{name}' on type 'microsoft.graph.{type_name}'.")
        };
        if let Some(name) = self.filter.as_ref().and_then(|filter| filter.own_properties().find(missing)) {
            return Err(filter::invalid(&sentence(name)));
        }
        if let Some(name) = self.order.own_properties().find(missing) {
            return Err(Unanswerable::Invalid(sentence(name)));
        }
        if let Some(name) = self.shape.own_properties().find(missing) {
            return Err(shape::invalid(&sentence(name)));
        }
        Ok(self)
    }

    /// Whether nothing but paging makes the answer another one.
    pub(super) fn is_plain(&self) -> bool {
        self.filter.is_none() && !self.order.is_given() && !self.shape.is_given() && !self.counted
    }

    pub(super) fn expands(&self, navigation: &str) -> bool {
        self.shape.expands(navigation)
    }

    /// A page of a collection; the server makes none larger than `default_size`.
    pub(super) fn page(
        &self,
        items: Vec<Map<String, Value>>,
        default_size: usize,
    ) -> Result<Page, Unanswerable> {
        let mut items = match &self.filter {
            None => items,
            Some(filter) => {
                let held = items.into_iter().filter_map(|item| match filter.holds(&item) {
                    Ok(holds) => holds.then_some(Ok(item)),
                    Err(reason) => Some(Err(reason)),
                });
                held.collect::<Result<_, _>>()?
            }
        };
        self.order.sort(&mut items);
        let count = self.counted.then_some(items.len());
        let Window { start, end, next } = self.window(items.len(), default_size);
        let shown = items.into_iter().take(end).skip(start);
        Ok(Page { value: shown.map(|item| self.selected(item)).collect(), count, next })
    }

    /// The place of a plain query's page in a collection of `total` items.
    pub(super) fn window(&self, total: usize, default_size: usize) -> Window {
        self.paging.window(&self.options, total, default_size)
    }

    /// What is shown of one entity.
    pub(super) fn selected(&self, item: Map<String, Value>) -> Map<String, Value> {
        self.shape.of(item)
    }

    /// The answer of `/$count`, which only `$filter` changes.
    pub(super) fn count<'a>(
        &self,
        mut items: impl Iterator<Item = &'a Map<String, Value>>,
    ) -> Result<usize, Unanswerable> {
        let Some(filter) = &self.filter else { return Ok(items.count()) };
        items.try_fold(0, |count, item| Ok(count + usize::from(filter.holds(item)?)))
    }
}
