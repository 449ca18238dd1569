//! A contact file: its header, its columns and its rows.

use thiserror::Error;

use crate::{
    choice::{ColumnChoice, same},
    columns::Columns,
    field::Field,
    records::{MAX_COLUMNS, MalformedQuote, Record, Records, is_blank},
    separator::Layout,
};

/// Records at the beginning of a file among which the header is searched.
const TITLE_RECORDS: usize = 20;
/// Names of columns that an error repeats.
const NAMES_SHOWN: usize = 30;
/// Characters of a name that an error repeats.
const NAME_CHARS_SHOWN: usize = 64;
/// Digits from which a cell of a header is taken for a number.
const DIGITS_OF_A_NUMBER: usize = 7;
/// The separator that Google Contacts writes between the values of one cell.
const LIST_SEPARATOR: &str = ":::";

/// How a file is to be read.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Options {
    /// The columns that the caller names.
    pub choice: ColumnChoice,
    /// Whether a file without a phone column is read.
    pub allow_no_phone: bool,
}

/// Why a file cannot be read as contacts.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum TableError {
    /// A quote is never closed, or garbled.
    #[error(transparent)]
    Malformed(#[from] MalformedQuote),
    #[error("the file is empty")]
    Empty,
    /// The first row is a contact, not a header.
    #[error(
        "row {row} has a number or an e-mail address where the names of the columns should be: the file needs a header \
         row, such as phone,first_name,last_name"
    )]
    NoHeader {
        /// The first row, as a spreadsheet counts.
        row: u64,
    },
    /// No column holds phone numbers.
    #[error("no column of the file holds phone numbers; its columns are: {}", .columns.join(", "))]
    NoPhoneColumn {
        /// Names of the columns, as they are written; the first thirty.
        columns: Vec<String>,
    },
    /// No column is a field of a contact.
    #[error("no column of the file is known; its columns are: {}", .columns.join(", "))]
    NoKnownColumn {
        /// Names of the columns, as they are written; the first thirty.
        columns: Vec<String>,
    },
    /// The caller names a column that the file does not have.
    #[error("the file has no column {name}; its columns are: {}", .columns.join(", "))]
    UnknownColumn {
        /// The name that the caller gives.
        name: String,
        /// Names of the columns, as they are written; the first thirty.
        columns: Vec<String>,
    },
    /// The line breaks are lost, so that all contacts are in the header.
    #[error(
        "the file has one line only, with numbers in it: its line breaks were lost when it was written or sent (curl \
         keeps them with --data-binary, and removes them with -d)"
    )]
    OneLine,
    /// The table has more columns than a spreadsheet can have.
    #[error("the file has more than {MAX_COLUMNS} columns")]
    TooManyColumns,
}

/// A contact file, read row by row. No `Debug`: it holds contacts.
pub struct Table<'a> {
    records: Records<'a>,
    record: Record<'a>,
    columns: Columns,
    header: &'a str,
    header_row: u64,
    number: u64,
}

/// A row that is not blank.
pub struct Row<'t, 'a> {
    record: &'t Record<'a>,
    columns: &'t Columns,
    /// Number of the row from 1; header and blank rows are not counted.
    pub number: u64,
    /// Line as a spreadsheet counts, from 1: header and blank rows are counted; line breaks within a cell and a first
    /// line `sep=` are not.
    pub line: u64,
}

impl<'a> Table<'a> {
    /// Finds the separator and the header. Rows of a title above the header, which have fewer cells, are passed over.
    ///
    /// # Errors
    /// If there is no header, no phone column (unless the options allow that), or a column that the caller names
    /// is not in the file.
    pub fn open(text: &'a str, options: &Options) -> Result<Self, TableError> {
        let Layout { separator, place, lines_before } = Layout::of(text, &options.choice);
        let begin = Records::new(text, separator, place, lines_before);
        let records = header_place(&begin, &options.choice)?.ok_or(TableError::Empty)?;
        let mut table = Self {
            records,
            record: Record::default(),
            columns: Columns::default(),
            header: "",
            header_row: 0,
            number: 0,
        };
        table.records.read(&mut table.record)?;
        table.columns = Columns::of(&table.record, &options.choice);
        (table.header, table.header_row) = (table.record.raw(), table.record.row());
        table.check_columns(options)?;
        Ok(table)
    }

