//! A sheet of a workbook (Excel, LibreOffice) as separated text.

use std::{collections::HashSet, io::Cursor};

use calamine::{
    Data, Error, ExcelDateTime, Ods, OdsError, Reader, SheetType, SheetVisible, Sheets, Xls, XlsError, Xlsb,
    XlsbError, Xlsx, XlsxError,
};
use contact_files::{Foreign, push_record};
use thiserror::Error;

/// Between the cells of the text.
const SEPARATOR: char = ',';
const SECONDS_PER_DAY: f64 = 86_400.0;

/// Why a workbook cannot be read. Quotes only the names of its sheets.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WorkbookError {
    /// The workbook is encrypted.
    #[error("the workbook is protected by a password: save it without one")]
    Protected,
    /// The bytes are not those of a workbook.
    #[error(
        "the workbook is damaged, or older than Excel 97: open it in a spreadsheet, and save it as \"CSV UTF-8\""
    )]
    Damaged,
    /// The workbook has charts and macros only.
    #[error("the workbook has no sheet with cells")]
    NoSheet,
    /// The workbook has no sheet with this name.
    #[error("the workbook has no sheet {name}; its sheets are: {}", .sheets.join(", "))]
    UnknownSheet {
        name: String,
        /// The existing sheets.
        sheets: Vec<String>,
    },
    /// A program wrote a formula and not its value: read as a blank cell, a contact would lose its number.
    #[error(
        "the workbook has a formula without its value in cell {cell}: open it in a spreadsheet, and save it there"
    )]
    NoValue {
        /// The cell as a spreadsheet names it: `B4`.
        cell: String,
    },
}

/// The sheet that is read. No `Debug`: it holds contacts.
pub struct Sheet {
    pub name: String,
    /// The visible sheets that are not read.
    pub others: Vec<String>,
    /// The cells of the sheet. Each line is a row, from the first row on, so that rows keep their numbers.
    pub text: String,
}

type Workbook<'a> = Sheets<Cursor<&'a [u8]>>;

/// A row and a column, from 0.
type Position = (u32, u32);

/// Reads the sheet of a name, or the first one that is visible.
///
/// # Errors
/// If the workbook cannot be read, or has no such sheet.
pub fn read(bytes: &[u8], kind: Foreign, name: Option<&str>) -> Result<Sheet, WorkbookError> {
    let mut workbook = open(bytes, kind)?;
    let sheets = workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let (visible, hidden): (Vec<_>, Vec<_>) =
        sheets.cloned().partition(|sheet| sheet.visible == SheetVisible::Visible);
    let names =
        |sheets: &[calamine::Sheet]| sheets.iter().map(|sheet| sheet.name.clone()).collect::<Vec<_>>();
    let mut others = names(&visible);
    let name = match name {
        // A sheet that is named may be hidden.
        Some(name) => match visible.iter().chain(&hidden).find(|sheet| sheet.name.trim() == name.trim()) {
            Some(sheet) => sheet.name.clone(),
            None => return Err(WorkbookError::UnknownSheet { name: name.to_owned(), sheets: others }),
        },
        None => visible.first().or(hidden.first()).ok_or(WorkbookError::NoSheet)?.name.clone(),
    };
    others.retain(|other| *other != name);
    let text = cells(&mut workbook, &name)?;
    Ok(Sheet { name, others, text })
}

fn open(bytes: &[u8], kind: Foreign) -> Result<Workbook<'_>, WorkbookError> {
    let cursor = || Cursor::new(bytes);
    Ok(match kind {
        Foreign::OpenDocument => Sheets::Ods(Ods::new(cursor()).map_err(ods)?),
        // The binary workbooks of Excel differ in the name of one part.
        Foreign::Workbook if memchr::memmem::find(bytes, b"xl/workbook.bin").is_some() => {
            Sheets::Xlsb(Xlsb::new(cursor()).map_err(xlsb)?)
        }
        Foreign::Workbook => Sheets::Xlsx(Xlsx::new(cursor()).map_err(xlsx)?),
        // An encrypted .xlsx is in the container of an .xls.
        _ if matches!(Xlsx::new(cursor()), Err(XlsxError::Password)) => return Err(WorkbookError::Protected),
        _ => Sheets::Xls(Xls::new(cursor()).map_err(xls)?),
    })
}

