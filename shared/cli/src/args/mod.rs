//! What can be asked for.

mod customer;
mod operator;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::operator::OrganisationName;

pub(crate) use customer::{ImportArgs, SendArgs};
pub(crate) use operator::{CreateArgs, KeyCommand, OrganisationCommand, SetArgs, TopUpArgs};

/// SMS campaigns to address books: what a sender and an operator do from a terminal.
#[derive(Debug, Parser)]
#[command(name = "sms", version)]
pub struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// The folder of this machine's instance
    #[arg(long, global = true, value_name = "DIR", default_value = ".local")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
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
pub(crate) struct Deployment {
    /// A deployed stack, by its name: its tables are NAME-Accounts and so on, its queues NAME-batches and
    /// NAME-receipts. Region and credentials are those of the AWS command line. Also where ACCOUNTS_TABLE,
    /// ADDRESS_BOOKS_TABLE and CAMPAIGNS_TABLE are set (for dead letters BATCHES_QUEUE_URL and
    /// RECEIPTS_QUEUE_URL), by these names
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) stack: Option<String>,
}

/// Which API a customer's command calls: this machine's running instance, unless one is named.
#[derive(Debug, Args)]
pub(crate) struct Api {
    /// The API's address, such as https://api.example.com
    #[arg(long, value_name = "URL", env = "SMS_API_URL")]
    pub(crate) url: Option<String>,
    /// The API key; this machine's demo key where no address is named. Better in the variable than on
    /// the command line, which others can see
    #[arg(long = "key", value_name = "KEY", env = "SMS_API_KEY", hide_env_values = true)]
    pub(crate) key: Option<String>,
}

#[cfg(test)]
mod tests;
