//! The money and the counts of a batch: changed in one transaction with the batch's state.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    api_key::KeyMode,
    campaign::{
        Counts,
        deadlines::{next_look, reports_end_at},
        verdict,
    },
    clock::SeenProgress,
    delivery::DeliveryStatus,
    ids::{AccountName, BatchNumber},
    keys::CampaignKey,
    money::Money,
    reasons::Reasons,
    settlement::Tally,
    timestamp::Timestamp,
    wallet::Settlement,
};

use super::{
    batches::BatchRecord,
    head::{CLOSED, OPEN},
    header::{CampaignHeader, CampaignText},
    keys::{head_key, header_key},
    store::Campaigns,
};
use crate::{
    accounts::wallets::posting_writes,
    error::StoreError,
    item::{check_refused, number, numbers, text, texts},
    schema::{DUE_AT, DUE_SHARD, SENT_BY},
    table::{Change, Conditional, RefusedWrite, Write},
};

/// The result of a write that moves a batch's money.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Moved {
    /// The write is applied.
    Applied,
    /// The batch has changed since it was read; nothing was written.
    Outdated,
}

/// The result of finishing a campaign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finish {
    /// The campaign is finished.
    Ended,
    /// Batches are open, or the campaign was finished before.
    NotNow,
}

/// A batch that a transaction closes. No later write changes any of it.
pub(super) struct ClosedBatch {
    number: BatchNumber,
    /// Why recipients failed or were cancelled.
    reasons: Reasons,
    /// The accounts that took recipients, or may have taken them.
    sent_by: BTreeSet<AccountName>,
}

impl Campaigns {
    /// Closes a batch whose recipients are all submitted or dropped. One transaction writes its state, the campaign's
    /// counts and the money, and for a large campaign the copy of its counts. Outdated if another token holds the batch
    /// or reports came in between.
    pub async fn close_batch(
        &self,
        header: &CampaignHeader,
        campaign_text: &CampaignText,
        record: &BatchRecord,
        token: u64,
        now: Timestamp,
    ) -> Result<Moved, StoreError> {
        let batch = record.plan.number();
        let tally = tally(record, campaign_text)?;
        let head = Change::new("SET #state = :closed, held = :held, counts = :counts, closed_at = :now REMOVE lease_until, not_before")
            .when("#token = :token AND #state = :open AND (reports_version = :seen OR (attribute_not_exists(reports_version) AND :seen = :zero))")
            .name("#state", "state")
            .name("#token", "token")
            .value(":closed", text(CLOSED))
            .value(":open", text(OPEN))
            .value(":token", number(token))
            .value(":seen", number(record.head.reports_version))
            .value(":zero", number(0))
            .value(":held", number(tally.held.ten_thousandths()))
            .value(":counts", counts_attribute(&tally.counts)?)
            .value(":now", number(now.millis()));
        let mut writes = vec![self.table.write_change(&head_key(header.key.batch(batch)), head)?];
        let closed =
            ClosedBatch { number: batch, reasons: record.reasons(), sent_by: record.progress.sent_by() };
        writes.push(self.counters_write(header, &tally, Some(&closed))?);
        writes.extend(self.counts_writes(header, [(batch, tally.counts)])?);
        writes.extend(self.money_writes(header, &tally, batch, Settlement::AtDispatch, now)?);
        self.move_money(writes).await
    }

    /// Refunds the money that a closed batch still holds for recipients without a report. Outdated if a report came in
    /// between.
    pub async fn release_unconfirmed(
        &self,
        header: &CampaignHeader,
        batch: BatchNumber,
        held: Money,
        now: Timestamp,
    ) -> Result<Moved, StoreError> {
        let head = Change::new("SET held = :zero")
            .when("#state = :closed AND held = :held")
            .name("#state", "state")
            .value(":closed", text(CLOSED))
            .value(":held", number(held.ten_thousandths()))
            .value(":zero", number(0));
        let tally = Tally::of_timeout(held);
        let mut writes = vec![self.table.write_change(&head_key(header.key.batch(batch)), head)?];
        writes.push(self.counters_write(header, &tally, None)?);
        writes.extend(self.money_writes(header, &tally, batch, Settlement::AtTimeout, now)?);
        self.move_money(writes).await
    }

    /// Applies writes of which the first is a batch's head. If any other write is refused, the money does not agree
    /// with the stored items, and a retry would not help.
    async fn move_money(&self, writes: Vec<Write>) -> Result<Moved, StoreError> {
        const MONEY: &str = "the money of a batch";
        match self.table.transact(writes).await? {
            Ok(()) => Ok(Moved::Applied),
            Err(RefusedWrite { place: 0, .. }) => Ok(Moved::Outdated),
            Err(RefusedWrite { item, .. }) => {
                check_refused(MONEY, item.as_ref())?;
                let reason = "the campaign, the wallet or the ledger refuses it".to_owned();
                Err(StoreError::Unreadable { what: MONEY, reason })
            }
        }
    }

