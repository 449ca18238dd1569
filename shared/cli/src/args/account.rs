//! The arguments of `account`.

use clap::{Args, Subcommand};
use domain::{ids::AccountName, pacing::Pace};
use providers::Kind;

use super::values::{self, PacedSender};
use crate::operator::Setting;

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// List the kinds of provider, with the settings and secrets of their accounts
    Kinds,
    /// Add an account; the parameter Provider of a deployment can then name it
    Add(AddArgs),
    /// Change an account that was added; what is not named stays as it is
    ///
    /// A change takes effect within 30 seconds, of settings too.
    Set(SetAccountArgs),
    /// List the accounts with their pace, and what keeps each from sending
    List,
    /// Check that an account has its settings and secrets, and ask its provider about it; sends no text and costs nothing
    ///
    /// Says whether the account works, its credentials are refused, the provider names a fault of the account (an empty
    /// balance, a suspension), or cannot be reached.
    Check {
        /// Name of the account: one that was added, or the kind that the parameter Provider names
        account: AccountName,
    },
    /// Put secrets of an account into the secret document, read from standard input
    ///
    /// One name=value on each line, or a JSON object; the value alone for a kind with one required secret. Functions that
    /// run already use a new key when the provider refuses the old one, so that no campaign is paused.
    Secrets {
        /// Name of the account: one that was added, or a kind
        account: AccountName,
    },
    /// Hand nothing over to an account from now on, within 5 seconds; nothing is lost
    Hold {
        /// Name of the account: one that was added, or a kind
        account: AccountName,
        /// Reason, shown in listings
        #[arg(long, value_name = "TEXT", value_parser = values::reason)]
        reason: Option<String>,
    },
    /// End a hold, and open an account that a fault has closed; campaigns go on within three minutes
    Open {
        /// Name of the account
        account: AccountName,
    },
    /// Remove an account that was added and that no route names; its secrets stay in the secret document
    Remove {
        /// Name of the account
        account: AccountName,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SetAccountArgs {
    /// Name of the account
    pub(crate) account: AccountName,
    /// Setting to change, such as username=acme; without a value it is removed; can be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = values::pair)]
    pub(crate) settings: Vec<(String, String)>,
    /// Segments a second that the account takes, or none for no limit
    #[arg(long, value_name = "N|none", value_parser = values::pace_or_none)]
    pub(crate) pace: Option<Setting<Pace>>,
    /// Sender that the account takes, in place of those that it took, and the segments a second of that sender if it has a
    /// rate of its own; can be repeated
    #[arg(long = "sender", value_name = "SENDER[=N]", value_parser = values::paced_sender)]
    pub(crate) senders: Vec<PacedSender>,
    /// Every sender, in place of those that it took
    #[arg(long, conflicts_with = "senders")]
    pub(crate) any_sender: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// Name of the account: a-z, 0-9 and -; it is in the address that the provider calls
    pub(crate) account: AccountName,
    /// Kind of provider, as `sms account kinds` lists them
    #[arg(long, value_parser = str::parse::<&'static Kind>)]
    pub(crate) kind: &'static Kind,
    /// Setting, such as username=acme; can be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = values::pair)]
    pub(crate) settings: Vec<(String, String)>,
    /// Segments a second that the account takes; without it there is no limit
    #[arg(long, value_name = "N", value_parser = values::pace)]
    pub(crate) pace: Option<Pace>,
    /// Sender that the account takes: a name, a short code or a number with its +; can be repeated. Without it, every sender.
    /// +15005550006=1 is a sender that takes one segment a second, within the account's rate
    #[arg(long = "sender", value_name = "SENDER[=N]", value_parser = values::paced_sender)]
    pub(crate) senders: Vec<PacedSender>,
}
