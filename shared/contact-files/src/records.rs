//! The records of a separated text (RFC 4180), each with the line where it begins.
//!
//! Not the `csv` crate, because it takes a quote that is never closed as the rest of the file, without an error.

use std::borrow::Cow;

use domain::visible::is_invisible;
use memchr::{memchr, memchr_iter, memchr3};
use thiserror::Error;

/// Cells of a record that are kept: the columns of the widest spreadsheet.
pub const MAX_COLUMNS: usize = 16_384;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QuoteFault {
    /// The text ends within the cell.
    NeverClosed,
    /// The closing quote is followed by something else than a separator or the end of the line.
    GarbledEnd,
}

/// A quoted cell that cannot be read. The rows after it cannot be read reliably, so the whole file is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error(
    "line {line}{}: a quoted cell begins {}",
    if self.row == self.line { String::new() } else { format!(" (row {} of a spreadsheet)", self.row) },
    match self.fault {
        QuoteFault::NeverClosed => "that is never closed",
        QuoteFault::GarbledEnd => "whose closing quote is not followed by a separator or the end of the line",
    }
)]
pub struct MalformedQuote {
    /// The line of the text where the quote opens, from 1, as a text editor counts.
    pub line: u64,
    /// The row where the quote opens, from 1, as a spreadsheet counts: line breaks within a cell are not counted.
    pub row: u64,
    pub fault: QuoteFault,
}

/// A record. Reused from one to the next. No `Debug`: it holds contacts.
#[derive(Default)]
pub struct Record<'a> {
    cells: Vec<Cow<'a, str>>,
    raw: &'a str,
    row: u64,
    has_more_cells: bool,
}

impl<'a> Record<'a> {
    /// The cells, without their quotes; at most [`MAX_COLUMNS`].
    pub fn cells(&self) -> &[Cow<'a, str>] {
        &self.cells
    }

    /// The cell at a place; empty if the record is shorter.
    pub fn cell(&self, place: usize) -> &str {
        self.cells.get(place).map_or("", |cell| cell)
    }

    /// The record as it is written, with the end of its line.
    pub const fn raw(&self) -> &'a str {
        self.raw
    }

    /// The row as a spreadsheet counts it, from 1: blank rows are counted, line breaks within a cell are not.
    pub const fn row(&self) -> u64 {
        self.row
    }

    /// Whether every cell is blank.
    pub fn is_blank(&self) -> bool {
        !self.has_more_cells && self.cells.iter().all(|cell| is_blank(cell))
    }

    /// Whether a cell after this many is not blank.
    pub fn says_more_than(&self, cells: usize) -> bool {
        self.has_more_cells || self.cells.iter().skip(cells).any(|cell| !is_blank(cell))
    }

    fn push(&mut self, cell: Cow<'a, str>) {
        if self.cells.len() < MAX_COLUMNS {
            self.cells.push(cell);
        } else {
            self.has_more_cells |= !is_blank(&cell);
        }
    }
}

/// Whether a cell has no visible character.
pub fn is_blank(cell: &str) -> bool {
    cell.chars().all(|c| c.is_whitespace() || c.is_control() || is_invisible(c))
}

/// Reads the records of a text, one after another.
#[derive(Clone)]
pub struct Records<'a> {
    text: &'a str,
    separator: u8,
    place: usize,
    line: u64,
    row: u64,
}

/// A quoted cell: its content with doubled quotes, and the place behind its closing quote.
struct Quoted {
    content_end: usize,
    end: usize,
    has_doubled_quotes: bool,
}

impl<'a> Records<'a> {
    /// The records of a text from `place` on, which `lines_before` lines precede.
    ///
    /// A separator that is not an ASCII character is taken for a comma.
    pub const fn new(text: &'a str, separator: u8, place: usize, lines_before: u64) -> Self {
        let separator = if separator.is_ascii() { separator } else { b',' };
        Self { text, separator, place, line: lines_before + 1, row: 0 }
    }

    /// Bytes of the text that are read.
    pub const fn bytes_read(&self) -> usize {
        self.place
    }

