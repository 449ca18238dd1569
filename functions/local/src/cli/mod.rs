//! The command line: without a sub-command the whole system on this machine, with one an operator's or
//! a customer's single act on it or on a deployment.

mod args;
mod audit;
mod customer;
mod error;
mod function;
mod operator;
mod redrive;
mod run;
mod signals;
mod target;
mod values;

pub use args::Cli;
pub use error::CliError;
pub use run::log_filter;

use args::Command;

impl Cli {
    /// Does what the command line asks for.
    ///
    /// # Errors
    /// Where it could not be done; the error and its sources say why.
    pub async fn execute(self) -> Result<(), CliError> {
        let Self { command, run, data } = self;
        match command {
            None => run::run(run, &data).await,
            Some(Command::Function { name }) => function::serve(name).await,
            Some(Command::Org { command, at }) => operator::organisation(command, at, &data).await,
            Some(Command::Key { command, at }) => operator::key(command, at, &data).await,
            Some(Command::Topup { top_up, at }) => operator::top_up(top_up, at, &data).await,
            Some(Command::Audit { organisation, at }) => audit::audit(organisation, at, &data).await,
            Some(Command::Hold { at }) => operator::hold(at, &data).await,
            Some(Command::Redrive { at }) => redrive::redrive(at, &data).await,
            Some(Command::Import { import, api }) => customer::import(import, &api, &data).await,
            Some(Command::Send { send, api }) => customer::send(send, &api, &data).await,
            Some(Command::Follow { campaign, api }) => customer::follow(campaign, &api, &data).await,
        }
    }
}
