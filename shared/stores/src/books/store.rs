//! Books are created, listed and described by their headers.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::ReturnValue;
use domain::{
    ids::{BookId, OrganisationId},
    keys::BookKey,
    timestamp::Timestamp,
};

use super::{
    header::{Book, Header, WHAT},
    keys::{HEADER_PREFIX, header_key},
};
use crate::{
    error::StoreError,
    item::{Item, check_refused, number, text},
    keys::organisation_partition,
    outcome::Creation,
    page::{ListPage, ListRequest, TextPosition},
    table::{Change, Conditional, Range, Table},
};

/// Reads and writes address books.
#[derive(Clone, Debug)]
pub struct AddressBooks {
    pub(super) table: Table,
}

impl AddressBooks {
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Whether the table answers. At a cold start this also opens the connection.
    pub async fn reachable(&self) -> Result<(), StoreError> {
        self.table.reachable().await
    }

    /// Stores a new, empty book.
    pub async fn create(&self, organisation: OrganisationId, book: &Book) -> Result<Creation, StoreError> {
        let item = Header::item_of_new(BookKey { organisation, book: book.id }, book)?;
        Ok(match self.table.put_new(item).await? {
            Conditional::Applied => Creation::Created,
            Conditional::Refused(_) => Creation::IdTaken,
        })
    }

    pub async fn get(&self, book: BookKey, now: Timestamp) -> Result<Option<Book>, StoreError> {
        let header = self.header(book, now).await?;
        Ok(header.map(|header| header.book))
    }

    /// Some books, in the order of the given ids; `None` for an id that is not a book of this organisation. One round
    /// trip, unless an unfinished edit must be repaired first.
    pub async fn headers(
        &self,
        organisation: OrganisationId,
        books: &[BookId],
        now: Timestamp,
    ) -> Result<Vec<Option<Book>>, StoreError> {
        let distinct: BTreeSet<BookId> = books.iter().copied().collect();
        let keys = distinct.into_iter().map(|book| header_key(BookKey { organisation, book })).collect();
        let items = self.table.get_many(keys, None).await?;
        let found = self.settled(organisation, headers_of(items)?, now).await?;
        let found: BTreeMap<BookId, Book> = found.into_iter().map(|book| (book.id, book)).collect();
        Ok(books.iter().map(|id| found.get(id).cloned()).collect())
    }

    /// An organisation's books by name, then id.
    pub async fn list(
        &self,
        organisation: OrganisationId,
        request: ListRequest<TextPosition>,
        now: Timestamp,
    ) -> Result<ListPage<Book, TextPosition>, StoreError> {
        let range = Range::of(organisation_partition(organisation)).beginning_with(HEADER_PREFIX);
        let headers = headers_of(self.table.query(range).await?)?;
        let books = by_name(self.settled(organisation, headers, now).await?);
        Ok(ListPage::of(books, &request, position_of))
    }

    /// An organisation's books in the order of the list, as their headers are: counts of an unfinished edit are not
    /// repaired.
    pub(super) async fn books_by_name(&self, organisation: OrganisationId) -> Result<Vec<Book>, StoreError> {
        let range = Range::of(organisation_partition(organisation)).beginning_with(HEADER_PREFIX);
        let headers = headers_of(self.table.query(range).await?)?;
        let books = headers.into_iter().filter(|header| !header.deleted).map(|header| header.book);
        Ok(by_name(books.collect()))
    }

    /// Changes a book's name or description; `None` keeps it. Returns the changed book, or `None` if it does not exist.
    pub async fn describe(
        &self,
        book: BookKey,
        name: Option<&str>,
        description: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<Book>, StoreError> {
        let mut update = "SET updated_at = :now".to_owned();
        let mut change = Change::default().value(":now", number(now.millis()));
        if let Some(name) = name {
            update.push_str(", #name = :name");
            change = change.name("#name", "name").value(":name", text(name));
        }
        if let Some(description) = description {
            update.push_str(", description = :description");
            change = change.value(":description", text(description));
        }
        let change =
            Change { update, ..change }.when("attribute_exists(pk) AND attribute_not_exists(deleted_at)");
        let key = header_key(book);
        match self.table.update_returning(&key, change, ReturnValue::AllNew).await? {
            Ok(item) => Ok(Some(Header::from_item(item)?.book)),
            Err(standing) => check_refused(WHAT, standing.as_ref()).map(|()| None),
        }
    }

    /// The books of these headers; those with an unfinished edit are repaired and read again.
    async fn settled(
        &self,
        organisation: OrganisationId,
        headers: Vec<Header>,
        now: Timestamp,
    ) -> Result<Vec<Book>, StoreError> {
        let mut books = Vec::with_capacity(headers.len());
        for header in headers {
            let header = if !header.deleted && header.expired_edit(now).is_some() {
                self.header(BookKey { organisation, book: header.book.id }, now).await?
            } else {
                Some(header).filter(|header| !header.deleted)
            };
            books.extend(header.map(|header| header.book));
        }
        Ok(books)
    }

    /// A book's header, after the repair of an edit that was left unfinished.
    pub(super) async fn header(&self, book: BookKey, now: Timestamp) -> Result<Option<Header>, StoreError> {
        let header = self.read_header(book).await?;
        let Some(left) = header.as_ref().and_then(|header| header.expired_edit(now)) else {
            return Ok(header);
        };
        Box::pin(self.repair(book, left, now)).await?;
        self.read_header(book).await
    }

    pub(super) async fn read_header(&self, book: BookKey) -> Result<Option<Header>, StoreError> {
        let header = self.table.get(&header_key(book)).await?.map(Header::from_item).transpose()?;
        Ok(header.filter(|header| !header.deleted))
    }
}

fn by_name(mut books: Vec<Book>) -> Vec<Book> {
    books.sort_by_cached_key(position_of);
    books
}

/// A book's position in the list: by name, then id.
pub(super) fn position_of(book: &Book) -> TextPosition {
    TextPosition(format!("{}\0{}", book.name, book.id))
}

fn headers_of(items: Vec<Item>) -> Result<Vec<Header>, StoreError> {
    items.into_iter().map(Header::from_item).collect()
}
