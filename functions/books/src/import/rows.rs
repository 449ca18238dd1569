//! The rows of an import, good and bad.

use numbering::{HomeCountry, NumberError};
use serde::Serialize;
use stores::books::ContactDraft;
use web::error::shown;

use super::contact::WrittenContact;

/// Bad rows that an answer names; the others are counted.
pub const MOST_NAMED: usize = 100;

/// The rows of a body.
#[derive(Default)]
pub struct Rows {
    /// Rows, good and bad.
    pub received: u64,
    /// The good ones, in order.
    pub contacts: Vec<ContactDraft>,
    /// The bad ones.
    pub invalid: InvalidRows,
    /// Columns of a CSV file that are not fields of a contact.
    pub ignored_columns: Vec<String>,
    /// Whether a row without a number is a bad one.
    pub needs_phone: bool,
}

/// A row that is not a contact. It is answered to the client that sent it, and never logged or stored.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct InvalidRow {
    /// From 1, header and blank lines not counted.
    row: u64,
    /// As it was given, shortened if it is long.
    pub phone: Option<String>,
    /// Why it is not a contact.
    pub reason: String,
}

/// Bad rows: the first of them named, all of them counted.
#[derive(Default)]
pub struct InvalidRows {
    named: Vec<InvalidRow>,
    count: u64,
}

impl InvalidRows {
    /// Notes a bad row.
    pub fn note(&mut self, row: u64, phone: Option<&str>, reason: impl Into<String>) {
        self.count += 1;
        if self.named.len() < MOST_NAMED {
            self.named.push(InvalidRow { row, phone: phone.map(shown), reason: reason.into() });
        }
    }

    /// How many.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The first hundred.
    pub fn into_named(self) -> Vec<InvalidRow> {
        self.named
    }
}

impl Rows {
    /// Takes up a row, good or bad.
    pub fn take(&mut self, row: Result<WrittenContact, String>, home: HomeCountry) {
        self.received += 1;
        let written = match row {
            Ok(written) => written,
            Err(reason) => return self.invalid.note(self.received, None, reason),
        };
        match written.read(home) {
            Ok(contact) if self.needs_phone && contact.phone.is_none() => {
                self.invalid.note(self.received, None, NumberError::Empty.to_string());
            }
            Ok(contact) => self.contacts.push(contact),
            Err(reason) => self.invalid.note(self.received, written.phone.as_deref(), reason),
        }
    }
}
