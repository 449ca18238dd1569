//! The items that a query reads.

use super::index::IndexDefinition;

/// The items to read of a partition.
#[derive(Clone, Debug)]
pub struct Range {
    pub(super) pk: String,
    pub(super) sort: Option<(String, String)>,
    pub(super) index: Option<IndexDefinition>,
    pub(super) descending: bool,
    pub(super) projection: Option<&'static str>,
    pub(super) eventual: bool,
    pub(super) limit: Option<u64>,
}

impl Range {
    /// A whole partition.
    pub fn of(pk: impl Into<String>) -> Self {
        Self {
            pk: pk.into(),
            sort: None,
            index: None,
            descending: false,
            projection: None,
            eventual: false,
            limit: None,
        }
    }

    /// Only items whose sort key has this prefix.
    pub fn beginning_with(self, prefix: &str) -> Self {
        self.between(prefix, &format!("{prefix}\u{10ffff}"))
    }

    /// Only items from one sort key to another, both included.
    pub fn between(mut self, from: &str, to: &str) -> Self {
        self.sort = Some((from.to_owned(), to.to_owned()));
        self
    }

    /// Over an index, whose hash key is then the range's partition; always eventually consistent.
    pub const fn index(mut self, index: IndexDefinition) -> Self {
        self.index = Some(index);
        self.eventual = true;
        self
    }

    /// Last place first.
    pub const fn descending(mut self) -> Self {
        self.descending = true;
        self
    }

    /// Only these attributes.
    pub const fn only(mut self, projection: &'static str) -> Self {
        self.projection = Some(projection);
        self
    }

    /// Eventually consistent: half the price, and up to about a second old.
    pub const fn eventual(mut self) -> Self {
        self.eventual = true;
        self
    }

    pub const fn limit(mut self, items: u64) -> Self {
        self.limit = Some(items);
        self
    }
}
