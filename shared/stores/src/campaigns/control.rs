//! A campaign's transitions from state to state, by the transition table of [`CampaignStatus`].

use std::collections::HashMap;

use domain::{
    campaign::CampaignStatus,
    keys::CampaignKey,
    timestamp::{Millis, Timestamp},
};

use super::{
    due::{due_at, due_shard},
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

/// How long after its start a campaign's recipients are still submitted. After a day most texts are out of date.
pub const VALIDITY: Millis = Millis::from_hours(24);

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
    /// Cancels a campaign.
    pub async fn cancel(&self, key: CampaignKey, now: Timestamp) -> Result<Controlled, StoreError> {
        let change = Change::new("SET #state = :next REMOVE pause_reason");
        self.step(key, CampaignStatus::Cancelled, change, now).await
    }

    /// Pauses a campaign, with a reason if a fault is the cause.
    pub async fn pause(
        &self,
        key: CampaignKey,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<Controlled, StoreError> {
        let change = reason.map_or_else(|| Change::new("SET #state = :next REMOVE pause_reason"), pause_for);
        self.step(key, CampaignStatus::Paused, change, now).await
    }

    /// Pauses a campaign for a reason that replaces any earlier one: whoever resumes the campaign must read this
    /// reason first.
    pub async fn hold(
        &self,
        key: CampaignKey,
        reason: &str,
        now: Timestamp,
    ) -> Result<Controlled, StoreError> {
        let next = CampaignStatus::Paused;
        let from: Vec<CampaignStatus> = CampaignStatus::before(next).chain([next]).collect();
        self.step_from(key, &from, next, pause_for(reason), due_at(now)).await
    }

    /// Resumes a paused campaign in the state that it had, with its full validity again.
    pub async fn resume(&self, key: CampaignKey, now: Timestamp) -> Result<Controlled, StoreError> {
        let Some(header) = self.header(key).await? else { return Ok(Controlled::Unknown) };
        if header.state != CampaignStatus::Paused {
            return Ok(Controlled::NotAllowed(header.state));
        }
        let waits = header.scheduled_at.filter(|at| *at > now && header.started_at.is_none());
        let next = match (waits, header.started_at) {
            (Some(_), _) => CampaignStatus::Scheduled,
            (None, None) => CampaignStatus::Queued,
            (None, Some(_)) => CampaignStatus::Running,
        };
        let valid_until = waits.unwrap_or(now).plus(VALIDITY);
        let change = Change::new("SET #state = :next, valid_until = :valid, resumed_sent = sent, resumed_failed = failed REMOVE pause_reason")
            .value(":valid", number(valid_until.millis()));
        self.step_from(key, &[CampaignStatus::Paused], next, change, waits.unwrap_or(due_at(now))).await
    }

    /// Starts a scheduled campaign whose time has come.
    pub async fn launch(&self, key: CampaignKey, now: Timestamp) -> Result<Controlled, StoreError> {
        let change = Change::new("SET #state = :next");
        let from = [CampaignStatus::Scheduled];
        self.step_from(key, &from, CampaignStatus::Queued, change, due_at(now)).await
    }

    /// Records that the first batch is claimed, unless that is recorded already.
    pub async fn start(&self, header: &CampaignHeader, now: Timestamp) -> Result<(), StoreError> {
        if header.started_at.is_some() {
            return Ok(());
        }
        let change = Change::new("SET #state = :next, started_at = if_not_exists(started_at, :now)")
            .value(":now", number(now.millis()));
        let from = [CampaignStatus::Queued];
        self.step_from(header.key(), &from, CampaignStatus::Running, change, due_at(now)).await.map(drop)
    }

    async fn step(
        &self,
        key: CampaignKey,
        next: CampaignStatus,
        change: Change,
        now: Timestamp,
    ) -> Result<Controlled, StoreError> {
        let from: Vec<CampaignStatus> = CampaignStatus::before(next).collect();
        self.step_from(key, &from, next, change, due_at(now)).await
    }

    /// One conditional write from some of the states that the table allows, or from `next` itself; gives the
    /// campaign after it. The clock checks the campaign again at `due`, even if every other process has crashed.
    async fn step_from(
        &self,
        key: CampaignKey,
        from: &[CampaignStatus],
        next: CampaignStatus,
        mut change: Change,
        due: Timestamp,
    ) -> Result<Controlled, StoreError> {
        let may_begin = |status: &CampaignStatus| *status == next || status.can_become(next);
        debug_assert!(from.iter().all(may_begin), "{from:?} to {next}");
        let placeholders: Vec<String> = (0..from.len()).map(|n| format!(":from{n}")).collect();
        let values: HashMap<_, _> =
            placeholders.iter().cloned().zip(from.iter().map(|status| text(status.as_str()))).collect();
        change.values.extend(values);
        change.update =
            change.update.replacen("SET ", &format!("SET {DUE_AT} = :due, {DUE_SHARD} = :shard, "), 1);
        let change = change
            .when(format!("#state IN ({})", placeholders.join(", ")))
            .even_if_damaged()
            .name("#state", "state")
            .value(":next", text(next.as_str()))
            .value(":due", number(due.millis()))
            .value(":shard", text(due_shard(key.organisation)));
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

fn pause_for(reason: &str) -> Change {
    Change::new("SET #state = :next, pause_reason = :reason").value(":reason", text(reason))
}
