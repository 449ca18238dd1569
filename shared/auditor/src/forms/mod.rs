//! The stored forms, each read by a reader of its own.

pub mod batch;
pub mod book;
pub mod bytes;
pub mod campaign;
pub mod counts;
pub mod item;
pub mod journal;
pub mod kept;
pub mod ledger;
pub mod reports;
pub mod status;
pub mod tariff;
pub mod text;

pub use item::{Fields, Item};

use thiserror::Error;

/// What is stored cannot be read. Names the kind of thing and the reason, never a value.
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

    /// For bytes of a kind of thing.
    pub fn bytes(what: &'static str) -> impl Fn(&'static str) -> Self {
        move |why| Self::new(what, why)
    }
}