    /// Whether all records are read.
    pub const fn are_read(&self) -> bool {
        self.place >= self.text.len()
    }

    pub const fn separator(&self) -> u8 {
        self.separator
    }

    /// Reads the next record; `false` at the end of the text.
    ///
    /// # Errors
    /// If a quoted cell is never closed, or its end is garbled. Nothing that follows can be read then.
    pub fn read(&mut self, record: &mut Record<'a>) -> Result<bool, MalformedQuote> {
        record.cells.clear();
        record.has_more_cells = false;
        if self.are_read() {
            return Ok(false);
        }
        let begin = self.place;
        self.row += 1;
        record.row = self.row;
        loop {
            let cell = self.cell()?;
            record.push(cell);
            if self.end_of_cell() {
                break;
            }
        }
        record.raw = self.slice(begin, self.place);
        Ok(true)
    }

    /// Skips the separator or line end after a cell; returns whether the record ends.
    fn end_of_cell(&mut self) -> bool {
        match self.byte(self.place) {
            Some(byte) if byte == self.separator => {
                self.place += 1;
                return false;
            }
            Some(b'\r') => {
                self.place += if self.byte(self.place + 1) == Some(b'\n') { 2 } else { 1 };
            }
            Some(_) => self.place += 1,
            None => return true,
        }
        self.line += 1;
        true
    }

    fn cell(&mut self) -> Result<Cow<'a, str>, MalformedQuote> {
        if self.byte(self.place) == Some(b'"') {
            let opening = self.place;
            let quoted = self.quoted(opening).ok_or_else(|| self.malformed(QuoteFault::NeverClosed))?;
            if !self.ends_cell(quoted.end) {
                return Err(self.malformed(QuoteFault::GarbledEnd));
            }
            return Ok(self.take(opening, &quoted));
        }
        if let Some((opening, quoted)) = self.quoted_behind_spaces() {
            let cell = self.take(opening, &quoted);
            self.place = self.behind_spaces(quoted.end);
            return Ok(cell);
        }
        let begin = self.place;
        let rest = self.text.as_bytes().get(begin..).unwrap_or_default();
        self.place =
            memchr3(self.separator, b'\n', b'\r', rest).map_or(self.text.len(), |length| begin + length);
        Ok(Cow::Borrowed(self.slice(begin, self.place)))
    }

    /// A quoted cell that opens at a place; `None` if it is never closed.
    fn quoted(&self, opening: usize) -> Option<Quoted> {
        let bytes = self.text.as_bytes();
        let (mut place, mut has_doubled_quotes) = (opening + 1, false);
        loop {
            let content_end = place + memchr(b'"', bytes.get(place..)?)?;
            if self.byte(content_end + 1) != Some(b'"') {
                return Some(Quoted { content_end, end: content_end + 1, has_doubled_quotes });
            }
            has_doubled_quotes = true;
            place = content_end + 2;
        }
    }

    /// `0712345678, "Odhiambo, Amina"`: spaces before a quoted cell, as people type them. Only if the cell closes in
    /// the same line, because a quote within an unquoted cell is an ordinary character.
    fn quoted_behind_spaces(&self) -> Option<(usize, Quoted)> {
        if self.byte(self.place) != Some(b' ') {
            return None;
        }
        let opening = self.behind_spaces(self.place);
        if self.byte(opening) != Some(b'"') {
            return None;
        }
        let quoted = self.quoted(opening)?;
        let is_one_line = line_breaks(self.slice(opening, quoted.end)) == 0;
        (is_one_line && self.ends_cell(self.behind_spaces(quoted.end))).then_some((opening, quoted))
    }

    fn behind_spaces(&self, mut place: usize) -> usize {
        while self.byte(place) == Some(b' ') && self.separator != b' ' {
            place += 1;
        }
        place
    }

    /// The content of a quoted cell; moves the position behind it.
    fn take(&mut self, opening: usize, quoted: &Quoted) -> Cow<'a, str> {
        let content = self.slice(opening + 1, quoted.content_end);
        self.line += line_breaks(content);
        self.place = quoted.end;
        if quoted.has_doubled_quotes {
            Cow::Owned(content.replace("\"\"", "\""))
        } else {
            Cow::Borrowed(content)
        }
    }

    fn ends_cell(&self, place: usize) -> bool {
        self.byte(place).is_none_or(|byte| byte == self.separator || byte == b'\n' || byte == b'\r')
    }

    const fn malformed(&self, fault: QuoteFault) -> MalformedQuote {
        MalformedQuote { line: self.line, row: self.row, fault }
    }

    fn byte(&self, place: usize) -> Option<u8> {
        self.text.as_bytes().get(place).copied()
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }
}

