//! DynamoDB and SQS inside this process, each on its own thread behind its own loopback port.
//!
//! Started by `cargo run` (state in a folder) and by tests (state in memory). The functions reach them through
//! the AWS SDK like the services themselves; what only an emulator offers (an immediate TTL sweep, faults on
//! demand) is offered here. Never part of a deployed function.
//!
//! Each takes the calls of one [`AccessKey`] only.
//!
//! Each has a thread of its own, because both call SQLite directly in their tasks: on the host's runtime a
//! long write would stall the HTTP front.

mod dynamodb;
mod error;
mod folder;
mod operations;
mod served;
mod sound;
mod sqs;
mod storage;
mod thread;

pub use dynamodb::DynamoDb;
pub use error::EmbeddedError;
pub use folder::DataFolder;
pub use loopback_server::{AccessKey, NoRandomness};
pub use operations::apply;
pub use sqs::Sqs;
pub use storage::Storage;
