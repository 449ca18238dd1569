//! What each command does: reads its arguments, asks the API or the tables, prints.

mod audit;
mod customer;
mod operator;
mod redrive;

use crate::{
    CliError,
    args::{Cli, Command},
};

impl Cli {
    /// Does what the command line asks for.
    ///
    /// # Errors
    /// If it could not be done; the error and its sources say why.
    pub async fn execute(self) -> Result<(), CliError> {
        let Self { command, data } = self;
        match command {
            Command::Org { command, at } => operator::organisation(command, at, &data).await,
            Command::Key { command, at } => operator::key(command, at, &data).await,
            Command::Topup { top_up, at } => operator::top_up(top_up, at, &data).await,
            Command::Audit { organisation, at } => audit::audit(organisation, at, &data).await,
            Command::Hold { at } => operator::hold(at, &data).await,
            Command::Redrive { at } => redrive::redrive(at, &data).await,
            Command::Import { import, api } => customer::import(import, &api, &data).await,
            Command::Send { send, api } => customer::send(send, &api, &data).await,
            Command::Follow { campaign, api } => customer::follow(campaign, &api, &data).await,
        }
    }
}
