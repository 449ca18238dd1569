//! Books and contacts as clients see them.

use domain::{
    ids::{BookId, ContactId},
    msisdn::Msisdn,
    timestamp::Offset,
};
use serde::Serialize;
use stores::{
    Page,
    books::{Book, Contact},
};

/// An address book.
#[derive(Debug, Serialize)]
pub struct BookView {
    id: BookId,
    name: String,
    description: String,
    contact_count: u64,
    no_phone_count: u64,
    created_at: String,
    updated_at: String,
}

impl BookView {
    /// With times at the organisation's offset.
    pub fn of(book: Book, offset: Offset) -> Self {
        Self {
            id: book.id,
            name: book.name,
            description: book.description,
            contact_count: book.contact_count,
            no_phone_count: book.no_phone_count,
            created_at: book.created_at.rfc3339(offset),
            updated_at: book.updated_at.rfc3339(offset),
        }
    }
}

/// A contact. No `Debug`: it is personal.
#[derive(Serialize)]
pub struct ContactView {
    id: ContactId,
    first_name: String,
    last_name: String,
    phone: Option<String>,
    email: String,
    notes: String,
    created_at: String,
    updated_at: String,
}

impl ContactView {
    /// With times at the organisation's offset.
    pub fn of(contact: Contact, offset: Offset) -> Self {
        Self {
            id: contact.id,
            first_name: contact.first_name,
            last_name: contact.last_name,
            phone: contact.phone.map(Msisdn::e164),
            email: contact.email,
            notes: contact.notes,
            created_at: contact.created_at.rfc3339(offset),
            updated_at: contact.updated_at.rfc3339(offset),
        }
    }
}

/// A page with each result translated.
pub fn page_of<T, A>(page: Page<T>, view: impl Fn(T) -> A) -> Page<A> {
    Page { total: page.total, results: page.results.into_iter().map(view).collect() }
}
