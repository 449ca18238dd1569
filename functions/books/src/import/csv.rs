//! Contacts as a CSV file (RFC 4180) with a header row, as spreadsheets export them.

use ::csv::{ByteRecord, ReaderBuilder};
use numbering::HomeCountry;
use web::{ApiError, ErrorCode, FieldError, FieldErrors, error::shown, export::unguarded};

use super::{
    contact::{Field, WrittenContact},
    rows::Rows,
};

/// Excel begins UTF-8 files with it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Unknown columns that an answer names.
const MOST_IGNORED: usize = 100;

/// The field of each column, and the names of unknown columns.
struct Columns {
    fields: Vec<Option<Field>>,
    ignored: Vec<String>,
}

/// Reads a file. A blank cell leaves a contact's field as it is; the apostrophe that an export puts before a formula is
/// taken off again.
pub fn read(body: &[u8], home: HomeCountry) -> Result<Rows, ApiError> {
    read_into(Rows::default(), body, home)
}

/// As [`read`], of a file of which only the numbers count.
pub fn read_numbers(body: &[u8], home: HomeCountry) -> Result<Rows, ApiError> {
    read_into(Rows { needs_phone: true, ..Rows::default() }, body, home)
}

fn read_into(mut rows: Rows, body: &[u8], home: HomeCountry) -> Result<Rows, ApiError> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(body);
    let header = reader.byte_headers().map_err(unreadable)?.clone();
    let Columns { fields, ignored } = Columns::of(&header)?;
    rows.ignored_columns = ignored;
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(unreadable)? {
        rows.take(written(&record, &fields), home);
    }
    Ok(rows)
}

impl Columns {
    fn of(header: &ByteRecord) -> Result<Self, ApiError> {
        let mut columns = Self { fields: Vec::new(), ignored: Vec::new() };
        let mut errors = FieldErrors::default();
        let mut known = Vec::with_capacity(Field::ALL.len());
        for name in header {
            let name = String::from_utf8_lossy(name);
            let field = Field::of_column(&name);
            match field {
                Some(field) if known.contains(&field) => {
                    errors.push(FieldError::new(shown(name.trim()), "is a second column for the same field"));
                }
                Some(field) => known.push(field),
                None if columns.ignored.len() < MOST_IGNORED => columns.ignored.push(shown(name.trim())),
                _ => {}
            }
            columns.fields.push(field);
        }
        if known.is_empty() {
            let wanted = "must name columns: phone (or mobile, msisdn, number), first_name, last_name, name, \
                          email, notes; separated by commas";
            errors.push(FieldError::new("header", wanted));
        }
        if errors.is_empty() { Ok(columns) } else { Err(ApiError::invalid(errors)) }
    }
}

fn written(record: &ByteRecord, fields: &[Option<Field>]) -> Result<WrittenContact, String> {
    if record.len() > fields.len() {
        return Err("has more cells than the header".to_owned());
    }
    let mut contact = WrittenContact::default();
    for (cell, field) in record.iter().zip(fields) {
        let Some(field) = field else { continue };
        let cell = str::from_utf8(cell).map_err(|_| format!("{} is not UTF-8", field.name()))?.trim();
        if !cell.is_empty() {
            contact.set(*field, unguarded(cell).to_owned());
        }
    }
    Ok(contact)
}

/// The reader's own message would quote the file.
fn unreadable(error: ::csv::Error) -> ApiError {
    let line = error.position().map(|position| format!(" at line {}", position.line())).unwrap_or_default();
    ApiError::new(ErrorCode::MalformedCsv, format!("The body is not readable CSV{line}."))
}
