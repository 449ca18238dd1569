//! A server that answers as Twilio does, for development and tests.
//!
//! Its faithfulness is judged by others: the official Python SDK must accept its answers, and they must be valid by
//! Twilio's OpenAPI (`tests/end_to_end/clients/sdk/twilio.rs`). It takes what the real one takes, keeps every request, signs
//! its callbacks, and reaches no phone.

mod account;
mod answers;
mod callbacks;
mod routes;

pub use account::FakeTwilio;
