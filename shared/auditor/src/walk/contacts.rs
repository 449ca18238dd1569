//! A book's contacts against its roster: partitions side by side, each leaf by leaf.

use std::collections::HashMap;

use super::side_by_side::{CALLS_AT_ONCE, in_order};
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
    tables::{Range, Table, Tables},
};

const PARTITIONS: u8 = 16;

/// A book with its packed roster: some three bytes a contact.
struct Packed<'a> {
    organisation: &'a str,
    book: &'a Book,
    /// Items of leaves by sort key.
    leaves: HashMap<String, Item>,
}

/// The contacts of one leaf that were read so far.
struct Gathered {
    leaf: u8,
    keys: Vec<ContactKey>,
    /// Whether a contact cannot be read, so that the leaf cannot be judged.
    is_partial: bool,
}

/// Judges a book that no request is editing.
pub async fn judge(tables: &Tables, id: &str, book: &Book) -> Result<Section, AuditError> {
    let roster =
        tables.pages(Range::of(Table::AddressBooks, format!("ROSTER#{id}#{}", book.id))).all().await?;
    let leaves = roster.into_iter().map(|item| (sort_key(&item).to_owned(), item)).collect();
    let packed = Packed { organisation: id, book, leaves };
    let mut section = Section::default();
    let parts = (0..PARTITIONS).map(|partition| packed.judge_partition(tables, partition)).collect();
    for part in in_order(parts, CALLS_AT_ONCE).await? {
        section.absorb(part);
    }
    Ok(section)
}

impl Packed<'_> {
    /// Contacts come by id, and an id begins with its leaf, so only those of one leaf are in memory at a time.
    async fn judge_partition(&self, tables: &Tables, partition: u8) -> Result<Section, AuditError> {
        let mut section = Section::default();
        let contacts = format!("BOOK#{}#{}#{partition:x}", self.organisation, self.book.id);
        let range = Range::of(Table::AddressBooks, contacts).only("sk, v, phone, line, phoneless");
        let first = partition * LEAVES_PER_PARTITION;
        let last = first + (LEAVES_PER_PARTITION - 1);
        let mut gathered = Gathered::of(first);
        let mut pages = tables.pages(range);
        while let Some(page) = pages.next().await? {
            for item in &page {
                let read = section.read(|| self.place(), contact(item));
                let leaf = read.map_or(gathered.leaf, |(leaf, _)| leaf.clamp(gathered.leaf, last));
                self.judge_until(leaf, &mut gathered, &mut section);
                gathered.keys.extend(read.map(|(_, key)| key));
                gathered.is_partial |= read.is_none();
            }
        }
        self.judge_until(last, &mut gathered, &mut section);
        self.judge_leaf(&gathered, &mut section);
        Ok(section)
    }

    /// Judges the leaves before this one, which are complete.
    fn judge_until(&self, leaf: u8, gathered: &mut Gathered, section: &mut Section) {
        while gathered.leaf < leaf {
            self.judge_leaf(gathered, section);
            *gathered = Gathered::of(gathered.leaf + 1);
        }
    }

    fn judge_leaf(&self, gathered: &Gathered, section: &mut Section) {
        let Gathered { leaf, keys, is_partial } = gathered;
        section.seen.contacts += keys.len() as u64;
        let stored = self.leaves.get(&format!("L#{leaf:02x}")).map(Leaf::read).transpose();
        let place = || Place::Leaf {
            organisation: self.organisation.to_owned(),
            book: self.book.id.clone(),
            leaf: *leaf,
        };
        let Some(stored) = section.read(place, stored).filter(|_| !is_partial) else { return };
        let counted = self.book.counts.get(usize::from(*leaf)).copied().unwrap_or_default();
        for what in roster::judge(*leaf, &stored.unwrap_or_default(), keys, counted) {
            section.find(Rule::Roster, place(), what);
        }
    }

    fn place(&self) -> Place {
        Place::Book { organisation: self.organisation.to_owned(), book: self.book.id.clone() }
    }
}

impl Gathered {
    const fn of(leaf: u8) -> Self {
        Self { leaf, keys: Vec::new(), is_partial: false }
    }
}
