//! The progress of an import, in a small file next to the imported one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use domain::ids::BookId;
use serde::{Deserialize, Serialize};

use super::source;
use crate::client::ImportSummary;

/// Bad rows that are named; the others are counted.
const MOST_NAMED: usize = 1_000;

/// The progress of importing one file into one book.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The file and the way of reading it.
    fingerprint: String,
    /// The results of the rows.
    pub totals: Totals,
    /// Bytes of the file of refused rows.
    pub refused_bytes: u64,
}

/// The results of the rows of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Rows that are done, good and bad.
    pub rows: u64,
    /// New contacts.
    pub added: u64,
    /// Contacts that were in the book before.
    pub updated: u64,
    /// Updated rows that changed nothing.
    pub unchanged: u64,
    /// Rows that repeat another of the same request.
    pub duplicates: u64,
    /// Rows that are not a contact.
    pub invalid: u64,
    /// Contacts whose notes were too long and are cut.
    pub notes_cut: u64,
    /// Contacts whose numbers cannot get texts.
    pub not_mobile: u64,
    /// Requests that were made again after an answer that was lost or partial: the contacts that the first attempt
    /// stored count as updated.
    pub repeated_requests: u64,
    /// The first of the bad rows.
    pub bad_rows: Vec<InvalidRow>,
}

/// A row that is not a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvalidRow {
    /// Row number from 1, without header and blank rows.
    pub row: u64,
    /// The line in a spreadsheet.
    pub line: u64,
    /// The number as it is written.
    pub phone: Option<String>,
    pub reason: String,
}

impl Totals {
    /// Counts a piece that is done.
    pub fn add(&mut self, rows: usize, summary: &ImportSummary, bad_rows: Vec<InvalidRow>) {
        self.rows += rows as u64;
        self.added += summary.added;
        self.updated += summary.updated;
        self.unchanged += summary.unchanged;
        self.duplicates += summary.duplicates;
        self.invalid += summary.invalid_count;
        self.notes_cut += summary.notes_cut;
        self.not_mobile += summary.not_mobile;
        let room = MOST_NAMED.saturating_sub(self.bad_rows.len());
        self.bad_rows.extend(bad_rows.into_iter().take(room));
    }

    /// Whether more rows are bad than good: the file then probably has other contents than expected.
    pub const fn is_mostly_invalid(&self) -> bool {
        self.invalid * 2 > self.rows
    }
}

impl Progress {
    /// The progress before the first row.
    pub fn none(fingerprint: &str) -> Self {
        Self { fingerprint: fingerprint.to_owned(), ..Self::default() }
    }

    /// The progress of an earlier import of the same file that was read in the same way; empty if there was none.
    pub fn find(place: Option<&Path>, fingerprint: &str) -> Self {
        let kept = place.and_then(|place| fs::read(place).ok());
        let kept: Option<Self> = kept.and_then(|text| serde_json::from_slice(&text).ok());
        kept.filter(|kept| kept.fingerprint == fingerprint).unwrap_or_else(|| Self::none(fingerprint))
    }

    /// Saves it. The file is complete or absent, because it is first written under another name.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn keep(&self, place: &Path) -> io::Result<()> {
        let draft = place.with_extension("import-draft");
        fs::write(&draft, serde_json::to_vec(self)?)?;
        fs::rename(draft, place)
    }

    /// Forgets it: the import is done.
    pub fn forget(place: &Path) {
        // If the file stays, it says that all rows are done.
        let _ = fs::remove_file(place);
    }
}

/// The path of the progress file: next to the imported file. Standard input has none.
pub fn place(path: &Path, book: BookId) -> Option<PathBuf> {
    if source::is_standard_input(path) || !path.is_file() {
        return None;
    }
    let mut name = path.file_name()?.to_owned();
    name.push(format!(".{book}.import"));
    Some(path.with_file_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> ImportSummary {
        ImportSummary {
            received: 3,
            added: 1,
            updated: 1,
            unchanged: 1,
            invalid_count: 1,
            ..ImportSummary::default()
        }
    }

    fn bad_row(line: u64) -> InvalidRow {
        InvalidRow { row: line - 1, line, phone: Some("12".to_owned()), reason: "too short".to_owned() }
    }

    #[test]
    fn an_import_continues_only_with_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.csv");
        fs::write(&path, "phone\n1\n2\n").unwrap();
        let book: BookId = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
        let place = place(&path, book).unwrap();
        let mut progress = Progress::find(Some(&place), "one");
        assert_eq!(progress, Progress::none("one"));
        progress.totals.add(3, &summary(), vec![bad_row(2)]);
        progress.keep(&place).unwrap();

        assert_eq!(Progress::find(Some(&place), "one"), progress);
        assert_eq!(Progress::find(Some(&place), "another"), Progress::none("another"));
        Progress::forget(&place);
        assert_eq!(Progress::find(Some(&place), "one"), Progress::none("one"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
        assert_eq!(super::place(Path::new("-"), book), None);
    }

    #[test]
    fn the_pieces_of_a_file_are_added_up() {
        let mut totals = Totals::default();
        totals.add(3, &summary(), vec![bad_row(2)]);
        totals.add(3, &ImportSummary { notes_cut: 2, ..summary() }, vec![bad_row(7)]);
        assert_eq!((totals.rows, totals.added, totals.invalid), (6, 2, 2));
        assert_eq!((totals.updated, totals.unchanged, totals.notes_cut), (2, 2, 2));
        assert_eq!(totals.bad_rows.iter().map(|bad| bad.line).collect::<Vec<_>>(), [2, 7]);
        assert!(!totals.is_mostly_invalid());
        assert!(Totals { rows: 3, invalid: 2, ..totals }.is_mostly_invalid());
    }
}
