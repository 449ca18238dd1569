//! Contacts come into a book: all rows of a request in one edit.

use std::collections::{BTreeMap, BTreeSet, HashMap, btree_map::Entry};

use domain::{
    ids::{BookId, ContactId, OrganisationId},
    roster::RosterKey,
    timestamp::Timestamp,
};

use super::{
    AddressBooks,
    contact::{ContactDraft, ContactRecord, contact_id, phoneless_key},
    error::EditError,
    keys::BookKeys,
    lease::{Lease, within_time},
    leaves::{StoredLeaf, read_leaves, write_leaves},
};
use crate::{error::StoreError, item::Item};

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

/// Rows by what they are known by: as importing one after another would leave them.
#[derive(Default)]
struct Rows {
    by_key: BTreeMap<RosterKey, ContactDraft>,
    duplicates: u64,
}

/// What is to be written.
struct Plan {
    contacts: Vec<Item>,
    leaves: BTreeMap<u8, StoredLeaf>,
    report: Imported,
}

impl AddressBooks {
    /// Adds contacts and updates those the book has. Importing the same again changes nothing.
    pub async fn import(
        &self,
        organisation: OrganisationId,
        book: BookId,
        drafts: Vec<ContactDraft>,
        now: Timestamp,
    ) -> Result<Imported, EditError> {
        let rows = Rows::fold(drafts);
        let leaves: BTreeSet<u8> = rows.by_key.keys().map(|key| key.leaf()).collect();
        let leaves: Vec<u8> = leaves.into_iter().collect();
        within_time(async {
            let lease = self.take(BookKeys { organisation, book }, &leaves, now).await?;
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
        let leaves = read_leaves(&self.table, &lease.keys, leaves).await?;
        let standing = self.standing_contacts(&lease.keys, &rows, &leaves).await?;
        let plan = plan(&lease.keys, rows, leaves, standing, now)?;
        let changed = (!plan.contacts.is_empty()).then_some(now);
        self.table.put_many(plan.contacts).await?;
        if !write_leaves(&self.table, &lease.keys, &plan.leaves).await? {
            return Err(EditError::Interrupted);
        }
        let mut counts = lease.counts.clone();
        for (&leaf, stored) in &plan.leaves {
            counts.set(leaf, (&stored.leaf).into());
        }
        self.finish(lease, &counts, changed).await?;
        Ok(plan.report)
    }

    /// The contacts of these rows that the book has: only those are read.
    async fn standing_contacts(
        &self,
        keys: &BookKeys,
        rows: &Rows,
        leaves: &BTreeMap<u8, StoredLeaf>,
    ) -> Result<HashMap<ContactId, ContactRecord>, StoreError> {
        let known = rows.by_key.keys().filter(|key| is_known(leaves, **key));
        let wanted = known.map(|&key| keys.contact(contact_id(keys.book, key))).collect();
        let items = self.table.get_many(wanted, None).await?;
        items
            .into_iter()
            .map(|item| ContactRecord::from_item(item).map(|record| (record.id(), record)))
            .collect()
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

fn is_known(leaves: &BTreeMap<u8, StoredLeaf>, key: RosterKey) -> bool {
    leaves.get(&key.leaf()).is_some_and(|stored| stored.leaf.contains(key))
}

/// Decides what an import writes: contacts that are new or say something new, leaves with new keys.
fn plan(
    keys: &BookKeys,
    rows: Rows,
    mut leaves: BTreeMap<u8, StoredLeaf>,
    mut standing: HashMap<ContactId, ContactRecord>,
    now: Timestamp,
) -> Result<Plan, StoreError> {
    let mut report = Imported { duplicates: rows.duplicates, ..Imported::default() };
    let mut contacts = Vec::new();
    let mut new_keys: BTreeMap<u8, Vec<RosterKey>> = BTreeMap::new();
    for (key, draft) in rows.by_key {
        let id = contact_id(keys.book, key);
        let known = standing.remove(&id);
        let is_new = known.is_none();
        let mut record = known.unwrap_or_else(|| ContactRecord::new(id, key, now));
        let changed = record.overlay(draft, now) || is_new;
        if changed {
            contacts.push(record.to_item(keys)?);
        }
        report.added += u64::from(is_new);
        report.updated += u64::from(!is_new);
        report.unchanged += u64::from(!changed);
        if is_new {
            new_keys.entry(key.leaf()).or_default().push(key);
        }
    }
    leaves.retain(|leaf, stored| {
        let new = new_keys.remove(leaf);
        new.map(|new| stored.leaf.insert_all(new)).is_some()
    });
    Ok(Plan { contacts, leaves, report })
}
