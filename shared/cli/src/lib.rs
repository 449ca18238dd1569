//! The command line `sms`: senders use the HTTP API, and operators use a deployment's tables and queues.
//!
//! The demo and the end-to-end tests use its parts: [`client`] and [`follow`] call the API, [`operator`] writes the
//! tables, [`instance`] finds the system that runs on this machine. It contains no emulator.

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
