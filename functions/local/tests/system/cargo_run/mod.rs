//! `cargo run` as a user sees it: the binary, its output, its signals. Tests run in the order of their names, so that
//! these, the longest, start first.

mod api;
mod demo;
mod fakes;
mod log_level;
mod others;
mod process;
mod stopping;
