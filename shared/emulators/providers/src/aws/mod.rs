//! A server that answers as AWS End User Messaging SMS does, for development and tests.
//!
//! It is checked against another source: botocore, which reads it by the service's own model, must accept its answers
//! (`tests/end_to_end/clients/sdk/aws.rs`). It accepts the same requests as the real one, records every request, gives
//! its events to a replacement of the topic, and reaches no phone.

mod account;
mod answers;
mod events;
mod routes;

pub use account::FakeAws;
