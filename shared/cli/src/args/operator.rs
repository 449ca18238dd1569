//! The arguments of `org`, `key` and `topup`.

use clap::{Args, Subcommand};
use domain::{
    ids::KeyId,
    money::{Currency, Money},
    organisation::NotMobile,
    scope::Scope,
    sender_id::SenderId,
    tariff::Price,
    timestamp::{Millis, Offset, Timestamp},
};

use super::values;
use crate::operator::{Changes, OrganisationName, Setting, Slug};

#[derive(Debug, Subcommand)]
pub(crate) enum OrganisationCommand {
    /// Create an organisation, with an empty wallet and no API key
    Create(CreateArgs),
    /// Change an organisation's settings; those that are not named stay as they are
    Set(SetArgs),
    /// List all organisations, with the money that they have available and their stops
    List,
    /// Show an organisation's settings and its wallet
    Show {
        /// Id or slug of the organisation
        organisation: OrganisationName,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// Name of the organisation
    #[arg(value_parser = values::name)]
    pub(crate) name: String,
    /// Slug, a short name for commands; without it, made from the name
    #[arg(long)]
    pub(crate) slug: Option<Slug>,
    /// Currency of its wallet and prices
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Currency,
    /// Sender id that it may use; can be repeated, the first is the default
    #[arg(long = "sender", value_name = "ID", required = true, value_parser = SenderId::parse)]
    pub(crate) senders: Vec<SenderId>,
    /// Price of a message segment to numbers with this prefix, such as 254=1.00; can be repeated
    ///
    /// Numbers without a price cannot be sent to.
    #[arg(long = "price", value_name = "PREFIX=AMOUNT", required = true, value_parser = values::price)]
    pub(crate) prices: Vec<Price>,
    /// Country of numbers that have no country code
    #[arg(long, value_name = "COUNTRY", default_value = "KE", value_parser = values::country)]
    pub(crate) home_country: String,
    /// Offset from UTC in which its times are shown
    #[arg(long, value_name = "±HH:MM", default_value = "+03:00", allow_hyphen_values = true, value_parser = values::offset)]
    pub(crate) offset: Offset,
    /// Requests to the API per minute
    #[arg(long, value_name = "N", value_parser = values::rate_limit)]
    pub(crate) rate_limit: Option<u32>,
    /// Limit on the cost of all campaigns that are accepted on one day
    #[arg(long, value_name = "AMOUNT", value_parser = values::positive_amount)]
    pub(crate) daily_spend_cap: Option<Money>,
    /// Minutes in which a second send of the same text to the same books is refused
    #[arg(long, value_name = "MINUTES", value_parser = values::minutes)]
    pub(crate) duplicate_window: Option<Millis>,
    /// Whether campaigns reach numbers that are not mobile, such as landlines: skip or allow
    #[arg(long, value_name = "skip|allow", default_value_t)]
    pub(crate) not_mobile: NotMobile,
}

#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    /// Id or slug of the organisation
    organisation: OrganisationName,
    /// New name; the slug stays
    #[arg(long, value_parser = values::name)]
    name: Option<String>,
    /// Sender id to add; can be repeated
    #[arg(long = "sender", value_name = "ID", value_parser = SenderId::parse)]
    senders: Vec<SenderId>,
    /// Sender id to remove; can be repeated
    #[arg(long = "remove-sender", value_name = "ID", value_parser = SenderId::parse)]
    removed_senders: Vec<SenderId>,
    /// Sender id of sends that name none; added if it is new
    #[arg(long, value_name = "ID", value_parser = SenderId::parse)]
    default_sender: Option<SenderId>,
    /// Price to add or replace, such as 254=1.00; accepted campaigns keep their price
    #[arg(long = "price", value_name = "PREFIX=AMOUNT", value_parser = values::price)]
    prices: Vec<Price>,
    /// Prefix to remove: numbers that begin with it can no longer be sent to
    #[arg(long = "remove-price", value_name = "PREFIX")]
    removed_prices: Vec<String>,
    /// Country of numbers that have no country code
    #[arg(long, value_name = "COUNTRY", value_parser = values::country)]
    home_country: Option<String>,
    /// Offset from UTC in which its times are shown
    #[arg(long, value_name = "±HH:MM", allow_hyphen_values = true, value_parser = values::offset)]
    offset: Option<Offset>,
    /// Requests to the API per minute
    #[arg(long, value_name = "N", value_parser = values::rate_limit)]
    rate_limit: Option<u32>,
    /// Limit on the cost of all campaigns that are accepted on one day, or none
    #[arg(long, value_name = "AMOUNT|none", value_parser = values::spend_cap)]
    daily_spend_cap: Option<Setting<Money>>,
    /// Limit on the recipients of all test campaigns that are accepted on one day
    #[arg(long, value_name = "N")]
    daily_test_recipients: Option<u64>,
    /// Minutes in which a second send of the same text to the same books is refused, or none
    #[arg(long, value_name = "MINUTES|none", value_parser = values::duplicate_window)]
    duplicate_window: Option<Setting<Millis>>,
    /// Whether campaigns reach numbers that are not mobile, such as landlines: skip or allow
    #[arg(long, value_name = "skip|allow")]
    not_mobile: Option<NotMobile>,
}

impl SetArgs {
    /// The organisation, and the changes to it.
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
            daily_test_recipients: self.daily_test_recipients,
            duplicate_window: self.duplicate_window,
            not_mobile: self.not_mobile,
        };
        (self.organisation, changes)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Issue a key; it is shown only once
    Issue(IssueArgs),
    /// List an organisation's keys
    List {
        /// Id or slug of the organisation
        organisation: OrganisationName,
    },
    /// Revoke a key, at once
    Revoke {
        /// Id or slug of the organisation
        organisation: OrganisationName,
        /// Id of the key, as listed
        #[arg(value_parser = values::key_id)]
        key: KeyId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct IssueArgs {
    /// Id or slug of the organisation
    pub(crate) organisation: OrganisationName,
    /// Name of the key, shown in listings
    #[arg(long, default_value = "default", value_parser = values::name)]
    pub(crate) name: String,
    /// Issue a test key: its campaigns reach no one and cost nothing
    #[arg(long)]
    pub(crate) test: bool,
    /// What the key may do; can be repeated; without it, everything
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<Scope>,
    /// Time after which the key is refused, such as 2027-01-31T00:00:00+03:00
    #[arg(long, value_name = "TIME", value_parser = values::future)]
    pub(crate) valid_until: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub(crate) struct TopUpArgs {
    /// Id or slug of the organisation
    pub(crate) organisation: OrganisationName,
    /// Amount in the organisation's currency, above zero
    #[arg(allow_negative_numbers = true, value_parser = values::positive_amount)]
    pub(crate) amount: Money,
    /// Reference of the payment, or of the correction; repeating one changes nothing
    #[arg(long, value_name = "TEXT", value_parser = values::reference)]
    pub(crate) reference: String,
    /// Take the amount out again, to correct a top-up that was too high; at most the available amount
    #[arg(long, requires = "reason")]
    pub(crate) correct: bool,
    /// Reason of the correction, shown in the ledger
    #[arg(long, value_name = "TEXT", requires = "correct", value_parser = values::reason)]
    pub(crate) reason: Option<String>,
}
