//! Amazon SQS on one machine, for `cargo run` and for tests: standard queues behind the real wire
//! protocol (AWS JSON 1.0 over HTTP), kept in SQLite.
//!
//! Called by the `local` host, by end-to-end tests and by cost benches, which point a stock
//! `aws-sdk-sqs` client at it. What the service leaves to chance (duplicates, disorder, delay,
//! partial failures) can be switched on with [`Faults`], what it bills can be read with
//! [`EmbeddedSqs::requests`].
//!
//! It takes calls of one access key id only, never verifies a signature, never binds a socket of its own, never logs a message, and is
//! never a substitute for SQS in production. Deliberately absent, because neither the product nor
//! its tests use it: FIFO queues, message attributes and their digests, trace headers, tags,
//! permissions, encryption, listing and purging of queues, delays and long polls as attributes of a
//! queue, batches of visibility changes, message move tasks, the query (XML) protocol, the 60
//! seconds for which SQS reserves the name of a deleted queue, and the 12 hours to which it limits
//! the sum of all visibility extensions. A request that asks for any of these is refused.

mod actions;
mod address;
mod attributes;
mod clock;
mod counts;
mod digest;
mod embedded;
mod error;
mod fairness;
mod faults;
mod limits;
mod receipt;
mod refusal;
mod server;
mod service;
mod signals;
mod store;
mod wire;

pub use counts::{Action, RequestCounts};
pub use embedded::EmbeddedSqs;
pub use error::Error;
pub use faults::Faults;
pub use limits::BILLED_CHUNK_BYTES;
pub use store::Depth;
