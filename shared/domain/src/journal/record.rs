//! The content of a record.

use crate::{
    delivery::DeliveryStatus,
    ids::{AccountName, Slot},
    outcome::{RefusalReason, SendOutcome},
    timestamp::Timestamp,
};

/// The contents of one record, as they are written and read. It may contradict the records before it;
/// [`Progress::check`](super::Progress::check) and [`Progress::apply`](super::Progress::apply) find out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The fencing token of the claim under which the record was written.
    pub token: u64,
    /// When it was written.
    pub at: Timestamp,
    /// The outcomes of the previous record's intent, in its order.
    pub outcomes: Vec<SlotOutcome>,
    /// Recipients that will not be handed over.
    pub dropped: Vec<(DropReason, Slots)>,
    /// The recipients about to be handed over; `None` if the worker stops here.
    pub intent: Option<Intent>,
}

/// The result of writing a record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Written {
    /// This worker wrote the record, and only this worker may submit the recipients that it intends.
    Ours,
    /// Another worker wrote a record of this number.
    Fenced,
}

/// Recipients about to be handed over, all of them to one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    pub account: AccountName,
    /// The recipients. An intent without recipients is never stored.
    pub slots: Slots,
}

impl Intent {
    /// An intent; `None` without recipients.
    pub fn new(account: AccountName, slots: Slots) -> Option<Self> {
        (!slots.is_empty()).then_some(Self { account, slots })
    }
}

/// Recipients of a batch, rising.
pub type Slots = Vec<Slot>;

/// The outcome of one recipient of an intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotOutcome {
    /// Accepted, with the provider's name for the message.
    Accepted(Option<String>),
    /// Refused for good, with the provider's code.
    Refused(RefusalReason, String),
    /// Refused by this account, with the provider's code; another account may take it. Only for a reason that
    /// [may go elsewhere](RefusalReason::may_go_elsewhere).
    Declined(RefusalReason, String),
    /// The provider looked at the message and put it off.
    PutOff,
    /// The provider did not look at the message.
    NotTaken,
    /// Whether the provider took the message cannot be known.
    Unknown,
    /// Whether the provider took the message cannot be known: its code, given here, is not listed.
    Unlisted(String),
}

impl From<SendOutcome> for SlotOutcome {
    fn from(outcome: SendOutcome) -> Self {
        match outcome {
            SendOutcome::Accepted { provider_message_id } => Self::Accepted(provider_message_id),
            SendOutcome::Refused(refusal) => Self::Refused(refusal.reason, refusal.provider_code),
            SendOutcome::PutOff => Self::PutOff,
            SendOutcome::NotTaken => Self::NotTaken,
            SendOutcome::Unknown => Self::Unknown,
            SendOutcome::Unlisted { provider_code } => Self::Unlisted(provider_code),
        }
    }
}

impl SlotOutcome {
    /// The status that the outcome settles for ever; `None` if the recipient is queued again.
    pub const fn status(&self) -> Option<DeliveryStatus> {
        match self {
            Self::Accepted(_) => Some(DeliveryStatus::Sent),
            Self::Refused(..) => Some(DeliveryStatus::Failed),
            Self::Unknown | Self::Unlisted(_) => Some(DeliveryStatus::Unconfirmed),
            Self::Declined(..) | Self::PutOff | Self::NotTaken => None,
        }
    }

    /// The provider's code, if its documentation does not list it.
    pub fn unlisted_code(&self) -> Option<&str> {
        match self {
            Self::Unlisted(code) | Self::Refused(RefusalReason::Unlisted, code) => Some(code),
            Self::Accepted(_)
            | Self::Refused(..)
            | Self::Declined(..)
            | Self::PutOff
            | Self::NotTaken
            | Self::Unknown => None,
        }
    }
}

/// Why a recipient is not handed over after all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// Opted out after the campaign was accepted.
    OptedOut,
    /// The campaign was cancelled.
    Cancelled,
    /// The campaign's validity ran out first.
    Expired,
    /// Put off by the provider until the campaign's validity ran out.
    GivenUp,
    /// No account is left that takes messages to the number: no route leads there, or every account of its route has
    /// declined it.
    Unrouted,
}

impl DropReason {
    /// Every reason; the place in this list is its stored form, so it is only ever appended to.
    pub const ALL: [Self; 5] =
        [Self::OptedOut, Self::Cancelled, Self::Expired, Self::GivenUp, Self::Unrouted];

    /// The status that the reason settles for ever.
    pub const fn status(self) -> DeliveryStatus {
        match self {
            Self::OptedOut | Self::Cancelled => DeliveryStatus::Cancelled,
            Self::Expired | Self::GivenUp | Self::Unrouted => DeliveryStatus::Failed,
        }
    }

    /// The stable code that a customer reads.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OptedOut => "opted_out",
            Self::Cancelled => "campaign_cancelled",
            Self::Expired => "validity_expired",
            Self::GivenUp => "gave_up",
            Self::Unrouted => "unrouted",
        }
    }

    /// The sentence that a customer reads.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::OptedOut => "The recipient opted out before the message was sent.",
            Self::Cancelled => "The campaign was cancelled before the message was sent.",
            Self::Expired => "The campaign's validity ended before the message was sent.",
            Self::GivenUp => "The provider put the message off until the campaign's validity ended.",
            Self::Unrouted => "None of our providers takes messages to this number.",
        }
    }
}
