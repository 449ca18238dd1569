//! Reading numbers against independent expectations, and importing messy books.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cells;
mod contacts;
mod fixture;
mod foreign;
mod generated;
mod independent;
mod reading;
