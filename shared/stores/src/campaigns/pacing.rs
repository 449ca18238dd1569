//! A provider account's time, shared by every worker: one item that each moves on by its slice, and that
//! any worker can stop where the provider asks for peace.

use aws_sdk_dynamodb::types::ReturnValue;
use domain::{
    pacing::Pace,
    timestamp::{Millis, Timestamp},
};

use super::Campaigns;
use crate::{
    error::StoreError,
    item::{FORM, Item, Key, check_form_if_any, integer, number},
    table::{Change, Conditional, back_off},
};

const PACE: &str = "a provider account's pace";
/// Tries of a lease that meets other workers'.
const ATTEMPTS: u32 = 20;

/// When a worker may make its call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// At once.
    Now,
    /// After this long; the time is leased.
    After(Millis),
    /// Later than it can wait; nothing is leased.
    TooLate(Millis),
}

impl Campaigns {
    /// Leases time for `segments` from a provider account, if it begins within `longest_wait`. Without a
    /// pace nothing is leased, and only a hold is waited for.
    pub async fn take_turn(
        &self,
        account: &str,
        pace: Option<Pace>,
        segments: u32,
        longest_wait: Millis,
        now: Timestamp,
    ) -> Result<Turn, StoreError> {
        for attempt in 0..ATTEMPTS {
            let item = self.paced(account).await?;
            let held = Timestamp::from_millis(integer(&item, "held_until"));
            let seen = integer(&item, "booked_until");
            let slice = pace.map(|pace| pace.lease(seen.max(held.millis() * 1_000), now, segments));
            let wait = slice.map_or(held.since(now), |slice| slice.wait).max(Millis(0));
            if wait > longest_wait.max(Millis(0)) {
                return Ok(Turn::TooLate(wait));
            }
            let leased = match slice {
                Some(slice) => self.book(account, seen, slice.booked_until_micros).await?,
                None => true,
            };
            if leased {
                return Ok(if wait > Millis(0) { Turn::After(wait) } else { Turn::Now });
            }
            back_off(attempt).await;
        }
        Err(StoreError::Contended { operation: "leasing a pace" })
    }

    /// Leaves an account in peace until an instant, for every worker; never shortens an earlier hold.
    pub async fn hold_account(&self, account: &str, until: Timestamp) -> Result<(), StoreError> {
        let change = Change::new("SET held_until = :until, v = :form")
            .when(
                "(attribute_not_exists(held_until) OR held_until < :until) \
                 AND (attribute_not_exists(v) OR v = :form)",
            )
            .value(":until", number(until.millis()))
            .value(":form", number(FORM));
        match self.table.update(&pace_key(account), change).await? {
            // It is held for longer already; or newer code keeps it and knows nothing of this hold.
            Conditional::Refused(Some(standing)) => check_form_if_any(PACE, &standing),
            Conditional::Refused(None) | Conditional::Applied => Ok(()),
        }
    }

    /// An account's item; empty where nothing was ever leased or held.
    async fn paced(&self, account: &str) -> Result<Item, StoreError> {
        let Some(item) = self.table.get(&pace_key(account)).await? else { return Ok(Item::new()) };
        check_form_if_any(PACE, &item)?;
        Ok(item)
    }

    /// Books the account's time where it stands as it was seen. False where others, or newer code, have changed
    /// it: whoever reads it again sees which.
    async fn book(&self, account: &str, seen: i64, until_micros: i64) -> Result<bool, StoreError> {
        let change = Change::new("SET booked_until = :next, v = :form")
            .when(
                "(attribute_not_exists(booked_until) OR booked_until = :seen) \
                 AND (attribute_not_exists(v) OR v = :form)",
            )
            .value(":next", number(until_micros))
            .value(":seen", number(seen))
            .value(":form", number(FORM));
        Ok(self.table.update_returning(&pace_key(account), change, ReturnValue::None).await?.is_ok())
    }
}

fn pace_key(account: &str) -> Key {
    Key::new(format!("PACE#{account}"), "PACE")
}
