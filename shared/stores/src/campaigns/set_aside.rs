//! Batches that cannot be read: setting them aside, and opening them again after a repair.
//!
//! A damaged batch does not tell which recipients were submitted. It is therefore neither dispatched nor closed,
//! and its money stays reserved. One transaction marks the head, with the kind of item that cannot be read, and
//! counts the batch in the campaign's header, so that a status shows it without reading heads.

use domain::{ids::BatchNumber, keys::BatchKey, timestamp::Timestamp};

use super::{
    head::{CLOSED, OPEN, SET_ASIDE},
    header::CampaignHeader,
    keys::{head_key, header_key},
    store::Campaigns,
};
use crate::{
    error::StoreError,
    item::{number, text},
    schema::TTL_ATTRIBUTE,
    table::{Change, Write},
};

/// The result of setting a batch aside or opening it again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Mark {
    /// The batch is in the requested state.
    Changed,
    /// The batch was in that state already, is closed, or is held by another token.
    Unchanged,
}

impl Campaigns {
    /// Sets a batch aside, unless it is closed or another token holds it. `stored` is the kind of item that cannot
    /// be read.
    pub async fn set_aside(
        &self,
        header: &CampaignHeader,
        batch: BatchNumber,
        token: u64,
        stored: &str,
        now: Timestamp,
    ) -> Result<Mark, StoreError> {
        let head = Change::new(format!(
            "SET #state = :aside, unreadable = :stored, set_aside_at = :now, lease_until = :zero, v = :form, \
             {TTL_ATTRIBUTE} = :kept REMOVE not_before"
        ))
        .when(
            // The state, the lease or the form itself may be damaged, so only `closed_at` tells that no work is left.
            "attribute_not_exists(closed_at) AND (attribute_not_exists(#state) \
             OR (NOT #state IN (:closed, :aside) AND (NOT lease_until > :now OR #token = :token)))",
        )
        .even_if_damaged()
        .name("#state", "state")
        .name("#token", "token")
        .value(":aside", text(SET_ASIDE))
        .value(":closed", text(CLOSED))
        .value(":stored", text(stored))
        .value(":token", number(token))
        .value(":now", number(now.millis()))
        .value(":zero", number(0))
        .value(":kept", number(header.kept_until.secs()));
        self.count_aside(header.key.batch(batch), head, 1).await
    }

    /// Opens a batch that was set aside, so that workers may claim it.
    pub async fn take_up_again(&self, key: BatchKey) -> Result<Mark, StoreError> {
        let head = Change::new("SET #state = :open REMOVE unreadable, set_aside_at")
            .when("#state = :aside")
            .name("#state", "state")
            .value(":open", text(OPEN))
            .value(":aside", text(SET_ASIDE));
        self.count_aside(key, head, -1).await
    }

    /// Corrects the header's count of batches set aside to the count `found` in their heads, which were read after
    /// the header. Head and header differ if one of them was restored from a backup. Does nothing if the count
    /// has changed since the header was read.
    pub async fn recount_aside(&self, header: &CampaignHeader, found: i64) -> Result<(), StoreError> {
        let change = Change::new("SET set_aside = :found")
            .when("set_aside = :seen")
            .value(":found", number(found))
            .value(":seen", number(header.set_aside));
        self.table.update(&header_key(header.key), change).await.map(drop)
    }

    async fn count_aside(&self, key: BatchKey, head: Change, step: i64) -> Result<Mark, StoreError> {
        let counter =
            Change::new("ADD set_aside :step").when("attribute_exists(pk)").value(":step", number(step));
        let writes: Vec<Write> = vec![
            self.table.write_change(&head_key(key), head)?,
            self.table.write_change(&header_key(key.campaign), counter)?,
        ];
        Ok(match self.table.transact(writes).await? {
            Ok(()) => Mark::Changed,
            Err(_) => Mark::Unchanged,
        })
    }
}