    fn check_columns(&self, options: &Options) -> Result<(), TableError> {
        // Checked before all errors that repeat the names, because a contact's row must not be repeated.
        if self.is_one_line() {
            return Err(TableError::OneLine);
        }
        if self.record.says_more_than(MAX_COLUMNS) {
            return Err(TableError::TooManyColumns);
        }
        let has_value = self.record.cells().iter().any(|cell| is_number(cell) || is_email(cell));
        if has_value && !self.columns.has(Field::Phone) {
            return Err(TableError::NoHeader { row: self.header_row });
        }
        let mut named = options.choice.entries().map(|(_, name)| name);
        if let Some(name) = named.find(|name| !self.columns.names().any(|column| same(column, name))) {
            return Err(TableError::UnknownColumn { name: shown(name), columns: self.shown_columns() });
        }
        if !self.columns.has(Field::Phone) && !options.allow_no_phone {
            return Err(TableError::NoPhoneColumn { columns: self.shown_columns() });
        }
        if !self.columns.has_any() {
            return Err(TableError::NoKnownColumn { columns: self.shown_columns() });
        }
        Ok(())
    }

    /// Whether the header is the last line, and has a name of a column joined to a number.
    fn is_one_line(&self) -> bool {
        let joins_number =
            |cell: &str| digits(cell) >= DIGITS_OF_A_NUMBER && cell.contains(char::is_alphabetic);
        self.records.are_read() && self.record.cells().iter().any(|cell| joins_number(cell))
    }

    fn shown_columns(&self) -> Vec<String> {
        self.columns.names().filter(|name| !name.is_empty()).take(NAMES_SHOWN).map(shown).collect()
    }

    /// The meanings of the columns.
    pub const fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The header as it is written, with the end of its line. With it, a part of the file is a complete file.
    pub const fn header(&self) -> &'a str {
        self.header
    }

    /// The row of the header, as a spreadsheet counts.
    pub const fn header_row(&self) -> u64 {
        self.header_row
    }

    /// The character between cells.
    pub const fn separator(&self) -> char {
        self.records.separator() as char
    }

    /// Bytes of the text that are read.
    pub const fn bytes_read(&self) -> usize {
        self.records.bytes_read()
    }

    /// The next row that is not blank; `None` at the end.
    ///
    /// # Errors
    /// If a quote is never closed or garbled: nothing of the file is to be trusted then.
    pub fn next_row(&mut self) -> Result<Option<Row<'_, 'a>>, MalformedQuote> {
        while self.records.read(&mut self.record)? {
            if !self.record.is_blank() {
                self.number += 1;
                let (record, columns) = (&self.record, &self.columns);
                return Ok(Some(Row { record, columns, number: self.number, line: record.row() }));
            }
        }
        Ok(None)
    }
}

/// Reads every row of a file, so that a malformed one is refused before any part is sent. Returns the number of rows.
///
/// # Errors
/// Those of [`Table::open`] and [`Table::next_row`].
pub fn check(text: &str, options: &Options) -> Result<u64, TableError> {
    let mut table = Table::open(text, options)?;
    let mut rows = 0;
    while table.next_row()?.is_some() {
        rows += 1;
    }
    Ok(rows)
}

impl<'t, 'a> Row<'t, 'a> {
    /// The row as it is written, with the end of its line.
    pub const fn raw(&self) -> &'a str {
        self.record.raw()
    }

    /// Whether a cell without a column is not blank: then an extra separator has moved the cells.
    pub fn has_extra_cells(&self) -> bool {
        self.record.says_more_than(self.columns.count())
    }

    /// The row's value of a field: its first cell of it that is not blank. Of the phone see [`Row::phones`].
    pub fn field(&self, field: Field) -> Option<&'t str> {
        let cells = self.columns.places_of(field).map(|place| self.record.cell(place).trim());
        cells.into_iter().find(|cell| !is_blank(cell))
    }

    /// The row's phone numbers as they are written, the best column's first, a cell with a list of Google's in its
    /// parts. Blank cells are left out.
    pub fn phones(&self) -> impl Iterator<Item = &'t str> {
        let (record, columns) = (self.record, self.columns);
        let cells =
            columns.phones().iter().map(move |phone| (record.cell(phone.place), phone.is_last_resort));
        let parts = cells.flat_map(|(cell, is_last_resort)| {
            cell.split(LIST_SEPARATOR).map(move |part| (part.trim(), is_last_resort))
        });
        let written = parts.filter(|(part, _)| !is_blank(part));
        written
            .filter(|(part, is_last_resort)| !is_last_resort || begins_as_phone(part))
            .map(|(part, _)| part)
    }
}

