//! Finds and erases one person in deleted books whose contacts are not removed yet.
//!
//! Called only by the operator's commands. Nothing else reads a deleted book.

use domain::{ids::OrganisationId, keys::BookKey, msisdn::Msisdn, roster::RosterKey, timestamp::Timestamp};

use super::{
    contact::{Contact, contact_id},
    error::EditError,
    header::{Book, Header},
    keys::{REMOVALS, contact_key, header_key, removals_prefix},
    lease::busy,
    leaves::{read_leaves, write_leaves},
    removal::read_marker,
    store::AddressBooks,
};
use crate::{
    error::StoreError,
    outcome::Changed,
    retry::{RetryPolicy, Tries},
    table::Range,
};

impl AddressBooks {
    /// The deleted books of an organisation that still have items.
    pub async fn deleted(&self, organisation: OrganisationId) -> Result<Vec<BookKey>, StoreError> {
        let range = Range::of(REMOVALS).beginning_with(&removals_prefix(organisation));
        self.table.query(range).await?.into_iter().map(read_marker).collect()
    }

    /// The contact with a number in a deleted book, with the book before its deletion.
    pub async fn deleted_contact(
        &self,
        book: BookKey,
        phone: Msisdn,
    ) -> Result<Option<(Book, Contact)>, StoreError> {
        let Some(header) = self.table.get(&header_key(book)).await? else { return Ok(None) };
        let contact = contact_id(book.book, RosterKey::Phone(phone));
        let Some(record) = self.record(book, contact).await? else { return Ok(None) };
        Ok(Some((Header::from_item(header)?.book, record.into_contact())))
    }

    /// Erases a number from a deleted book: its contact, and its entry in the roster. The clock may remove the book at
    /// the same time.
    ///
    /// # Errors
    /// [`EditError::Busy`] while an edit that began before the deletion may still write the number.
    pub async fn erase_from_deleted(
        &self,
        book: BookKey,
        phone: Msisdn,
        now: Timestamp,
    ) -> Result<Changed, EditError> {
        let Some(header) = self.table.get(&header_key(book)).await? else { return Ok(Changed::NotFound) };
        let edit = Header::from_item(header)?.edit;
        if let Some(edit) = edit.filter(|edit| edit.until > now && !edit.leaves.is_empty()) {
            return Err(busy(&edit, now));
        }
        let (key, contact) = (RosterKey::Phone(phone), contact_id(book.book, RosterKey::Phone(phone)));
        let was_there = self.record(book, contact).await?.is_some();
        self.table.delete(&contact_key(book, contact)).await?;
        let mut tries = Tries::of("erasing a contact", RetryPolicy::CONTENTION);
        loop {
            let mut leaves = read_leaves(&self.table, book, &[key.leaf()]).await?;
            leaves.retain(|_, stored| stored.leaf.remove(key));
            if write_leaves(&self.table, book, &leaves).await? {
                break;
            }
            tries.pause().await.map_err(StoreError::from)?;
        }
        Ok(if was_there { Changed::Done } else { Changed::NotFound })
    }
}
