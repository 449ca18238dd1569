//! Lists contacts page by page, and removes single ones.

use domain::{ids::ContactId, keys::BookKey, timestamp::Timestamp};
use futures_util::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use super::{
    contact::{Contact, ContactRecord},
    error::EditError,
    header::{Book, Header, LeafCounts},
    keys::{
        CONTACT_PARTITIONS, LEAVES_PER_PARTITION, contact_key, contacts_partition, first_contact_of,
        leaf_of_contact, partition_of,
    },
    lease::{Lease, within_time},
    leaves::{read_leaves, write_leaves},
    store::AddressBooks,
};
use crate::{
    error::StoreError,
    outcome::Changed,
    page::{ListPage, ListRequest, PageStart, Position},
    table::Range,
};

/// A leaf's place in a position: an id begins with the number of its leaf.
const LEAF_SHIFT: u32 = u128::BITS - u8::BITS;
/// Below the first contact of a partition and above the last: ids are hexadecimal. DynamoDB takes no empty text here.
const BEFORE_EVERY_ID: &str = "0";
const AFTER_EVERY_ID: &str = "g";

/// The part of a page that is in one partition: its contacts from a place on, without the first `skipped`.
#[derive(Debug, PartialEq, Eq)]
struct Span {
    partition: u8,
    from: String,
    skipped: u64,
    taken: u64,
}

impl AddressBooks {
    /// A page of a book's contacts, in the order of their ids; `None` if the book does not exist. Every page costs
    /// about the same, because the counts of the leaves show which partitions it is in.
    ///
    /// While an edit is under way, a page by number may miss or repeat contacts that the edit changes. Pages after a
    /// position do not.
    pub async fn contacts(
        &self,
        book: BookKey,
        request: ListRequest,
        now: Timestamp,
    ) -> Result<Option<(Book, ListPage<Contact>)>, StoreError> {
        let Some(header) = self.header(book, now).await? else { return Ok(None) };
        let ListRequest { start, page_size } = request;
        let page = match start {
            PageStart::Skipping(skipped) => self.page_skipping(book, &header, skipped, page_size).await?,
            PageStart::Beginning => self.page_after(book, &header, None, page_size).await?,
            PageStart::After(position) => self.page_after(book, &header, Some(position), page_size).await?,
        };
        Ok(Some((header.book, page)))
    }

    async fn page_skipping(
        &self,
        book: BookKey,
        header: &Header,
        skipped: u64,
        page_size: u64,
    ) -> Result<ListPage<Contact>, StoreError> {
        let spans = spans(&header.counts, skipped, page_size);
        let last_partition = spans.last().map(|span| span.partition);
        let results = self.read_spans(book, spans).await?;
        let total = header.book.contact_count;
        let is_last = skipped.saturating_add(page_size) >= total;
        let last = results.last().map(position_of).or_else(|| last_partition.map(end_of_partition));
        Ok(ListPage { total, results, next: last.filter(|_| !is_last) })
    }

    /// Reads one contact more than the page has, to see whether another page follows.
    async fn page_after(
        &self,
        book: BookKey,
        header: &Header,
        after: Option<Position>,
        page_size: u64,
    ) -> Result<ListPage<Contact>, StoreError> {
        let wanted = page_size + 1;
        let first = first_span(after, wanted);
        let mut last_partition = first.partition;
        let mut results = self.read_span(book, first).await?;
        let missing = wanted.saturating_sub(results.len() as u64);
        if missing > 0 {
            let spans = following_spans(&header.counts, last_partition, missing);
            last_partition = spans.last().map_or(last_partition, |span| span.partition);
            results.extend(self.read_spans(book, spans).await?);
        }
        let next = if results.len() as u64 > page_size {
            results.truncate(page_size as usize);
            results.last().map(position_of)
        } else {
            let rest = header.counts.of_partitions_after(last_partition).any(|(_, contacts)| contacts > 0);
            rest.then(|| end_of_partition(last_partition))
        };
        Ok(ListPage { total: header.book.contact_count, results, next })
    }

    async fn read_spans(&self, book: BookKey, spans: Vec<Span>) -> Result<Vec<Contact>, StoreError> {
        let reads: Vec<_> = spans.into_iter().map(|span| self.read_span(book, span)).collect();
        let spans: Vec<Vec<Contact>> =
            stream::iter(reads).buffered(usize::from(CONTACT_PARTITIONS)).try_collect().await?;
        Ok(spans.into_iter().flatten().collect())
    }

