//! The requests that a fake was sent.

use std::collections::HashMap;

use http::HeaderMap;

/// A request that a fake was sent. No `Debug`: it holds a key, phone numbers and a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The headers that the provider reads, by their names in lower case.
    pub headers: HashMap<String, String>,
    /// The body as it came.
    pub body: String,
}

impl Recorded {
    /// A request with those of its headers that are named.
    pub(crate) fn new(headers: &HeaderMap, names: &[&str], body: &[u8]) -> Self {
        let named = |name: &&str| Some(((*name).to_owned(), headers.get(*name)?.to_str().ok()?.to_owned()));
        let headers = names.iter().filter_map(named).collect();
        Self { headers, body: String::from_utf8_lossy(body).into_owned() }
    }
}
