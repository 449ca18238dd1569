//! The system on this machine: as a command, as processes, and moved by hand. One binary,
//! since its tests wait for processes and time more than they compute: they wait together. Tests start in the order of
//! their names, and the longest of those that `cargo test` runs is in `cargo_run`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod account_turns;
mod cargo_run;
mod children;
mod stack;
