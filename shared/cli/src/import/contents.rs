//! A file of contacts, read completely and checked before any part of it is sent.

use std::{borrow::Cow, path::Path};

use contact_files::{Columns, DecodeError, Field, Foreign, Options, Table, TableError, check, decode};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{
    source::{self, SourceError},
    workbook::{self, Sheet, WorkbookError},
};

/// How a file is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The columns that the caller names, and whether the file may lack a phone column.
    pub options: Options,
    /// The sheet of a workbook; without it, the first.
    pub sheet: Option<String>,
    /// The country of numbers without a country code; without it, the organisation's.
    pub country: Option<String>,
}

/// Why a file is not imported. Nothing of it was sent. Quotes names of columns and sheets, and no contact.
#[derive(Debug, Error)]
pub enum FileError {
    /// The file cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The file is not a table.
    #[error("the file is {0}. {advice}", advice = advice(*.0))]
    Foreign(Foreign),
    #[error("{0}; save it as \"CSV UTF-8\" from the program that holds the contacts")]
    Text(DecodeError),
    #[error(transparent)]
    Workbook(#[from] WorkbookError),
    /// A sheet was named, but the file is not a workbook.
    #[error("the file is not a workbook, so it has no sheet {0}")]
    NoSheets(String),
    #[error("{error}{hint}{sheets}", hint = hint(.error), sheets = other_sheets(.others))]
    Table {
        error: TableError,
        /// The sheets of a workbook that were not read.
        others: Vec<String>,
    },
    /// The first sheet is empty.
    #[error("the sheet {sheet} is empty; choose another with --sheet: {}", .others.join(", "))]
    EmptySheet {
        sheet: String,
        /// The other sheets.
        others: Vec<String>,
    },
    /// The file has only a header.
    #[error("the file has a header row and no other rows")]
    NoRows,
}

/// A file of contacts that can be imported. No `Debug`: it holds contacts.
pub struct ContactFile {
    text: String,
    reading: Reading,
    fingerprint: String,
    columns: Columns,
    /// The sheet that is read, and the names of those that are not.
    pub sheet: Option<(String, Vec<String>)>,
    /// The encoding, unless it is a workbook.
    pub encoding: Option<&'static str>,
    /// Rows that are not blank, without the header.
    pub rows: u64,
    /// The line of the header, as a spreadsheet counts.
    pub header_line: u64,
}

impl ContactFile {
    /// Reads a whole file, or standard input (`-`).
    ///
    /// # Errors
    /// If any part of it cannot be read reliably: then nothing must be imported.
    pub fn read(path: &Path, reading: Reading) -> Result<Self, FileError> {
        Self::of(source::read(path)?, reading)
    }

    fn of(bytes: Vec<u8>, reading: Reading) -> Result<Self, FileError> {
        let fingerprint = fingerprint(&bytes, &reading);
        let (text, encoding, sheet) = match Foreign::of(&bytes) {
            Some(kind @ (Foreign::Workbook | Foreign::OldWorkbook | Foreign::OpenDocument)) => {
                let Sheet { name, others, text } = workbook::read(&bytes, kind, reading.sheet.as_deref())?;
                // A spreadsheet does not count the line that names the separator.
                (format!("sep=,\n{text}"), None, Some((name, others)))
            }
            Some(kind) => return Err(FileError::Foreign(kind)),
            None => {
                if let Some(sheet) = reading.sheet {
                    return Err(FileError::NoSheets(sheet));
                }
                let (text, encoding) = text(bytes)?;
                (text, Some(encoding), None)
            }
        };
        let rows = check(&text, &reading.options).map_err(|error| refused(error, sheet.as_ref()))?;
        if rows == 0 {
            return Err(FileError::NoRows);
        }
        let table = Table::open(&text, &reading.options).map_err(|error| refused(error, sheet.as_ref()))?;
        let (columns, header_line) = (table.columns().clone(), table.header_row());
        Ok(Self { text, reading, fingerprint, columns, sheet, encoding, rows, header_line })
    }

    /// The rows, from the first on.
    ///
    /// # Errors
    /// None, because [`Self::read`] has read the file successfully.
    pub fn table(&self) -> Result<Table<'_>, TableError> {
        Table::open(&self.text, &self.reading.options)
    }

    pub const fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Differs if a byte of the file or the way of reading it differs.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The columns that a field is read from, the best one first.
    pub fn taken_for(&self, field: Field) -> Vec<&str> {
        self.columns.taken_for(field)
    }

    /// The columns that are not read.
    pub fn ignored(&self) -> Vec<&str> {
        self.columns.ignored().collect()
    }
}

/// The text of a file. UTF-8 is not copied, because the file may be as large as the memory.
fn text(bytes: Vec<u8>) -> Result<(String, &'static str), FileError> {
    let decoded = decode(&bytes, None).map_err(|error| match error {
        DecodeError::Foreign(kind) => FileError::Foreign(kind),
        error => FileError::Text(error),
    })?;
    let encoding = decoded.encoding;
    let mark_bytes = match decoded.text {
        Cow::Owned(text) => return Ok((text, encoding)),
        Cow::Borrowed(text) => bytes.len() - text.len(),
    };
    let mut text = String::from_utf8(bytes).unwrap_or_default();
    text.drain(..mark_bytes);
    Ok((text, encoding))
}

