//! Opted-out numbers of an organisation, packed in leaves like a roster, so that a send subtracts them with the same
//! merge; and the origin of each opt-out.
//!
//! ```text
//! pk                  sk         content
//! ORG#<org>#OPTOUT    HEAD       how often the list changed, how many numbers it has
//! ORG#<org>#OPTOUT    L#<leaf>   the numbers of a leaf, packed, with a revision
//! ORG#<org>#OPTOUT    O#<leaf>   the origins of these numbers in their order (`domain::opt_out`), same revision
//! ORG#<org>#OPTOUT    R#<time>   which key removed which numbers from the list, and when
//! ```
//! Every opt-out is stored once: its number in the leaf, and its sender, source and time at the same position in the
//! leaf's origins. A change writes both items and the head in one transaction. So a reader that finds one revision in
//! both has complete opt-outs, and a reader that knows the list's version has all numbers of that version. A send reads
//! only the numbers. If numbers and origins were one item, each accepted send would read more than twice as much; if
//! each number had its own item, the leaves would repeat every number and could disagree with it.

mod leaf;
mod places;
mod removals;

use std::collections::{BTreeMap, BTreeSet};

use domain::{ids::OrganisationId, msisdn::Msisdn, opt_out::OptOutOrigin, packed, roster::leaf_of};
use serde::Deserialize;

pub use self::removals::{RemovedOptOut, Remover};
use self::{
    leaf::{ORIGINS, StoredLeaf, WHAT, join, leaf_key, origins_key, packed_of, partition, unpack},
    places::{end_of_leaf, leaves_of_page, place_of, places_until},
    removals::{erase_from_removals, removal_write, removals_of},
};
use crate::{
    error::StoreError,
    item::{Key, check_refused, from_item, number},
    keys::LEAF_PREFIX,
    page::{ListPage, ListRequest, PageStart, Position},
    retry::{RetryPolicy, Tries},
    table::{Change, Range, Table, Write},
};

const LIST: &str = "an organisation's opt-outs";
/// Leaves of one transaction. Each is two items, of 250 KB together if the list holds six million numbers:
/// DynamoDB's limits are 100 items and 4 MB.
const LEAVES_A_TRANSACTION: usize = 16;

/// The suppression list.
#[derive(Clone, Debug)]
pub struct OptOuts {
    table: Table,
}

/// A number on the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OptOut {
    pub phone: Msisdn,
    pub origin: OptOutOrigin,
}

