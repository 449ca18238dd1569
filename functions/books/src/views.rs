//! Books and contacts as clients see them.

use domain::{
    ids::{BookId, ContactId},
    timestamp::Offset,
};
use serde::Serialize;
use stores::books::{Book, Contact};
use web::export::{Cell, CsvRow, MAX_BODY_BYTES};

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
    phone_type: Option<&'static str>,
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
            phone: contact.phone.map(|phone| phone.number.e164()),
            phone_type: contact.phone.map(|phone| phone.line.as_str()),
            email: contact.email,
            notes: contact.notes,
            created_at: contact.created_at.rfc3339(offset),
            updated_at: contact.updated_at.rfc3339(offset),
        }
    }
}

impl CsvRow for ContactView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "first_name",
        "last_name",
        "phone",
        "phone_type",
        "email",
        "notes",
        "created_at",
        "updated_at",
    ];

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::plain(self.id.to_string()),
            Cell::text(&self.first_name),
            Cell::text(&self.last_name),
            Cell::plain(self.phone.as_deref().unwrap_or_default()),
            Cell::plain(self.phone_type.unwrap_or_default()),
            Cell::text(&self.email),
            Cell::text(&self.notes),
            Cell::plain(&self.created_at),
            Cell::plain(&self.updated_at),
        ]
    }
}

/// Bytes of the largest possible row of contacts, escaped. A text of n characters has at most 4n bytes, or is all
/// quotation marks, each doubled by CSV and escaped by JSON: 4n too, and 5 for the cell's own quotation marks and an
/// apostrophe.
///
/// id 36 + names (100) 2 * 405 + phone 16 + its type 20 + email (254) 1,021 + notes (1,000) 4,005 + times 2 * 25 +
/// commas and line end 11 = 5,969.
const LARGEST_ROW_BYTES: u64 = 6_000;
/// Contacts of one answer in CSV: as many as fit even if each is as long as it can be.
pub const MAX_CSV_CONTACTS: u64 = MAX_BODY_BYTES / LARGEST_ROW_BYTES;

/// The name and the id of a book, next to its contacts.
#[derive(Serialize)]
pub struct BookName {
    id: BookId,
    name: String,
}

impl BookName {
    pub fn of(book: Book) -> Self {
        Self { id: book.id, name: book.name }
    }
}

#[derive(Serialize)]
pub struct ContactInBookView {
    #[serde(flatten)]
    contact: ContactView,
    address_book: BookName,
}

impl ContactInBookView {
    /// With times at the organisation's offset.
    pub fn of((book, contact): (Book, Contact), offset: Offset) -> Self {
        Self { contact: ContactView::of(contact, offset), address_book: BookName::of(book) }
    }
}

#[cfg(test)]
mod tests {
    use domain::{msisdn::Msisdn, phone::Phone, timestamp::Timestamp};
    use uuid::Uuid;
    use web::export::write;

    use super::*;
    use crate::texts::{MAX_EMAIL, MAX_NOTES, MAX_PERSON_NAME};

    #[test]
    fn the_largest_possible_contacts_fit_lambdas_answer() {
        let largest = |character: &str| Contact {
            id: ContactId(Uuid::max()),
            first_name: character.repeat(MAX_PERSON_NAME),
            last_name: character.repeat(MAX_PERSON_NAME),
            phone: Some(Phone::mobile(Msisdn::from_digits(999_999_999_999_999).unwrap())),
            email: character.repeat(MAX_EMAIL),
            notes: character.repeat(MAX_NOTES),
            created_at: Timestamp::from_secs(1_795_454_007),
            updated_at: Timestamp::from_secs(1_795_454_007),
        };
        let escaped = |rows: &[ContactView]| {
            let body = String::from_utf8(write(rows).unwrap()).unwrap();
            serde_json::to_string(&body).unwrap().len() as u64
        };
        for character in ["\"", "\u{1f600}"] {
            let row = ContactView::of(largest(character), Offset::EAST_AFRICA);
            let one = escaped(&[row]) - escaped(&[]);
            assert!((5_000..=LARGEST_ROW_BYTES).contains(&one), "{one}");
        }
    }
}
