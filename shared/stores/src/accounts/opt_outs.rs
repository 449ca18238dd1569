//! Whom an organisation must not reach: phone numbers, packed in leaves like a roster, so that a send
//! subtracts them by the same merge.
//!
//! ```text
//! pk                  sk         what
//! ORG#<org>#OPTOUT    HEAD       how often the list changed, how many numbers it holds
//! ORG#<org>#OPTOUT    L#<leaf>   packed numbers of one leaf, with a revision
//! ```
//! A change writes its leaves and the head in one transaction: whoever has seen a version has seen all
//! that belongs to it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{ids::OrganisationId, msisdn::Msisdn, packed, roster::leaf_of};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::{
    Page, PageRequest,
    error::StoreError,
    item::{Item, Key, check_refused, from_item, number, to_item},
    keys::{LEAF_PREFIX, leaf_at, leaf_place, organisation_partition},
    retry::{RetryPolicy, Tries},
    table::{Change, Range, Table, Write},
};

const WHAT: &str = "an opt-out leaf";
const LIST: &str = "an organisation's opt-outs";
/// Leaves of one transaction: well below DynamoDB's 100 items and 4 MB.
const LEAVES_A_TRANSACTION: usize = 50;

/// The suppression list.
#[derive(Clone, Debug)]
pub struct OptOuts {
    table: Table,
}

/// What a change does to the list.
#[derive(Clone, Copy)]
enum Edit {
    Add,
    Remove,
}

/// The list's head. Every change adds to it, so that the count is never absent.
#[derive(Deserialize)]
struct HeadRecord {
    edits: u64,
}

#[derive(Default, Serialize, Deserialize)]
struct LeafRecord {
    revision: u64,
    phones: ByteBuf,
}

/// A leaf's numbers, and the revision they were read at; 0 where it was never stored.
#[derive(Default)]
struct StoredLeaf {
    phones: Vec<Msisdn>,
    revision: u64,
}

impl OptOuts {
    /// Over the accounts table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Rises with every change of the list: what was read at a version holds as long as it stands.
    pub async fn version(&self, organisation: OrganisationId) -> Result<u64, StoreError> {
        let head = self.table.get(&head_key(organisation)).await?;
        let head = head.map(|item| from_item::<HeadRecord>(LIST, item)).transpose()?;
        Ok(head.map_or(0, |head| head.edits))
    }

    /// Packed numbers (`domain::packed`) by leaf: of the wanted leaves, or of all. Leaves that hold none
    /// may be absent.
    pub async fn leaves(
        &self,
        organisation: OrganisationId,
        wanted: Option<&[u8]>,
    ) -> Result<BTreeMap<u8, Vec<u8>>, StoreError> {
        let items = match wanted {
            Some(wanted) => {
                let keys = wanted.iter().map(|&leaf| leaf_key(organisation, leaf)).collect();
                self.table.get_many(keys, None).await?
            }
            None => self.table.query(Range::of(partition(organisation)).beginning_with(LEAF_PREFIX)).await?,
        };
        let packed = |(leaf, record): (u8, LeafRecord)| (leaf, record.phones.into_vec());
        items.into_iter().map(|item| read_leaf(item).map(packed)).collect()
    }

    /// Which of these numbers the list holds.
    pub async fn contains_any(
        &self,
        organisation: OrganisationId,
        phones: &[Msisdn],
    ) -> Result<BTreeSet<Msisdn>, StoreError> {
        let by_leaf = by_leaf(phones.iter().copied());
        let wanted: Vec<u8> = by_leaf.keys().copied().collect();
        let mut found = BTreeSet::new();
        for (leaf, stored) in self.stored(organisation, &wanted).await? {
            let asked = by_leaf.get(&leaf).into_iter().flatten();
            found.extend(asked.filter(|phone| stored.phones.binary_search(phone).is_ok()));
        }
        Ok(found)
    }

    /// Puts numbers on the list, and says how many were not on it.
    pub async fn add(&self, organisation: OrganisationId, phones: &[Msisdn]) -> Result<u64, StoreError> {
        self.change(organisation, phones, Edit::Add).await
    }

    /// Takes numbers off the list, and says how many were on it.
    pub async fn remove(&self, organisation: OrganisationId, phones: &[Msisdn]) -> Result<u64, StoreError> {
        self.change(organisation, phones, Edit::Remove).await
    }

    /// A page of the list, in an order that stands while the list does.
    pub async fn page(
        &self,
        organisation: OrganisationId,
        request: PageRequest,
    ) -> Result<Page<Msisdn>, StoreError> {
        let leaves = self.leaves(organisation, None).await?;
        let (mut skipped, mut left) = (request.skipped(), request.page_size);
        let mut page = Page { total: 0, results: Vec::new() };
        for bytes in leaves.values() {
            let here = packed::count(bytes).map_err(StoreError::packed(WHAT))?;
            let taken = here.saturating_sub(skipped).min(left);
            if taken > 0 {
                let phones = unpack(bytes)?.into_iter().skip(skipped as usize).take(taken as usize);
                page.results.extend(phones);
            }
            page.total += here;
            left -= taken;
            skipped = skipped.saturating_sub(here);
        }
        Ok(page)
    }

