//! The stored forms, each with a reader of its own.

pub mod batch;
pub mod book;
pub mod bytes;
pub mod campaign;
pub mod counts;
pub mod item;
pub mod journal;
pub mod kept;
pub mod ledger;
pub mod opt_outs;
pub mod reports;
pub mod status;
pub mod tariff;
pub mod text;
pub mod turns;
mod unreadable;

pub use item::{Fields, Item};
pub use unreadable::Unreadable;
