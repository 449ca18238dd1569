//! A server that answers as Africa's Talking does, for development and tests.
//!
//! It is checked against other sources: the official Python SDK must accept its answers
//! (`tests/end_to_end/clients/sdk/africastalking.rs`), and each form of answer is one of the documented samples. It
//! accepts the same requests as the real one, records every request, and reaches no phone.

mod account;
mod answers;
mod routes;

pub use account::FakeAfricasTalking;
