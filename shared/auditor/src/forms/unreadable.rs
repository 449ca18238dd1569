//! Why a stored item cannot be read.

use thiserror::Error;

/// A stored item cannot be read. Names the kind of item and the reason, never a value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what} cannot be read: {why}")]
pub struct Unreadable {
    what: &'static str,
    why: String,
}

impl Unreadable {
    pub fn new(what: &'static str, why: impl Into<String>) -> Self {
        Self { what, why: why.into() }
    }

    /// Makes the error for unreadable bytes of a kind of item.
    pub fn bytes(what: &'static str) -> impl Fn(&'static str) -> Self {
        move |why| Self::new(what, why)
    }
}
