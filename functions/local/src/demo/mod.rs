//! The demo: an organisation with money and a key, two address books, one campaign to both.
//!
//! The local command runs it. It creates the organisation as an operator does; everything else goes through the HTTP
//! API, as a customer does it, so that a first `cargo run` shows the real product. Every step continues what an
//! interrupted start has left.

mod account;
mod campaign;
mod content;
mod guide;

pub use account::{AccountError, DemoAccount, open_account};
pub use campaign::{DemoCampaign, DemoError, send_campaign};
pub use content::{BOOKS, ContentError, DemoBook, MESSAGE, organisation};
pub use guide::Guide;
