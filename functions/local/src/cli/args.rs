//! What can be asked for.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use domain::{
    ids::KeyId,
    money::{Currency, Money},
    sender_id::SenderId,
    tariff::Price,
    timestamp::{Millis, Offset, Timestamp},
};
use providers::ProviderName;
use stores::accounts::api_keys::Scope;

use super::values;
use crate::{
    client::IdempotencyKey,
    operator::{Changes, OrganisationName, Setting, Slug},
    stack::FunctionName,
};

/// The API takes five megabytes, less room for a piece's last row.
const MAX_PIECE_KB: i64 = 4_900;

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

#[derive(Debug, Subcommand)]
pub(super) enum OrganisationCommand {
    /// Set up an organisation, with an empty wallet and without a key
    Create(CreateArgs),
    /// Change how an organisation is set up; what is not named stays as it is
    Set(SetArgs),
    /// Show how an organisation is set up, and its wallet
    Show {
        /// Its id or short name
        organisation: OrganisationName,
    },
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// Its name
    pub(super) name: String,
    /// Its short name; made of the name where there is none
    #[arg(long)]
    pub(super) slug: Option<Slug>,
    /// What its wallet and prices count in
    #[arg(long, value_name = "CODE")]
    pub(super) currency: Currency,
    /// A sender id that it may use; the first is the default
    #[arg(long = "sender", value_name = "ID", required = true, value_parser = SenderId::parse)]
    pub(super) senders: Vec<SenderId>,
    /// The price of a segment to numbers that begin so, such as 254=1.00; others cannot be sent to
    #[arg(long = "price", value_name = "PREFIX=AMOUNT", required = true, value_parser = values::price)]
    pub(super) prices: Vec<Price>,
    /// The country of numbers without a country code
    #[arg(long, value_name = "COUNTRY", default_value = "KE")]
    pub(super) home_country: String,
    /// How its times are shown
    #[arg(long, value_name = "±HH:MM", default_value = "+03:00", value_parser = values::offset)]
    pub(super) offset: Offset,
    /// Requests a minute
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) rate_limit: Option<u32>,
    /// Most that campaigns accepted on one day may cost together
    #[arg(long, value_name = "AMOUNT", value_parser = values::positive_amount)]
    pub(super) daily_spend_cap: Option<Money>,
    /// For how long the same text to the same books counts as a mistake
    #[arg(long, value_name = "MINUTES", value_parser = values::minutes)]
    pub(super) duplicate_window: Option<Millis>,
}

#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// Its id or short name
    organisation: OrganisationName,
    /// Its name; the short name stays
    #[arg(long)]
    name: Option<String>,
    /// A further sender id that it may use
    #[arg(long = "sender", value_name = "ID", value_parser = SenderId::parse)]
    senders: Vec<SenderId>,
    /// A sender id that it may use no more
    #[arg(long = "remove-sender", value_name = "ID", value_parser = SenderId::parse)]
    removed_senders: Vec<SenderId>,
    /// The sender id where a send names no other; it may use it from now on
    #[arg(long, value_name = "ID", value_parser = SenderId::parse)]
    default_sender: Option<SenderId>,
    /// The price of a segment to numbers that begin so, such as 254=1.00, new or in place of the old one;
    /// campaigns that are accepted keep theirs
    #[arg(long = "price", value_name = "PREFIX=AMOUNT", value_parser = values::price)]
    prices: Vec<Price>,
    /// A prefix that cannot be sent to any more
    #[arg(long = "remove-price", value_name = "PREFIX")]
    removed_prices: Vec<String>,
    /// The country of numbers without a country code
    #[arg(long, value_name = "COUNTRY")]
    home_country: Option<String>,
    /// How its times are shown
    #[arg(long, value_name = "±HH:MM", value_parser = values::offset)]
    offset: Option<Offset>,
    /// Requests a minute
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate_limit: Option<u32>,
    /// Most that campaigns accepted on one day may cost together, or none
    #[arg(long, value_name = "AMOUNT|none", value_parser = values::spend_cap)]
    daily_spend_cap: Option<Setting<Money>>,
    /// For how long the same text to the same books counts as a mistake, or none
    #[arg(long, value_name = "MINUTES|none", value_parser = values::duplicate_window)]
    duplicate_window: Option<Setting<Millis>>,
}

impl SetArgs {
    /// Whom they change, and what.
    pub(super) fn changes(self) -> (OrganisationName, Changes) {
        let changes = Changes {
            name: self.name,
            senders: self.senders,
            removed_senders: self.removed_senders,
            default_sender: self.default_sender,
            prices: self.prices,
            removed_prices: self.removed_prices,
            home_country: self.home_country,
            offset: self.offset,
            rate_limit: self.rate_limit,
            daily_spend_cap: self.daily_spend_cap,
            duplicate_window: self.duplicate_window,
        };
        (self.organisation, changes)
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Issue a key; it is shown once
    Issue {
        /// The organisation's id or short name
        organisation: OrganisationName,
        /// For people with several
        #[arg(long, default_value = "default")]
        name: String,
        /// A key that reaches nobody and charges nothing
        #[arg(long)]
        test: bool,
        /// What it may do; everything where none is named
        #[arg(long = "scope", value_name = "SCOPE", value_parser = values::scope)]
        scopes: Vec<Scope>,
        /// When it stops working, as in 2027-01-31T00:00:00+03:00
        #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
        valid_until: Option<Timestamp>,
    },
    /// List an organisation's keys
    List {
        /// The organisation's id or short name
        organisation: OrganisationName,
    },
    /// Make a key stop working, at once
    Revoke {
        /// The organisation's id or short name
        organisation: OrganisationName,
        /// The key's id, as listed
        key: KeyId,
    },
}

#[derive(Debug, Args)]
pub(super) struct TopUpArgs {
    /// The organisation's id or short name
    pub(super) organisation: OrganisationName,
    /// How much, in its currency: more than nothing
    #[arg(value_parser = values::positive_amount)]
    pub(super) amount: Money,
    /// Names the payment: a reference used before puts nothing in again
    #[arg(long, value_name = "TEXT")]
    pub(super) reference: String,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The book's id, or its name
    pub(super) book: String,
    /// The file, with a header row
    pub(super) file: PathBuf,
    /// Make the book where none has that name
    #[arg(long)]
    pub(super) create: bool,
    /// Kilobytes of one request
    #[arg(long, value_name = "KB", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=MAX_PIECE_KB))]
    pub(super) piece_kb: u32,
}

#[derive(Debug, Args)]
pub(super) struct SendArgs {
    /// A book's id, or its name
    #[arg(long = "book", value_name = "BOOK", required = true)]
    pub(super) books: Vec<String>,
    /// The text
    #[arg(long)]
    pub(super) message: String,
    /// The sender id; the organisation's default where there is none
    #[arg(long)]
    pub(super) sender: Option<String>,
    /// When to send, as in 2027-01-31T09:00:00+03:00; now where there is none
    #[arg(long, value_name = "TIME")]
    pub(super) at: Option<String>,
    /// The most it may cost
    #[arg(long, value_name = "AMOUNT")]
    pub(super) max_cost: Option<String>,
    /// Only tell what it would come to
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Names the send: one that was accepted under this key is not sent again. Drawn where there is none,
    /// and shown where the send ends without an answer
    #[arg(long, value_name = "KEY", conflicts_with = "dry_run")]
    pub(super) idempotency_key: Option<IdempotencyKey>,
    /// Watch it until it is over
    #[arg(long)]
    pub(super) follow: bool,
}

#[cfg(test)]
mod tests;
