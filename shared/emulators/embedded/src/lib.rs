//! DynamoDB and SQS inside this process, each on its own thread and loopback port.
//!
//! Started by `cargo run` (state in a folder) and by tests (state in memory). The functions reach them with the AWS SDK
//! like the services themselves; this crate also offers what only an emulator can do (an immediate TTL sweep, faults on
//! demand). Never part of a deployed function.
//!
//! Each accepts the calls of one [`AccessKey`] only.
//!
//! Each has its own thread, because both call SQLite directly in their tasks: on the host's runtime a long write would
//! stall the HTTP server.

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
pub use sqs_emulator::Depth;
pub use storage::Storage;