/// A change of the list.
#[derive(Clone, Copy)]
enum Edit<'a> {
    Add(&'a OptOutOrigin),
    Remove(&'a Remover),
}

/// The list's head. Every change adds to it, so that the count is never absent.
#[derive(Deserialize)]
struct HeadRecord {
    edits: u64,
}

impl OptOuts {
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The version of the list, which rises with every change. Numbers that were read at a version are current until it
    /// changes.
    pub async fn version(&self, organisation: OrganisationId) -> Result<u64, StoreError> {
        let head = self.table.get(&head_key(organisation)).await?;
        let head = head.map(|item| from_item::<HeadRecord>(LIST, item)).transpose()?;
        Ok(head.map_or(0, |head| head.edits))
    }

    /// Packed numbers (`domain::packed`) by leaf: of the given leaves, or of all. Empty leaves may be absent.
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
        items.into_iter().map(packed_of).collect()
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
        for (leaf, packed) in self.leaves(organisation, Some(&wanted)).await? {
            let phones = unpack(&packed)?;
            let asked = by_leaf.get(&leaf).into_iter().flatten();
            found.extend(asked.filter(|phone| phones.binary_search(phone).is_ok()));
        }
        Ok(found)
    }

    /// Adds numbers to the list; returns how many were new. A number that is on the list keeps its origin.
    pub async fn add(
        &self,
        organisation: OrganisationId,
        phones: &[Msisdn],
        origin: &OptOutOrigin,
    ) -> Result<u64, StoreError> {
        self.change(organisation, phones, Edit::Add(origin)).await
    }

    /// Removes numbers from the list; returns how many were on it. Records the key and the time.
    pub async fn remove(
        &self,
        organisation: OrganisationId,
        phones: &[Msisdn],
        remover: &Remover,
    ) -> Result<u64, StoreError> {
        self.change(organisation, phones, Edit::Remove(remover)).await
    }

    /// A number's opt-out, if it is on the list.
    pub async fn find(
        &self,
        organisation: OrganisationId,
        phone: Msisdn,
    ) -> Result<Option<OptOut>, StoreError> {
        let leaf = leaf_of(phone);
        let stored = self.stored(organisation, &[leaf]).await?.remove(&leaf);
        let origin = stored.and_then(|mut stored| stored.opt_outs.remove(&phone));
        Ok(origin.map(|origin| OptOut { phone, origin }))
    }

    /// When a number was removed from the list and by which key, the earliest first.
    pub async fn removals_of(
        &self,
        organisation: OrganisationId,
        phone: Msisdn,
    ) -> Result<Vec<RemovedOptOut>, StoreError> {
        removals_of(&self.table, organisation, phone).await
    }

    /// Erases a number from the records of removals, which still say that a number was removed.
    pub async fn erase_from_removals(
        &self,
        organisation: OrganisationId,
        phone: Msisdn,
    ) -> Result<(), StoreError> {
        erase_from_removals(&self.table, organisation, phone).await
    }

    /// A page of the list, in an order that never changes.
    pub async fn page(
        &self,
        organisation: OrganisationId,
        request: ListRequest,
    ) -> Result<ListPage<OptOut>, StoreError> {
        let leaves = self.leaves(organisation, None).await?;
        let mut counts = Vec::with_capacity(leaves.len());
        for (&leaf, packed) in &leaves {
            counts.push((leaf, packed::count(packed).map_err(StoreError::packed(WHAT))?));
        }
        let total = counts.iter().map(|(_, count)| count).sum();
        let skipped = match request.start {
            PageStart::Beginning => 0,
            PageStart::Skipping(skipped) => skipped,
            PageStart::After(position) => places_until(organisation, position, &counts, &leaves)?,
        };
        // One more than the page has, to see whether another page follows.
        let wanted = request.page_size + 1;
        let (first, shown) = leaves_of_page(&counts, skipped, wanted);
        let rows = self.placed(organisation, &shown).await?;
        // The leaves may have changed since they were counted, so the position is searched among the numbers.
        let mut rows: Vec<(Position, OptOut)> = match request.start {
            PageStart::After(position) => rows.into_iter().filter(|(place, _)| *place > position).collect(),
            _ => rows.into_iter().skip(first as usize).collect(),
        };
        let next = if rows.len() as u64 > request.page_size {
            rows.truncate(request.page_size as usize);
            rows.last().map(|(place, _)| *place)
        } else {
            let last = shown.last().copied();
            let goes_on = counts.iter().any(|(leaf, count)| Some(*leaf) > last && *count > 0);
            last.filter(|_| goes_on).map(end_of_leaf)
        };
        Ok(ListPage { total, results: rows.into_iter().map(|(_, opt_out)| opt_out).collect(), next })
    }

    /// The opt-outs of some leaves with their positions, in their order.
    async fn placed(
        &self,
        organisation: OrganisationId,
        leaves: &[u8],
    ) -> Result<Vec<(Position, OptOut)>, StoreError> {
        let leaves = self.stored(organisation, leaves).await?;
        let opt_outs = leaves.into_values().flat_map(|stored| stored.opt_outs);
        let mut placed: Vec<(Position, OptOut)> = opt_outs
            .map(|(phone, origin)| (place_of(organisation, phone), OptOut { phone, origin }))
            .collect();
        placed.sort_unstable_by_key(|(place, _)| *place);
        Ok(placed)
    }

    async fn change(
        &self,
        organisation: OrganisationId,
        phones: &[Msisdn],
        edit: Edit<'_>,
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
        edit: Edit<'_>,
    ) -> Result<u64, StoreError> {
        let leaves: Vec<u8> = wanted.iter().map(|(leaf, _)| *leaf).collect();
        let mut tries = Tries::of("changing the opt-outs", RetryPolicy::CONTENTION);
        loop {
            let mut stored = self.stored(organisation, &leaves).await?;
            let mut writes = Vec::new();
            let (mut changed, mut removed) = (0, Vec::new());
            for (leaf, phones) in wanted {
                let mut stored = stored.remove(leaf).unwrap_or_default();
                removed.extend(phones.iter().filter(|phone| stored.opt_outs.contains_key(phone)));
                let difference = edit.apply(&mut stored.opt_outs, phones);
                if difference > 0 {
                    changed += difference;
                    writes.extend(self.leaf_writes(organisation, *leaf, &stored)?);
                }
            }
            if writes.is_empty() {
                return Ok(0);
            }
            writes.push(self.head_write(organisation, edit, changed)?);
            if let Edit::Remove(remover) = edit {
                writes.push(removal_write(&self.table, organisation, remover, removed)?);
            }
            let Err(refused) = self.table.transact(writes).await? else { return Ok(changed) };
            check_refused(LIST, refused.item.as_ref())?;
            tries.pause().await?;
        }
    }

    /// Some leaves with their origins; leaves that were never stored are absent. If a change came between the two
    /// reads, the revisions differ, and both are read again.
    async fn stored(
        &self,
        organisation: OrganisationId,
        wanted: &[u8],
    ) -> Result<BTreeMap<u8, StoredLeaf>, StoreError> {
        let mut tries = Tries::of("reading the opt-outs", RetryPolicy::CONTENTION);
        loop {
            let keys = wanted
                .iter()
                .flat_map(|&leaf| [leaf_key(organisation, leaf), origins_key(organisation, leaf)]);
            if let Some(leaves) = join(self.table.get_many(keys.collect(), None).await?)? {
                return Ok(leaves);
            }
            if tries.pause().await.is_err() {
                let reason = "it is of another revision than its leaf".to_owned();
                return Err(StoreError::Unreadable { what: ORIGINS, reason });
            }
        }
    }

    fn leaf_writes(
        &self,
        organisation: OrganisationId,
        leaf: u8,
        stored: &StoredLeaf,
    ) -> Result<[Write; 2], StoreError> {
        let write = |item| match stored.revision {
            0 => self.table.write_new(item),
            seen => self
                .table
                .write_put(item, Change::only_if("revision = :revision").value(":revision", number(seen))),
        };
        let [phones, origins] = stored.items(organisation, leaf)?.map(write);
        Ok([phones?, origins?])
    }

    fn head_write(
        &self,
        organisation: OrganisationId,
        edit: Edit<'_>,
        changed: u64,
    ) -> Result<Write, StoreError> {
        let change = Change::new("ADD edits :one, phone_total :difference SET v = :form")
            .value(":one", number(1))
            .value(":difference", number(edit.sign() * i128::from(changed)));
        self.table.write_change(&head_key(organisation), change)
    }
}

impl Edit<'_> {
    const fn sign(self) -> i128 {
        match self {
            Self::Add(_) => 1,
            Self::Remove(_) => -1,
        }
    }

    /// Changes a leaf's opt-outs, and says how many of the numbers it changed.
    fn apply(self, opt_outs: &mut BTreeMap<Msisdn, OptOutOrigin>, phones: &BTreeSet<Msisdn>) -> u64 {
        let before = opt_outs.len();
        match self {
            Self::Add(origin) => {
                for phone in phones {
                    opt_outs.entry(*phone).or_insert_with(|| origin.clone());
                }
            }
            Self::Remove(_) => opt_outs.retain(|phone, _| !phones.contains(phone)),
        }
        opt_outs.len().abs_diff(before) as u64
    }
}

fn by_leaf(phones: impl Iterator<Item = Msisdn>) -> BTreeMap<u8, BTreeSet<Msisdn>> {
    let mut leaves: BTreeMap<u8, BTreeSet<Msisdn>> = BTreeMap::new();
    for phone in phones {
        leaves.entry(leaf_of(phone)).or_default().insert(phone);
    }
    leaves
}

fn head_key(organisation: OrganisationId) -> Key {
    Key::new(partition(organisation), "HEAD")
}
