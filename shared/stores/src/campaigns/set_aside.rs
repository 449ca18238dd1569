//! Batches that cannot be read: set aside, where everybody sees it, and taken up again once mended.
//!
//! Whom a damaged batch has reached, and whom not, nobody can tell: it is neither worked off nor closed, and
//! its money stays reserved. Its head keeps what could not be read, and its campaign counts such batches,
//! both in one transaction, so that a status shows them without a look at the heads.

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

/// What became of the mark that sets a batch aside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Mark {
    /// It is as it was asked to be.
    Changed,
    /// It was so already, or the batch is closed or held by somebody else.
    Unchanged,
}

impl Campaigns {
    /// Sets a batch aside that nobody holds, unless under our own token, and that is not closed. `stored`
    /// is the kind of item that cannot be read.
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
            // The state, the lease or the form itself may be damaged. A closed batch has no work left.
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
        .value(":kept", number(header.kept_until().secs()));
        self.count_aside(header.key().batch(batch), head, 1).await
    }

    /// Lets a batch that was set aside be taken up again: it is open, as it was or would have become.
    pub async fn take_up_again(&self, key: BatchKey) -> Result<Mark, StoreError> {
        let head = Change::new("SET #state = :open REMOVE unreadable, set_aside_at")
            .when("#state = :aside")
            .name("#state", "state")
            .value(":open", text(OPEN))
            .value(":aside", text(SET_ASIDE));
        self.count_aside(key, head, -1).await
    }

    /// Notes how many batches are set aside, counted by their heads after the header was read: a head or a
    /// header that was brought back from a backup knows nothing of what happened to the other. Nothing where
    /// one was set aside or taken up meanwhile.
    pub async fn recount_aside(&self, header: &CampaignHeader, found: i64) -> Result<(), StoreError> {
        let change = Change::new("SET set_aside = :found")
            .when("set_aside = :seen")
            .value(":found", number(found))
            .value(":seen", number(header.set_aside));
        self.table.update(&header_key(header.key()), change).await.map(drop)
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
