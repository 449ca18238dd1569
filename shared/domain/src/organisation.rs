//! An organisation, which owns books, money, prices and limits.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    ids::OrganisationId,
    money::{Currency, Money},
    sender_id::SenderId,
    tariff::Tariff,
    timestamp::{Millis, Offset},
};

/// Requests a minute, unless the operator sets another limit.
pub const DEFAULT_RATE_LIMIT: u32 = 300;
/// Recipients of the test campaigns of one day, unless the operator sets another limit: enough to try every path of a
/// program many times. They cost the sender nothing, and the operator as much as live ones.
pub const DEFAULT_TEST_RECIPIENTS: u64 = 10_000;

/// Whether sends include numbers whose lines cannot get texts, such as landlines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotMobile {
    /// Leaves them out.
    #[default]
    Skip,
    /// Sends to them as to any other number: some providers read texts out to landlines, and numbering plans change
    /// before the metadata does.
    Allow,
}

/// The text is neither `skip` nor `allow`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("must be skip or allow")]
pub struct NotMobileError;

impl FromStr for NotMobile {
    type Err = NotMobileError;

    fn from_str(text: &str) -> Result<Self, NotMobileError> {
        match text {
            "skip" => Ok(Self::Skip),
            "allow" => Ok(Self::Allow),
            _ => Err(NotMobileError),
        }
    }
}

impl fmt::Display for NotMobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Skip => "skip",
            Self::Allow => "allow",
        })
    }
}

/// A tenant, as its operator set it up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Organisation {
    /// The first part of every key of its items.
    pub id: OrganisationId,
    pub name: String,
    /// A short name for addresses and file names.
    pub slug: String,
    /// The currency of its wallet and tariff.
    pub currency: Currency,
    /// ISO 3166 alpha-2: numbers without a country code are read as of this country.
    pub home_country: String,
    /// The offset from UTC in which its times are shown.
    pub offset: Offset,
    /// The sender id of sends that name none.
    pub default_sender: SenderId,
    /// Sender ids it may use, the default among them.
    pub senders: Vec<SenderId>,
    pub tariff: Tariff,
    /// Requests a minute.
    pub rate_limit: u32,
    /// Most that campaigns accepted on one day may cost together.
    pub daily_spend_cap: Option<Money>,
    /// Most recipients that test campaigns accepted on one day may have together.
    pub daily_test_recipients: u64,
    /// How long a send of the same text to the same books is refused.
    pub duplicate_window: Option<Millis>,
    pub not_mobile: NotMobile,
}

impl Organisation {
    /// Whether it may send under this sender id.
    pub fn may_send_as(&self, sender: &SenderId) -> bool {
        self.senders.contains(sender) || self.default_sender == *sender
    }
}
