//! `cargo run` as a user meets it: the binary, its output, its signals, its sub-commands.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod audit;
mod demo;
mod operator;
mod process;
mod stopping;