/// Line breaks within a cell; `\r\n` is one.
fn line_breaks(content: &str) -> u64 {
    let bytes = content.as_bytes();
    let lone = memchr_iter(b'\r', bytes).filter(|place| bytes.get(place + 1) != Some(&b'\n')).count();
    (memchr_iter(b'\n', bytes).count() + lone) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, separator: u8) -> Result<Vec<(u64, Vec<String>)>, MalformedQuote> {
        let (mut records, mut record, mut all) =
            (Records::new(text, separator, 0, 0), Record::default(), Vec::new());
        while records.read(&mut record)? {
            all.push((record.row(), record.cells().iter().map(|cell| cell.to_string()).collect()));
        }
        Ok(all)
    }

    fn cells(text: &str) -> Vec<Vec<String>> {
        read(text, b',').unwrap().into_iter().map(|(_, cells)| cells).collect()
    }

    #[test]
    fn quotes_separators_and_every_end_of_line_are_read() {
        assert_eq!(
            cells("a,\"b,\"\"c\"\"\nd\",\r\ne\rf"),
            [vec!["a", "b,\"c\"\nd", ""], vec!["e"], vec!["f"]]
        );
        assert_eq!(cells("a, \"b, c\" ,d\n"), [["a", "b, c", "d"]]);
        assert_eq!(cells("5\" pipe, \"x\ny,a\"b\"\n"), [vec!["5\" pipe", " \"x"], vec!["y", "a\"b\""]]);
        assert_eq!(cells(""), Vec::<Vec<String>>::new());
        assert_eq!(cells(","), [["", ""]]);
        assert_eq!(read("a;b\tc", b'\t').unwrap()[0].1, ["a;b", "c"]);
    }

    #[test]
    fn rows_are_counted_as_a_spreadsheet_shows_them() {
        let rows = read("phone,notes\n1,\"two\nlines\"\n\n2,x\n", b',').unwrap();
        assert_eq!(rows.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }

    #[test]
    fn a_quote_that_is_never_closed_or_garbled_is_refused_with_its_line() {
        let fault = |text: &str| read(text, b',').unwrap_err();
        let closed_never = MalformedQuote { line: 2, row: 2, fault: QuoteFault::NeverClosed };
        assert_eq!(fault("phone,notes\n0712345678,\"x\n0733123456,y\n"), closed_never);
        let garbled = MalformedQuote { line: 2, row: 2, fault: QuoteFault::GarbledEnd };
        assert_eq!(fault("phone,notes\n0712345678,\"x\n0733123456,\"y\n0722000111,z\n"), garbled);
        assert_eq!(fault("phone\n\"Amina\" O\n"), garbled);
        let later = fault("a,\"b\r\nc\"\r\n\"d");
        assert_eq!((later.line, later.row), (3, 2));
        assert_eq!(
            later.to_string(),
            "line 3 (row 2 of a spreadsheet): a quoted cell begins that is never closed"
        );
    }

    #[test]
    fn cells_beyond_the_widest_spreadsheet_are_not_kept() {
        let text = format!("{}x\n", ",".repeat(MAX_COLUMNS));
        let (mut records, mut record) = (Records::new(&text, b',', 0, 0), Record::default());
        assert!(records.read(&mut record).unwrap());
        assert_eq!(
            (record.cells().len(), record.says_more_than(3), record.is_blank()),
            (MAX_COLUMNS, true, false)
        );
    }
}
