//! Why a worker stops.

use crate::{ids::AccountName, outcome::AccountFault, timestamp::Millis};

/// Why a worker stops before it has handed over every recipient of a batch, or stops using one account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// The worker's time is over, or the campaign no longer sends.
    Ends,
    /// The account has a fault, and no other account is open: the campaign is to be paused.
    Fault(AccountFault),
    /// The provider did not look at a recipient.
    NotTaken {
        /// The pause that the provider asked for, if it named its length.
        retry_after: Option<Millis>,
    },
    /// The provider put every recipient of the call off.
    PutOff,
    /// The account's next turn is later than the worker can wait.
    Paced(Millis),
    /// The worker's call to this account had no known result, so the account is in doubt.
    Doubt(AccountName),
    /// The account is in doubt, and its next probe may begin after this wait.
    InDoubt(Millis),
    /// An operator holds the account, or it cannot be used with its settings.
    Held,
}

impl Stop {
    /// The more important of two reasons: first the one after which the batch goes on soonest, then one that needs a
    /// person, and last one that only an operator ends.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Paced(one), Self::Paced(two)) => Self::Paced(one.min(two)),
            (Self::InDoubt(one), Self::InDoubt(two)) => Self::InDoubt(one.min(two)),
            _ if other.rank() < self.rank() => other,
            _ => self,
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Paced(_) => 0,
            Self::Fault(_) => 1,
            Self::Doubt(_) => 2,
            Self::InDoubt(_) => 3,
            Self::NotTaken { .. } => 4,
            Self::PutOff => 5,
            Self::Held => 6,
            Self::Ends => 7,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_that_decides_is_the_same_whichever_comes_first() {
        let doubt = Stop::Doubt(AccountName::new("at-ke"));
        let fault = Stop::Fault(AccountFault::OnHold);
        let rising = [
            Stop::Paced(Millis(1)),
            Stop::Paced(Millis(2)),
            fault,
            doubt,
            Stop::InDoubt(Millis(1)),
            Stop::InDoubt(Millis(2)),
            Stop::NotTaken { retry_after: None },
            Stop::PutOff,
            Stop::Held,
            Stop::Ends,
        ];
        for (place, first) in rising.iter().enumerate() {
            for other in &rising[place..] {
                assert_eq!((first.or(*other), other.or(*first)), (*first, *first));
            }
        }
    }
}
