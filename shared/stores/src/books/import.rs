//! Imports contacts into a book, in slices of a request's rows. Each slice is an edit of its own, so the book is
//! consistent after it, and other edits wait for a slice instead of the whole request.
//!
//! An import stops before its deadline: between two slices, if the next one may take longer than the time that is left.
//! The book's header [notes](super::import_notes) how many slices of which rows are stored, and importing the same rows
//! again continues there. Otherwise each round would read the stored rows again, until reading alone took all of its
//! time.

use std::{
    collections::{BTreeMap, HashMap, HashSet, btree_map::Entry},
    time::Duration,
};

use domain::{
    ids::ContactId,
    keys::BookKey,
    roster::{RosterEntry, RosterKey},
    timestamp::{Millis, Timestamp},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use platform::deadline::Deadline;
use serde_bytes::ByteArray;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, timeout_at};

use super::{
    contact::{ContactDraft, ContactRecord, contact_id, phoneless_key},
    error::EditError,
    header::ImportProgress,
    import_notes::Notes,
    keys::{contact_key, contacts_partition, first_contact_of, partition_of},
    lease::{LONGEST_EDIT, Lease},
    leaves::{CONCURRENT_CALLS, StoredLeaf, read_leaves, write_leaves},
    store::AddressBooks,
};
use crate::{error::StoreError, item::Item, table::Range};

/// The result of an import. `added + updated + duplicates` is the number of rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Imported {
    /// Contacts that the book did not have.
    pub added: u64,
    /// Contacts that the book had before.
    pub updated: u64,
    /// Contacts among the updated ones that the import did not change.
    pub unchanged: u64,
    /// Rows whose number an earlier row of the request has; the later row wins, field by field.
    pub duplicates: u64,
}

/// Rows of a slice: about a second's writes of a new table. A slice has whole leaves, and at least one.
const SLICE_ROWS: usize = 5_000;
/// The least time for a slice: none is begun if less is left.
const LEAST_TIME: Duration = Duration::from_secs(2);
/// Seconds until an import that ended between two slices can be repeated; it holds no lease.
const RETRY_SECS: u32 = 1;
/// Contacts that a query brings, at least, for the price of one that is read by its key: a read unit is
/// 4 KB, and few contacts have half of one.
const CONTACTS_A_UNIT: usize = 8;
/// Up to this many contacts of a leaf are read by their keys, more by reading the whole leaf.
const FEW: usize = 50;

/// Rows by key, with the same result as if they were imported one after another.
#[derive(Default)]
struct Rows {
    by_key: BTreeMap<RosterKey, ContactDraft>,
    duplicates: u64,
}

/// Rows by leaf.
type ByLeaf = BTreeMap<u8, Vec<(RosterKey, ContactDraft)>>;

/// The writes of some leaves.
#[derive(Default)]
struct Plan {
    contacts: Vec<Item>,
    /// Changes of the roster: new contacts, and numbers whose type has changed.
    new_entries: BTreeMap<u8, Vec<RosterEntry>>,
    report: Imported,
}

impl AddressBooks {
    /// Adds contacts and updates those that the book has, in the longest time that an edit may take. Importing the same
    /// rows again changes nothing.
    pub async fn import(
        &self,
        book: BookKey,
        drafts: Vec<ContactDraft>,
        now: Timestamp,
    ) -> Result<Imported, EditError> {
        self.import_until(book, drafts, now, Deadline::after(LONGEST_EDIT)).await
    }

