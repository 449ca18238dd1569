//! The command line: commands, arguments, flags.

mod account;
mod customer;
mod operator;
mod reading;
mod route;
mod steering;
mod values;

use std::{fmt, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use domain::ids::CampaignId;

use crate::{Exit, operator::OrganisationName, output::Format};

pub(crate) use account::{AccountCommand, AddArgs, SetAccountArgs};
pub(crate) use customer::{ImportArgs, SendArgs};
pub(crate) use operator::{CreateArgs, IssueArgs, KeyCommand, OrganisationCommand, SetArgs, TopUpArgs};
pub(crate) use reading::{
    CampaignsArgs, ContactsArgs, Extent, MessagesArgs, OptOutsArgs, StatementArgs, TypedPhone,
};
pub(crate) use route::{RouteCommand, RoutesOf};
pub(crate) use steering::{CampaignCommand, GoArgs, OneCampaign, PersonArgs, PersonCommand, StopArgs};
pub(crate) use values::PacedSender;

/// SMS campaigns to address books: the commands of senders and operators.
#[derive(Debug, Parser)]
#[command(name = "sms", version, after_help = Exit::table())]
pub struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Answer with one JSON document on standard output; an error is one too
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Data folder of the instance that `cargo run` started on this machine
    #[arg(long, global = true, value_name = "DIR", default_value = ".local")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create, change, show and list organisations
    Org {
        #[command(subcommand)]
        command: OrganisationCommand,
        #[command(flatten)]
        at: Deployment,
    },
    /// Issue, list and revoke API keys
    Key {
        #[command(subcommand)]
        command: KeyCommand,
        #[command(flatten)]
        at: Deployment,
    },
    /// Add money to an organisation's wallet, once for each payment reference, or correct a top-up
    Topup {
        #[command(flatten)]
        top_up: TopUpArgs,
        #[command(flatten)]
        at: Deployment,
    },
    /// Add, list, check, hold and remove accounts at SMS providers, and set their secrets
    Account {
        #[command(subcommand)]
        command: AccountCommand,
        #[command(flatten)]
        at: Deployment,
    },
    /// Set, show and remove routes: the accounts that numbers go to, by prefix
    Route {
        #[command(subcommand)]
        command: RouteCommand,
        #[command(flatten)]
        at: Deployment,
    },
    /// Check all stored data for consistency (read-only)
    Audit {
        /// Id or slug of one organisation; without it, all are checked
        organisation: Option<OrganisationName>,
        #[command(flatten)]
        at: Deployment,
    },
    /// Stop new sends, the dispatching of accepted ones, or both, within 5 seconds
    ///
    /// New sends are answered 503 sending_stopped. Workers leave their batches alone and call no provider; nothing is
    /// lost, but recipients that are still queued 24 hours after a campaign's start are refunded.
    Stop {
        #[command(flatten)]
        stop: StopArgs,
        #[command(flatten)]
        at: Deployment,
    },
    /// End a stop; campaigns go on within three minutes
    Go {
        #[command(flatten)]
        go: GoArgs,
        #[command(flatten)]
        at: Deployment,
    },
    /// List all stops and holds
    Stops {
        #[command(flatten)]
        at: Deployment,
    },
    /// List, show, cancel and resume campaigns of any organisation
    Campaign {
        #[command(subcommand)]
        command: CampaignCommand,
        #[command(flatten)]
        at: Deployment,
    },
    /// Show or erase the data that an organisation has of a person
    Person {
        #[command(subcommand)]
        command: PersonCommand,
        #[command(flatten)]
        at: Deployment,
    },
    /// Stop everything and pause every unfinished campaign, after a restore from a backup
    ///
    /// Run it on the restored tables before any function uses them. `sms go` ends the stop. Then resume each campaign
    /// once the provider has said which of its recipients it reached.
    Hold {
        #[command(flatten)]
        at: Deployment,
    },
    /// Move dead letters back to their queues, and retry batches that were set aside
    Redrive {
        #[command(flatten)]
        at: Deployment,
    },
    /// Import a file of contacts into an address book; an interrupted import continues
    ///
    /// The whole file is read and checked before anything is sent. The exit code is 1 if more than half of the rows are
    /// invalid, or there are none.
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
    /// Watch a campaign until it is finished or paused
    Follow(SentCampaign),
    /// List the organisation's campaigns, the newest first
    Campaigns {
        #[command(flatten)]
        campaigns: CampaignsArgs,
        #[command(flatten)]
        api: Api,
    },
    /// Show a campaign: counts, money, times, and why messages were not delivered
    Status(SentCampaign),
    /// List a campaign's messages
    Messages {
        #[command(flatten)]
        messages: MessagesArgs,
        #[command(flatten)]
        api: Api,
    },
    /// Find the messages, the contacts and the opt-out of a number
    Find {
        /// Phone number, written in any form
        phone: TypedPhone,
        #[command(flatten)]
        api: Api,
    },
    /// Pause a campaign; calls under way finish, and the money of queued recipients stays reserved
    Pause(SentCampaign),
    /// Resume a paused campaign
    Resume(SentCampaign),
    /// Cancel a campaign for good; recipients that were not handed over are refunded
    Cancel(SentCampaign),
    /// List the address books
    Books {
        #[command(flatten)]
        extent: Extent,
        #[command(flatten)]
        api: Api,
    },
    /// List the contacts of an address book
    Contacts {
        #[command(flatten)]
        contacts: ContactsArgs,
        #[command(flatten)]
        api: Api,
    },
    /// List the numbers that get no texts because their owners opted out
    OptOuts {
        #[command(flatten)]
        opt_outs: OptOutsArgs,
        #[command(flatten)]
        api: Api,
    },
    /// Show the money that is available and reserved
    Balance {
        #[command(flatten)]
        api: Api,
    },
    /// List a month's top-ups, corrections and campaigns, the newest first
    Statement {
        #[command(flatten)]
        statement: StatementArgs,
        #[command(flatten)]
        api: Api,
    },
    /// Print the link that signs in to the console, and open it in a browser
    ///
    /// The link has the API key. The browser gets it by the file console.html among your settings, which only you can
    /// read. No browser is started if standard output is not a terminal.
    Console {
        /// Only print the link
        #[arg(long)]
        no_open: bool,
        #[command(flatten)]
        api: Api,
    },
    /// Keep the address and the key of an API under a name, in a file that only you can read
    ///
    /// The key is SMS_API_KEY, or a line of standard input; a terminal asks for it. It is kept once the API has taken it.
    Login {
        /// Name of the profile; one that exists is replaced
        #[arg(value_parser = values::name)]
        name: String,
        #[command(flatten)]
        api: Api,
    },
    /// Remove a profile; its key stays valid
    Logout {
        /// Name of the profile
        name: String,
    },
    /// List the profiles
    Profiles,
    /// Print the completion script of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// A campaign of the API's organisation.
#[derive(Debug, Args)]
pub(crate) struct SentCampaign {
    /// The campaign's number
    #[arg(value_parser = values::campaign)]
    pub(crate) campaign: CampaignId,
    #[command(flatten)]
    pub(crate) api: Api,
}

/// Where a command works: on this machine's running instance, unless a deployment is named.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Deployment")]
pub(crate) struct Deployment {
    /// Name of a deployed stack; without it, the instance on this machine
    ///
    /// The commands of senders find the address of its API in the stack's outputs. Those of operators work on its tables
    /// and queues: the stack's tables are NAME-Accounts and so on, its queues NAME-batches and so on. Instead of a stack,
    /// the environment can name them: if any of ACCOUNTS_TABLE, ADDRESS_BOOKS_TABLE, CAMPAIGNS_TABLE, BATCHES_QUEUE_URL,
    /// SMALL_BATCHES_QUEUE_URL, TEST_BATCHES_QUEUE_URL and RECEIPTS_QUEUE_URL is set, all that the command works on
    /// must be.
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) stack: Option<String>,
    /// AWS profile of the deployment; without it, AWS_PROFILE, or the environment's credentials
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) profile: Option<String>,
    /// AWS region of the deployment; without it, AWS_REGION, or the profile's
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) region: Option<String>,
}

/// Which API a customer's command calls: this machine's running instance, unless one is named.
#[derive(Args)]
#[command(next_help_heading = "API")]
pub(crate) struct Api {
    /// Address of the API, such as https://api.example.com; without it, the instance on this machine
    #[arg(long, value_name = "URL", env = "SMS_API_URL")]
    pub(crate) url: Option<String>,
    /// API key; on this machine's instance, its demo key is the default
    ///
    /// Prefer the variable: other users of the machine can see the command line.
    #[arg(long = "key", value_name = "KEY", env = "SMS_API_KEY", hide_env_values = true)]
    pub(crate) key: Option<String>,
    /// Profile of `sms login`, with its address and its key
    #[arg(long = "as", value_name = "NAME", env = "SMS_PROFILE")]
    pub(crate) profile: Option<String>,
    #[command(flatten)]
    pub(crate) at: Deployment,
}

impl fmt::Debug for Api {
    /// Leaves out the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("url", &self.url).field("at", &self.at).finish_non_exhaustive()
    }
}

impl Cli {
    pub(crate) const fn format(&self) -> Format {
        if self.json { Format::Json } else { Format::Text }
    }
}

#[cfg(test)]
mod tests;
