//! What a model says like nearly all others. That is part of the program; what else there is, is shared by its holders.

use std::ops::Deref;
use std::sync::Arc;

use crate::json::Json;
use crate::model::Optional;

/// Something that does not change.
#[derive(Clone, Debug)]
pub(super) enum Held<T: 'static> {
    Common(&'static T),
    Own(Arc<T>),
}

impl<T> Held<T> {
    /// One of the common ones, if it is the same for a reader who looks at each letter.
    pub(super) fn of(own: T, common: &'static [T], is_same: fn(&T, &T) -> bool) -> Self {
        let known = common.iter().find(|known| is_same(known, &own));
        known.map_or_else(|| Self::Own(Arc::new(own)), Self::Common)
    }
}

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Common(held) => held,
            Self::Own(held) => held,
        }
    }
}

/// What an assignment says besides what callers say of it.
#[derive(Clone, Debug)]
pub(super) struct Rest {
    pub(super) odata_type: Optional,
    /// Whether the origin stands before what is unknown as it does nearly always: `"source":"direct","sourceId":null`.
    pub(super) is_direct: bool,
    pub(super) unknown: Vec<(String, Json)>,
}

impl Rest {
    pub(super) const fn new(odata_type: Optional, is_direct: bool) -> Self {
        Self { odata_type, is_direct, unknown: Vec::new() }
    }

    pub(super) fn held(mut self, common: &'static [Self]) -> Held<Self> {
        self.unknown.shrink_to_fit();
        Held::of(self, common, |one, two| {
            one.odata_type == two.odata_type
                && one.is_direct == two.is_direct
                && one.unknown.is_empty()
                && two.unknown.is_empty()
        })
    }
}
