//! The messages between the adapter and the server, in both directions. Both are compiled from one definition, so they
//! always agree.

use std::borrow::Cow;

use domain::{
    outcome::{AccountFault, RefusalReason},
    receipt::Reported,
};
use serde::{Deserialize, Serialize};

/// `POST /sandbox/messages`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessagesRequest<'a> {
    pub sender: Cow<'a, str>,
    pub text: Cow<'a, str>,
    pub recipients: Vec<RecipientLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipientLine {
    /// The number without a plus.
    pub to: String,
    /// Our name for the message, echoed everywhere.
    pub reference: String,
}

/// A recipient's line of the answer, `{"results":[…]}`; the lines are in no particular order.
#[derive(Serialize, Deserialize)]
pub struct ResultLine {
    pub reference: String,
    #[serde(flatten)]
    pub said: Said,
}

/// The answer for one recipient.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Said {
    Accepted { id: Option<String> },
    Refused { reason: RefusalReason },
    Throttled,
    AccountFault { fault: AccountFault },
}

/// A callback: `{"reports":[…]}`, at most [`MAX_REPORTS`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportsBody {
    pub reports: Vec<ReportLine>,
}

/// Most reports of one callback.
pub const MAX_REPORTS: usize = 100;

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportLine {
    pub reference: String,
    pub id: String,
    pub status: ReportStatus,
    pub code: Option<String>,
    pub network: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportStatus {
    InTransit,
    Undelivered,
    Delivered,
}

impl From<ReportStatus> for Reported {
    fn from(status: ReportStatus) -> Self {
        match status {
            ReportStatus::InTransit => Self::InTransit,
            ReportStatus::Undelivered => Self::Undelivered,
            ReportStatus::Delivered => Self::Delivered,
        }
    }
}