    async fn change(
        &self,
        organisation: OrganisationId,
        phones: &[Msisdn],
        edit: Edit,
    ) -> Result<u64, StoreError> {
        let by_leaf: Vec<_> = by_leaf(phones.iter().copied()).into_iter().collect();
        let mut changed = 0;
        for leaves in by_leaf.chunks(LEAVES_A_TRANSACTION) {
            changed += self.change_leaves(organisation, leaves, edit).await?;
        }
        Ok(changed)
    }

    async fn change_leaves(
        &self,
        organisation: OrganisationId,
        wanted: &[(u8, BTreeSet<Msisdn>)],
        edit: Edit,
    ) -> Result<u64, StoreError> {
        let leaves: Vec<u8> = wanted.iter().map(|(leaf, _)| *leaf).collect();
        let mut tries = Tries::of("changing the opt-outs", RetryPolicy::CONTENTION);
        loop {
            let mut stored = self.stored(organisation, &leaves).await?;
            let mut writes = Vec::new();
            let mut changed = 0;
            for (leaf, phones) in wanted {
                let stored = stored.remove(leaf).unwrap_or_default();
                let (after, difference) = edit.apply(&stored.phones, phones);
                if difference > 0 {
                    changed += difference;
                    writes.push(self.leaf_write(organisation, *leaf, &after, stored.revision)?);
                }
            }
            if writes.is_empty() {
                return Ok(0);
            }
            writes.push(self.head_write(organisation, edit, changed)?);
            let Err(refused) = self.table.transact(writes).await? else { return Ok(changed) };
            check_refused(LIST, refused.item.as_ref())?;
            tries.pause().await?;
        }
    }

    async fn stored(
        &self,
        organisation: OrganisationId,
        wanted: &[u8],
    ) -> Result<BTreeMap<u8, StoredLeaf>, StoreError> {
        let keys = wanted.iter().map(|&leaf| leaf_key(organisation, leaf)).collect();
        let items = self.table.get_many(keys, None).await?;
        let stored = |item| {
            let (leaf, record) = read_leaf(item)?;
            Ok((leaf, StoredLeaf { phones: unpack(&record.phones)?, revision: record.revision }))
        };
        items.into_iter().map(stored).collect()
    }

    fn leaf_write(
        &self,
        organisation: OrganisationId,
        leaf: u8,
        phones: &[Msisdn],
        revision: u64,
    ) -> Result<Write, StoreError> {
        let record = LeafRecord { revision: revision + 1, phones: ByteBuf::from(packed::pack(phones)) };
        let item = to_item(&leaf_key(organisation, leaf), WHAT, &record)?;
        if revision == 0 {
            return self.table.write_new(item);
        }
        let unchanged = Change::only_if("revision = :revision").value(":revision", number(revision));
        self.table.write_put(item, unchanged)
    }

    fn head_write(
        &self,
        organisation: OrganisationId,
        edit: Edit,
        changed: u64,
    ) -> Result<Write, StoreError> {
        let change = Change::new("ADD edits :one, phone_total :difference SET v = :form")
            .value(":one", number(1))
            .value(":difference", number(edit.sign() * i128::from(changed)));
        self.table.write_change(&head_key(organisation), change)
    }
}

impl Edit {
    const fn sign(self) -> i128 {
        match self {
            Self::Add => 1,
            Self::Remove => -1,
        }
    }

    /// A leaf's numbers after the change, and how many it changed.
    fn apply(self, before: &[Msisdn], phones: &BTreeSet<Msisdn>) -> (Vec<Msisdn>, u64) {
        let before: BTreeSet<Msisdn> = before.iter().copied().collect();
        let after: Vec<Msisdn> = match self {
            Self::Add => before.union(phones).copied().collect(),
            Self::Remove => before.difference(phones).copied().collect(),
        };
        let changed = after.len().abs_diff(before.len()) as u64;
        (after, changed)
    }
}

fn by_leaf(phones: impl Iterator<Item = Msisdn>) -> BTreeMap<u8, BTreeSet<Msisdn>> {
    let mut leaves: BTreeMap<u8, BTreeSet<Msisdn>> = BTreeMap::new();
    for phone in phones {
        leaves.entry(leaf_of(phone)).or_default().insert(phone);
    }
    leaves
}

fn read_leaf(item: Item) -> Result<(u8, LeafRecord), StoreError> {
    let place = item.get("sk").and_then(|sk| sk.as_s().ok()).and_then(|sk| leaf_at(sk));
    let unplaced =
        || StoreError::Unreadable { what: WHAT, reason: "it stands in no leaf's place".to_owned() };
    Ok((place.ok_or_else(unplaced)?, from_item(WHAT, item)?))
}

fn unpack(bytes: &[u8]) -> Result<Vec<Msisdn>, StoreError> {
    packed::unpack(bytes).map_err(StoreError::packed(WHAT))
}

fn partition(organisation: OrganisationId) -> String {
    format!("{}#OPTOUT", organisation_partition(organisation))
}

fn head_key(organisation: OrganisationId) -> Key {
    Key::new(partition(organisation), "HEAD")
}

fn leaf_key(organisation: OrganisationId, leaf: u8) -> Key {
    Key::new(partition(organisation), leaf_place(leaf))
}
