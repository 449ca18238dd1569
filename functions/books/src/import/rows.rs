//! The rows of an import, good and bad.

use numbering::{NumberError, NumberReader};
use serde::Serialize;
use stores::books::ContactDraft;
use web::{ApiError, ErrorCode, error::shown};

use super::{
    contact::{BadContact, WrittenContact},
    options::{DEFAULT_NAMED, ImportOptions},
};

/// Rows of a request, good and bad. They are in memory together, which the function's `MemorySize` in `template.yaml`
/// allows for (`cargo bench -p tests -- imports`). The largest body of bare numbers has fewer rows.
pub const MAX_IMPORT_ROWS: u64 = 600_000;

/// The rows of a body.
pub struct Rows {
    /// Rows, good and bad.
    pub received: u64,
    /// The good ones, in order.
    pub contacts: Vec<ContactDraft>,
    /// The bad ones.
    pub invalid: InvalidRows,
    /// Contacts whose notes were cut.
    pub notes_cut: u64,
    /// The columns of a file that are read.
    pub columns: Option<ColumnsView>,
    /// The columns of a file that are not.
    pub ignored_columns: Vec<String>,
    /// The line of a file's header.
    pub header_line: Option<u64>,
    /// Good rows whose numbers cannot get texts.
    pub not_mobile: u64,
    /// The country of numbers without a country code.
    pub country: String,
    needs_phone: bool,
}

/// The names of the columns that are read, by their field.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct ColumnsView {
    /// Cells with phone numbers, in the order in which they are used.
    pub phone: Vec<String>,
    pub country_code: Vec<String>,
    pub first_name: Vec<String>,
    pub last_name: Vec<String>,
    pub name: Vec<String>,
    pub email: Vec<String>,
    pub notes: Vec<String>,
}

/// The position of a row in its body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// From 1, without header and blank rows.
    pub row: u64,
    /// The row in a spreadsheet, with header and blank rows; `None` in JSON.
    pub line: Option<u64>,
}

/// A row that is not a contact. It is answered to the client that sent it, and never logged or stored.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct InvalidRow {
    row: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    /// The phone as it was given, shortened if it is long.
    pub phone: Option<String>,
    pub reason: String,
}

/// Bad rows: the first of them named, all of them counted.
pub struct InvalidRows {
    named: Vec<InvalidRow>,
    count: u64,
    most_named: usize,
}

impl Default for InvalidRows {
    fn default() -> Self {
        Self { named: Vec::new(), count: 0, most_named: DEFAULT_NAMED }
    }
}

impl InvalidRows {
    /// An empty list that names at most `most_named` rows.
    pub fn naming(most_named: usize) -> Self {
        Self { most_named, ..Self::default() }
    }

    pub fn note(&mut self, place: Place, phone: Option<&str>, reason: impl Into<String>) {
        self.count += 1;
        if self.named.len() < self.most_named {
            let (Place { row, line }, phone) = (place, phone.map(shown));
            self.named.push(InvalidRow { row, line, phone, reason: reason.into() });
        }
    }

    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The first of them.
    pub fn into_named(self) -> Vec<InvalidRow> {
        self.named
    }
}

impl Place {
    /// The place of an item of a JSON list.
    pub const fn item(row: u64) -> Self {
        Self { row, line: None }
    }
}

impl Rows {
    pub fn new(options: &ImportOptions<'_>) -> Self {
        Self {
            received: 0,
            contacts: Vec::new(),
            invalid: InvalidRows::naming(options.named),
            notes_cut: 0,
            columns: None,
            ignored_columns: Vec::new(),
            header_line: None,
            not_mobile: 0,
            country: options.numbers.home().to_string(),
            needs_phone: options.needs_phone,
        }
    }

    /// Refuses the request if it has a row more than an import may have.
    pub fn check_room(&self) -> Result<(), ApiError> {
        if self.received < MAX_IMPORT_ROWS {
            return Ok(());
        }
        let detail = "An import may have at most 600,000 rows. Nothing was stored: send it in parts.";
        Err(ApiError::new(ErrorCode::BodyTooLarge, detail))
    }

    /// Adds a row, good or bad.
    pub fn take(&mut self, place: Place, written: &WrittenContact<'_>, numbers: NumberReader<'_>) {
        if self.needs_phone {
            return self.take_numbers(place, written, numbers);
        }
        let contact = match written.read(numbers) {
            Ok(contact) => contact,
            Err(BadContact { phone, reason }) => return self.refuse(place, phone, reason),
        };
        self.received += 1;
        self.notes_cut += u64::from(contact.has_cut_notes);
        let gets_no_texts = contact.draft.phone.is_some_and(|phone| !phone.line.gets_texts());
        self.not_mobile += u64::from(gets_no_texts);
        self.contacts.push(contact.draft);
    }

    /// Adds every number of a row and nothing else, because a person who has opted out may have any of them. A cell
    /// that cannot be read is bad even next to a number that is read.
    fn take_numbers(&mut self, place: Place, written: &WrittenContact<'_>, numbers: NumberReader<'_>) {
        let (phones, unreadable) = written.all_phones(numbers);
        self.received += 1;
        if phones.is_empty() && unreadable.is_empty() {
            self.invalid.note(place, None, NumberError::Empty.to_string());
        }
        for BadContact { phone, reason } in unreadable {
            self.invalid.note(place, phone, reason);
        }
        let draft = |phone| ContactDraft { phone: Some(phone), ..ContactDraft::default() };
        self.contacts.extend(phones.into_iter().map(draft));
    }

    /// Adds a row that is not a contact.
    pub fn refuse(&mut self, place: Place, phone: Option<&str>, reason: impl Into<String>) {
        self.received += 1;
        self.invalid.note(place, phone, reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_has_room_for_as_many_rows_as_its_refusal_says() {
        let mut rows = Rows::new(&ImportOptions::reading(crate::phones::kenyan_reader()));
        rows.received = 599_999;
        assert!(rows.check_room().is_ok());
        rows.received = 600_000;
        let refusal = rows.check_room().unwrap_err();
        assert_eq!(refusal.status().as_u16(), 413);
        assert!(refusal.body("r")["detail"].as_str().unwrap().contains("at most 600,000 rows"));
    }
}
