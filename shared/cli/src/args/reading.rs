//! The arguments of the commands that read an organisation's lists through the API.

use std::{convert::Infallible, fmt, str::FromStr};

use clap::Args;
use domain::ids::CampaignId;

use super::values;

/// The API's words for the state of a campaign.
const CAMPAIGN_STATUSES: [&str; 7] =
    ["scheduled", "queued", "running", "paused", "completed", "cancelled", "failed"];
/// The API's words for the state of a message.
const MESSAGE_STATUSES: [&str; 7] =
    ["queued", "sent", "delivered", "failed", "undelivered", "unconfirmed", "cancelled"];
/// The default number of results of a list.
const LIMIT: u32 = 100;

/// A phone number as it was typed; the API reads it.
#[derive(Clone)]
pub(crate) struct TypedPhone(String);

impl TypedPhone {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TypedPhone {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for TypedPhone {
    /// Leaves out the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedPhone")
    }
}

/// How many results of a list are shown.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Extent {
    /// Show at most this many results
    #[arg(long, value_name = "COUNT", default_value_t = LIMIT, value_parser = limit)]
    limit: u32,
    /// Show all results
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

impl Extent {
    /// The most results that are shown.
    pub(crate) const fn most(self) -> usize {
        if self.all { usize::MAX } else { self.limit as usize }
    }
}

fn limit(text: &str) -> Result<u32, String> {
    values::whole_number(text, 1, u32::MAX)
}

#[derive(Debug, Args)]
pub(crate) struct CampaignsArgs {
    /// Only campaigns in this state
    #[arg(long, value_parser = CAMPAIGN_STATUSES)]
    pub(crate) status: Option<String>,
    /// Only campaigns with this number, or with these words in the message, the address books, the sender id or the
    /// key's name
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Only campaigns created since this day (2027-01-31) or instant (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Only campaigns created until this day, the day included, or before this instant
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) extent: Extent,
}

#[derive(Debug, Args)]
pub(crate) struct MessagesArgs {
    /// The campaign's number
    #[arg(value_parser = values::campaign)]
    pub(crate) campaign: CampaignId,
    /// Only messages in this state
    #[arg(long, value_parser = MESSAGE_STATUSES)]
    pub(crate) status: Option<String>,
    /// Only messages to this number, written in any form
    #[arg(long, value_name = "PHONE")]
    pub(crate) phone: Option<TypedPhone>,
    #[command(flatten)]
    pub(crate) extent: Extent,
}

#[derive(Debug, Args)]
pub(crate) struct ContactsArgs {
    /// Id or name of the address book
    pub(crate) book: String,
    /// Only the contact with this number, written in any form
    #[arg(long, value_name = "PHONE")]
    pub(crate) phone: Option<TypedPhone>,
    #[command(flatten)]
    pub(crate) extent: Extent,
}

#[derive(Debug, Args)]
pub(crate) struct OptOutsArgs {
    /// Only the opt-out of this number, written in any form
    #[arg(long, value_name = "PHONE")]
    pub(crate) phone: Option<TypedPhone>,
    #[command(flatten)]
    pub(crate) extent: Extent,
}

#[derive(Debug, Args)]
pub(crate) struct StatementArgs {
    /// The month, such as 2027-01; without it, the current one
    #[arg(long, value_name = "MONTH")]
    pub(crate) month: Option<String>,
    #[command(flatten)]
    pub(crate) extent: Extent,
}
