//! `cargo run` as a user meets it: the binary, its output, its signals.

mod api;
mod demo;
mod log_level;
mod process;
mod stopping;