fn xlsx(error: XlsxError) -> WorkbookError {
    if matches!(error, XlsxError::Password) { WorkbookError::Protected } else { WorkbookError::Damaged }
}

fn xlsb(error: XlsbError) -> WorkbookError {
    if matches!(error, XlsbError::Password) { WorkbookError::Protected } else { WorkbookError::Damaged }
}

fn xls(error: XlsError) -> WorkbookError {
    if matches!(error, XlsError::Password) { WorkbookError::Protected } else { WorkbookError::Damaged }
}

fn ods(error: OdsError) -> WorkbookError {
    if matches!(error, OdsError::Password) { WorkbookError::Protected } else { WorkbookError::Damaged }
}

/// The cells of a sheet as text. In the newer formats they are read one after the other: a table of all of them would
/// not fit into memory if one cell far away was ever edited.
fn cells(workbook: &mut Workbook<'_>, name: &str) -> Result<String, WorkbookError> {
    let mut text = SheetText::default();
    match workbook {
        Sheets::Xlsx(workbook) => {
            let empty = put_cells(&mut text, workbook, name)?;
            if let Some(position) = formula_among(&empty, workbook, name)? {
                return Err(WorkbookError::NoValue { cell: cell_name(position) });
            }
        }
        Sheets::Xlsb(workbook) => {
            let mut reader = workbook.worksheet_cells_reader(name).map_err(xlsb)?;
            while let Some(cell) = reader.next_cell().map_err(xlsb)? {
                text.put(cell.get_position(), &Data::from(cell.get_value().clone()))?;
            }
        }
        workbook => {
            let range = workbook.worksheet_range(name).map_err(|error: Error| match error {
                Error::Xls(error) => xls(error),
                Error::Ods(error) => ods(error),
                _ => WorkbookError::Damaged,
            })?;
            let (first_row, first_column) = range.start().unwrap_or_default();
            for (row, column, value) in range.used_cells() {
                text.put((first_row + row as u32, first_column + column as u32), value)?;
            }
        }
    }
    Ok(text.finish())
}

/// Writes the cells of a sheet; returns those without a value.
fn put_cells(
    text: &mut SheetText,
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
) -> Result<HashSet<Position>, WorkbookError> {
    let mut empty = HashSet::new();
    let mut reader = workbook.worksheet_cells_reader(name).map_err(xlsx)?;
    while let Some(cell) = reader.next_cell().map_err(xlsx)? {
        let (position, value) = (cell.get_position(), Data::from(cell.get_value().clone()));
        text.put(position, &value)?;
        if value == Data::Empty {
            empty.insert(position);
        }
    }
    Ok(empty)
}

/// The first of these cells that holds a formula.
fn formula_among(
    cells: &HashSet<Position>,
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
) -> Result<Option<Position>, WorkbookError> {
    if cells.is_empty() {
        return Ok(None);
    }
    let mut reader = workbook.worksheet_cells_reader(name).map_err(xlsx)?;
    while let Some(formula) = reader.next_formula().map_err(xlsx)? {
        let position = formula.get_position();
        if !formula.get_value().is_empty() && cells.contains(&position) {
            return Ok(Some(position));
        }
    }
    Ok(None)
}

/// `A1`, `AB12`
fn cell_name((row, column): Position) -> String {
    let (mut letters, mut rest) = (String::new(), column + 1);
    while let Some(digit) = rest.checked_sub(1) {
        letters.insert(0, char::from(b'A' + (digit % 26) as u8));
        rest = digit / 26;
    }
    format!("{letters}{}", u64::from(row) + 1)
}

/// The text of a sheet, written cell by cell.
#[derive(Default)]
struct SheetText {
    text: String,
    row: u32,
    cells: Vec<String>,
}

impl SheetText {
    /// Writes a cell that comes after the cells before it, in the order in which spreadsheets store them.
    fn put(&mut self, (row, column): Position, value: &Data) -> Result<(), WorkbookError> {
        let value = shown(value);
        if value.is_empty() {
            return Ok(());
        }
        if row < self.row {
            return Err(WorkbookError::Damaged);
        }
        while self.row < row {
            self.end_row();
        }
        let column = column as usize;
        if self.cells.len() <= column {
            self.cells.resize(column + 1, String::new());
        }
        if let Some(cell) = self.cells.get_mut(column) {
            *cell = value;
        }
        Ok(())
    }

