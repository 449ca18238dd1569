//! What can be asked for.

mod customer;
mod operator;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use providers::ProviderName;

use crate::{operator::OrganisationName, stack::FunctionName};

pub(super) use customer::{ImportArgs, SendArgs};
pub(super) use operator::{CreateArgs, KeyCommand, OrganisationCommand, SetArgs, TopUpArgs};

/// SMS campaigns to address books: the whole system on this machine, and the operator's tools.
#[derive(Debug, Parser)]
#[command(name = "local", bin_name = "cargo run --", args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) run: RunArgs,
    /// The folder of this machine's instance
    #[arg(long, global = true, value_name = "DIR", default_value = ".local")]
    pub(super) data: PathBuf,
}

/// The default: everything on this machine, with a demo.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Forget all data of an earlier start
    #[arg(long)]
    pub(super) fresh: bool,
    /// The port of the API on 127.0.0.1; 0 for any free one
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub(super) port: u16,
    /// The organisation and its key only: no books, no campaign
    #[arg(long)]
    pub(super) no_demo: bool,
    /// Who texts are handed to: sandbox, or africastalking (reads AFRICASTALKING_… of the environment;
    /// reaches people, so there is no demo campaign)
    #[arg(long, value_name = "NAME", default_value_t = ProviderName::Sandbox)]
    pub(super) provider: ProviderName,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run one function behind a Runtime API: what the host starts
    #[command(hide = true)]
    Function { name: FunctionName },
    /// Organisations
    Org {
        #[command(subcommand)]
        command: OrganisationCommand,
        #[command(flatten)]
        at: Deployment,
    },
    /// API keys
    Key {
        #[command(subcommand)]
        command: KeyCommand,
        #[command(flatten)]
        at: Deployment,
    },
    /// Put money into a wallet, once for each reference
    Topup {
        #[command(flatten)]
        top_up: TopUpArgs,
        #[command(flatten)]
        at: Deployment,
    },
    /// Hold everything stored against every rule; reads only. Exit code 0 where nothing is wrong, 1 where
    /// something is, 2 where that could not be told
    Audit {
        /// One organisation's id or short name; all where none is named
        organisation: Option<OrganisationName>,
        #[command(flatten)]
        at: Deployment,
    },
    /// Pause every campaign that is not over. After a restore: on the restored tables, before any function
    /// sees them; then resume each campaign once it is known whom the provider reached
    Hold {
        #[command(flatten)]
        at: Deployment,
    },
    /// Bring dead letters back to the queues they died in, and let batches that are set aside be taken up again
    Redrive {
        #[command(flatten)]
        at: Deployment,
    },
    /// Import a CSV file of any size into an address book; goes on where an earlier import was cut short
    Import {
        #[command(flatten)]
        import: ImportArgs,
        #[command(flatten)]
        api: Api,
    },
    /// Send a campaign to address books
    Send {
        #[command(flatten)]
        send: SendArgs,
        #[command(flatten)]
        api: Api,
    },
    /// Watch a campaign until it is over
    Follow {
        /// The campaign's number
        campaign: u64,
        #[command(flatten)]
        api: Api,
    },
}

/// Where an operator's command works: on this machine's running instance, unless a deployment is named.
#[derive(Debug, Args)]
pub(super) struct Deployment {
    /// A deployed stack, by its name: its tables are NAME-Accounts and so on, its queues NAME-batches and
    /// NAME-receipts. Region and credentials are those of the AWS command line. Also where ACCOUNTS_TABLE,
    /// ADDRESS_BOOKS_TABLE and CAMPAIGNS_TABLE are set (for dead letters BATCHES_QUEUE_URL and
    /// RECEIPTS_QUEUE_URL), by these names
    #[arg(long, value_name = "NAME", global = true)]
    pub(super) stack: Option<String>,
}

/// Which API a customer's command calls: this machine's running instance, unless one is named.
#[derive(Debug, Args)]
pub(super) struct Api {
    /// The API's address, such as https://api.example.com
    #[arg(long, value_name = "URL", env = "SMS_API_URL")]
    pub(super) url: Option<String>,
    /// The API key; this machine's demo key where no address is named. Better in the variable than on
    /// the command line, which others can see
    #[arg(long = "key", value_name = "KEY", env = "SMS_API_KEY", hide_env_values = true)]
    pub(super) key: Option<String>,
}

#[cfg(test)]
mod tests;
