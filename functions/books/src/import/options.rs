//! The options in the query of an import.

use contact_files::{ColumnChoice, Options};
use numbering::NumberReader;
use web::{ApiError, FieldError, Incoming, paging::Query};

use crate::phones::{self, COUNTRY};

/// Bad rows that an answer names by default; it counts the others.
pub const DEFAULT_NAMED: usize = 100;
/// The most bad rows that a request may ask an answer to name.
pub const MAX_NAMED: usize = 1_000;

const COLUMNS: &str = "columns";
const ALLOW_NO_PHONE: &str = "allow_no_phone";
const NAMED: &str = "named";

/// The parameters of an import of contacts.
pub const PARAMETERS: [&str; 4] = [COLUMNS, ALLOW_NO_PHONE, NAMED, COUNTRY];
pub const NUMBERS_PARAMETERS: [&str; 3] = [COLUMNS, NAMED, COUNTRY];

/// The options of an import's query.
#[derive(Clone)]
pub struct ImportOptions<'a> {
    /// Options for reading the file.
    pub file: Options,
    /// Bad rows that the answer names.
    pub named: usize,
    /// Whether only the numbers of a row count; then a row without one is bad.
    pub needs_phone: bool,
    /// The reader of its phone numbers.
    pub numbers: NumberReader<'a>,
}

impl<'a> ImportOptions<'a> {
    /// The options of a query without parameters.
    pub fn reading(numbers: NumberReader<'a>) -> Self {
        Self { file: Options::default(), named: DEFAULT_NAMED, needs_phone: false, numbers }
    }

    /// Reads a query.
    pub fn of(request: &Incoming<'a>) -> Result<Self, ApiError> {
        let numbers = phones::reader(&request.caller.organisation)?;
        let mut query = request.query();
        let options = Self::of_query(&mut query, numbers);
        query.finish()?;
        Ok(options)
    }

    fn of_query(query: &mut Query, numbers: NumberReader<'a>) -> Self {
        let choice = query
            .optional(COLUMNS, |text| ColumnChoice::parse(text).map_err(|error| error.to_string()))
            .unwrap_or_default();
        let allow_no_phone = query.optional(ALLOW_NO_PHONE, flag).unwrap_or_default();
        let named = query.optional(NAMED, count).unwrap_or(DEFAULT_NAMED);
        let numbers = phones::of_country_in(query, numbers);
        Self { file: Options { choice, allow_no_phone }, named, ..Self::reading(numbers) }
    }

    /// Refuses options about columns, which JSON does not have.
    pub fn check_json(&self) -> Result<(), ApiError> {
        if self.file.choice.is_empty() {
            return Ok(());
        }
        let message =
            "names the columns of a CSV file, and the body is JSON, whose fields have their own names";
        Err(ApiError::invalid(vec![FieldError::new(COLUMNS, message)]))
    }
}

fn flag(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be true or false".to_owned())
}

fn count(text: &str) -> Result<usize, String> {
    let wrong = || format!("must be between 1 and {MAX_NAMED}");
    text.parse().ok().filter(|count| (1..=MAX_NAMED).contains(count)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use http::Uri;

    use super::*;
    use crate::phones::kenyan_reader;

    fn read(query: &str) -> (ImportOptions<'static>, Vec<FieldError>) {
        let uri: Uri = format!("/x?{query}").parse().unwrap();
        let mut query = Query::of(&uri, &PARAMETERS);
        let options = ImportOptions::of_query(&mut query, kenyan_reader());
        (options, query.into_errors())
    }

    #[test]
    fn columns_flags_and_counts_are_read_and_every_bad_one_is_named() {
        let (options, errors) =
            read("columns=phone:Namba%20ya%20simu,first_name:Jina&allow_no_phone=true&named=1000&country=ug");
        assert_eq!((options.file.allow_no_phone, options.named, errors.len()), (true, 1_000, 0));
        assert_eq!(options.file.choice.entries().count(), 2);
        assert_eq!(options.numbers.home().to_string(), "UG");
        assert_eq!(read("").0.numbers.home().to_string(), "KE");
        let (_, errors) = read("columns=tel:Simu&allow_no_phone=yes&named=1001&country=Kenya");
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, PARAMETERS);
    }
}
