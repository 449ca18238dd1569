//! A page of a list in an answer.

use http::Uri;
use serde::Serialize;

/// The query parameter of a page's number.
pub(crate) const PAGE: &str = "page";
/// The query parameter of a cursor.
pub(crate) const CURSOR: &str = "cursor";

/// A page in an answer.
#[derive(Debug, Serialize)]
pub struct Envelope<T> {
    /// The number of results on all pages.
    pub total: u64,
    /// Page number, from 1.
    pub page: u64,
    /// Results a page.
    pub page_size: u64,
    pub total_pages: u64,
    /// Address of the page after, if there is one.
    pub next: Option<String>,
    /// Address of the page before, if this one was requested by its number.
    pub previous: Option<String>,
    pub results: Vec<T>,
}

/// The address with another value of a parameter.
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
