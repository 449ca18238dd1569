//! The commands: each reads its arguments, calls the API or the tables, and returns its answer as text and as a
//! document.

mod account_check;
mod account_state;
mod accounts;
mod audit;
mod balance;
mod campaigns;
mod console;
mod estimate;
mod find;
mod follow;
mod hold;
mod import;
mod import_report;
mod keys;
mod known_account;
mod listing;
mod lists;
mod login;
mod organisations;
mod person;
mod redrive;
mod routes;
mod send;
mod status;
mod stops;
mod topup;

pub use account_check::CheckError;

use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::json;

use crate::{
    CliError,
    args::{Cli, Command},
    client::CampaignStep,
    output::Output,
};

impl Cli {
    /// Runs the command.
    pub(crate) async fn execute(self) -> Result<Output, CliError> {
        let format = self.format();
        let Self { command, data, .. } = self;
        match command {
            Command::Org { command, at } => organisations::organisation(command, at, &data).await,
            Command::Key { command, at } => keys::key(command, at, &data).await,
            Command::Topup { top_up, at } => topup::top_up(top_up, at, &data).await,
            Command::Account { command, at } => accounts::account(command, at, &data).await,
            Command::Route { command, at } => routes::route(command, at, &data).await,
            Command::Audit { organisation, at } => audit::audit(organisation, at, &data).await,
            Command::Stop { stop, at } => stops::stop(stop, at, &data).await,
            Command::Go { go, at } => stops::go(go, at, &data).await,
            Command::Stops { at } => stops::list(at, &data).await,
            Command::Campaign { command, at } => campaigns::campaign(command, at, &data).await,
            Command::Person { command, at } => person::person(command, at, &data).await,
            Command::Hold { at } => hold::hold(at, &data).await,
            Command::Redrive { at } => redrive::redrive(at, &data, format).await,
            Command::Import { import, api } => import::import(import, &api, &data, format).await,
            Command::Send { send, api } => send::send(send, &api, &data, format).await,
            Command::Follow(of) => follow::follow(of.campaign, &of.api, &data).await,
            Command::Campaigns { campaigns, api } => lists::campaigns(campaigns, &api, &data, format).await,
            Command::Status(of) => status::status(of.campaign, &of.api, &data).await,
            Command::Messages { messages, api } => lists::messages(messages, &api, &data, format).await,
            Command::Find { phone, api } => find::find(&phone, &api, &data).await,
            Command::Pause(of) => status::steer(CampaignStep::Pause, of.campaign, &of.api, &data).await,
            Command::Resume(of) => status::steer(CampaignStep::Resume, of.campaign, &of.api, &data).await,
            Command::Cancel(of) => status::steer(CampaignStep::Cancel, of.campaign, &of.api, &data).await,
            Command::Books { extent, api } => lists::books(extent, &api, &data, format).await,
            Command::Contacts { contacts, api } => lists::contacts(contacts, &api, &data, format).await,
            Command::OptOuts { opt_outs, api } => lists::opt_outs(opt_outs, &api, &data, format).await,
            Command::Balance { api } => balance::balance(&api, &data).await,
            Command::Statement { statement, api } => lists::statement(statement, &api, &data, format).await,
            Command::Console { no_open, api } => console::console(no_open, &api, &data, format).await,
            Command::Login { name, api } => login::login(&name, &api, &data).await,
            Command::Logout { name } => login::logout(&name),
            Command::Profiles => login::list(),
            Command::Completions { shell } => Ok(completions(shell)),
        }
    }
}

fn completions(shell: Shell) -> Output {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sms", &mut script);
    let script = String::from_utf8_lossy(&script);
    Output::new(script.trim_end(), json!({"shell": shell.to_string(), "script": script}))
}
