//! Amazon SQS on one machine, for `cargo run` and for tests: standard queues behind the real wire
//! protocol (AWS JSON 1.0 over HTTP), kept in SQLite.
//!
//! Called by the `local` host, by end-to-end tests and by cost benches, which point a stock
//! `aws-sdk-sqs` client at it. What the service leaves to chance (duplicates, disorder, delay,
//! partial failures) can be switched on with [`Faults`], what it bills can be read with
//! [`EmbeddedSqs::requests`], and what happens in a queue can be awaited instead of slept for.
//!
//! It never verifies a signature, never binds a socket of its own, never logs a message, and is
//! never a substitute for SQS in production. Deliberately absent: FIFO queues, tags, permissions,
//! message move tasks, the query (XML) protocol, the 60 seconds for which SQS reserves the name of
//! a deleted queue, and the 12 hours to which it limits the sum of all visibility extensions.
//! Encryption and policy attributes are kept and returned, not enforced.

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
mod message_attributes;
mod receipt;
mod refusal;
mod server;
mod signals;
mod store;
mod wire;

pub use counts::{Action, RequestCounts};
pub use embedded::EmbeddedSqs;
pub use error::Error;
pub use faults::Faults;
pub use limits::BILLED_CHUNK_BYTES;
pub use store::Depth;
