//! `cargo run` as a user meets it: the binary, its output, its signals, its sub-commands.

mod api;
mod audit;
mod demo;
mod operator;
mod process;
mod stopping;
