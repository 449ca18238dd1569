//! The Lambda emulator, driven as `cargo run` drives it: real child processes with the real Lambda runtime, real
//! HTTP, a stock SQS client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod child;
mod event_source;
mod fake_sqs;
mod front;
mod function;
mod gate;
mod http_client;
