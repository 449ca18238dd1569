//! The stored form of a leaf: its numbers in one item, and their origins in another.

use std::collections::BTreeMap;

use domain::{
    ids::OrganisationId,
    msisdn::Msisdn,
    opt_out::{OptOutOrigin, pack_origins, unpack_origins},
    packed,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::{
    error::StoreError,
    item::{Item, Key, from_item, to_item},
    keys::{LEAF_PREFIX, leaf_at, leaf_place, partition_of},
};

pub(super) const WHAT: &str = "an opt-out leaf";
pub(super) const ORIGINS: &str = "the origins of an opt-out leaf";
/// Prefix of the sort key of a leaf's origins.
const ORIGINS_PREFIX: &str = "O#";

#[derive(Serialize, Deserialize)]
struct LeafRecord {
    revision: u64,
    phones: ByteBuf,
}

#[derive(Serialize, Deserialize)]
struct OriginsRecord {
    revision: u64,
    origins: ByteBuf,
}

/// A leaf's opt-outs by number, and the revision they were read at; 0 if it was never stored.
#[derive(Default)]
pub(super) struct StoredLeaf {
    pub(super) opt_outs: BTreeMap<Msisdn, OptOutOrigin>,
    pub(super) revision: u64,
}

impl StoredLeaf {
    /// The two items of the leaf's next revision.
    pub(super) fn items(&self, organisation: OrganisationId, leaf: u8) -> Result<[Item; 2], StoreError> {
        let revision = self.revision + 1;
        let phones: Vec<Msisdn> = self.opt_outs.keys().copied().collect();
        let origins: Vec<OptOutOrigin> = self.opt_outs.values().cloned().collect();
        let phones = LeafRecord { revision, phones: ByteBuf::from(packed::pack(&phones)) };
        let origins = OriginsRecord { revision, origins: ByteBuf::from(pack_origins(&origins)) };
        Ok([
            to_item(&leaf_key(organisation, leaf), WHAT, &phones)?,
            to_item(&origins_key(organisation, leaf), ORIGINS, &origins)?,
        ])
    }
}

/// A leaf's packed numbers.
pub(super) fn packed_of(item: Item) -> Result<(u8, Vec<u8>), StoreError> {
    read_leaf(item).map(|(leaf, record)| (leaf, record.phones.into_vec()))
}

/// Joins leaves with their origins; `None` if a leaf and its origins have different revisions.
pub(super) fn join(items: Vec<Item>) -> Result<Option<BTreeMap<u8, StoredLeaf>>, StoreError> {
    let (mut leaves, mut origins) = (BTreeMap::new(), BTreeMap::new());
    for item in items {
        if Key::of(&item).sk.starts_with(ORIGINS_PREFIX) {
            let (leaf, record) = read_origins(item)?;
            origins.insert(leaf, record);
        } else {
            let (leaf, record) = read_leaf(item)?;
            leaves.insert(leaf, record);
        }
    }
    let mut joined = BTreeMap::new();
    for (leaf, LeafRecord { revision, phones }) in leaves {
        let Some(OriginsRecord { origins, .. }) =
            origins.remove(&leaf).filter(|record: &OriginsRecord| record.revision == revision)
        else {
            return Ok(None);
        };
        let phones = unpack(&phones)?;
        let origins = unpack_origins(&origins, phones.len()).map_err(StoreError::packed(ORIGINS))?;
        joined.insert(leaf, StoredLeaf { opt_outs: phones.into_iter().zip(origins).collect(), revision });
    }
    Ok(origins.is_empty().then_some(joined))
}

fn read_leaf(item: Item) -> Result<(u8, LeafRecord), StoreError> {
    let leaf = leaf_at(&Key::of(&item).sk).ok_or_else(|| misplaced(WHAT))?;
    Ok((leaf, from_item(WHAT, item)?))
}

fn read_origins(item: Item) -> Result<(u8, OriginsRecord), StoreError> {
    let key = Key::of(&item);
    let leaf = key.sk.strip_prefix(ORIGINS_PREFIX).and_then(|hex| leaf_at(&format!("{LEAF_PREFIX}{hex}")));
    Ok((leaf.ok_or_else(|| misplaced(ORIGINS))?, from_item(ORIGINS, item)?))
}

fn misplaced(what: &'static str) -> StoreError {
    StoreError::Unreadable { what, reason: "its key names no leaf".to_owned() }
}

pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<Msisdn>, StoreError> {
    packed::unpack(bytes).map_err(StoreError::packed(WHAT))
}

pub(super) fn partition(organisation: OrganisationId) -> String {
    partition_of(organisation, "OPTOUT")
}

pub(super) fn leaf_key(organisation: OrganisationId, leaf: u8) -> Key {
    Key::new(partition(organisation), leaf_place(leaf))
}

pub(super) fn origins_key(organisation: OrganisationId, leaf: u8) -> Key {
    Key::new(partition(organisation), format!("{ORIGINS_PREFIX}{leaf:02x}"))
}
