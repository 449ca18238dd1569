//! Contacts come into a book: all rows of a request in one edit.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, btree_map::Entry};

use domain::{ids::ContactId, keys::BookKey, roster::RosterKey, timestamp::Timestamp};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    contact::{ContactDraft, ContactRecord, contact_id, phoneless_key},
    error::EditError,
    keys::{contact_key, contacts_partition, first_contact_of, partition_of},
    lease::{Lease, within_time},
    leaves::{CONCURRENT_CALLS, StoredLeaf, read_leaves, write_leaves},
    store::AddressBooks,
};
use crate::{error::StoreError, item::Item, table::Range};

/// What an import did. `added + updated + duplicates` is the number of rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Imported {
    /// Contacts that the book did not have.
    pub added: u64,
    /// Contacts that it had.
    pub updated: u64,
    /// Of the updated ones, those that already were as the import says.
    pub unchanged: u64,
    /// Rows whose number an earlier row of the request has; the later row wins, field by field.
    pub duplicates: u64,
}

/// Leaves whose contacts are read and written before the next ones': a sixteenth of a request, so that the
/// items of half a million contacts are never in memory together.
const LEAVES_AT_ONCE: usize = 16;
/// Contacts that a query brings, at least, for the price of one that is read by its key: a read unit is
/// 4 KB, and few contacts have half of one.
const CONTACTS_A_UNIT: usize = 8;
/// Contacts of one leaf that are read by their keys rather than by a call of their own.
const FEW: usize = 50;

/// Rows by what they are known by: as importing one after another would leave them.
#[derive(Default)]
struct Rows {
    by_key: BTreeMap<RosterKey, ContactDraft>,
    duplicates: u64,
}

/// Rows by leaf.
type ByLeaf = BTreeMap<u8, Vec<(RosterKey, ContactDraft)>>;

/// What is to be written of some leaves.
#[derive(Default)]
struct Plan {
    contacts: Vec<Item>,
    new_keys: BTreeMap<u8, Vec<RosterKey>>,
    report: Imported,
}

impl AddressBooks {
    /// Adds contacts and updates those the book has. Importing the same again changes nothing.
    pub async fn import(
        &self,
        book: BookKey,
        drafts: Vec<ContactDraft>,
        now: Timestamp,
    ) -> Result<Imported, EditError> {
        let rows = Rows::fold(drafts);
        let leaves: BTreeSet<u8> = rows.by_key.keys().map(|key| key.leaf()).collect();
        let leaves: Vec<u8> = leaves.into_iter().collect();
        within_time(async {
            let lease = self.take(book, &leaves, now).await?;
            self.write_rows(&lease, &leaves, rows, now).await
        })
        .await
    }

    /// Contacts first, then leaves: a roster never names a contact that is not there.
    async fn write_rows(
        &self,
        lease: &Lease,
        leaves: &[u8],
        rows: Rows,
        now: Timestamp,
    ) -> Result<Imported, EditError> {
        let mut leaves = read_leaves(&self.table, lease.book, leaves).await?;
        let mut report = Imported { duplicates: rows.duplicates, ..Imported::default() };
        let (mut grown, mut changed) = (BTreeMap::new(), None);
        for part in parts(rows) {
            let standing = self.standing_contacts(lease.book, &part, &leaves).await?;
            let plan = plan(lease.book, part, standing, now)?;
            report = report.plus(plan.report);
            changed = changed.or((!plan.contacts.is_empty()).then_some(now));
            self.table.put_many(plan.contacts.into_iter().map(Ok)).await?;
            for (leaf, keys) in plan.new_keys {
                let mut stored = leaves.remove(&leaf).unwrap_or_default();
                stored.leaf.insert_all(keys);
                grown.insert(leaf, stored);
            }
        }
        if !write_leaves(&self.table, lease.book, &grown).await? {
            return Err(EditError::Interrupted);
        }
        let mut counts = lease.counts.clone();
        for (&leaf, stored) in &grown {
            counts.set(leaf, (&stored.leaf).into());
        }
        self.finish(lease, &counts, changed).await?;
        Ok(report)
    }

