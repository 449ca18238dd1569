//! What a provider said of a hand-over, in words that are no provider's.

use serde::{Deserialize, Serialize};

use crate::timestamp::Millis;

/// What became of one recipient of a call. What each may lead to:
/// `Accepted` → sent; `Refused` → failed and released; `Throttled` → queued again; `Unknown` →
/// unconfirmed, never sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// The provider took the message.
    Accepted {
        /// Its name for the message, where it gave one.
        provider_message_id: Option<String>,
    },
    /// The provider definitely did not take it, and will not.
    Refused(Refusal),
    /// The provider definitely did not take it *now*; later it may.
    Throttled,
    /// It cannot be known: the answer was lost, unreadable, or did not name the recipient.
    Unknown,
}

/// A definite no for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why, in our words.
    pub reason: RefusalReason,
    /// The provider's own code, for its support desk. Never a phone number or a text.
    pub provider_code: String,
}

/// Why a recipient was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// No such number.
    InvalidNumber,
    /// A number of a kind or place that the provider does not serve.
    UnsupportedDestination,
    /// The person has opted out with the provider: joins our opt-outs.
    OptedOut,
    /// Messages of this kind are not taken at this hour.
    DoNotDisturb,
    /// No route to the network.
    NotRouted,
    /// The network's or the provider's gateway said no.
    Rejected,
    /// The text is longer than the provider takes.
    TooLong,
    /// The provider gave a code that its documentation does not list.
    Unlisted,
}

impl RefusalReason {
    /// Every reason; the place in this list is its stored form, so it is only ever appended to.
    pub const ALL: [Self; 8] = [
        Self::InvalidNumber,
        Self::UnsupportedDestination,
        Self::OptedOut,
        Self::DoNotDisturb,
        Self::NotRouted,
        Self::Rejected,
        Self::TooLong,
        Self::Unlisted,
    ];

    /// The stable code that a customer reads.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidNumber => "invalid_number",
            Self::UnsupportedDestination => "unsupported_destination",
            Self::OptedOut => "opted_out",
            Self::DoNotDisturb => "do_not_disturb",
            Self::NotRouted => "not_routed",
            Self::Rejected => "rejected",
            Self::TooLong => "too_long",
            Self::Unlisted => "refused",
        }
    }

    /// The sentence that a customer reads.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::InvalidNumber => "The provider does not know this number.",
            Self::UnsupportedDestination => "The provider does not serve this kind of number.",
            Self::OptedOut => "The recipient has opted out.",
            Self::DoNotDisturb => "The network takes no messages of this kind at this hour.",
            Self::NotRouted => "The provider has no route to this network.",
            Self::Rejected => "The network rejected the message.",
            Self::TooLong => "The message is longer than the provider takes.",
            Self::Unlisted => "The provider refused the message.",
        }
    }
}

/// What a whole call to a provider came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitResult {
    /// One outcome for each recipient, in the order they were given.
    Answered(Vec<SendOutcome>),
    /// Definitely nobody was taken.
    NotTaken(NotTaken),
}

/// Why a provider definitely took nobody of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// It asked for a slower pace.
    Throttled {
        /// How long it asked us to wait, where it said so.
        retry_after: Option<Millis>,
    },
    /// It could not be reached: no byte of the request left.
    Unreachable,
    /// Something is wrong with the account: every call would fail alike, so the campaign pauses.
    Account(AccountFault),
}

/// What is wrong with a provider account. Pauses the campaign instead of failing a million people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountFault {
    /// The credentials are refused.
    Credentials,
    /// The provider's own balance is used up.
    BalanceEmpty,
    /// The sender id is not registered there.
    SenderRefused,
    /// The provider holds the account back for a risk check.
    OnHold,
    /// The provider refuses the request itself.
    RequestRefused,
}

impl AccountFault {
    /// The stable code shown as the reason of the pause.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Credentials => "provider_credentials_refused",
            Self::BalanceEmpty => "provider_balance_empty",
            Self::SenderRefused => "provider_sender_refused",
            Self::OnHold => "provider_account_on_hold",
            Self::RequestRefused => "provider_request_refused",
        }
    }
}
