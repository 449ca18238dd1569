//! Keys of a book's items.
//!
//! ```text
//! pk                      sk                item
//! ORG#<org>               BOOK#<book>       header: name, counts of every leaf, the edit under way
//! ROSTER#<org>#<book>     L#<leaf>          packed keys of one roster leaf
//! BOOK#<org>#<book>#<h>   <contact id>      a contact; h is the first hex digit of its id
//! REMOVALS                <org>#<book>      marker of a deleted book whose items are being removed
//! EDITS                   <t>#<org>#<book>  marker of a book whose edits end before the time t
//! IMPORTS#<org>           <mode>#<n>        slot of a long import
//! ```
//! A contact's id begins with the number of its leaf. So the contacts of a leaf are neighbours, in one of 16
//! partitions: enough for the write rate of any import, and few enough to read page by page.

use domain::{
    api_key::KeyMode,
    ids::{ContactId, OrganisationId},
    keys::BookKey,
    timestamp::Timestamp,
};

use crate::{
    item::Key,
    keys::{leaf_place, organisation_partition},
};

/// Prefix of the sort key of a book's header.
pub(super) const HEADER_PREFIX: &str = "BOOK#";
/// Leaves whose contacts share a partition.
pub(super) const LEAVES_PER_PARTITION: u8 = 16;
/// Partitions of a book's contacts.
pub(super) const CONTACT_PARTITIONS: u8 = 16;

pub(super) fn header_key(key: BookKey) -> Key {
    Key::new(organisation_partition(key.organisation), format!("{HEADER_PREFIX}{}", key.book))
}

/// The partition of the markers of deleted books of all organisations, which the clock reads.
pub(super) const REMOVALS: &str = "REMOVALS";

pub(super) fn removal_key(key: BookKey) -> Key {
    Key::new(REMOVALS, format!("{}#{}", key.organisation, key.book))
}

/// Prefix of the sort keys of an organisation's markers.
pub(super) fn removals_prefix(organisation: OrganisationId) -> String {
    format!("{organisation}#")
}

/// The book that the key of a removal's marker names.
pub(super) fn book_of_removal(key: &Key) -> Option<BookKey> {
    book_in(&key.sk)
}

fn book_in(text: &str) -> Option<BookKey> {
    let (organisation, book) = text.split_once('#')?;
    Some(BookKey { organisation: organisation.parse().ok()?, book: book.parse().ok()? })
}

/// The partition of the markers of edits of all organisations, ordered by the end of the edits.
pub(super) const EDITS: &str = "EDITS";

pub(super) fn marker_key(key: BookKey, until: Timestamp) -> Key {
    Key::new(EDITS, format!("{:015}#{}#{}", until.millis(), key.organisation, key.book))
}

/// The place after every marker that ends before a time.
pub(super) fn markers_until(until: Timestamp) -> String {
    format!("{:015}", until.millis())
}

/// The book and the end that a marker's key names.
pub(super) fn marked_book(key: &Key) -> Option<(BookKey, Timestamp)> {
    let (until, book) = key.sk.split_once('#')?;
    Some((book_in(book)?, Timestamp::from_millis(until.parse().ok()?)))
}

pub(super) fn slot_key(organisation: OrganisationId, mode: KeyMode, place: u8) -> Key {
    Key::new(format!("IMPORTS#{organisation}"), format!("{}#{place}", mode.as_str()))
}

pub(super) fn roster_partition(key: BookKey) -> String {
    format!("ROSTER#{}#{}", key.organisation, key.book)
}

pub(super) fn leaf_key(key: BookKey, leaf: u8) -> Key {
    Key::new(roster_partition(key), leaf_place(leaf))
}

pub(super) fn contacts_partition(key: BookKey, partition: u8) -> String {
    format!("BOOK#{}#{}#{partition:x}", key.organisation, key.book)
}

pub(super) fn contact_key(key: BookKey, contact: ContactId) -> Key {
    Key::new(contacts_partition(key, partition_of(leaf_of_contact(contact))), contact.to_string())
}

/// The sort key before the ids of a leaf's contacts.
pub(super) fn first_contact_of(leaf: u8) -> String {
    format!("{leaf:02x}")
}

/// The partition of a leaf's contacts.
pub(super) const fn partition_of(leaf: u8) -> u8 {
    leaf / LEAVES_PER_PARTITION
}

pub(super) const fn leaf_of_contact(contact: ContactId) -> u8 {
    contact.0.as_bytes()[0]
}
