//! An organisation's address books: header, roster and contacts, a sixteenth of a book at a time and
//! leaf by leaf.

use futures_util::{StreamExt, stream};

use super::{
    CALLS_AT_ONCE, SIDE_BY_SIDE, Walk, in_order,
    organisations::partition,
    settled::{Judged, settled},
};
use crate::{
    error::AuditError,
    forms::{
        Item,
        book::{Book, ContactKey, Leaf, contact},
        item::sort_key,
    },
    judge::roster,
    limits::LEAVES_PER_PARTITION,
    place::Place,
    report::Rule,
    section::Section,
    tables::{Key, Range, Table, Tables},
};

const PREFIX: &str = "BOOK#";
const PARTITIONS: u8 = 16;

/// Judges every book of an organisation.
pub async fn look(walk: &Walk<'_>, id: &str) -> Result<Section, AuditError> {
    let mut section = Section::default();
    let mut pages = walk.tables.pages(Range::of(Table::AddressBooks, partition(id)).beginning_with(PREFIX));
    while let Some(page) = pages.next().await? {
        let looks: Vec<_> = page.into_iter().map(|header| one(walk, id, header)).collect();
        let mut looks = stream::iter(looks).buffer_unordered(SIDE_BY_SIDE);
        while let Some(look) = looks.next().await {
            section.absorb(look?);
        }
    }
    Ok(section)
}

async fn one(walk: &Walk<'_>, id: &str, header: Item) -> Result<Section, AuditError> {
    let anchor = Key::new(Table::AddressBooks, partition(id), sort_key(&header));
    let judged = settled(walk.tables, &anchor, Some(header), async |header| judge(walk, id, header).await);
    Ok(judged.await?.map_or_else(Section::unsettled, |judged| judged.section))
}

async fn judge(walk: &Walk<'_>, id: &str, header: Option<&Item>) -> Result<Judged<()>, AuditError> {
    let mut section = Section::default();
    let Some(header) = header else { return Ok(Judged { section, found: () }) };
    let name = sort_key(header).trim_start_matches(PREFIX).to_owned();
    let place = || Place::Book { organisation: id.to_owned(), book: name.clone() };
    section.seen.books = 1;
    let Some(book) = section.read(place, Book::read(header)) else {
        return Ok(Judged { section, found: () });
    };
    if book.id != name {
        section.find(Rule::Tenancy, place(), "its header names another book");
    }
    match &book.edit {
        Some(edit) if edit.until <= walk.now => {
            section.find(Rule::Edit, place(), "an edit was left unfinished, and nobody has repaired it");
        }
        // Its roster follows its contacts only when the edit is done.
        Some(_) => section.absorb(Section::unsettled()),
        // Deleted for everybody; its items are going.
        None if book.is_deleted => {}
        None => {
            let parts = (0..PARTITIONS).map(|part| judge_part(walk.tables, id, &book, part)).collect();
            for part in in_order(parts, CALLS_AT_ONCE).await? {
                section.absorb(part);
            }
        }
    }
    Ok(Judged { section, found: () })
}

/// A sixteenth of a book.
async fn judge_part(tables: &Tables, id: &str, book: &Book, part: u8) -> Result<Section, AuditError> {
    let mut section = Section::default();
    let place = || Place::Book { organisation: id.to_owned(), book: book.id.clone() };
    let first = part * LEAVES_PER_PARTITION;
    let (roster, contacts) = (format!("ROSTER#{id}#{}", book.id), format!("BOOK#{id}#{}#{part:x}", book.id));
    let range = Range::of(Table::AddressBooks, roster);
    let range =
        range.between(format!("L#{first:02x}"), format!("L#{:02x}", first + LEAVES_PER_PARTITION - 1));
    let mut part =
        Part { organisation: id, book, first, leaves: vec![Leaf::default(); LEAVES_PER_PARTITION.into()] };
    for item in tables.pages(range).all().await? {
        if let Some((leaf, read)) = section.read(place, Leaf::read(&item)) {
            part.set(leaf, read);
        }
    }
    let mut pages = tables.pages(Range::of(Table::AddressBooks, contacts).only("sk, v, phone, phoneless"));
    // Contacts come by id, and an id begins with its leaf: one leaf's are in memory at a time.
    let (mut leaf, mut keys) = (first, Vec::new());
    while let Some(page) = pages.next().await? {
        for item in &page {
            let Some((of, key)) = section.read(place, contact(item)) else { continue };
            while leaf < of && leaf < part.last() {
                part.judge_leaf(leaf, &std::mem::take(&mut keys), &mut section);
                leaf += 1;
            }
            keys.push(key);
        }
    }
    while leaf < part.last() {
        part.judge_leaf(leaf, &std::mem::take(&mut keys), &mut section);
        leaf += 1;
    }
    part.judge_leaf(leaf, &keys, &mut section);
    Ok(section)
}

/// The leaves of a sixteenth of a book's roster.
struct Part<'a> {
    organisation: &'a str,
    book: &'a Book,
    first: u8,
    leaves: Vec<Leaf>,
}

impl Part<'_> {
    const fn last(&self) -> u8 {
        self.first + (LEAVES_PER_PARTITION - 1)
    }

    fn set(&mut self, leaf: u8, read: Leaf) {
        if let Some(place) = self.leaves.get_mut(usize::from(leaf - self.first)) {
            *place = read;
        }
    }

    fn judge_leaf(&self, leaf: u8, contacts: &[ContactKey], section: &mut Section) {
        section.seen.contacts += contacts.len() as u64;
        let empty = Leaf::default();
        let packed = self.leaves.get(usize::from(leaf - self.first)).unwrap_or(&empty);
        let counted = self.book.counts.get(usize::from(leaf)).copied().unwrap_or_default();
        for what in roster::judge(leaf, packed, contacts, counted) {
            let (organisation, book) = (self.organisation.to_owned(), self.book.id.clone());
            section.find(Rule::Roster, Place::Leaf { organisation, book, leaf }, what);
        }
    }
}
