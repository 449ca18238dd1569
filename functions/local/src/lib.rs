//! The whole system on one machine.
//!
//! [`stack`] is the system: the seven functions and emulators of the services that they need. `cargo run` starts it
//! with its files ([`data`]) and runs the [`demo`]; end-to-end tests control the same stack step by step.
//!
//! Development and tests only: nothing here is part of a deployed function.

mod args;
pub mod data;
pub mod demo;
mod error;
mod fakes;
mod function;
mod run;
mod signals;
pub mod stack;

pub use args::Cli;
pub use error::RunError;
pub use run::log_filter;

use args::Command;

impl Cli {
    /// Runs the system, or one function of it.
    ///
    /// # Errors
    /// If it does not start or fails; the error and its sources say why.
    pub async fn execute(self) -> Result<(), RunError> {
        match self.command {
            None => run::run(self.run).await,
            Some(Command::Function { name }) => function::serve(name).await,
        }
    }
}