    /// The write of the campaign's counts and money; `closed` is the batch that the same transaction closes.
    pub(super) fn counters_write(
        &self,
        header: &CampaignHeader,
        tally: &Tally,
        closed: Option<&ClosedBatch>,
    ) -> Result<Write, StoreError> {
        let Counts { sent, delivered, undelivered, failed, unconfirmed, cancelled } = tally.counts;
        let moved = tally.moved(header.mode);
        let attributes = [
            ("sent", sent),
            ("delivered", delivered),
            ("undelivered", undelivered),
            ("failed", failed),
            ("unconfirmed", unconfirmed),
            ("cancelled", cancelled),
            ("charged", moved.charged.ten_thousandths()),
            ("refunded", moved.released.ten_thousandths()),
            ("open_batches", if closed.is_some() { -1 } else { 0 }),
        ];
        let attributes = attributes.into_iter().map(|(name, step)| (name.to_owned(), step));
        let reasons = closed.map(|closed| closed.reasons).unwrap_or_default();
        let reasons = reasons.iter().map(|(reason, count)| (reason.attribute(), count)).collect::<Vec<_>>();
        let steps: Vec<(String, i64)> = attributes.filter(|(_, step)| *step != 0).chain(reasons).collect();
        let mut names: Vec<String> = steps.iter().map(|(name, _)| format!("{name} :{name}")).collect();
        let sent_by = closed.map(|closed| &closed.sent_by).filter(|accounts| !accounts.is_empty());
        names.extend(sent_by.map(|_| format!("{SENT_BY} :sent_by")));
        let mut update =
            if names.is_empty() { "SET v = v".to_owned() } else { format!("ADD {}", names.join(", ")) };
        if closed.is_some() {
            update.push_str(" DELETE begun :batch");
        }
        let mut change = Change::new(update).when("attribute_exists(pk)");
        if let Some(closed) = closed {
            change = change.value(":batch", numbers([closed.number]));
        }
        if let Some(accounts) = sent_by {
            change = change.value(":sent_by", texts(accounts.iter().map(AccountName::as_str)));
        }
        for (name, step) in steps {
            change = change.value(&format!(":{name}"), number(step));
        }
        self.table.write_change(&header_key(header.key), change)
    }

    pub(super) fn money_writes(
        &self,
        header: &CampaignHeader,
        tally: &Tally,
        batch: BatchNumber,
        settlement: Settlement,
        now: Timestamp,
    ) -> Result<Vec<Write>, StoreError> {
        let postings = tally.moved(header.mode).postings(header.key.batch(batch), settlement);
        if postings.is_empty() {
            return Ok(Vec::new());
        }
        posting_writes(&self.accounts, header.key.organisation, &postings, now)
    }

    /// Finishes a campaign whose last batch is closed. Any process may call it at any time: it does nothing unless the
    /// stored state allows it.
    pub async fn finish(&self, header: &CampaignHeader, now: Timestamp) -> Result<Finish, StoreError> {
        if !header.progress().can_finish() {
            return Ok(Finish::NotNow);
        }
        let state = verdict(header.state, &header.counts);
        let change = match header.mode {
            // The campaign stays in the index as long as reports may come, so that the clock and reports find it.
            KeyMode::Live => Change::new(format!(
                "SET #state = :next, finished_at = :now, {DUE_AT} = :due REMOVE pause_reason, begun"
            ))
            .value(":due", number(reports_end_at(now).millis())),
            KeyMode::Test => Change::new(format!(
                "SET #state = :next, finished_at = :now REMOVE pause_reason, begun, {DUE_AT}, {DUE_SHARD}"
            )),
        };
        let change = change
            .when("#state = :seen AND open_batches = :zero AND attribute_not_exists(finished_at)")
            .name("#state", "state")
            .value(":next", text(state.as_str()))
            .value(":seen", text(header.state.as_str()))
            .value(":zero", number(0))
            .value(":now", number(now.millis()));
        Ok(match self.table.update(&header_key(header.key), change).await? {
            Conditional::Applied => Finish::Ended,
            Conditional::Refused(_) => Finish::NotNow,
        })
    }

    /// Schedules the clock's next check of a campaign under way, and stores its progress.
    pub async fn look_again(
        &self,
        header: &CampaignHeader,
        progress: SeenProgress,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let seen = "seen_open = :open, seen_dispatched = :dispatched, seen_since = :since";
        let change = Change::new(format!("SET {DUE_AT} = :due, {seen}"))
            .when(format!("attribute_exists({DUE_AT}) AND attribute_not_exists(finished_at)"))
            .value(":due", number(next_look(now).millis()))
            .value(":open", number(header.open_batches))
            .value(":dispatched", number(progress.dispatched))
            .value(":since", number(progress.since.millis()));
        self.table.update(&header_key(header.key), change).await.map(drop)
    }

    /// Schedules the clock's next check of a finished campaign for the end of its wait for reports.
    pub async fn wait_for_reports(&self, key: CampaignKey, until: Timestamp) -> Result<(), StoreError> {
        let change = Change::new(format!("SET {DUE_AT} = :due"))
            .when(format!("attribute_exists({DUE_AT})"))
            .value(":due", number(until.millis()));
        self.table.update(&header_key(key), change).await.map(drop)
    }

    /// Removes a finished campaign that holds no money from the index.
    pub async fn forget(&self, key: CampaignKey) -> Result<(), StoreError> {
        let change =
            Change::new(format!("REMOVE {DUE_AT}, {DUE_SHARD}")).when("attribute_exists(finished_at)");
        self.table.update(&header_key(key), change).await.map(drop)
    }
}

/// Counts as a head stores them: they locate a page of one status.
pub(super) fn counts_attribute(counts: &Counts) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(counts).map_err(StoreError::unreadable("a batch's counts"))
}

pub(super) fn tally(record: &BatchRecord, campaign_text: &CampaignText) -> Result<Tally, StoreError> {
    let statuses: Vec<DeliveryStatus> = record.statuses().collect();
    Tally::of_batch(&record.plan, &statuses, campaign_text.price())
        .map_err(StoreError::unreadable("a batch's price"))
}
