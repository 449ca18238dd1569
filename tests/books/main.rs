//! The stores against an embedded DynamoDB, over the wire.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod audit;
mod change;
mod crashes;
mod database;
mod deletion;
mod edits;
mod fixtures;
mod opt_outs;
mod pages;
mod races;
mod sample;
mod wrong_types;
