//! How far an import came, in a small file beside the imported one.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use csv::Position;
use domain::ids::BookId;
use serde::{Deserialize, Serialize};

use super::Piece;
use crate::client::ImportSummary;

/// How far an import of one file into one book came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    file: FileMark,
    /// Bytes of the file that are done.
    pub bytes: u64,
    line: u64,
    record: u64,
    /// Rows that are done, good and bad.
    pub rows: u64,
    /// New contacts.
    pub added: u64,
    /// Contacts that a row changed.
    pub updated: u64,
    /// Rows that are no contact.
    pub invalid: u64,
}

/// What tells that the file is still the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct FileMark {
    bytes: u64,
    modified_ms: u128,
}

impl FileMark {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let modified_ms = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        Ok(Self { bytes: metadata.len(), modified_ms })
    }
}

impl Progress {
    /// What an earlier import of `path` into `book` came to; the beginning where there was none, or the
    /// file has changed since.
    ///
    /// # Errors
    /// Where `path` cannot be read.
    pub fn find(path: &Path, book: BookId) -> io::Result<Self> {
        let file = FileMark::of(path)?;
        let kept = fs::read(kept_at(path, book)).ok();
        let kept: Option<Self> = kept.and_then(|text| serde_json::from_slice(&text).ok());
        Ok(kept.filter(|kept| kept.file == file).unwrap_or_else(|| Self { file, ..Self::default() }))
    }

    /// Where the file goes on; nothing at its beginning.
    pub fn position(&self) -> Option<Position> {
        let mut position = Position::new();
        position.set_byte(self.bytes).set_line(self.line.max(1)).set_record(self.record);
        (self.bytes > 0).then_some(position)
    }

    /// Bytes of the whole file.
    pub const fn file_bytes(&self) -> u64 {
        self.file.bytes
    }

    /// Counts a piece that is done.
    pub fn advance(&mut self, piece: &Piece, summary: &ImportSummary) {
        (self.bytes, self.line, self.record) = (piece.end.byte(), piece.end.line(), piece.end.record());
        self.rows += piece.rows;
        self.added += summary.added;
        self.updated += summary.updated;
        self.invalid += summary.invalid_count;
    }

    /// Writes it beside the file.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn keep(&self, path: &Path, book: BookId) -> io::Result<()> {
        fs::write(kept_at(path, book), serde_json::to_vec(self)?)
    }

    /// Forgets it: the import is done.
    pub fn forget(path: &Path, book: BookId) {
        // What stays is found again, and says that everything is done.
        let _ = fs::remove_file(kept_at(path, book));
    }
}

fn kept_at(path: &Path, book: BookId) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{book}.import"));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(byte: u64) -> Piece {
        let mut end = Position::new();
        end.set_byte(byte).set_line(3).set_record(2);
        Piece { csv: bytes::Bytes::new(), rows: 2, end }
    }

    #[test]
    fn an_import_goes_on_where_it_was_unless_the_file_is_another() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("people.csv");
        let book: BookId = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
        fs::write(&path, "phone\n1\n2\n").unwrap();
        let mut progress = Progress::find(&path, book).unwrap();
        assert_eq!((progress.position(), progress.file_bytes()), (None, 10));
        progress.advance(&piece(8), &ImportSummary { added: 2, ..ImportSummary::default() });
        progress.keep(&path, book).unwrap();

        let found = Progress::find(&path, book).unwrap();
        assert_eq!(found, progress);
        assert_eq!(found.position().unwrap().byte(), 8);
        let other_book = "7b4c9e0f-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
        assert_eq!(Progress::find(&path, other_book).unwrap().rows, 0);

        fs::write(&path, "phone\n1\n2\n3\n").unwrap();
        assert_eq!(Progress::find(&path, book).unwrap().rows, 0);
    }
}
