//! A server that answers as Infobip does, for development and tests.
//!
//! It is checked against another source: the official Python SDK, whose models are generated from Infobip's OpenAPI,
//! must accept its answers and its reports (`tests/end_to_end/clients/sdk/infobip.rs`). It accepts the same requests as
//! the real one, rejects an id that it has seen, records every request, and reaches no phone.

mod account;
mod answers;
mod reports;
mod routes;

pub use account::FakeInfobip;
