//! A server that answers as AWS End User Messaging SMS does, for development and tests.
//!
//! Its faithfulness is judged by others: botocore, which reads it by the service's own model, must accept its answers
//! (`tests/end_to_end/clients/sdk/aws.rs`). It takes what the real one takes, keeps every request, gives its events to
//! whatever stands for the topic, and reaches no phone.

mod account;
mod answers;
mod events;
mod routes;

pub use account::FakeAws;
