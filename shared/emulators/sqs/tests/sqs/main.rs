//! The embedded SQS, driven by the stock client: what any SQS must do (`conformance`), and what
//! only ours can be asked for (`own`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod checks;
mod conformance;
mod own;
mod support;
