//! Finds single contacts by id or by number, in one book or in all books of an organisation.

use std::collections::HashMap;

use domain::{
    ids::{ContactId, OrganisationId},
    keys::BookKey,
    msisdn::Msisdn,
    roster::RosterKey,
    timestamp::Timestamp,
};

use super::{
    contact::{Contact, ContactRecord, contact_id},
    header::Book,
    keys::contact_key,
    store::{AddressBooks, position_of},
};
use crate::{
    error::StoreError,
    page::{ListPage, ListRequest, TextPosition},
};

impl AddressBooks {
    /// A contact and its book; `None` if the book does not exist.
    pub async fn contact(
        &self,
        book: BookKey,
        contact: ContactId,
        now: Timestamp,
    ) -> Result<Option<(Book, Option<Contact>)>, StoreError> {
        let (header, record) = tokio::try_join!(self.header(book, now), self.record(book, contact))?;
        Ok(header.map(|header| (header.book, record.map(ContactRecord::into_contact))))
    }

    /// The contact with this number, and its book; `None` if the book does not exist.
    pub async fn contact_with_phone(
        &self,
        book: BookKey,
        phone: Msisdn,
        now: Timestamp,
    ) -> Result<Option<(Book, Option<Contact>)>, StoreError> {
        self.contact(book, contact_id(book.book, RosterKey::Phone(phone)), now).await
    }

    /// The contacts with this number in all books of an organisation, in the order of the [list of
    /// books](AddressBooks::list).
    pub async fn contacts_with_phone(
        &self,
        organisation: OrganisationId,
        phone: Msisdn,
        request: ListRequest<TextPosition>,
    ) -> Result<ListPage<(Book, Contact), TextPosition>, StoreError> {
        let books = self.books_by_name(organisation).await?;
        let id_in = |book: &Book| contact_id(book.id, RosterKey::Phone(phone));
        let key = |book: &Book| contact_key(BookKey { organisation, book: book.id }, id_in(book));
        let items = self.table.get_many(books.iter().map(key).collect(), None).await?;
        let records = items.into_iter().map(ContactRecord::from_item);
        let mut records: HashMap<ContactId, ContactRecord> =
            records.map(|record| record.map(|record| (record.id(), record))).collect::<Result<_, _>>()?;
        let found = books.into_iter().filter_map(|book| {
            let record = records.remove(&id_in(&book))?;
            Some((book, record.into_contact()))
        });
        Ok(ListPage::of(found.collect(), &request, |(book, _)| position_of(book)))
    }

    pub(super) async fn record(
        &self,
        book: BookKey,
        contact: ContactId,
    ) -> Result<Option<ContactRecord>, StoreError> {
        let item = self.table.get(&contact_key(book, contact)).await?;
        item.map(ContactRecord::from_item).transpose()
    }
}