    fn end_row(&mut self) {
        push_record(&mut self.text, SEPARATOR, self.cells.iter().map(String::as_str));
        self.cells.clear();
        self.row += 1;
    }

    fn finish(mut self) -> String {
        if !self.cells.is_empty() {
            self.end_row();
        }
        self.text
    }
}

/// A cell as text. Numbers have all stored digits, also those that the spreadsheet does not show; a `Display`
/// of a float writes no exponent.
fn shown(value: &Data) -> String {
    match value {
        Data::Empty => String::new(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(value) => if *value { "TRUE" } else { "FALSE" }.to_owned(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::DateTime(instant) => date(instant),
        Data::Error(error) => error.to_string(),
    }
}

/// `2026-11-28`, with the time if it has one; a time alone is `10:30:00`.
fn date(instant: &ExcelDateTime) -> String {
    let serial = instant.as_f64();
    let (year, month, day, hour, minute, second, _) = instant.to_ymd_hms_milli();
    if instant.is_duration() {
        let seconds = (serial * SECONDS_PER_DAY).round() as i64;
        return format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    let (date, time) = (format!("{year}-{month:02}-{day:02}"), format!("{hour:02}:{minute:02}:{second:02}"));
    match (serial < 1.0, serial.fract() == 0.0) {
        (true, _) => time,
        (false, true) => date,
        (false, false) => format!("{date} {time}"),
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[test]
    fn numbers_keep_every_stored_digit_and_dates_are_dates() {
        for (value, text) in [
            (Data::Float(254_712_345_678.0), "254712345678"),
            (Data::Float(1e20), "100000000000000000000"),
            (Data::Float(7720076.5), "7720076.5"),
            (Data::Int(712_345_678), "712345678"),
            (Data::String("0712345678".to_owned()), "0712345678"),
            (Data::Bool(true), "TRUE"),
            (Data::Error(calamine::CellErrorType::NA), "#N/A"),
            (Data::Empty, ""),
        ] {
            assert_eq!(shown(&value), text);
        }
        let at = |serial, kind| shown(&Data::DateTime(ExcelDateTime::new(serial, kind, false)));
        assert_eq!(at(45_943.0, ExcelDateTimeType::DateTime), "2025-10-13");
        assert_eq!(at(45_943.5, ExcelDateTimeType::DateTime), "2025-10-13 12:00:00");
        assert_eq!(at(0.25, ExcelDateTimeType::DateTime), "06:00:00");
        assert_eq!(at(1.5, ExcelDateTimeType::TimeDelta), "36:00:00");
    }

    #[test]
    fn cells_are_named_as_a_spreadsheet_names_them() {
        let names = [(0, 0), (3, 1), (9, 25), (9, 26), (0, 701), (1_048_575, 16_383)].map(cell_name);
        assert_eq!(names, ["A1", "B4", "Z10", "AA10", "ZZ1", "XFD1048576"]);
    }

    #[test]
    fn a_row_of_the_sheet_is_a_line_of_the_text() {
        let mut text = SheetText::default();
        let cell = |text: &str| Data::String(text.to_owned());
        text.put((1, 0), &cell("phone")).unwrap();
        text.put((1, 2), &cell("a,b")).unwrap();
        text.put((3, 0), &Data::Float(712_345_678.0)).unwrap();
        // A cell far away that was edited and emptied.
        text.put((1_048_575, 16_383), &Data::Empty).unwrap();
        assert_eq!(text.put((2, 0), &cell("x")), Err(WorkbookError::Damaged));
        assert_eq!(text.finish(), "\nphone,,\"a,b\"\n\n712345678\n");
    }

    #[test]
    fn a_file_that_only_begins_as_a_workbook_is_damaged() {
        for (bytes, kind) in [
            (&b"PK\x03\x04 xl/"[..], Foreign::Workbook),
            (b"PK\x03\x04 xl/workbook.bin", Foreign::Workbook),
            (b"\xd0\xcf\x11\xe0", Foreign::OldWorkbook),
            (b"PK\x03\x04opendocument.spreadsheet", Foreign::OpenDocument),
        ] {
            assert_eq!(read(bytes, kind, None).err(), Some(WorkbookError::Damaged));
        }
    }
}
