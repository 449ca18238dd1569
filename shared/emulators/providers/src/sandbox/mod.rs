//! The sandbox itself: an HTTP service that keeps an inbox of the messages that it took.
//!
//! `cargo run` serves it beside the functions; end-to-end tests serve it at a port of their own, and
//! compare its inbox with what the product shows: each message that is shown as sent arrived here once.
//!
//! ```text
//! POST   /sandbox/messages           hand over (the adapter does)
//! GET    /sandbox/inbox?page=&page_size=&to=    what was taken, newest first, with totals
//! DELETE /sandbox/inbox              forget it, and the reports that are due
//! POST   /sandbox/reports            send the reports that are due now
//! GET    /sandbox/faults             what goes wrong at present
//! PUT    /sandbox/faults             make things go wrong
//! ```
//! It keeps everything in memory (some 190 bytes a message, its report included) and never reaches a phone. It asks for no
//! credentials: it is served on loopback.

mod answers;
mod faults;
mod inbox;
mod report_queue;
mod reports;
mod routes;
mod server;
mod taking;

pub use faults::Faults;
pub use inbox::{InboxMessage, InboxPage, InboxTotals};
pub use report_queue::ReceiptsTarget;
pub use reports::Delivered;
pub use server::Server;
