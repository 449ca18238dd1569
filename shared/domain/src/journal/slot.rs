//! The state of one recipient, by its journal.

use super::record::{DropReason, SlotOutcome};
use crate::{delivery::DeliveryStatus, ids::AccountName, outcome::RefusalReason, timestamp::Timestamp};

/// The reason of a recipient's status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Refused by the provider, with its code.
    Refused(RefusalReason, String),
    /// Not handed over.
    Dropped(DropReason),
    /// Handed over, and no answer could be read.
    NoAnswer,
    /// Handed over, and answered with a code that is not listed.
    Unlisted(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotState {
    /// Status before any delivery report.
    pub status: DeliveryStatus,
    /// The provider's name for the message.
    pub provider_message_id: Option<String>,
    /// The reason of the status, if it has one.
    pub cause: Option<Cause>,
    /// When this status was recorded; `None` while queued.
    pub since: Option<Timestamp>,
    /// When a record last said that the recipient is about to be handed over.
    pub handed_over_at: Option<Timestamp>,
    /// The account of that hand-over.
    pub account: Option<AccountName>,
    /// The accounts that have declined the recipient. It is never handed over to one of them again.
    pub declined_by: Vec<AccountName>,
    /// How often the provider has put the recipient off. [`SlotOutcome::NotTaken`] does not count: the provider did
    /// not look at the recipient.
    pub times_put_off: u8,
    /// The token of the claim under which the provider last put the recipient off.
    pub put_off_under: Option<u64>,
}

impl SlotState {
    /// A recipient that was never in a record.
    pub(super) const QUEUED: Self = Self {
        status: DeliveryStatus::Queued,
        provider_message_id: None,
        cause: None,
        since: None,
        handed_over_at: None,
        account: None,
        declined_by: Vec::new(),
        times_put_off: 0,
        put_off_under: None,
    };

    pub(super) fn drop_for(&mut self, reason: DropReason, at: Timestamp) {
        self.settle(reason.status(), Some(Cause::Dropped(reason)), at);
    }

    pub(super) fn take(&mut self, outcome: SlotOutcome, token: u64, at: Timestamp) {
        match outcome {
            SlotOutcome::Accepted(id) => {
                self.provider_message_id = id;
                self.settle(DeliveryStatus::Sent, None, at);
            }
            SlotOutcome::Refused(reason, code) => {
                self.settle(DeliveryStatus::Failed, Some(Cause::Refused(reason, code)), at);
            }
            SlotOutcome::Unknown => self.settle(DeliveryStatus::Unconfirmed, Some(Cause::NoAnswer), at),
            SlotOutcome::Unlisted(code) => {
                self.settle(DeliveryStatus::Unconfirmed, Some(Cause::Unlisted(code)), at);
            }
            SlotOutcome::Declined(..) => self.declined_by.extend(self.account),
            SlotOutcome::PutOff => {
                self.times_put_off = self.times_put_off.saturating_add(1);
                self.put_off_under = Some(token);
            }
            SlotOutcome::NotTaken => {}
        }
    }

    pub(super) fn hand_over(&mut self, account: AccountName, at: Timestamp) {
        self.handed_over_at = Some(at);
        self.account = Some(account);
    }

    fn settle(&mut self, status: DeliveryStatus, cause: Option<Cause>, at: Timestamp) {
        self.status = status;
        self.cause = cause;
        self.since = Some(at);
    }
}

impl Cause {
    /// The stable code that a customer reads.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(reason, _) => reason.code(),
            Self::Dropped(reason) => reason.code(),
            Self::NoAnswer => "no_answer",
            Self::Unlisted(_) => "unlisted_code",
        }
    }

    /// The sentence that a customer reads.
    pub const fn sentence(&self) -> &'static str {
        match self {
            Self::Refused(reason, _) => reason.sentence(),
            Self::Dropped(reason) => reason.sentence(),
            Self::NoAnswer => {
                "The message was handed over and the provider's answer was lost; it is not sent again."
            }
            Self::Unlisted(_) => {
                "The provider answered with an unknown code; the message may have gone out and is not sent again."
            }
        }
    }
}
