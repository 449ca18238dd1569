//! Which function answers which path.

use std::{collections::HashMap, sync::Arc};

use crate::invoke::Invoke;

/// Paths, path prefixes and their functions: an exact path takes precedence over every prefix, and the longest prefix
/// over shorter ones, in any order of adding.
///
/// A prefix matches the path itself and everything below it, as `/v1/books` and `/v1/books/{proxy+}` together do in a
/// template: `/v1/books` is not a prefix of `/v1/bookshops`.
#[derive(Clone, Default)]
pub struct Routes {
    prefixes: Vec<(String, Arc<dyn Invoke>)>,
    paths: HashMap<String, Arc<dyn Invoke>>,
}

impl Routes {
    /// No route: every path is answered with 404.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a prefix; `/` takes every path that no other prefix takes.
    #[must_use]
    pub fn route(mut self, prefix: &str, function: Arc<dyn Invoke>) -> Self {
        let prefix = prefix.trim_end_matches('/').to_owned();
        let place = self.prefixes.partition_point(|(other, _)| other.len() >= prefix.len());
        self.prefixes.insert(place, (prefix, function));
        self
    }

    /// Adds a path without what is below it, as a template's `Path: /`.
    #[must_use]
    pub fn exact(mut self, path: &str, function: Arc<dyn Invoke>) -> Self {
        self.paths.insert(path.to_owned(), function);
        self
    }

    /// The function of a decoded path.
    pub(super) fn find(&self, path: &str) -> Option<&Arc<dyn Invoke>> {
        let takes = |prefix: &str| {
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let of_prefix =
            || self.prefixes.iter().find(|(prefix, _)| takes(prefix)).map(|(_, function)| function);
        self.paths.get(path).or_else(of_prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoke::InProcess;

    fn function() -> Arc<dyn Invoke> {
        Arc::new(InProcess::new(|event| async { Ok(event) }))
    }

    fn is_found(routes: &Routes, path: &str, expected: &Arc<dyn Invoke>) -> bool {
        routes.find(path).is_some_and(|found| Arc::ptr_eq(found, expected))
    }

    #[test]
    fn the_longest_prefix_takes_precedence_in_any_order_of_addition() {
        let (api, books, contacts) = (function(), function(), function());
        let routes = Routes::new()
            .route("/v1/address-books", books.clone())
            .route("/", api.clone())
            .route("/v1/address-books/contacts", contacts.clone());
        assert!(is_found(&routes, "/v1/address-books/contacts/", &contacts));
        assert!(is_found(&routes, "/v1/address-books", &books));
        assert!(is_found(&routes, "/v1/address-books/7/", &books));
        assert!(is_found(&routes, "/v1/", &api));
    }

    #[test]
    fn an_exact_path_takes_precedence_over_every_prefix() {
        let (api, console) = (function(), function());
        let routes = Routes::new().exact("/", console.clone()).route("/", api.clone());
        assert!(is_found(&routes, "/", &console));
        assert!(is_found(&routes, "/v1", &api));
    }

    #[test]
    fn a_prefix_ends_at_a_segment() {
        let routes = Routes::new().route("/v1/books", function());
        assert!(routes.find("/v1/bookshops").is_none());
        assert!(routes.find("/v1/books/").is_some());
        assert!(routes.find("/").is_none());
    }
}
