//! Contacts as a file with a header row: CSV in any of the forms that `contact_files` reads.

use std::borrow::Cow;

use contact_files::{Columns, Field, Row, Table, decode};
use web::{ApiError, error::shown, export::unguarded};

use super::{
    contact::WrittenContact,
    options::ImportOptions,
    refusals::{not_a_table, not_text},
    rows::{ColumnsView, Place, Rows},
};

/// Names of columns that an answer repeats, of each field and of those that are ignored.
const MOST_COLUMNS: usize = 100;

/// Reads a file. A blank cell keeps a contact's field; the apostrophe that an export puts before a formula is removed.
pub fn read(body: &[u8], charset: Option<&str>, options: &ImportOptions<'_>) -> Result<Rows, ApiError> {
    let text = decode(body, charset).map_err(not_text)?.text;
    let mut table = Table::open(&text, &options.file).map_err(|error| not_a_table(error, options))?;
    let mut rows = Rows::new(options);
    rows.header_line = Some(table.header_row());
    rows.columns = Some(view(table.columns()));
    rows.ignored_columns = named(table.columns().ignored());
    while let Some(row) = table.next_row().map_err(|malformed| not_a_table(malformed.into(), options))? {
        rows.check_room()?;
        let place = Place { row: row.number, line: Some(row.line) };
        if row.has_extra_cells() {
            rows.refuse(place, row.phones().next(), "has more cells than the header");
        } else {
            rows.take(place, &written(&row), options.numbers);
        }
    }
    Ok(rows)
}

fn written<'a>(row: &Row<'a, '_>) -> WrittenContact<'a> {
    let cell = |field| row.field(field).map(|cell| Cow::Borrowed(unguarded(cell)));
    WrittenContact {
        phones: row.phones().map(|phone| Cow::Borrowed(unguarded(phone))).collect(),
        country_code: cell(Field::CountryCode),
        first_name: cell(Field::FirstName),
        last_name: cell(Field::LastName),
        name: cell(Field::Name),
        email: cell(Field::Email),
        notes: cell(Field::Notes),
    }
}

fn view(columns: &Columns) -> ColumnsView {
    let taken = |field| named(columns.taken_for(field).into_iter());
    ColumnsView {
        phone: taken(Field::Phone),
        country_code: taken(Field::CountryCode),
        first_name: taken(Field::FirstName),
        last_name: taken(Field::LastName),
        name: taken(Field::Name),
        email: taken(Field::Email),
        notes: taken(Field::Notes),
    }
}

fn named<'a>(columns: impl Iterator<Item = &'a str>) -> Vec<String> {
    columns.take(MOST_COLUMNS).map(shown).collect()
}
