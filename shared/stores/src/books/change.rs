//! Changes one contact in one transaction, without a lease.
//!
//! The transaction writes the contact, the leaves of its old and its new number, and the header, so that after a crash
//! the contact is either unchanged or completely changed. Its condition is that no edit is under way and that none was
//! finished since the header was read: every edit leaves its id in the header. So a change and an import at the same
//! time lose nothing: the later of the two reads what the other wrote.

use std::collections::BTreeSet;

use domain::{
    ids::ContactId,
    keys::BookKey,
    timestamp::{Millis, Timestamp},
};
use platform::random;

use super::{
    contact::{Contact, ContactRecord, changed::ContactChange},
    error::EditError,
    header::{Header, LeafCounts},
    keys::{contact_key, header_key},
    lease::{WAIT, binary, busy, within_time},
    leaves::{leaf_write, read_leaves},
    store::AddressBooks,
};
use crate::{
    error::StoreError,
    item::number,
    retry::Tries,
    table::{Change, Write},
};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ContactChanged {
    /// The contact after the change. If its number or names changed, its id did too.
    Done(Contact),
    /// The book has no such contact.
    NotFound,
    /// Another contact of the book already has this number or, without a number, these names and this e-mail address.
    Taken(ContactId),
    /// Refused: the contact would have neither a phone number nor a name or an e-mail address.
    KnownByNothing,
}

/// Seconds after which a change that kept conflicting with others can be repeated.
const RETRY_SECS: u32 = 1;

impl AddressBooks {
    /// Changes a contact. Waits for an edit that is under way, as another edit does.
    pub async fn change_contact(
        &self,
        book: BookKey,
        contact: ContactId,
        change: &ContactChange,
        now: Timestamp,
    ) -> Result<ContactChanged, EditError> {
        within_time(async {
            let mut tries = Tries::of("changing a contact", WAIT);
            loop {
                let now = now.plus(Millis(tries.elapsed().as_millis() as i64));
                let header = self.header(book, now).await?.ok_or(EditError::NotFound)?;
                if header.edit.is_none()
                    && let Some(changed) = self.try_change(book, &header, contact, change, now).await?
                {
                    return Ok(changed);
                }
                let refused = || match &header.edit {
                    Some(edit) => busy(edit, now),
                    None => EditError::Busy { retry_after_secs: RETRY_SECS },
                };
                tries.pause().await.map_err(|_| refused())?;
            }
        })
        .await
    }

    /// Changes a contact if no edit is under way; `None` if an edit came in between.
    async fn try_change(
        &self,
        book: BookKey,
        header: &Header,
        contact: ContactId,
        change: &ContactChange,
        now: Timestamp,
    ) -> Result<Option<ContactChanged>, StoreError> {
        let Some(before) = self.record(book, contact).await? else {
            return Ok(Some(ContactChanged::NotFound));
        };
        let Some(after) = before.changed(book.book, change, now)? else {
            return Ok(Some(ContactChanged::KnownByNothing));
        };
        if after == before {
            return Ok(Some(ContactChanged::Done(before.into_contact())));
        }
        let mut counts = header.counts.clone();
        let mut writes = self.contact_writes(book, &before, &after)?;
        if after.entry()? != before.entry()? {
            match self.leaf_writes(book, &before, &after, &mut counts).await? {
                Some(leaves) => writes.extend(leaves),
                None => return Ok(Some(ContactChanged::Taken(after.id()))),
            }
        }
        let header = self.header_write(book, header, &counts, now)?;
        let written = self.table.transact([writes, vec![header]].concat()).await?;
        Ok(written.is_ok().then(|| ContactChanged::Done(after.into_contact())))
    }

    fn contact_writes(
        &self,
        book: BookKey,
        before: &ContactRecord,
        after: &ContactRecord,
    ) -> Result<Vec<Write>, StoreError> {
        let (item, only_if_known) = (after.to_item(book)?, Change::only_if("attribute_exists(pk)"));
        if after.id() == before.id() {
            return Ok(vec![self.table.write_put(item, only_if_known)?]);
        }
        let delete = self.table.write_delete(&contact_key(book, before.id()), only_if_known)?;
        Ok(vec![self.table.write_new(item)?, delete])
    }

    /// The writes of the roster's leaves, needed if the contact's key or its number's type changes. `None` if another
    /// contact has the new key.
    async fn leaf_writes(
        &self,
        book: BookKey,
        before: &ContactRecord,
        after: &ContactRecord,
        counts: &mut LeafCounts,
    ) -> Result<Option<Vec<Write>>, StoreError> {
        let (old, new) = (before.key()?, after.key()?);
        let wanted: Vec<u8> = BTreeSet::from([old.leaf(), new.leaf()]).into_iter().collect();
        let mut leaves = read_leaves(&self.table, book, &wanted).await?;
        let has_new = leaves.get(&new.leaf()).is_some_and(|stored| stored.leaf.contains(new));
        if has_new && new != old {
            return Ok(None);
        }
        let mut writes = Vec::with_capacity(leaves.len());
        for (&leaf, stored) in &mut leaves {
            stored.leaf.remove(old);
            if leaf == new.leaf() {
                stored.leaf.insert_all([after.entry()?]);
            }
            counts.set(leaf, (&stored.leaf).into());
            writes.push(leaf_write(&self.table, book, leaf, stored)?);
        }
        Ok(Some(writes))
    }

    /// The write of the header, which is refused if an edit began or was finished since it was read.
    fn header_write(
        &self,
        book: BookKey,
        header: &Header,
        counts: &LeafCounts,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        let last = header.last_edit.map_or("attribute_not_exists(last_edit)", |_| "last_edit = :last");
        let condition = format!(
            "attribute_exists(pk) AND attribute_not_exists(deleted_at) AND attribute_not_exists(edit_id) AND {last}"
        );
        const UPDATE: &str = "SET leaf_counts = :counts, last_edit = :edit, updated_at = :now \
                              REMOVE import_rows, import_slices";
        let mut change = Change::new(UPDATE)
            .when(condition)
            .value(":counts", binary(counts.to_bytes()))
            .value(":edit", number(random::token()?))
            .value(":now", number(now.millis()));
        if let Some(last) = header.last_edit {
            change = change.value(":last", number(last));
        }
        self.table.write_change(&header_key(book), change)
    }
}
