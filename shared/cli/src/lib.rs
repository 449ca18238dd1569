//! The command line, `sms`: what a sender does through the HTTP API, and what an operator does to a
//! deployment's tables and queues.
//!
//! The demo and the end-to-end tests use its parts: [`client`] and [`follow`] speak the API, [`operator`] writes
//! the tables, [`instance`] finds the system that runs on this machine. It carries no emulator.

mod args;
mod aws;
pub mod client;
mod commands;
mod error;
mod exit;
pub mod follow;
pub mod import;
pub mod instance;
pub mod operator;
mod output;
mod profiles;
mod run;
pub mod send;
mod target;
pub mod terminal;

pub use args::Cli;
pub use error::CliError;
pub use exit::Exit;
pub use run::run;
