//! A book's header: its name, how many contacts each leaf has, and the edit under way.
//!
//! The edit's lease and the counts are in one item. So taking a lease is one conditional write, finishing an edit with
//! its new counts is another, and a reader of the header sees whether an edit was left unfinished.

use domain::{
    ids::BookId,
    keys::BookKey,
    packed::{PackedError, Reader, write_varint},
    roster::{LEAVES, Leaf},
    timestamp::{Millis, Timestamp},
};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

use super::keys::{LEAVES_PER_PARTITION, header_key};
use crate::{
    error::StoreError,
    item::{Item, from_item, to_item},
};

pub(super) const WHAT: &str = "an address book";

/// An address book.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Book {
    pub id: BookId,
    pub name: String,
    /// May be empty.
    pub description: String,
    /// Contacts, with and without a phone.
    pub contact_count: u64,
    /// Contacts without a phone.
    pub no_phone_count: u64,
    pub created_at: Timestamp,
    /// When the book, or one of its contacts, last changed.
    pub updated_at: Timestamp,
}

/// How many contacts a leaf has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct LeafCount {
    pub(super) contacts: u64,
    pub(super) phoneless: u64,
}

impl From<&Leaf> for LeafCount {
    fn from(leaf: &Leaf) -> Self {
        Self { contacts: leaf.contacts(), phoneless: leaf.phoneless_contacts() }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct LeafCounts(Box<[LeafCount; LEAVES]>);

impl Default for LeafCounts {
    fn default() -> Self {
        Self(Box::new([LeafCount::default(); LEAVES]))
    }
}

impl LeafCounts {
    pub(super) fn set(&mut self, leaf: u8, count: LeafCount) {
        self.0[leaf as usize] = count;
    }

    /// Contacts of each leaf, in the order of the leaves.
    pub(super) fn contacts(&self) -> impl Iterator<Item = (u8, u64)> {
        (0..=u8::MAX).zip(self.0.iter().map(|count| count.contacts))
    }

    /// The later partitions that hold contacts, in their order, and how many.
    pub(super) fn of_partitions_after(&self, partition: u8) -> impl Iterator<Item = (u8, u64)> {
        let leaves = self.0.chunks(usize::from(LEAVES_PER_PARTITION));
        let sizes = leaves.map(|leaves| leaves.iter().map(|count| count.contacts).sum::<u64>());
        (0..).zip(sizes).filter(move |&(later, contacts)| later > partition && contacts > 0)
    }

    fn total(&self) -> LeafCount {
        self.0.iter().fold(LeafCount::default(), |total, count| LeafCount {
            contacts: total.contacts + count.contacts,
            phoneless: total.phoneless + count.phoneless,
        })
    }

    /// Two varints a leaf: about 600 bytes in all for a book of any size.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LEAVES * 3);
        for count in self.0.iter() {
            write_varint(&mut bytes, count.contacts);
            write_varint(&mut bytes, count.phoneless);
        }
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, PackedError> {
        let mut reader = Reader::over(bytes);
        let mut counts = Self::default();
        for count in counts.0.iter_mut() {
            *count = LeafCount { contacts: count_in(&mut reader)?, phoneless: count_in(&mut reader)? };
        }
        reader.finish().map(|()| counts)
    }
}

/// A count has no checksum, so a count that no leaf can have is rejected before it is added up or memory is allocated
/// for it.
fn count_in(reader: &mut Reader<'_>) -> Result<u64, PackedError> {
    u32::try_from(reader.varint()?).map(u64::from).map_err(|_| PackedError::Corrupt)
}

/// How long an edit can block other edits.
pub const LEASE: Millis = Millis::from_secs(60);

/// An edit that is under way or was left unfinished.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Edit {
    pub(super) id: u64,
    /// After this instant no request works on the edit.
    pub(super) until: Timestamp,
    /// Leaves that it may have touched.
    pub(super) leaves: Vec<u8>,
}

/// The progress of an import of several slices.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct ImportProgress {
    /// Identifies the import's rows.
    pub(super) rows: ByteArray<16>,
    /// The slices, from the first, that are stored.
    pub(super) slices: u64,
}

