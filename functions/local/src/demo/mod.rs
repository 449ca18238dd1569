//! The demo: an organisation with money and a key, two address books, one campaign to both.
//!
//! Run by the local command. The organisation is set up as an operator does it; everything else goes
//! through the HTTP API, as a customer does it, so that a first `cargo run` shows the product at work
//! and not a picture of it. Every step finds what an interrupted start has left, and goes on from there.

mod account;
mod campaign;
mod content;
mod guide;

pub use account::{AccountError, DemoAccount, open_account};
pub use campaign::{DemoCampaign, DemoError, send_campaign};
pub use content::{BOOKS, ContentError, DemoBook, MESSAGE, organisation};
pub use guide::Guide;