/// Whether a cell begins like a phone number and unlike other numbers.
fn begins_as_phone(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['+', '0']) && digits(cell) > DIGITS_OF_A_NUMBER
}

/// The index of the header: the first row that is not blank, or one soon after it that has a phone column if the rows
/// above it, of a title, have fewer cells.
fn header_place<'a>(
    begin: &Records<'a>,
    choice: &ColumnChoice,
) -> Result<Option<Records<'a>>, MalformedQuote> {
    let (mut records, mut record) = (begin.clone(), Record::default());
    let (mut first, mut widest) = (None, 0);
    for _ in 0..TITLE_RECORDS {
        let place = records.clone();
        // A malformed row below a good header is reported when it is read as a row.
        match records.read(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(malformed) if first.is_none() => return Err(malformed),
            Err(_) => break,
        }
        let cells = record.cells().iter().filter(|cell| !is_blank(cell)).count();
        if cells == 0 {
            continue;
        }
        if (first.is_none() || cells > widest) && is_header(&record, choice) {
            return Ok(Some(place));
        }
        first.get_or_insert(place);
        widest = widest.max(cells);
    }
    Ok(first)
}

fn is_header(record: &Record<'_>, choice: &ColumnChoice) -> bool {
    !record.cells().iter().any(|cell| is_number(cell)) && Columns::of(record, choice).has(Field::Phone)
}

/// Whether a cell is an e-mail address.
fn is_email(cell: &str) -> bool {
    let parts = cell.trim().split_once('@');
    parts.is_some_and(|(local, domain)| !local.contains(char::is_whitespace) && domain.contains('.'))
}

/// Whether a cell is a number, which is never the name of a column.
fn is_number(cell: &str) -> bool {
    let begins = cell.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '+' | '(' | '\''));
    begins.starts_with(char::is_numeric) && digits(cell) >= DIGITS_OF_A_NUMBER
}

/// Digits of any script.
fn digits(cell: &str) -> usize {
    cell.chars().filter(|c| c.is_numeric()).count()
}