/// All that a header item says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Header {
    pub(super) book: Book,
    pub(super) counts: LeafCounts,
    pub(super) edit: Option<Edit>,
    /// The edit that was finished last, by which a repeated call finds that its first attempt succeeded.
    pub(super) last_edit: Option<u64>,
    /// Until then a marker leads the clock to the book.
    pub(super) marked_until: Option<Timestamp>,
    /// The progress of an unfinished import, if no other edit was finished since.
    pub(super) import: Option<ImportProgress>,
    /// Deleted: requests no longer find it, and the clock removes its items.
    pub(super) deleted: bool,
}

#[derive(Serialize, Deserialize)]
struct HeaderRecord {
    id: BookId,
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    leaf_counts: Option<ByteBuf>,
    edit_id: Option<u64>,
    edit_until: Option<Timestamp>,
    edit_leaves: Option<ByteBuf>,
    last_edit: Option<u64>,
    marked_until: Option<Timestamp>,
    import_rows: Option<ByteArray<16>>,
    import_slices: Option<u64>,
    deleted_at: Option<Timestamp>,
}

impl Header {
    pub(super) fn item_of_new(key: BookKey, book: &Book) -> Result<Item, StoreError> {
        let record = HeaderRecord {
            id: book.id,
            name: book.name.clone(),
            description: book.description.clone(),
            created_at: book.created_at,
            updated_at: book.updated_at,
            leaf_counts: None,
            edit_id: None,
            edit_until: None,
            edit_leaves: None,
            last_edit: None,
            marked_until: None,
            import_rows: None,
            import_slices: None,
            deleted_at: None,
        };
        to_item(&header_key(key), WHAT, &record)
    }

    pub(super) fn from_item(item: Item) -> Result<Self, StoreError> {
        let record: HeaderRecord = from_item(WHAT, item)?;
        let counts = record.leaf_counts.map(|bytes| LeafCounts::from_bytes(&bytes)).transpose();
        let counts = counts.map_err(StoreError::unreadable(WHAT))?.unwrap_or_default();
        let LeafCount { contacts: contact_count, phoneless: no_phone_count } = counts.total();
        let HeaderRecord { id, name, description, created_at, updated_at, .. } = record;
        let edit = record.edit_id.map(|id| Edit {
            id,
            until: record.edit_until.unwrap_or_default(),
            leaves: record.edit_leaves.map(ByteBuf::into_vec).unwrap_or_default(),
        });
        Ok(Self {
            book: Book { id, name, description, contact_count, no_phone_count, created_at, updated_at },
            counts,
            edit,
            last_edit: record.last_edit,
            marked_until: record.marked_until,
            import: record
                .import_rows
                .zip(record.import_slices)
                .map(|(rows, slices)| ImportProgress { rows, slices }),
            deleted: record.deleted_at.is_some(),
        })
    }

    /// The unfinished edit whose lease has run out.
    pub(super) fn expired_edit(&self, now: Timestamp) -> Option<&Edit> {
        self.edit.as_ref().filter(|edit| edit.until <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaf_counts_are_read_as_they_were_written_and_are_added_up() {
        let mut counts = LeafCounts::default();
        counts.set(0, LeafCount { contacts: 5, phoneless: 1 });
        counts.set(255, LeafCount { contacts: 4_000, phoneless: 300 });
        assert_eq!(LeafCounts::from_bytes(&counts.to_bytes()), Ok(counts.clone()));
        assert_eq!(counts.total(), LeafCount { contacts: 4_005, phoneless: 301 });
        assert_eq!(LeafCounts::from_bytes(&[1, 2, 3]), Err(PackedError::Truncated));
    }

    #[test]
    fn damaged_counts_sum_up_or_are_refused() {
        let mut counts = LeafCounts::default();
        (0..=u8::MAX).for_each(|leaf| counts.set(leaf, LeafCount { contacts: 4_000, phoneless: 300 }));
        let seeds = vec![counts.to_bytes(), LeafCounts::default().to_bytes()];
        fuzzing::play(1_000, &fuzzing::inputs(seeds), |fuzzing::Input(bytes)| {
            let Ok(counts) = LeafCounts::from_bytes(&bytes) else { return Ok(()) };
            assert_eq!(LeafCounts::from_bytes(&counts.to_bytes()), Ok(counts.clone()));
            assert!(counts.total().contacts <= LEAVES as u64 * u64::from(u32::MAX));
            Ok(())
        });
        // Found by fuzzing: two leaves whose counts cannot be added up.
        let most = [&[255; 9][..], &[1, 0], &[255; 9], &[1, 0], &[0; 508]].concat();
        assert_eq!(LeafCounts::from_bytes(&most), Err(PackedError::Corrupt));
    }
}
