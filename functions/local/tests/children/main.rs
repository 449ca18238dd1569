//! A stack whose functions are real processes: killed in mid-call, and read to the last line they write.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod account;
#[cfg(unix)]
mod frozen;
mod killed;
mod leaks;
mod privacy;
