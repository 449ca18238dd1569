//! Reads the query of a page of a list. [`cursor`](crate::cursor) makes `next`.

use std::collections::HashSet;

use http::Uri;

use crate::{
    cursor::{Cursor, ListPaging},
    envelope::{CURSOR, PAGE},
    error::{ApiError, FieldError, shown},
};

const DEFAULT_PAGE_SIZE: u64 = 100;
const MAX_PAGE_SIZE: u64 = 500;

/// The query of a request, each parameter once.
pub struct Query {
    uri: Uri,
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

impl Query {
    /// The parameters of a request's address. Those that are not `known` are noted as errors.
    pub fn of(uri: &Uri, known: &[&str]) -> Self {
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let mut query = Self { uri: uri.clone(), pairs: pairs.into_owned().collect(), errors: Vec::new() };
        query.report_unknown(known);
        query
    }

    /// Notes each unknown parameter once, in the order of the address.
    fn report_unknown(&mut self, known: &[&str]) {
        let mut reported = HashSet::new();
        let unknown = self.pairs.iter().map(|(name, _)| name.as_str()).filter(|name| !known.contains(name));
        let message = match known {
            [] => "is not a parameter of this request, which has none".to_owned(),
            known => format!("is not a parameter of this request, which has {}", known.join(", ")),
        };
        let unknown = unknown.filter(|name| reported.insert(*name));
        self.errors.extend(unknown.map(|name| FieldError::new(shown(name), message.clone())));
    }

    /// A parameter, if it is present. A repeated or an unreadable one is noted as an error.
    pub fn optional<T>(&mut self, name: &str, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let mut values = self.pairs.iter().filter(|(other, _)| other == name).map(|(_, value)| value);
        let read = match (values.next()?, values.next()) {
            (value, None) => read(value),
            (_, Some(_)) => Err("appears more than once in the query".to_owned()),
        };
        read.map_err(|message| self.errors.push(FieldError::new(name, message))).ok()
    }

    /// A parameter that must be present. `None` if it is absent or invalid, which is noted.
    pub fn required<T>(&mut self, name: &str, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        if !self.pairs.iter().any(|(other, _)| other == name) {
            self.errors.push(FieldError::new(name, "is required"));
        }
        self.optional(name, read)
    }

    /// Notes that a parameter is invalid.
    pub fn reject(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(name, message));
    }

    /// The page that the query asks for.
    pub fn list_paging(&mut self) -> ListPaging {
        self.read_page(DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
    }

    /// The page that the query asks for, with at most `most` results, which is also the default.
    pub fn list_paging_up_to(&mut self, most: u64) -> ListPaging {
        self.read_page(most, most)
    }

    fn read_page(&mut self, default: u64, most: u64) -> ListPaging {
        let is_digits = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
        let number =
            |text: &str| Some(text).filter(is_digits)?.parse::<u64>().ok().filter(|number| *number > 0);
        let page = self.optional(PAGE, |text| {
            // With larger numbers offsets would overflow; such a page is beyond every list and empty.
            number(text)
                .filter(|page| *page <= u64::from(u32::MAX))
                .ok_or("must be a positive integer".to_owned())
        });
        let page_size = self.optional("page_size", |text| {
            let wrong = || format!("must be between 1 and {most}");
            number(text).filter(|size| *size <= most).ok_or_else(wrong)
        });
        let cursor = self.optional(CURSOR, Cursor::parse);
        if cursor.is_some() && self.pairs.iter().any(|(name, _)| name == PAGE) {
            self.errors.push(FieldError::new(PAGE, "cannot be combined with cursor"));
        }
        let uri = self.uri.clone();
        ListPaging { uri, page: page.unwrap_or(1), page_size: page_size.unwrap_or(default), cursor }
    }

    /// The errors that were noted.
    pub fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }

    pub fn finish(self) -> Result<(), ApiError> {
        if self.errors.is_empty() { Ok(()) } else { Err(ApiError::invalid(self.errors)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_and_absurd_numbers_are_named() {
        for query in
            ["page=0", "page=-1", "page=1.5", "page=99999999999999999999", "page_size=501", "page=1&page=2"]
        {
            let uri: Uri = format!("/x?{query}").parse().unwrap();
            let mut read = Query::of(&uri, &["page", "page_size"]);
            read.list_paging();
            assert_eq!(read.into_errors().len(), 1, "{query}");
        }
    }

    #[test]
    fn unknown_parameters_are_named_once_with_the_known_ones() {
        let uri: Uri = "/x?pagesize=5&page=2&Page=1&pagesize=7&&=".parse().unwrap();
        let errors = Query::of(&uri, &["page", "page_size"]).into_errors();
        let names: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(names, ["pagesize", "Page", ""]);
        assert_eq!(errors[0].message, "is not a parameter of this request, which has page, page_size");
        let none = Query::of(&"/x?a".parse().unwrap(), &[]).into_errors();
        assert_eq!(none[0].message, "is not a parameter of this request, which has none");
        assert_eq!(Query::of(&"/x?&".parse().unwrap(), &[]).into_errors(), []);
    }
}
