//! Writes the rows that are not contacts into another file, with the reasons.
//!
//! It has the columns of the imported file, then the line and the reason. A person can correct the rows and import the
//! file as it is, because unknown columns are ignored.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    path::Path,
};

use contact_files::{Record, Records, Table, push_record};

use super::SourceRow;

/// Excel assumes an old encoding for a file without it.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// Columns that are added after those of the imported file.
const COLUMNS: [&str; 2] = ["line", "reason"];

/// Whether a file still has the bytes that an earlier part of the import wrote.
pub fn still_has(path: &Path, bytes: u64) -> bool {
    fs::metadata(path).map_or(0, |metadata| metadata.len()) >= bytes
}

/// A file of refused rows. No `Debug`: it holds contacts.
pub struct RefusedRows {
    file: File,
    separator: u8,
    columns: usize,
    /// The imported file is one of refused rows: its columns `line` and `reason` are left out.
    was_refused: bool,
}

/// The treatment of a file that exists before an import begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// The file of refused rows stays, and the import does not begin.
    Keep,
    Replace,
}

impl RefusedRows {
    /// Opens the file after its first `bytes`, which an earlier part of the import wrote. If there was no earlier part
    /// (`bytes` is 0), a new file is begun.
    ///
    /// # Errors
    /// If it cannot be written, or if it exists ([`io::ErrorKind::AlreadyExists`]) and must be kept.
    pub fn open(path: &Path, table: &Table<'_>, bytes: u64, existing: Existing) -> io::Result<Self> {
        let is_new = bytes == 0 && existing == Existing::Keep;
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).create_new(is_new).truncate(false).open(path)?;
        file.set_len(bytes)?;
        file.seek(SeekFrom::End(0))?;
        let separator = u8::try_from(table.separator()).unwrap_or(b',');
        let names = cells(table.header(), separator);
        let own = names.strip_suffix(&COLUMNS.map(str::to_owned));
        let columns = own.map_or(names.len(), <[String]>::len);
        let mut refused = Self { file, separator, columns, was_refused: own.is_some() };
        if bytes == 0 {
            let names = names.iter().take(columns).map(String::as_str).chain(COLUMNS);
            let mut text = BYTE_ORDER_MARK.to_owned();
            push_record(&mut text, separator.into(), names);
            refused.file.write_all(text.as_bytes())?;
        }
        Ok(refused)
    }

    /// Writes some rows with their reasons; returns the bytes of the file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write<'a>(&mut self, rows: impl IntoIterator<Item = (SourceRow<'a>, &'a str)>) -> io::Result<u64> {
        let mut text = String::new();
        for (row, reason) in rows {
            let mut cells = cells(row.raw, self.separator);
            // A row may have fewer cells than the header, or more.
            let mut further = cells.split_off(cells.len().min(self.columns));
            if self.was_refused {
                further.drain(..further.len().min(COLUMNS.len()));
            }
            cells.resize(self.columns, String::new());
            cells.extend([row.line.to_string(), reason.to_owned()]);
            cells.extend(further);
            push_record(&mut text, self.separator.into(), cells.iter().map(String::as_str));
        }
        self.file.write_all(text.as_bytes())?;
        self.file.stream_position()
    }

    /// Ends the file; it is removed if no row was refused.
    pub fn finish(self, path: &Path, refused: u64) {
        if refused == 0 {
            // A file that stays has the names of the columns alone.
            let _ = fs::remove_file(path);
        }
    }
}

/// The cells of a row, for a file that a person opens in a spreadsheet.
fn cells(raw: &str, separator: u8) -> Vec<String> {
    let mut record = Record::default();
    // The row was read once, so it can be read again.
    let _ = Records::new(raw, separator, 0, 0).read(&mut record);
    record.cells().iter().map(|cell| guarded(cell)).collect()
}

/// A cell that a spreadsheet does not run as a formula (OWASP, "CSV Injection"). An import removes the apostrophe
/// again. A number with its plus is not a formula.
fn guarded(cell: &str) -> String {
    let begins_formula = cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']);
    let is_number = cell.chars().all(|c| c.is_ascii_digit() || "+-(). ".contains(c));
    if begins_formula && !is_number { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use contact_files::{Field, Options};

    use super::*;

    const FILE: &str = "Phone;Name\n+25471;\"Amina;\nO\"\n12;=1+1;extra\n3\n";

    fn open(path: &Path, bytes: u64, existing: Existing) -> io::Result<RefusedRows> {
        RefusedRows::open(path, &Table::open(FILE, &Options::default()).unwrap(), bytes, existing)
    }

    fn write(path: &Path, bytes: u64) -> u64 {
        refuse_all(FILE, path, bytes)
    }

    fn refuse_all(text: &str, path: &Path, bytes: u64) -> u64 {
        let mut table = Table::open(text, &Options::default()).unwrap();
        let mut refused = RefusedRows::open(path, &table, bytes, Existing::Replace).unwrap();
        let mut written = bytes;
        while let Some(row) = table.next_row().unwrap() {
            let row = SourceRow { raw: row.raw(), line: row.line };
            written = refused.write([(row, "too short")]).unwrap();
        }
        written
    }

    #[test]
    fn refused_rows_have_their_columns_their_line_and_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("refused.csv");
        fs::write(&path, "an older file that is longer than what is written now, and does not shine through")
            .unwrap();
        let bytes = write(&path, 0);
        let text = fs::read_to_string(&path).unwrap();
        let expected = "\u{feff}Phone;Name;line;reason\n+25471;\"Amina;\nO\";2;too short\n\
                        12;'=1+1;3;too short;extra\n3;;4;too short\n";
        assert_eq!(text, expected);
        assert_eq!(bytes, expected.len() as u64);
    }

    #[test]
    fn an_existing_file_is_overwritten_only_if_the_import_wrote_it_or_a_flag_allows_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("refused.csv");
        let new = open(&path, 0, Existing::Keep).unwrap();
        let kept = open(&path, 0, Existing::Keep).err().unwrap();
        assert_eq!(kept.kind(), io::ErrorKind::AlreadyExists);
        assert!(open(&path, 3, Existing::Keep).is_ok());
        new.finish(&path, 1);
        assert!(path.is_file());
        open(&path, 0, Existing::Replace).unwrap().finish(&path, 0);
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_is_continued_has_each_row_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("refused.csv");
        let once = write(&path, 0);
        let header = "\u{feff}Phone;Name;line;reason\n".len() as u64;
        assert_eq!(write(&path, header), once);
        assert_eq!(write(&path, once), once + once - header);
    }

    #[test]
    fn rows_that_are_refused_again_have_one_line_and_one_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("refused.csv");
        refuse_all("Phone,line,reason\n12,7,words\n13,8,words,x\n", &path, 0);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "\u{feff}Phone,line,reason\n12,2,too short\n13,3,too short,x\n");
    }

    #[test]
    fn the_columns_that_are_added_are_ignored_by_an_import() {
        let text = "Phone;Name;line;reason\n0712345678;Amina;3;was too short\n";
        let table = Table::open(text, &Options::default()).unwrap();
        assert_eq!(table.columns().ignored().collect::<Vec<_>>(), COLUMNS);
        assert_eq!(table.columns().taken_for(Field::Phone), ["Phone"]);
    }
}
