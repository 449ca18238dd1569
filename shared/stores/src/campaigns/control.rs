//! Writes the transitions of campaigns from state to state. [`CampaignStep`] decides which may begin in which state.

use std::collections::HashMap;

use domain::{
    api_key::KeyMode,
    campaign::{CampaignStatus, CampaignStep, Resumption, deadlines::valid_until},
    keys::CampaignKey,
    timestamp::Timestamp,
};

use super::{
    due::due_shard,
    header::{CampaignHeader, HEADER},
    keys::header_key,
    store::Campaigns,
};
use crate::{
    error::StoreError,
    item::{from_item, number, text},
    schema::{DUE_AT, DUE_SHARD},
    table::Change,
};

/// The result of a transition.
#[derive(Clone, PartialEq, Debug)]
pub enum Controlled {
    /// The campaign is in the requested state.
    Now(Box<CampaignHeader>),
    /// The campaign's state does not allow the transition.
    NotAllowed(CampaignStatus),
    /// There is no such campaign.
    Unknown,
}

impl Campaigns {
    pub async fn cancel(&self, key: CampaignKey, now: Timestamp) -> Result<Controlled, StoreError> {
        self.step(key, CampaignStep::Cancel, without_reason(), now).await
    }

    /// Pauses a campaign, with a reason if a fault is the cause.
    pub async fn pause(
        &self,
        key: CampaignKey,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<Controlled, StoreError> {
        let change = reason.map_or_else(without_reason, with_reason);
        self.step(key, CampaignStep::Pause, change, now).await
    }

    /// Pauses a campaign for a reason that replaces any earlier one, so that the person who resumes the campaign reads
    /// it first.
    pub async fn hold(
        &self,
        key: CampaignKey,
        reason: &str,
        now: Timestamp,
    ) -> Result<Controlled, StoreError> {
        self.step(key, CampaignStep::Hold, with_reason(reason), now).await
    }

    /// Resumes a paused campaign in the state that it had, with its full validity again.
    pub async fn resume(&self, key: CampaignKey, now: Timestamp) -> Result<Controlled, StoreError> {
        let Some(header) = self.header(key).await? else { return Ok(Controlled::Unknown) };
        if header.state != CampaignStatus::Paused {
            return Ok(Controlled::NotAllowed(header.state));
        }
        let resumption = Resumption::of(header.scheduled_at, header.started_at, now);
        // The counters are read at the write, because batches may have been closed after the header was read.
        let change = Change::new(
            "SET #state = :next, valid_until = :valid, resumed_sent = sent, resumed_failed = failed \
             REMOVE pause_reason",
        )
        .value(":valid", number(resumption.valid_until.millis()));
        self.step(key, CampaignStep::Resume(resumption), change, now).await
    }

    /// Moves the start of a scheduled campaign, and the end of its validity with it. The retention of its recipients
    /// does not change.
    pub async fn reschedule(
        &self,
        key: CampaignKey,
        start: Timestamp,
        now: Timestamp,
    ) -> Result<Controlled, StoreError> {
        let change = Change::new("SET #state = :next, scheduled_at = :start, valid_until = :valid")
            .value(":start", number(start.millis()))
            .value(":valid", number(valid_until(start).millis()));
        self.step(key, CampaignStep::Reschedule(start), change, now).await
    }

    /// Starts a scheduled campaign whose time has come. Does nothing if its start was moved since it was read.
    pub async fn launch(&self, key: CampaignKey, now: Timestamp) -> Result<Controlled, StoreError> {
        let change = Change::new("SET #state = :next")
            .when("NOT scheduled_at > :now")
            .value(":now", number(now.millis()));
        self.step(key, CampaignStep::Launch, change, now).await
    }

    /// Records that the first batch is claimed, unless that is recorded already.
    pub async fn start(&self, header: &CampaignHeader, now: Timestamp) -> Result<(), StoreError> {
        if header.started_at.is_some() {
            return Ok(());
        }
        let change = Change::new("SET #state = :next, started_at = if_not_exists(started_at, :now)")
            .value(":now", number(now.millis()));
        self.step(header.key, CampaignStep::Start, change, now).await.map(drop)
    }

    /// Changes the state in one conditional write, and returns the changed campaign. The change may add a condition.
    async fn step(
        &self,
        key: CampaignKey,
        step: CampaignStep,
        mut change: Change,
        now: Timestamp,
    ) -> Result<Controlled, StoreError> {
        let from = step.from();
        let placeholders: Vec<String> = (0..from.len()).map(|n| format!(":from{n}")).collect();
        let values: HashMap<_, _> =
            placeholders.iter().cloned().zip(from.iter().map(|status| text(status.as_str()))).collect();
        change.values.extend(values);
        // The campaign keeps the shard of its mode. A campaign without a shard gets a live one, so that the clock finds
        // it.
        let shard = format!("if_not_exists({DUE_SHARD}, :shard)");
        change.update =
            change.update.replacen("SET ", &format!("SET {DUE_AT} = :due, {DUE_SHARD} = {shard}, "), 1);
        let own = change.condition.take().map(|own| format!(" AND {own}")).unwrap_or_default();
        let change = change
            .when(format!("#state IN ({}){own}", placeholders.join(", ")))
            .even_if_damaged()
            .name("#state", "state")
            .value(":next", text(step.to().as_str()))
            .value(":due", number(step.due_at(now).millis()))
            .value(":shard", text(due_shard(key.organisation, KeyMode::Live)));
        let returned = aws_sdk_dynamodb::types::ReturnValue::AllNew;
        match self.table.update_returning(&header_key(key), change, returned).await? {
            Ok(item) => Ok(Controlled::Now(Box::new(from_item(HEADER, item)?))),
            Err(None) => Ok(Controlled::Unknown),
            Err(Some(item)) => {
                let header: CampaignHeader = from_item(HEADER, item)?;
                Ok(Controlled::NotAllowed(header.state))
            }
        }
    }
}

fn without_reason() -> Change {
    Change::new("SET #state = :next REMOVE pause_reason")
}

fn with_reason(reason: &str) -> Change {
    Change::new("SET #state = :next, pause_reason = :reason").value(":reason", text(reason))
}
