//! A provider account's clock, shared by every worker. The rules are [`AccountClock`]'s; the item is written only if
//! no other worker wrote it since it was read.

use domain::{
    pacing::{AccountClock, Turn, TurnRequest},
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{keys::clock_key, store::Campaigns};
use crate::{
    error::StoreError,
    item::{from_item, number, to_item},
    retry::{Limit, RetryPolicy, Tries},
    table::{Change, Conditional},
};

const CLOCK: &str = "a provider account's clock";
/// For a change that meets other workers'.
const MEETING_WORKERS: RetryPolicy = RetryPolicy { limit: Limit::Tries(20), ..RetryPolicy::CONTENTION };

/// A provider account's clock as it was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct StoredClock {
    /// Times it was written; 0 if never.
    revision: u64,
    /// The clock.
    #[serde(flatten)]
    clock: AccountClock,
}

impl StoredClock {
    /// The clock.
    pub const fn clock(&self) -> AccountClock {
        self.clock
    }
}

impl Campaigns {
    /// An account's clock; the default if it was never written.
    pub async fn account_clock(&self, account: &str) -> Result<StoredClock, StoreError> {
        let item = self.table.get(&clock_key(account)).await?;
        item.map_or_else(|| Ok(StoredClock::default()), |item| from_item(CLOCK, item))
    }

    /// Takes a turn of an account whose clock was just read. It is read again only if another worker has changed
    /// it since.
    pub async fn take_turn(
        &self,
        account: &str,
        read: StoredClock,
        request: &TurnRequest,
    ) -> Result<Turn, StoreError> {
        self.change_clock(account, Some(read), |clock| clock.take_turn(request)).await
    }

    /// Has every worker leave an account alone until an instant; never shortens an earlier hold.
    pub async fn hold_account(&self, account: &str, until: Timestamp) -> Result<(), StoreError> {
        self.change_clock(account, None, |clock| ((), clock.hold(until))).await
    }

    /// Stores what `decide` makes of the clock, over the clock that it was shown.
    async fn change_clock<T>(
        &self,
        account: &str,
        mut read: Option<StoredClock>,
        decide: impl Fn(AccountClock) -> (T, AccountClock),
    ) -> Result<T, StoreError> {
        let mut tries = Tries::of("changing a provider account's clock", MEETING_WORKERS);
        loop {
            let stored = match read.take() {
                Some(stored) => stored,
                None => self.account_clock(account).await?,
            };
            let (decision, next) = decide(stored.clock);
            if next == stored.clock || self.replace_clock(account, stored.revision, next).await? {
                return Ok(decision);
            }
            tries.pause().await?;
        }
    }

    /// False if the clock is no longer the one of that revision, or is of a newer form: a read tells which.
    async fn replace_clock(
        &self,
        account: &str,
        revision: u64,
        clock: AccountClock,
    ) -> Result<bool, StoreError> {
        let next = StoredClock { revision: revision + 1, clock };
        let item = to_item(&clock_key(account), CLOCK, &next)?;
        let written = match revision {
            0 => self.table.put_new(item).await?,
            _ => {
                let unchanged = Change::only_if("revision = :revision").value(":revision", number(revision));
                self.table.put_when(item, unchanged).await?
            }
        };
        Ok(matches!(written, Conditional::Applied))
    }
}

#[cfg(test)]
mod tests {
    use domain::{pacing::Pace, timestamp::Millis};

    use super::*;

    #[test]
    fn a_clock_comes_back_from_its_item_and_a_damaged_one_does_not() {
        let now = Timestamp::from_secs(1_800_000_000);
        let request =
            TurnRequest { pace: Pace::per_second(3), segments: 100, longest_wait: Millis::from_mins(1), now };
        let clock = AccountClock::default().hold(now.plus(Millis(7))).take_turn(&request).1;
        let stored = StoredClock { revision: 4, clock };
        let item = to_item(&clock_key("sandbox"), CLOCK, &stored).unwrap();
        assert_eq!(from_item::<StoredClock>(CLOCK, item.clone()).unwrap(), stored);
        for name in ["revision", "booked_until", "held_until"] {
            let mut missing = item.clone();
            missing.remove(name);
            assert!(from_item::<StoredClock>(CLOCK, missing).is_err(), "{name}");
            let mut text = item.clone();
            text.insert(name.to_owned(), crate::item::text("1"));
            assert!(from_item::<StoredClock>(CLOCK, text).is_err(), "{name}");
        }
    }
}