    async fn read_span(&self, book: BookKey, span: Span) -> Result<Vec<Contact>, StoreError> {
        let range = Range::of(contacts_partition(book, span.partition))
            .between(&span.from, AFTER_EVERY_ID)
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
            self.finish(lease, &lease.counts, None, None).await?;
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
        self.finish(lease, &counts, Some(now), None).await?;
        Ok(Changed::Done)
    }
}

/// A contact's id as its position.
fn position_of(contact: &Contact) -> Position {
    Position(contact.id.0.as_u128())
}

/// The position after every contact of a partition.
fn end_of_partition(partition: u8) -> Position {
    let last_leaf =
        u128::from(partition) * u128::from(LEAVES_PER_PARTITION) + u128::from(LEAVES_PER_PARTITION) - 1;
    Position(last_leaf << LEAF_SHIFT | u128::MAX >> u8::BITS)
}

/// The partitions and offsets of a page by number, from the counts of the leaves.
fn spans(counts: &LeafCounts, mut skipped: u64, page_size: u64) -> Vec<Span> {
    let mut left = page_size;
    let mut spans: Vec<Span> = Vec::new();
    for (leaf, contacts) in counts.contacts() {
        let taken = contacts.saturating_sub(skipped).min(left);
        match spans.last_mut().filter(|span| span.partition == partition_of(leaf)) {
            Some(span) => span.taken += taken,
            None if taken > 0 => {
                let (partition, from) = (partition_of(leaf), first_contact_of(leaf));
                spans.push(Span { partition, from, skipped, taken });
            }
            None => {}
        }
        left -= taken;
        skipped = skipped.saturating_sub(contacts);
    }
    spans
}

/// The partition in which a page after a position begins.
fn first_span(after: Option<Position>, wanted: u64) -> Span {
    let Some(Position(position)) = after else {
        return Span { partition: 0, from: BEFORE_EVERY_ID.to_owned(), skipped: 0, taken: wanted };
    };
    let id = ContactId(Uuid::from_u128(position));
    // The lowest text above the id, because no id is a prefix of another.
    let from = format!("{id}!");
    Span { partition: partition_of(leaf_of_contact(id)), from, skipped: 0, taken: wanted }
}

/// Later partitions that together have enough contacts. Each is asked for the full number, because its count may be
/// older than its contacts.
fn following_spans(counts: &LeafCounts, partition: u8, mut missing: u64) -> Vec<Span> {
    let wanted = missing;
    let mut spans = Vec::new();
    for (partition, contacts) in counts.of_partitions_after(partition) {
        if missing == 0 {
            break;
        }
        spans.push(Span { partition, from: BEFORE_EVERY_ID.to_owned(), skipped: 0, taken: wanted });
        missing = missing.saturating_sub(contacts);
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

    fn span(leaf: u8, skipped: u64, taken: u64) -> Span {
        Span { partition: partition_of(leaf), from: first_contact_of(leaf), skipped, taken }
    }

    #[test]
    fn a_page_by_number_reads_only_its_own_partitions() {
        let counts = counts(&[(0, 3), (2, 4), (16, 5), (255, 1)]);
        assert_eq!(spans(&counts, 0, 5), [span(0, 0, 5)]);
        assert_eq!(spans(&counts, 5, 5), [span(2, 2, 2), span(16, 0, 3)]);
        assert_eq!(spans(&counts, 10, 5), [span(16, 3, 2), span(255, 0, 1)]);
        assert_eq!(spans(&counts, 15, 5), []);
        assert_eq!(spans(&counts, u64::MAX, 500), []);
    }

    #[test]
    fn a_page_after_a_position_reads_later_partitions_until_it_has_enough() {
        let counts = counts(&[(0, 3), (16, 5), (17, 1), (40, 4), (255, 1)]);
        let partitions = |partition, missing| {
            let spans = following_spans(&counts, partition, missing);
            spans.iter().map(|span| (span.partition, span.taken)).collect::<Vec<_>>()
        };
        assert_eq!(partitions(0, 6), [(1, 6)]);
        assert_eq!(partitions(0, 7), [(1, 7), (2, 7)]);
        assert_eq!(partitions(1, 100), [(2, 100), (15, 100)]);
        assert_eq!(partitions(15, 1), []);
        let id = Uuid::from_u128(0x11_u128 << 120 | 7);
        let first = first_span(Some(Position(id.as_u128())), 9);
        assert_eq!((first.partition, first.from.as_str()), (1, format!("{id}!").as_str()));
        for partition in 0..CONTACT_PARTITIONS {
            let end = first_span(Some(end_of_partition(partition)), 1);
            assert_eq!((end.partition, &end.from[..2]), (partition, format!("{partition:x}f").as_str()));
        }
    }
}
