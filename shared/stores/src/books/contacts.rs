//! Contacts are browsed by page, and removed one by one.

use domain::{ids::ContactId, keys::BookKey, timestamp::Timestamp};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    contact::{Contact, ContactRecord},
    error::EditError,
    header::{Book, LeafCounts},
    keys::{
        CONTACT_PARTITIONS, contact_key, contacts_partition, first_contact_of, leaf_of_contact, partition_of,
    },
    lease::{Lease, within_time},
    leaves::{read_leaves, write_leaves},
    store::AddressBooks,
};
use crate::{
    error::StoreError,
    outcome::Changed,
    page::{Page, PageRequest},
    table::Range,
};

/// Above the last contact of a partition: ids are hexadecimal.
const AFTER_EVERY_ID: &str = "g";

/// The part of a page that stands in one partition: from a leaf on, past some contacts, so many.
#[derive(Debug, PartialEq, Eq)]
struct Span {
    first_leaf: u8,
    skipped: u64,
    taken: u64,
}

impl AddressBooks {
    /// A page of a book's contacts, in the order of their ids; `None` where there is no such book. Every
    /// page costs the same: the counts of the leaves say where it begins.
    ///
    /// While an edit is under way a page may be short of, or repeat, what that edit changes.
    pub async fn contacts(
        &self,
        book: BookKey,
        page: PageRequest,
        now: Timestamp,
    ) -> Result<Option<(Book, Page<Contact>)>, StoreError> {
        let Some(header) = self.header(book, now).await? else { return Ok(None) };
        let reads: Vec<_> =
            spans(&header.counts, page).into_iter().map(|span| self.read_span(book, span)).collect();
        let spans: Vec<Vec<Contact>> =
            stream::iter(reads).buffered(usize::from(CONTACT_PARTITIONS)).try_collect().await?;
        let page = Page { total: header.book.contact_count, results: spans.into_iter().flatten().collect() };
        Ok(Some((header.book, page)))
    }

    async fn read_span(&self, book: BookKey, span: Span) -> Result<Vec<Contact>, StoreError> {
        let range = Range::of(contacts_partition(book, partition_of(span.first_leaf)))
            .between(&first_contact_of(span.first_leaf), AFTER_EVERY_ID)
            .limit(span.skipped + span.taken);
        let items = self.table.query(range).await?.into_iter().skip(span.skipped as usize);
        items.map(|item| Ok(ContactRecord::from_item(item)?.into_contact())).collect()
    }

    /// Removes a contact.
    pub async fn delete_contact(
        &self,
        book: BookKey,
        contact: ContactId,
        now: Timestamp,
    ) -> Result<Changed, EditError> {
        within_time(async {
            let lease = self.take(book, &[leaf_of_contact(contact)], now).await?;
            self.remove_contact(&lease, contact, now).await
        })
        .await
    }

    /// Leaf first, then the contact: a roster never names a contact that is not there.
    async fn remove_contact(
        &self,
        lease: &Lease,
        contact: ContactId,
        now: Timestamp,
    ) -> Result<Changed, EditError> {
        let Some(item) = self.table.get(&contact_key(lease.book, contact)).await? else {
            self.finish(lease, &lease.counts, None).await?;
            return Ok(Changed::NotFound);
        };
        let key = ContactRecord::from_item(item)?.key()?;
        let mut leaves = read_leaves(&self.table, lease.book, &[key.leaf()]).await?;
        let mut counts = lease.counts.clone();
        for (&leaf, stored) in &mut leaves {
            stored.leaf.remove(key);
            counts.set(leaf, (&stored.leaf).into());
        }
        if !write_leaves(&self.table, lease.book, &leaves).await? {
            return Err(EditError::Interrupted);
        }
        self.table.delete(&contact_key(lease.book, contact)).await?;
        self.finish(lease, &counts, Some(now)).await?;
        Ok(Changed::Done)
    }
}

/// Where a page's contacts stand, by the counts of the leaves.
fn spans(counts: &LeafCounts, page: PageRequest) -> Vec<Span> {
    let (mut skipped, mut left) = (page.skipped(), page.page_size);
    let mut spans: Vec<Span> = Vec::new();
    for (leaf, contacts) in counts.contacts() {
        let taken = contacts.saturating_sub(skipped).min(left);
        match spans.last_mut().filter(|span| partition_of(span.first_leaf) == partition_of(leaf)) {
            Some(span) => span.taken += taken,
            None if taken > 0 => spans.push(Span { first_leaf: leaf, skipped, taken }),
            None => {}
        }
        left -= taken;
        skipped = skipped.saturating_sub(contacts);
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::{super::header::LeafCount, *};

    fn counts(of: &[(u8, u64)]) -> LeafCounts {
        let mut counts = LeafCounts::default();
        for &(leaf, contacts) in of {
            counts.set(leaf, LeafCount { contacts, phoneless: 0 });
        }
        counts
    }

    fn page(page: u64, page_size: u64) -> PageRequest {
        PageRequest { page, page_size }
    }

    #[test]
    fn a_page_reads_only_where_it_stands() {
        let counts = counts(&[(0, 3), (2, 4), (16, 5), (255, 1)]);
        let span = |first_leaf, skipped, taken| Span { first_leaf, skipped, taken };
        assert_eq!(spans(&counts, page(1, 5)), [span(0, 0, 5)]);
        assert_eq!(spans(&counts, page(2, 5)), [span(2, 2, 2), span(16, 0, 3)]);
        assert_eq!(spans(&counts, page(3, 5)), [span(16, 3, 2), span(255, 0, 1)]);
        assert_eq!(spans(&counts, page(4, 5)), []);
        assert_eq!(spans(&counts, page(u64::MAX, 500)), []);
    }
}
