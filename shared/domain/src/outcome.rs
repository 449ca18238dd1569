//! The outcome of a hand-over, the same for every provider.

use serde::{Deserialize, Serialize};

use crate::timestamp::Millis;

/// The outcome of one recipient of a call.
///
/// | outcome | the recipient becomes |
/// |---|---|
/// | `Accepted` | sent |
/// | `Refused` | failed, its money released |
/// | `PutOff` | queued again, until the campaign's validity ends |
/// | `NotTaken` | queued again |
/// | `Unknown`, `Unlisted` | unconfirmed, never sent again |
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// The provider took the message.
    Accepted {
        /// The provider's id of the message, if the answer has one.
        provider_message_id: Option<String>,
    },
    /// The provider definitely did not take the message, and never will.
    Refused(Refusal),
    /// The provider looked at this recipient and did not take the message for now; it may take it later.
    PutOff,
    /// The provider did not look at this recipient, and would have treated any recipient of the account the same: the
    /// call was throttled, the account has a fault, or the request was never sent.
    NotTaken,
    /// The answer was lost, cannot be read, or does not name the recipient: the message may have gone out.
    Unknown,
    /// The answer names the recipient and gives a code that the provider's documentation does not list: the message
    /// may have gone out.
    Unlisted {
        /// The provider's code. Never a phone number or a text.
        provider_code: String,
    },
}

/// A definite no for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why, in the product's terms.
    pub reason: RefusalReason,
    /// The provider's own code, for its support desk. Never a phone number or a text.
    pub provider_code: String,
}

/// Why a recipient was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// The number does not exist.
    InvalidNumber,
    /// A number of a kind or place that the provider does not serve.
    UnsupportedDestination,
    /// The person has opted out at the provider: the number is added to our opt-outs.
    OptedOut,
    /// Messages of this kind are not taken at this hour.
    DoNotDisturb,
    /// No route to the network.
    NotRouted,
    /// The network or the provider's gateway rejected it.
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

    /// Whether another account may take a message that was refused for this reason: the reason is the account's, not
    /// the recipient's or the text's.
    pub const fn may_go_elsewhere(self) -> bool {
        match self {
            Self::UnsupportedDestination | Self::NotRouted | Self::Rejected => true,
            Self::InvalidNumber | Self::OptedOut | Self::DoNotDisturb | Self::TooLong | Self::Unlisted => {
                false
            }
        }
    }

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

/// What the answer to a call says about the account, besides the outcomes of its recipients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CallSignals {
    /// A fault of the account that the answer names.
    pub fault: Option<AccountFault>,
    /// The provider asks for a pause of the whole account.
    pub backoff: Option<Backoff>,
    /// Whether the provider can have received the request.
    pub transmission: Transmission,
}

/// A provider's request for a pause of the whole account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The pause, if the provider named one.
    pub retry_after: Option<Millis>,
}

/// Whether any byte of a request left this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Transmission {
    /// Some of the request may have arrived.
    #[default]
    Sent,
    /// No connection was made: it is certain that nothing arrived.
    NeverSent,
}

/// A fault of a provider account. It pauses the campaign, so that the remaining recipients do not fail.
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
    pub const ALL: [Self; 5] =
        [Self::Credentials, Self::BalanceEmpty, Self::SenderRefused, Self::OnHold, Self::RequestRefused];

    /// The more important of two faults of a call: one that every campaign meets comes before a campaign's own, and
    /// among the former one that hides the others comes first.
    pub fn graver(self, other: Self) -> Self {
        if self.gravity() >= other.gravity() { self } else { other }
    }

    const fn gravity(self) -> u8 {
        match self {
            Self::Credentials => 4,
            Self::OnHold => 3,
            Self::BalanceEmpty => 2,
            Self::SenderRefused => 1,
            Self::RequestRefused => 0,
        }
    }

    /// Whether a campaign's pause reason is a fault.
    pub fn is_reason(pause_reason: &str) -> bool {
        Self::ALL.into_iter().any(|fault| fault.code() == pause_reason)
    }

    /// Whether the calls of every campaign would meet it. A refused sender or request is one campaign's.
    pub const fn is_of_every_campaign(self) -> bool {
        match self {
            Self::Credentials | Self::BalanceEmpty | Self::OnHold => true,
            Self::SenderRefused | Self::RequestRefused => false,
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graver_of_two_faults_is_the_same_in_either_order_and_one_of_every_campaign_wins() {
        for one in AccountFault::ALL {
            for other in AccountFault::ALL {
                let graver = one.graver(other);
                assert_eq!(graver, other.graver(one));
                assert!([one, other].contains(&graver));
                let of_every = [one, other].iter().any(|fault| fault.is_of_every_campaign());
                assert_eq!(graver.is_of_every_campaign(), of_every, "{one:?} {other:?}");
            }
        }
    }
}