fn refused(error: TableError, sheet: Option<&(String, Vec<String>)>) -> FileError {
    match (error, sheet) {
        (TableError::Empty, Some((sheet, others))) if !others.is_empty() => {
            FileError::EmptySheet { sheet: sheet.clone(), others: others.clone() }
        }
        (error, sheet) => {
            FileError::Table { error, others: sheet.map(|(_, others)| others.clone()).unwrap_or_default() }
        }
    }
}

fn fingerprint(bytes: &[u8], reading: &Reading) -> String {
    let digest = Sha256::new().chain_update(format!("{reading:?}\n")).chain_update(bytes).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The advice for a file that is not a table.
const fn advice(kind: Foreign) -> &'static str {
    match kind {
        Foreign::Json => "Send it to the API itself: POST /v1/address-books/{id}/contacts/",
        kind => kind.advice(),
    }
}

/// The flag that helps, if one does.
const fn hint(error: &TableError) -> &'static str {
    match error {
        TableError::NoPhoneColumn { .. } => {
            "; name the column with --column phone=NAME, or import contacts without numbers with --allow-no-phone"
        }
        TableError::NoKnownColumn { .. } => "; name its columns with --column, such as --column name=Jina",
        _ => "",
    }
}

/// A hint that the table may be in another sheet.
fn other_sheets(others: &[String]) -> String {
    match others {
        [] => String::new(),
        others => {
            format!("; if the contacts are in another sheet, choose it with --sheet: {}", others.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use contact_files::ColumnChoice;

    use super::*;

    fn of(bytes: &[u8]) -> Result<ContactFile, FileError> {
        ContactFile::of(bytes.to_vec(), Reading::default())
    }

    fn refusal(bytes: &[u8]) -> String {
        of(bytes).err().unwrap().to_string()
    }

    #[test]
    fn a_file_is_read_in_every_encoding_and_the_encoding_is_reported() {
        for (bytes, encoding) in [
            (&b"phone,name\r\n0712345678,Jose\r\n"[..], "UTF-8"),
            (b"\xef\xbb\xbfphone,name\n0712345678,Jos\xc3\xa9\n", "UTF-8"),
            (b"phone,name\n0712345678,Jos\xe9\n", "windows-1252"),
        ] {
            let file = of(bytes).unwrap();
            assert_eq!((file.encoding, file.rows), (Some(encoding), 1));
            assert_eq!((file.taken_for(Field::Phone), file.taken_for(Field::Email)), (vec!["phone"], vec![]));
            assert!(file.text.starts_with("phone") && file.text.contains("Jos"));
        }
    }

    #[test]
    fn a_file_that_cannot_be_imported_is_refused_in_plain_words() {
        assert_eq!(refusal(b""), "the file is empty");
        assert_eq!(refusal(b"phone,name\n"), "the file has a header row and no other rows");
        assert!(refusal(b"phone,name\n0712345678,\"x\n").starts_with("line 2: a quoted cell begins"));
        assert!(refusal(b"Name,Town\nAmina,Moshi\n").contains("Name, Town; name the column with --column"));
        assert!(refusal(b"%PDF-1.7").starts_with("the file is a PDF document. Export the contacts"));
        assert!(refusal(b"<html><table>").starts_with("the file is an HTML page"));
        assert!(refusal(b"BEGIN:VCARD\n").starts_with("the file is a vCard file"));
        assert!(refusal(b"[{\"phone\": 1}]").contains("POST /v1/address-books/"));
        assert!(refusal("phone,name\n1,Jos\u{fffd}\n".as_bytes()).contains("in line 2"));
        let reading = Reading { sheet: Some("One".to_owned()), ..Reading::default() };
        let refused = ContactFile::of(b"phone\n1\n".to_vec(), reading).err().unwrap().to_string();
        assert_eq!(refused, "the file is not a workbook, so it has no sheet One");
    }

    #[test]
    fn the_fingerprint_depends_on_the_file_and_on_how_it_is_read() {
        let bytes = b"phone,Simu\n0712345678,\n";
        let reading = |choice| Reading {
            options: Options { choice: ColumnChoice::parse(choice).unwrap(), allow_no_phone: false },
            ..Reading::default()
        };
        let prints = [
            of(bytes).unwrap(),
            of(b"phone,Simu\n0712345679,\n").unwrap(),
            ContactFile::of(bytes.to_vec(), reading("phone:Simu")).unwrap(),
            ContactFile::of(bytes.to_vec(), reading("phone:phone")).unwrap(),
        ];
        let prints: std::collections::BTreeSet<_> = prints.iter().map(ContactFile::fingerprint).collect();
        assert_eq!(prints.len(), 4);
    }
}