    /// The contacts of these rows that the book has: only those are read, or their whole leaf where that
    /// costs less, as when a request that was cut short is repeated.
    async fn standing_contacts(
        &self,
        book: BookKey,
        rows: &ByLeaf,
        leaves: &BTreeMap<u8, StoredLeaf>,
    ) -> Result<HashMap<ContactId, ContactRecord>, StoreError> {
        let (mut wanted, mut ranges) = (Vec::new(), Vec::new());
        let mut expected: HashSet<ContactId> = HashSet::new();
        for (&leaf, rows) in rows {
            let Some(StoredLeaf { leaf: stored, .. }) = leaves.get(&leaf) else { continue };
            let known = rows.iter().filter(|(key, _)| stored.contains(*key));
            let known: Vec<ContactId> = known.map(|(key, _)| contact_id(book.book, *key)).collect();
            expected.extend(&known);
            if known.len() > FEW && known.len() * CONTACTS_A_UNIT > stored.contacts() as usize {
                let range = Range::of(contacts_partition(book, partition_of(leaf)));
                ranges.push(self.table.query(range.beginning_with(&first_contact_of(leaf))));
            } else {
                wanted.extend(known.into_iter().map(|id| contact_key(book, id)));
            }
        }
        let by_leaf: Vec<Vec<Item>> =
            stream::iter(ranges).buffer_unordered(CONCURRENT_CALLS).try_collect().await?;
        let items = self.table.get_many(wanted, None).await?;
        let records = by_leaf.into_iter().flatten().chain(items).map(ContactRecord::from_item);
        let mut standing: HashMap<ContactId, ContactRecord> =
            records.map(|record| record.map(|record| (record.id(), record))).collect::<Result<_, _>>()?;
        standing.retain(|id, _| expected.contains(id));
        Ok(standing)
    }
}

impl Imported {
    const fn plus(self, other: Self) -> Self {
        Self {
            added: self.added + other.added,
            updated: self.updated + other.updated,
            unchanged: self.unchanged + other.unchanged,
            duplicates: self.duplicates + other.duplicates,
        }
    }
}

impl Rows {
    fn fold(drafts: Vec<ContactDraft>) -> Self {
        let mut rows = Self::default();
        let mut namesakes: HashMap<String, u32> = HashMap::new();
        for draft in drafts {
            let key = draft.phone.map_or_else(
                || {
                    let name = draft.phoneless_name();
                    let occurrence = namesakes.get(&name).copied().unwrap_or_default();
                    let key = phoneless_key(&name, occurrence);
                    namesakes.insert(name, occurrence + 1);
                    key
                },
                RosterKey::Phone,
            );
            rows.fold_row(key, draft);
        }
        rows
    }

    fn fold_row(&mut self, key: RosterKey, draft: ContactDraft) {
        match self.by_key.entry(key) {
            Entry::Vacant(place) => drop(place.insert(draft)),
            Entry::Occupied(mut earlier) => {
                earlier.get_mut().overlay(draft);
                self.duplicates += 1;
            }
        }
    }
}

/// The rows of some leaves after those of others.
fn parts(rows: Rows) -> impl Iterator<Item = ByLeaf> {
    let mut by_leaf = ByLeaf::new();
    for (key, draft) in rows.by_key {
        by_leaf.entry(key.leaf()).or_default().push((key, draft));
    }
    std::iter::from_fn(move || {
        let rest = by_leaf.keys().nth(LEAVES_AT_ONCE).copied();
        let later = rest.map(|leaf| by_leaf.split_off(&leaf)).unwrap_or_default();
        Some(std::mem::replace(&mut by_leaf, later)).filter(|part| !part.is_empty())
    })
}

/// Decides what an import writes of some leaves: contacts that are new or say something new.
fn plan(
    book: BookKey,
    rows: ByLeaf,
    mut standing: HashMap<ContactId, ContactRecord>,
    now: Timestamp,
) -> Result<Plan, StoreError> {
    let mut plan = Plan::default();
    for (key, draft) in rows.into_values().flatten() {
        let id = contact_id(book.book, key);
        let known = standing.remove(&id);
        let is_new = known.is_none();
        let mut record = known.unwrap_or_else(|| ContactRecord::new(id, key, now));
        let changed = record.overlay(draft, now) || is_new;
        if changed {
            plan.contacts.push(record.to_item(book)?);
        }
        if is_new {
            plan.new_keys.entry(key.leaf()).or_default().push(key);
        }
        let (added, updated) = (u64::from(is_new), u64::from(!is_new));
        plan.report =
            plan.report.plus(Imported { added, updated, unchanged: u64::from(!changed), duplicates: 0 });
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use domain::msisdn::Msisdn;

    use super::*;

    #[test]
    fn the_parts_of_a_request_are_its_rows_a_sixteenth_of_the_leaves_at_a_time() {
        let phone = |n: u64| Msisdn::from_digits(254_712_000_000 + n).unwrap();
        let draft = |n| ContactDraft { phone: Some(phone(n)), ..ContactDraft::default() };
        let parts: Vec<ByLeaf> = parts(Rows::fold((0..5_000).map(draft).collect())).collect();
        assert!(parts.iter().all(|part| (1..=LEAVES_AT_ONCE).contains(&part.len())));
        let rows = parts.iter().flat_map(|part| part.values()).map(Vec::len).sum::<usize>();
        assert_eq!((rows, parts.len()), (5_000, 16));
        let leaves = parts.iter().flat_map(|part| part.keys());
        assert!(leaves.is_sorted_by(|a, b| a < b));
        assert_eq!(super::parts(Rows::default()).count(), 0);
    }
}
