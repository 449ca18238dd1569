//! The turns of a provider account, shared by every worker. The rules are [`AccountTurns`]'s; the item is written only
//! if no other worker wrote it since it was read.

use domain::{
    ids::AccountName,
    pacing::{AccountTurns, CallNews, Probe, Turn, TurnRequest},
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{keys::turns_key, store::Campaigns};
use crate::{
    error::StoreError,
    item::{from_item, number, to_item},
    retry::{Limit, RetryPolicy, Tries},
    table::{Change, Conditional},
};

const TURNS: &str = "the turns of a provider account";
/// The retries of a change that conflicts with changes of other workers.
const MEETING_WORKERS: RetryPolicy = RetryPolicy { limit: Limit::Tries(20), ..RetryPolicy::CONTENTION };

/// The turns of a provider account as they were read.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct StoredTurns {
    /// Times they were written; 0 if never.
    revision: u64,
    #[serde(flatten)]
    turns: AccountTurns,
}

impl StoredTurns {
    pub const fn turns(&self) -> &AccountTurns {
        &self.turns
    }
}

impl Campaigns {
    /// An account's turns; the default if they were never written.
    pub async fn account_turns(&self, account: AccountName) -> Result<StoredTurns, StoreError> {
        let item = self.table.get(&turns_key(account)).await?;
        item.map_or_else(|| Ok(StoredTurns::default()), |item| from_item(TURNS, item))
    }

    /// Takes a turn of an account whose turns were just read. Reads them again only if another worker has changed them
    /// since.
    pub async fn take_turn(
        &self,
        account: AccountName,
        read: StoredTurns,
        request: &TurnRequest<'_>,
    ) -> Result<Turn, StoreError> {
        self.change_turns(account, Some(read), |turns| turns.take_turn(request)).await
    }

    /// Has every worker leave an account alone until an instant; never shortens an earlier hold.
    pub async fn hold_account(&self, account: AccountName, until: Timestamp) -> Result<(), StoreError> {
        self.change_turns(account, None, |turns| ((), turns.hold(until))).await
    }

    /// Makes every worker leave an account alone until an instant, and then use half its rate, which recovers by
    /// itself.
    pub async fn throttle_account(
        &self,
        account: AccountName,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.change_turns(account, None, |turns| ((), turns.throttled(now, until))).await
    }

    /// Opens an account that is closed because of a fault.
    pub async fn open_account(&self, account: AccountName) -> Result<(), StoreError> {
        self.change_turns(account, None, |turns| ((), turns.opened())).await
    }

    /// Updates an account's turns with the result of a call; returns them as they were before and after it.
    pub async fn learn_of_call(
        &self,
        account: AccountName,
        news: CallNews,
        probe: Option<Probe>,
        now: Timestamp,
    ) -> Result<(AccountTurns, AccountTurns), StoreError> {
        let learn = |turns: &AccountTurns| {
            let next = turns.learn(news, probe, now);
            ((turns.clone(), next.clone()), next)
        };
        self.change_turns(account, None, learn).await
    }

    /// Stores the turns that `decide` returns, if they have not changed since it read them.
    async fn change_turns<T>(
        &self,
        account: AccountName,
        mut read: Option<StoredTurns>,
        decide: impl Fn(&AccountTurns) -> (T, AccountTurns),
    ) -> Result<T, StoreError> {
        let mut tries = Tries::of("changing the turns of a provider account", MEETING_WORKERS);
        loop {
            let stored = match read.take() {
                Some(stored) => stored,
                None => self.account_turns(account).await?,
            };
            let (decision, next) = decide(&stored.turns);
            if next == stored.turns || self.replace_turns(account, stored.revision, next).await? {
                return Ok(decision);
            }
            tries.pause().await?;
        }
    }

    /// False if the turns have another revision or a newer form; a read shows which.
    async fn replace_turns(
        &self,
        account: AccountName,
        revision: u64,
        turns: AccountTurns,
    ) -> Result<bool, StoreError> {
        let next = StoredTurns { revision: revision + 1, turns };
        let item = to_item(&turns_key(account), TURNS, &next)?;
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
    use domain::{
        ids::{CampaignId, OrganisationId},
        keys::CampaignKey,
        pacing::Pace,
        timestamp::Millis,
    };

    use super::*;

    #[test]
    fn turns_are_read_as_they_were_written_and_damaged_ones_are_rejected() {
        let now = Timestamp::from_secs(1_800_000_000);
        let campaign =
            CampaignKey { organisation: OrganisationId(uuid::Uuid::nil()), campaign: CampaignId::FIRST };
        let request = TurnRequest {
            pace: Pace::per_second(3),
            sender: None,
            campaign,
            small: false,
            open_batches: 1,
            queued: 100,
            recipients: 100,
            segments: 1,
            last_resort: false,
            longest_wait: Millis::from_mins(1),
            jitter: 0,
            now,
        };
        let turns = AccountTurns::default().throttled(now, now.plus(Millis(7))).take_turn(&request).1;
        let turns = turns.learn(CallNews::NothingKnown, None, now);
        let stored = StoredTurns { revision: 4, turns };
        let item = to_item(&turns_key(AccountName::new("sandbox")), TURNS, &stored).unwrap();
        assert_eq!(from_item::<StoredTurns>(TURNS, item.clone()).unwrap(), stored);
        let doubt = ["doubt", "doubted_at", "trusted_at", "next_probe_at"];
        for name in ["revision", "booked_until", "slices", "flows", "held_until", "slowed_at", "slowed_to"]
            .into_iter()
            .chain(doubt)
        {
            let mut missing = item.clone();
            missing.remove(name);
            assert!(from_item::<StoredTurns>(TURNS, missing).is_err(), "{name}");
            let mut text = item.clone();
            text.insert(name.to_owned(), crate::item::text("1"));
            assert!(from_item::<StoredTurns>(TURNS, text).is_err(), "{name}");
        }
    }
}