fn shown(name: &str) -> String {
    match name.char_indices().nth(NAME_CHARS_SHOWN).and_then(|(end, _)| name.get(..end)) {
        Some(beginning) => format!("{beginning}…"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(choice: &str) -> Options {
        let choice =
            if choice.is_empty() { ColumnChoice::default() } else { ColumnChoice::parse(choice).unwrap() };
        Options { choice, allow_no_phone: false }
    }

    fn refusal(text: &str, options: &Options) -> TableError {
        Table::open(text, options).err().unwrap()
    }

    /// Number, line and phones of each row.
    fn rows(text: &str) -> Vec<(u64, u64, String)> {
        let (mut table, mut rows) = (Table::open(text, &Options::default()).unwrap(), Vec::new());
        while let Some(row) = table.next_row().unwrap() {
            rows.push((row.number, row.line, row.phones().collect::<Vec<_>>().join("|")));
        }
        rows
    }

    #[test]
    fn blank_rows_are_no_rows_and_lines_are_a_spreadsheets() {
        let text = "phone,notes\n0712345678,\"a\nb\"\n\n , \n0733123456,\n";
        let expected = [(1, 2, "0712345678".to_owned()), (2, 5, "0733123456".to_owned())];
        assert_eq!(rows(text), expected);
        assert_eq!(rows(&format!("sep=,\n{text}")), expected);
        assert_eq!(check(text, &Options::default()), Ok(2));
    }

    #[test]
    fn a_rows_phones_come_in_the_order_of_their_columns_without_blanks() {
        let text =
            "Number,Phone,Mobile\n700123456,020 2345678, \n0711000222,,\u{a0}\n12345,,0712345678 ::: 020 1\n";
        let phones: Vec<_> = rows(text).into_iter().map(|(.., phones)| phones).collect();
        assert_eq!(phones, ["020 2345678", "0711000222", "0712345678|020 1"]);
    }

    #[test]
    fn a_title_above_the_header_is_skipped() {
        let text = "Members of the SACCO, 2026\n\nNo,Name,Phone\n1,Amina,0712345678\n";
        assert_eq!(rows(text), [(1, 4, "0712345678".to_owned())]);
        let table = Table::open(text, &Options::default()).unwrap();
        assert_eq!((table.header_row(), table.header()), (3, "No,Name,Phone\n"));
        // A row of values that has the word for a phone in it is not a header.
        let refused = refusal("Name,Kind\nAmina,Mobile\n", &Options::default());
        assert!(matches!(refused, TableError::NoPhoneColumn { .. }), "{refused}");
    }

    #[test]
    fn a_file_without_header_or_phone_column_is_refused_with_its_columns() {
        let plain = Options::default();
        assert_eq!(refusal("", &plain), TableError::Empty);
        assert_eq!(refusal("\r\n , \n", &plain), TableError::Empty);
        assert_eq!(refusal("\n0712345678\n0733123456\n", &plain), TableError::NoHeader { row: 2 });
        assert_eq!(refusal("Amina,+254 712 345678\n", &plain), TableError::NoHeader { row: 1 });
        assert_eq!(refusal("Amina,amina@example.com\n", &plain), TableError::NoHeader { row: 1 });
        assert_eq!(refusal("٠٧١٢٣٤٥٦٧٨\n٠٧٣٣١٢٣٤٥٦\n", &plain), TableError::NoHeader { row: 1 });
        let sentence = "no column of the file holds phone numbers; its columns are: Name, Town";
        assert_eq!(refusal("Name,Town\nAmina,Moshi\n", &plain).to_string(), sentence);
        let allowed = Options { allow_no_phone: true, ..Options::default() };
        assert_eq!(check("Name,Town\nAmina,Moshi\n", &allowed), Ok(1));
        assert!(matches!(refusal("Town\nMoshi\n", &allowed), TableError::NoKnownColumn { .. }));
        assert_eq!(check("phone\n", &plain), Ok(0));
    }

    #[test]
    fn a_file_whose_line_breaks_are_lost_is_refused() {
        let rows: String = (0..2_000).map(|n| format!("Amina,07123{n:05}")).collect();
        for text in ["phone0712345678", "phone,first_name0712345678,Amina", &format!("name,phone{rows}")] {
            assert_eq!(refusal(text, &Options::default()), TableError::OneLine);
        }
        assert_eq!(check("phone,first_name\n", &Options::default()), Ok(0));
        assert_eq!(check("phone,Sales 20261128\n0712345678,1\n", &Options::default()), Ok(1));
    }

    #[test]
    fn the_callers_columns_must_be_in_the_file() {
        let text = "Kontakt,Jina\n0712345678,Amina\n";
        assert_eq!(check(text, &options("phone:kontakt")), Ok(1));
        let unknown = refusal(text, &options("phone:Simu"));
        assert_eq!(unknown.to_string(), "the file has no column Simu; its columns are: Kontakt, Jina");
    }

    #[test]
    fn short_rows_and_empty_extra_cells_are_accepted() {
        let text = "phone,name\n0712345678\n0712345679,Amina,, \n0712345670,Odhiambo,Amina\n";
        let mut table = Table::open(text, &Options::default()).unwrap();
        let mut extra = Vec::new();
        while let Some(row) = table.next_row().unwrap() {
            extra.push((row.has_extra_cells(), row.field(Field::Name).map(str::to_owned)));
        }
        let (amina, odhiambo) = (Some("Amina".to_owned()), Some("Odhiambo".to_owned()));
        assert_eq!(extra, [(false, None), (false, amina), (true, odhiambo)]);
    }

    #[test]
    fn a_malformed_row_is_found_at_every_position() {
        let text = format!("phone,notes\n{}0712345678,\"x\n", "0712345678,y\n".repeat(100));
        let Err(TableError::Malformed(malformed)) = check(&text, &Options::default()) else { unreachable!() };
        assert_eq!((malformed.line, malformed.row), (102, 102));
    }
}
