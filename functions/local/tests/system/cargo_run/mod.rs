//! `cargo run` as a user sees it: the binary, its output, its signals.

mod api;
mod demo;
mod fakes;
mod log_level;
mod others;
mod process;
mod stopping;
