//! The whole system on one machine, and the operator's tools.
//!
//! [`host`] runs functions as Lambda does, [`embedded`] is DynamoDB and SQS inside this process, and
//! [`stack`] is the system made of them. `cargo run` shows it at work ([`demo`]) and steers it ([`cli`]);
//! end-to-end tests drive the same stack by hand.
//!
//! Development, tests and operating only: nothing here is part of a deployed function.

pub mod cli;
pub mod client;
pub mod data;
pub mod demo;
pub mod embedded;
pub mod follow;
pub mod host;
pub mod import;
pub mod operator;
pub mod send;
pub mod stack;
pub mod terminal;
