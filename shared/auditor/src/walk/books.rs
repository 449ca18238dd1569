//! An organisation's address books, by their headers.

use futures_util::{StreamExt, stream};

use super::{
    contacts,
    keys::{REMOVALS, partition},
    scope::Scope,
    settled::{Judged, settled},
    side_by_side::SIDE_BY_SIDE,
};
use crate::{
    error::AuditError,
    forms::{Item, book::Book, item::sort_key},
    limits::GRACE,
    place::Place,
    report::Rule,
    section::Section,
    tables::{Key, Range, Table},
};

const PREFIX: &str = "BOOK#";

/// Judges every book of an organisation.
pub async fn look(scope: &Scope<'_>, id: &str) -> Result<Section, AuditError> {
    let mut section = Section::default();
    let mut pages = scope.tables.pages(Range::of(Table::AddressBooks, partition(id)).beginning_with(PREFIX));
    while let Some(page) = pages.next().await? {
        let looks: Vec<_> = page.into_iter().map(|header| one(scope, id, header)).collect();
        let mut looks = stream::iter(looks).buffer_unordered(SIDE_BY_SIDE);
        while let Some(look) = looks.next().await {
            section.absorb(look?);
        }
    }
    Ok(section)
}

async fn one(scope: &Scope<'_>, id: &str, header: Item) -> Result<Section, AuditError> {
    let anchor = Key::new(Table::AddressBooks, partition(id), sort_key(&header));
    let judged = settled(scope.tables, &anchor, Some(header), async |header| judge(scope, id, header).await);
    Ok(judged.await?.map_or_else(Section::unsettled, |judged| judged.section))
}

async fn judge(scope: &Scope<'_>, id: &str, header: Option<&Item>) -> Result<Judged<()>, AuditError> {
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
    if book.is_deleted {
        section.seen.books = 0;
        let marker = Key::new(Table::AddressBooks, REMOVALS, format!("{id}#{name}"));
        if scope.tables.get(&marker).await?.is_none() {
            section.find(
                Rule::Edit,
                place(),
                "it is deleted, but has no marker that leads the clock to its items",
            );
        }
        return Ok(Judged { section, found: () });
    }
    match &book.edit {
        // Until then the clock, or a request that reads the book, may still repair it.
        Some(edit) if edit.until + GRACE <= scope.now => {
            section.find(Rule::Edit, place(), "an unfinished edit has not been repaired");
        }
        // The roster of a book matches its contacts only after the edit.
        Some(_) => section.absorb(Section::unsettled()),
        None => section.absorb(contacts::judge(scope.tables, id, &book).await?),
    }
    Ok(Judged { section, found: () })
}
