//! A server that answers as Infobip does, for development and tests.
//!
//! Its faithfulness is judged by others: the official Python SDK, whose models are made of Infobip's OpenAPI, must accept
//! its answers and its reports (`tests/end_to_end/clients/sdk/infobip.rs`). It takes what the real one takes, rejects an id
//! that it has seen, keeps every request, and reaches no phone.

mod account;
mod answers;
mod reports;
mod routes;

pub use account::FakeInfobip;
