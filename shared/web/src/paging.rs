//! Pages: `page` and `page_size` in, the envelope out. Lists with a [`cursor`](crate::cursor) are read here too.

use std::collections::HashSet;

use http::Uri;
use serde::Serialize;
use stores::{Page, PageRequest};

use crate::{
    cursor::{CURSOR, Cursor, ListPaging},
    error::{ApiError, FieldError, shown},
};

/// The query parameter of a page by its number.
const PAGE: &str = "page";
const DEFAULT_PAGE_SIZE: u64 = 100;
const MAX_PAGE_SIZE: u64 = 500;

/// A page that a request asks for, and the address that it asks at.
pub struct Paging {
    /// The page.
    pub page: PageRequest,
    uri: Uri,
}

impl Paging {
    /// Wraps the page that was found.
    pub fn envelope<T>(&self, page: Page<T>) -> Envelope<T> {
        Envelope::new(&self.uri, self.page, page)
    }
}

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

    /// The page asked for.
    pub fn paging(&mut self) -> Paging {
        self.read_page(DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
    }

    /// The page asked for of a list with cursors.
    pub fn list_paging(&mut self) -> ListPaging {
        self.read_list_page(DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
    }

    /// The page asked for of a list with cursors, of at most `most` results, which is also the default.
    pub fn list_paging_up_to(&mut self, most: u64) -> ListPaging {
        self.read_list_page(most, most)
    }

    fn read_list_page(&mut self, default: u64, most: u64) -> ListPaging {
        let Paging { page, uri } = self.read_page(default, most);
        let cursor = self.optional(CURSOR, Cursor::parse);
        if cursor.is_some() && self.pairs.iter().any(|(name, _)| name == PAGE) {
            self.errors.push(FieldError::new(PAGE, "appears beside cursor: name one of them"));
        }
        ListPaging { uri, page: page.page, page_size: page.page_size, cursor }
    }

    fn read_page(&mut self, default: u64, most: u64) -> Paging {
        let is_digits = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
        let number =
            |text: &str| Some(text).filter(is_digits)?.parse::<u64>().ok().filter(|number| *number > 0);
        let page = self.optional(PAGE, |text| {
            // Beyond this no page can be: offsets still fit, and such a page is simply empty.
            number(text)
                .filter(|page| *page <= u64::from(u32::MAX))
                .ok_or("must be a positive integer".to_owned())
        });
        let page_size = self.optional("page_size", |text| {
            let wrong = || format!("must be between 1 and {most}");
            number(text).filter(|size| *size <= most).ok_or_else(wrong)
        });
        let page = PageRequest { page: page.unwrap_or(1), page_size: page_size.unwrap_or(default) };
        Paging { page, uri: self.uri.clone() }
    }

    /// All that is wrong so far.
    pub fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }

    /// An error if anything is wrong.
    pub fn finish(self) -> Result<(), ApiError> {
        if self.errors.is_empty() { Ok(()) } else { Err(ApiError::invalid(self.errors)) }
    }
}

/// A page as it goes out.
#[derive(Debug, Serialize)]
pub struct Envelope<T> {
    /// Results over all pages.
    pub total: u64,
    /// This page.
    pub page: u64,
    /// Results a page.
    pub page_size: u64,
    /// Pages in all.
    pub total_pages: u64,
    /// Address of the page after, if there is one.
    pub next: Option<String>,
    /// Address of the page before, if there is one.
    pub previous: Option<String>,
    /// This page's results.
    pub results: Vec<T>,
}

impl<T> Envelope<T> {
    /// Wraps a page; `uri` is the absolute address it was asked for at.
    fn new(uri: &Uri, request: PageRequest, page: Page<T>) -> Self {
        let PageRequest { page: number, page_size } = request;
        let total_pages = page.total.div_ceil(page_size);
        let next = (number < total_pages).then(|| address(uri, PAGE, &(number + 1).to_string()));
        Self { next, ..Self::without_next(uri, request, page) }
    }

    /// Wraps a page whose `next` is to be added.
    pub(crate) fn without_next(uri: &Uri, request: PageRequest, page: Page<T>) -> Self {
        let PageRequest { page: number, page_size } = request;
        let Page { total, results } = page;
        let total_pages = total.div_ceil(page_size);
        let before = (number - 1).min(total_pages);
        let previous = (before > 0).then(|| address(uri, PAGE, &before.to_string()));
        Self { total, page: number, page_size, total_pages, next: None, previous, results }
    }
}

/// The same address at another place of the list.
pub(crate) fn address(uri: &Uri, name: &str, value: &str) -> String {
    let kept = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .filter(|(name, _)| name != PAGE && name != CURSOR);
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept).append_pair(name, value);
    let scheme = uri.scheme_str().unwrap_or("https");
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let path = uri.path().trim_end_matches('/');
    format!("{scheme}://{authority}{path}/?{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(uri: &str, total: u64) -> Envelope<()> {
        let uri: Uri = uri.parse().unwrap();
        Query::of(&uri, &[]).paging().envelope(Page { total, results: Vec::new() })
    }

    #[test]
    fn neighbours_keep_the_other_parameters() {
        let page = envelope("https://sms.example/v1/address-books/?page=2&page_size=10&q=a%20b", 25);
        assert_eq!((page.total_pages, page.page), (3, 2));
        assert_eq!(page.next.unwrap(), "https://sms.example/v1/address-books/?page_size=10&q=a+b&page=3");
        assert_eq!(page.previous.unwrap(), "https://sms.example/v1/address-books/?page_size=10&q=a+b&page=1");
    }

    #[test]
    fn a_page_past_the_end_is_empty_and_leads_back() {
        let page = envelope("https://sms.example/v1/address-books?page=9", 25);
        assert_eq!(
            (page.next, page.previous.as_deref()),
            (None, Some("https://sms.example/v1/address-books/?page=1"))
        );
        let none = envelope("https://sms.example/v1/address-books", 0);
        assert_eq!((none.total_pages, none.next, none.previous), (0, None, None));
    }

    #[test]
    fn negative_and_absurd_numbers_are_named() {
        for query in
            ["page=0", "page=-1", "page=1.5", "page=99999999999999999999", "page_size=501", "page=1&page=2"]
        {
            let uri: Uri = format!("/x?{query}").parse().unwrap();
            let mut read = Query::of(&uri, &["page", "page_size"]);
            read.paging();
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
