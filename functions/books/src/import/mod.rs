//! An import's body, CSV or JSON, as contacts and as rows that are none.
//!
//! Called by the contacts endpoint. A bad row never stops a good one; only what makes the whole body
//! unreadable does, and fields that no contact has. Stores nothing.

mod csv;
mod json;
mod row;
#[cfg(test)]
mod tests;

use numbering::HomeCountry;
use serde::Serialize;
use stores::books::ContactDraft;
use web::{ApiError, error::shown};

/// Bytes of an import's body: what a Lambda payload (6 MB) holds beside its envelope.
pub const MAX_IMPORT_BYTES: usize = 5 * 1024 * 1024;
/// Media types that an import may have.
pub const MEDIA_TYPES: [&str; 2] = [JSON, CSV];
const JSON: &str = "application/json";
const CSV: &str = "text/csv";
/// Bad rows that an answer names; the others are counted.
const MOST_NAMED: usize = 100;

/// What a body holds.
#[derive(Default)]
pub struct Rows {
    /// Rows, good and bad.
    pub received: u64,
    /// The good ones, in order.
    pub contacts: Vec<ContactDraft>,
    /// The bad ones.
    pub invalid: InvalidRows,
    /// Columns of a CSV file that say nothing of a contact.
    pub ignored_columns: Vec<String>,
}

/// A row that is no contact. Goes back to whom it came from, and nowhere else.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct InvalidRow {
    /// From 1, header and blank lines not counted.
    row: u64,
    /// As it was given, shortened where it is long.
    phone: Option<String>,
    /// What is wrong.
    reason: String,
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
    fn take(&mut self, row: Result<row::WrittenContact, String>, home: HomeCountry) {
        self.received += 1;
        let written = match row {
            Ok(written) => written,
            Err(reason) => return self.invalid.note(self.received, None, reason),
        };
        match written.read(home) {
            Ok(contact) => self.contacts.push(contact),
            Err(reason) => self.invalid.note(self.received, written.phone.as_deref(), reason),
        }
    }
}

/// Reads a body by its media type, which is one of [`MEDIA_TYPES`].
pub fn read(media_type: Option<&str>, body: &[u8], home: HomeCountry) -> Result<Rows, ApiError> {
    if media_type == Some(CSV) { csv::read(body, home) } else { json::read(body, home) }
}
