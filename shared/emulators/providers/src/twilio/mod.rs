//! A server that answers as Twilio does, for development and tests.
//!
//! It is checked against other sources: the official Python SDK must accept its answers, and they must be valid by
//! Twilio's OpenAPI (`tests/end_to_end/clients/sdk/twilio.rs`). It accepts the same requests as the real one, records
//! every request, signs its callbacks, and reaches no phone.

mod account;
mod answers;
mod callbacks;
mod routes;

pub use account::FakeTwilio;