    /// Imports until a deadline, after which the caller still has time to answer.
    pub async fn import_until(
        &self,
        book: BookKey,
        drafts: Vec<ContactDraft>,
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<Imported, EditError> {
        let (began, rows) = (Instant::now(), Rows::fold(drafts));
        let mut report = Imported { duplicates: rows.duplicates, ..Imported::default() };
        let slices: Vec<ByLeaf> = slices(rows).collect();
        let all = rows_of(&slices);
        let mut notes = self.notes_of(book, &slices).await?;
        let mut needed = LEAST_TIME;
        for (number, slice) in (1..).zip(slices) {
            if notes.has(number) {
                report = report.plus(Imported::unchanged(&slice));
                continue;
            }
            let (started, stored) = (Instant::now(), report.contacts());
            let remaining = all - stored;
            if deadline.left() < needed {
                return Err(EditError::CutShort { stored, remaining, retry_after_secs: RETRY_SECS });
            }
            let now = now.plus(Millis(began.elapsed().as_millis() as i64));
            let import = Box::pin(self.import_slice(book, slice, number, &mut notes, now));
            match timeout_at(deadline.instant(), import).await.unwrap_or(Err(EditError::Interrupted)) {
                Ok(imported) => report = report.plus(imported),
                Err(error) => return Err(error.after_slices(stored, remaining, started.elapsed())),
            }
            // The next slice may take twice as long as the longest so far.
            needed = needed.max(started.elapsed() * 2);
        }
        Ok(report)
    }

    /// How far an earlier import of the same rows came. The book has not changed since: every other edit deletes the
    /// record of it.
    async fn notes_of(&self, book: BookKey, slices: &[ByLeaf]) -> Result<Notes, EditError> {
        if slices.len() == 1 {
            return Ok(Notes::of_one_slice());
        }
        let header = self.read_header(book).await?.ok_or(EditError::NotFound)?;
        let rows = fingerprint(slices);
        let earlier = header.import.filter(|earlier| earlier.rows == rows);
        let progress = earlier.unwrap_or(ImportProgress { rows, slices: 0 });
        let may_be_known = rows_of(slices) <= header.book.contact_count;
        Ok(Notes::new(progress, slices.len() as u64, may_be_known))
    }

    async fn import_slice(
        &self,
        book: BookKey,
        slice: ByLeaf,
        number: u64,
        notes: &mut Notes,
        now: Timestamp,
    ) -> Result<Imported, EditError> {
        if notes.may_be_unchanged(number) {
            let plan = self.plan_of(book, slice.clone(), now).await?;
            if plan.is_empty() {
                return Ok(plan.report);
            }
        }
        let leaves: Vec<u8> = slice.keys().copied().collect();
        let lease = self.take(book, &leaves, now).await?;
        self.write_slice(&lease, slice, number, notes, now).await
    }

    /// The writes that an import of these rows would make now. Without a lease this may read a book in the middle of an
    /// edit: the unfinished part of that edit is then in the plan.
    async fn plan_of(&self, book: BookKey, slice: ByLeaf, now: Timestamp) -> Result<Plan, StoreError> {
        let leaves: Vec<u8> = slice.keys().copied().collect();
        let leaves = read_leaves(&self.table, book, &leaves).await?;
        let standing = self.standing_contacts(book, &slice, &leaves).await?;
        plan(book, slice, standing, now)
    }

    /// The result that an import of these contacts would have now. Writes nothing and takes no lease, so it may read a
    /// book in the middle of an edit.
    pub async fn check_import(
        &self,
        book: BookKey,
        drafts: Vec<ContactDraft>,
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<Imported, EditError> {
        let rows = Rows::fold(drafts);
        let mut report = Imported { duplicates: rows.duplicates, ..Imported::default() };
        let check = async {
            self.get(book, now).await?.ok_or(EditError::NotFound)?;
            for slice in slices(rows) {
                report = report.plus(self.plan_of(book, slice, now).await?.report);
            }
            Ok(report)
        };
        timeout_at(deadline.instant(), check).await.unwrap_or(Err(EditError::Interrupted))
    }

    /// Contacts first, then leaves: a roster never names a contact that is not there.
    async fn write_slice(
        &self,
        lease: &Lease,
        slice: ByLeaf,
        number: u64,
        notes: &mut Notes,
        now: Timestamp,
    ) -> Result<Imported, EditError> {
        let leaves: Vec<u8> = slice.keys().copied().collect();
        let mut leaves = read_leaves(&self.table, lease.book, &leaves).await?;
        let standing = self.standing_contacts(lease.book, &slice, &leaves).await?;
        let plan = plan(lease.book, slice, standing, now)?;
        let (changes, report) = (!plan.is_empty(), plan.report);
        let changed = (!plan.contacts.is_empty()).then_some(now);
        self.table.put_many(plan.contacts.into_iter().map(Ok)).await?;
        let mut grown = BTreeMap::new();
        for (leaf, entries) in plan.new_entries {
            let mut stored = leaves.remove(&leaf).unwrap_or_default();
            stored.leaf.insert_all(entries);
            grown.insert(leaf, stored);
        }
        if !write_leaves(&self.table, lease.book, &grown).await? {
            return Err(EditError::Interrupted);
        }
        let mut counts = lease.counts.clone();
        for (&leaf, stored) in &grown {
            counts.set(leaf, (&stored.leaf).into());
        }
        let noted = notes.after_edit(number, changes);
        self.finish(lease, &counts, changed, noted).await?;
        notes.edited(noted, changes);
        Ok(report)
    }

    /// The contacts of these rows that the book has. Reads them by key, or the whole leaf if that costs less, as when a
    /// request that was cut short is repeated.
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

impl Plan {
    fn is_empty(&self) -> bool {
        self.contacts.is_empty() && self.new_entries.is_empty()
    }
}

impl Imported {
    /// The result of a slice that is stored.
    fn unchanged(slice: &ByLeaf) -> Self {
        let unchanged = slice.values().map(Vec::len).sum::<usize>() as u64;
        Self { updated: unchanged, unchanged, ..Self::default() }
    }

    /// Contacts that are stored.
    const fn contacts(self) -> u64 {
        self.added + self.updated
    }

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
                |phone| RosterKey::Phone(phone.number),
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

/// The rows cut into slices of whole leaves: as many leaves as have at most [`SLICE_ROWS`] rows together, or one larger
/// leaf.
fn slices(rows: Rows) -> impl Iterator<Item = ByLeaf> {
    let mut by_leaf = ByLeaf::new();
    for (key, draft) in rows.by_key {
        by_leaf.entry(key.leaf()).or_default().push((key, draft));
    }
    std::iter::from_fn(move || {
        let mut taken = 0;
        let mut fits = |rows: usize| {
            let is_first = taken == 0;
            taken += rows;
            is_first || taken <= SLICE_ROWS
        };
        let rest = by_leaf.iter().find(|(_, rows)| !fits(rows.len())).map(|(leaf, _)| *leaf);
        let later = rest.map(|leaf| by_leaf.split_off(&leaf)).unwrap_or_default();
        Some(std::mem::replace(&mut by_leaf, later)).filter(|slice| !slice.is_empty())
    })
}

fn rows_of(slices: &[ByLeaf]) -> u64 {
    slices.iter().flat_map(BTreeMap::values).map(Vec::len).sum::<usize>() as u64
}

/// Identifies rows and their cut into slices.
fn fingerprint(slices: &[ByLeaf]) -> ByteArray<16> {
    let mut digest = Sha256::new();
    for slice in slices {
        for (key, draft) in slice.values().flatten() {
            draft.add_to(&mut digest, *key);
        }
        digest.update(slice.len().to_be_bytes());
    }
    let mut rows = [0; 16];
    rows.copy_from_slice(&digest.finalize()[..16]);
    ByteArray::new(rows)
}

/// Decides which items an import writes for some leaves: new contacts, and contacts that change.
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
        let (is_new, entry_before) = (known.is_none(), known.as_ref().map(ContactRecord::entry).transpose()?);
        let mut record = known.unwrap_or_else(|| ContactRecord::new(id, key, now));
        let changed = record.overlay(draft, now) || is_new;
        if changed {
            plan.contacts.push(record.to_item(book)?);
        }
        let entry = record.entry()?;
        if entry_before != Some(entry) {
            plan.new_entries.entry(key.leaf()).or_default().push(entry);
        }
        let (added, updated) = (u64::from(is_new), u64::from(!is_new));
        plan.report =
            plan.report.plus(Imported { added, updated, unchanged: u64::from(!changed), duplicates: 0 });
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use domain::{msisdn::Msisdn, phone::Phone};

    use super::*;

    fn sizes(rows: Vec<ContactDraft>) -> Vec<usize> {
        let slices: Vec<ByLeaf> = slices(Rows::fold(rows)).collect();
        let leaves = slices.iter().flat_map(|slice| slice.keys());
        assert!(leaves.is_sorted_by(|a, b| a < b));
        slices.iter().map(|slice| slice.values().map(Vec::len).sum()).collect()
    }

    #[test]
    fn a_fingerprint_is_of_every_field_of_every_row() {
        let phone = |n: u64| Msisdn::from_digits(254_712_000_000 + n).unwrap();
        let draft = |n, first: &str, last: &str| ContactDraft {
            phone: Some(Phone::mobile(phone(n))),
            first_name: Some(first.to_owned()),
            last_name: Some(last.to_owned()),
            ..ContactDraft::default()
        };
        let of = |rows: Vec<ContactDraft>| fingerprint(&slices(Rows::fold(rows)).collect::<Vec<_>>());
        let one = of(vec![draft(1, "Ann", ""), draft(2, "Ben", "Otieno")]);
        assert_eq!(one, of(vec![draft(2, "Ben", "Otieno"), draft(1, "Ann", "")]), "rows are put in order");
        let unsaid = ContactDraft { last_name: None, ..draft(1, "Ann", "") };
        for other in [
            vec![draft(1, "Ann", "")],
            vec![draft(3, "Ann", ""), draft(2, "Ben", "Otieno")],
            vec![draft(1, "An", "n"), draft(2, "Ben", "Otieno")],
            vec![unsaid, draft(2, "Ben", "Otieno")],
        ] {
            assert_ne!(of(other), one);
        }
    }

    #[test]
    fn the_slices_of_a_request_are_its_rows_some_leaves_at_a_time() {
        let phone = |n: u64| Msisdn::from_digits(254_712_000_000 + n).unwrap();
        let draft = |n| ContactDraft { phone: Some(Phone::mobile(phone(n))), ..ContactDraft::default() };
        assert_eq!(sizes((0..5_000).map(draft).collect()), [5_000]);
        let many = sizes((0..20_000).map(draft).collect());
        assert!(many.len() == 5 && many.iter().all(|rows| *rows <= 5_000), "{many:?}");
        assert_eq!(many.iter().sum::<usize>(), 20_000);
        let of_a_leaf = (0..).map(phone).filter(|phone| domain::roster::leaf_of(*phone) < 2).take(15_000);
        let of_a_leaf = of_a_leaf
            .map(|phone| ContactDraft { phone: Some(Phone::mobile(phone)), ..ContactDraft::default() });
        assert_eq!(sizes(of_a_leaf.collect()).len(), 2, "a leaf is never split");
        assert!(sizes(Vec::new()).is_empty());
    }
}
