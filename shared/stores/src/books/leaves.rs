//! Roster leaves in their stored form, each with its own revision.

use std::collections::BTreeMap;

use domain::{keys::BookKey, packed::PackedError, roster::Leaf};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::keys::leaf_key;
use crate::{
    error::StoreError,
    item::{Item, Key, from_item, number, to_item},
    keys::leaf_at,
    table::{Change, Conditional, Table, Write},
};

const WHAT: &str = "a roster leaf";
/// Reads or writes of leaves at the same time.
pub(super) const CONCURRENT_CALLS: usize = 16;

/// A leaf and the revision it was read at; 0 if it was never stored.
#[derive(Clone, Debug, Default)]
pub(super) struct StoredLeaf {
    pub(super) leaf: Leaf,
    pub(super) revision: u64,
}

/// A leaf's item.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LeafRecord {
    revision: u64,
    /// Numbers whose lines can get texts.
    pub(super) mobiles: ByteBuf,
    /// Other numbers; absent if the leaf has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) others: Option<ByteBuf>,
    pub(super) phoneless: ByteBuf,
}

impl LeafRecord {
    fn new(leaf: &Leaf, revision: u64) -> Self {
        Self {
            revision,
            mobiles: ByteBuf::from(leaf.pack_mobiles()),
            others: leaf.pack_others().map(ByteBuf::from),
            phoneless: ByteBuf::from(leaf.pack_phoneless()),
        }
    }

    /// The record and the number of its leaf.
    pub(super) fn from_item(item: Item) -> Result<(u8, Self), StoreError> {
        let misplaced = || StoreError::Unreadable { what: WHAT, reason: "its key names no leaf".to_owned() };
        let leaf = leaf_at(&Key::of(&item).sk).ok_or_else(misplaced)?;
        Ok((leaf, from_item(WHAT, item)?))
    }

    fn unpack(&self) -> Result<StoredLeaf, StoreError> {
        let others = self.others.as_ref().map(|others| others.as_slice());
        let leaf = Leaf::unpack(&self.mobiles, others, &self.phoneless).map_err(unpackable)?;
        Ok(StoredLeaf { leaf, revision: self.revision })
    }
}

/// The error for bytes of a leaf that cannot be unpacked.
pub(super) fn unpackable(error: PackedError) -> StoreError {
    StoreError::packed(WHAT)(error)
}

/// The given leaves; a leaf that was never stored is empty.
pub(super) async fn read_leaves(
    table: &Table,
    book: BookKey,
    wanted: &[u8],
) -> Result<BTreeMap<u8, StoredLeaf>, StoreError> {
    let mut leaves: BTreeMap<u8, StoredLeaf> =
        wanted.iter().map(|&leaf| (leaf, StoredLeaf::default())).collect();
    let items = table.get_many(wanted.iter().map(|&leaf| leaf_key(book, leaf)).collect(), None).await?;
    for item in items {
        let (leaf, record) = LeafRecord::from_item(item)?;
        leaves.insert(leaf, record.unpack()?);
    }
    Ok(leaves)
}

/// Writes leaves, each only if it has the revision that was read. Returns false if one has another revision: then this
/// edit is no longer the one under way.
pub(super) async fn write_leaves(
    table: &Table,
    book: BookKey,
    changed: &BTreeMap<u8, StoredLeaf>,
) -> Result<bool, StoreError> {
    // Collected first: a stream that maps borrowed items lazily is not provably `Send`.
    let writes: Vec<_> =
        changed.iter().map(|(&leaf, stored)| write_leaf(table, book, leaf, stored)).collect();
    stream::iter(writes)
        .buffer_unordered(CONCURRENT_CALLS)
        .try_fold(true, async |all, one| Ok(all && one))
        .await
}

/// The write of a leaf as part of a transaction, under the same condition.
pub(super) fn leaf_write(
    table: &Table,
    book: BookKey,
    leaf: u8,
    stored: &StoredLeaf,
) -> Result<Write, StoreError> {
    let record = LeafRecord::new(&stored.leaf, stored.revision + 1);
    table.write_put(to_item(&leaf_key(book, leaf), WHAT, &record)?, unchanged(stored))
}

/// The condition that a leaf has the revision that was read.
fn unchanged(stored: &StoredLeaf) -> Change {
    match stored.revision {
        0 => Change::only_if("attribute_not_exists(pk)"),
        revision => Change::only_if("revision = :revision").value(":revision", number(revision)),
    }
}

async fn write_leaf(table: &Table, book: BookKey, leaf: u8, stored: &StoredLeaf) -> Result<bool, StoreError> {
    let record = LeafRecord::new(&stored.leaf, stored.revision + 1);
    let item = to_item(&leaf_key(book, leaf), WHAT, &record)?;
    match table.put_when(item, unchanged(stored)).await? {
        Conditional::Applied => Ok(true),
        // If the SDK repeated a call, it finds what its own first attempt wrote.
        Conditional::Refused(Some(standing)) => Ok(LeafRecord::from_item(standing)?.1 == record),
        Conditional::Refused(None) => Ok(false),
    }
}
