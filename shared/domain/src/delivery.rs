//! The statuses of a recipient, and the table of allowed changes between them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The status of one recipient.
///
/// ```text
///            ┌─► failed                    refused, or given up
/// queued ────┼─► cancelled                 not handed over, on purpose
///            ├─► unconfirmed ─┐            handed over, with an unknown outcome
///            └─► sent ◄───────┤            accepted by the provider
///                 ├─► undelivered ─┐       a final negative report
///                 └─► delivered ◄──┘       a proof of delivery, which outweighs a negative report
/// ```
/// Statuses only move up. Because `delivered` is above `undelivered`, the result depends on the *set* of reports and
/// not on their order: networks do report "expired" and "delivered" for one message, in any order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// The message is not handed to the provider yet.
    Queued,
    /// Accepted by the provider.
    Sent,
    /// The network reported delivery.
    Delivered,
    /// Refused by the provider, or given up before it was handed over.
    Failed,
    /// Accepted, then finally reported as not delivered.
    Undelivered,
    /// Handed over, and its outcome is not known. Never sent again.
    Unconfirmed,
    /// The message was not handed over: the campaign was cancelled, or the person opted out in time.
    Cancelled,
}

use DeliveryStatus::{Cancelled, Delivered, Failed, Queued, Sent, Unconfirmed, Undelivered};

impl DeliveryStatus {
    /// Every status, in the order of the contract.
    pub const ALL: [Self; 7] = [Queued, Sent, Delivered, Failed, Undelivered, Unconfirmed, Cancelled];

    /// The transition table: whether `next` may directly or indirectly follow.
    pub const fn can_become(self, next: Self) -> bool {
        match self {
            Queued => !matches!(next, Queued),
            Unconfirmed => matches!(next, Sent | Delivered | Undelivered),
            Sent => matches!(next, Delivered | Undelivered),
            Undelivered => matches!(next, Delivered),
            Delivered | Failed | Cancelled => false,
        }
    }

    /// Whether the dispatcher has nothing left to do for the recipient.
    pub const fn is_dispatched(self) -> bool {
        !matches!(self, Queued)
    }

    /// Whether the provider accepted the message. Such a recipient counts as sent and is charged, even if the message
    /// was never delivered.
    pub const fn was_accepted(self) -> bool {
        matches!(self, Sent | Delivered | Undelivered)
    }

    /// The contract's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Queued => "queued",
            Sent => "sent",
            Delivered => "delivered",
            Failed => "failed",
            Undelivered => "undelivered",
            Unconfirmed => "unconfirmed",
            Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for DeliveryStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word is not a delivery status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be one of queued, sent, delivered, failed, undelivered, unconfirmed, cancelled")]
pub struct DeliveryStatusError;

impl FromStr for DeliveryStatus {
    type Err = DeliveryStatusError;

    fn from_str(word: &str) -> Result<Self, DeliveryStatusError> {
        Self::ALL.into_iter().find(|status| status.as_str() == word).ok_or(DeliveryStatusError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_status_can_be_reached_again() {
        for a in DeliveryStatus::ALL {
            assert!(!a.can_become(a));
            for b in DeliveryStatus::ALL.into_iter().filter(|b| a.can_become(*b)) {
                assert!(!b.can_become(a), "{a} -> {b} -> {a}");
                for c in DeliveryStatus::ALL.into_iter().filter(|c| b.can_become(*c)) {
                    assert!(a.can_become(c), "{a} -> {b} -> {c} is a step too");
                }
            }
        }
    }

    #[test]
    fn the_words_of_statuses_are_those_of_the_contract() {
        for status in DeliveryStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
            assert_eq!(status.to_string(), status.as_str());
        }
        assert!("Sent".parse::<DeliveryStatus>().is_err());
    }

    #[test]
    fn messages_that_the_provider_took_are_charged() {
        let accepted = DeliveryStatus::ALL.into_iter().filter(|status| status.was_accepted());
        assert_eq!(accepted.collect::<Vec<_>>(), [Sent, Delivered, Undelivered]);
    }
}
