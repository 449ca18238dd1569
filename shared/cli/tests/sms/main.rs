//! The command line: its parts against a stack that is moved by hand, and the binary against an instance.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod account_check;
mod accounts;
mod api;
mod audit;
mod cases;
mod credentials;
mod dependencies;
mod deployments;
mod documents;
mod endpoint;
mod files;
mod follow;
mod home;
mod import;
mod instance;
mod operator;
mod process;
mod reading;
mod relay;
mod send;
mod words;
