//! What an operator says: of organisations, keys and money.

use clap::{Args, Subcommand};
use domain::{
    ids::KeyId,
    money::{Currency, Money},
    sender_id::SenderId,
    tariff::Price,
    timestamp::{Millis, Offset, Timestamp},
};
use stores::accounts::api_keys::Scope;

use super::values;
use crate::operator::{Changes, OrganisationName, Setting, Slug};

#[derive(Debug, Subcommand)]
pub(crate) enum OrganisationCommand {
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
pub(crate) struct CreateArgs {
    /// Its name
    pub(crate) name: String,
    /// Its short name; made of the name where there is none
    #[arg(long)]
    pub(crate) slug: Option<Slug>,
    /// What its wallet and prices count in
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Currency,
    /// A sender id that it may use; the first is the default
    #[arg(long = "sender", value_name = "ID", required = true, value_parser = SenderId::parse)]
    pub(crate) senders: Vec<SenderId>,
    /// The price of a segment to numbers that begin so, such as 254=1.00; others cannot be sent to
    #[arg(long = "price", value_name = "PREFIX=AMOUNT", required = true, value_parser = values::price)]
    pub(crate) prices: Vec<Price>,
    /// The country of numbers without a country code
    #[arg(long, value_name = "COUNTRY", default_value = "KE")]
    pub(crate) home_country: String,
    /// How its times are shown
    #[arg(long, value_name = "±HH:MM", default_value = "+03:00", value_parser = values::offset)]
    pub(crate) offset: Offset,
    /// Requests a minute
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate_limit: Option<u32>,
    /// Most that campaigns accepted on one day may cost together
    #[arg(long, value_name = "AMOUNT", value_parser = values::positive_amount)]
    pub(crate) daily_spend_cap: Option<Money>,
    /// For how long the same text to the same books counts as a mistake
    #[arg(long, value_name = "MINUTES", value_parser = values::minutes)]
    pub(crate) duplicate_window: Option<Millis>,
}

#[derive(Debug, Args)]
pub(crate) struct SetArgs {
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
    pub(crate) fn changes(self) -> (OrganisationName, Changes) {
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
pub(crate) enum KeyCommand {
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
pub(crate) struct TopUpArgs {
    /// The organisation's id or short name
    pub(crate) organisation: OrganisationName,
    /// How much, in its currency: more than nothing
    #[arg(value_parser = values::positive_amount)]
    pub(crate) amount: Money,
    /// Names the payment: a reference used before puts nothing in again
    #[arg(long, value_name = "TEXT")]
    pub(crate) reference: String,
}
