//! Delivery reports, applied to a batch in one write.

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use domain::{
    campaign::Counts,
    delivery::DeliveryStatus,
    ids::{BatchNumber, CampaignId, OrganisationId, Slot},
    money::Money,
    receipt::DeliveryReceipt,
    timestamp::Timestamp,
    wallet::Settlement,
};

use super::{
    BatchRecord, BatchState, CampaignHeader, CampaignText, Campaigns,
    batches::{CLOSED, OPEN},
    head_key,
    header::unreadable,
    settle::{Tally, counts_attribute},
};
use crate::{
    error::StoreError,
    item::{number, text},
    table::{Change, Conditional, back_off},
};

/// Tries of a write that meets other reports of the same batch.
const ATTEMPTS: u32 = 10;

/// A report for a recipient of a batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SlotReport {
    /// The recipient.
    pub slot: Slot,
    /// The provider's name for the message, where the report has one.
    pub provider_message_id: Option<String>,
    /// What is reported.
    pub receipt: DeliveryReceipt,
}

/// What became of some reports.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReportsApplied {
    /// Recipients whose status changed.
    pub changed: usize,
    /// Places of reports whose recipient is being handed over right now: to be applied again later.
    pub early: Vec<usize>,
}

/// Whether a report is about what the journal knows at its slot.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    Applies,
    Early,
    Stranger,
}

impl Campaigns {
    /// Applies reports to a batch: all in one write, with the counters and the money that they settle.
    /// Reports that say nothing new, or are about another message, change nothing.
    pub async fn apply_reports(
        &self,
        organisation: OrganisationId,
        campaign: CampaignId,
        batch: BatchNumber,
        reports: &[SlotReport],
        now: Timestamp,
    ) -> Result<ReportsApplied, StoreError> {
        for attempt in 0..ATTEMPTS {
            let Some(record) = self.batch(organisation, campaign, batch).await? else {
                return Ok(ReportsApplied::default());
            };
            let (after, applied) = folded(&record, reports)?;
            if after.sheet == record.sheet {
                return Ok(applied);
            }
            let written = match record.head.state {
                BatchState::Closed => {
                    self.write_settling(organisation, campaign, &record, &after, now).await?
                }
                BatchState::Open | BatchState::Untouched => {
                    let change = sheet_change(&record, &after, record.head.held, now)?;
                    let updated = self.table.update(&head_key(organisation, campaign, batch), change).await?;
                    matches!(updated, Conditional::Applied)
                }
            };
            if written {
                return Ok(applied);
            }
            back_off(attempt).await;
        }
        Err(StoreError::Contended { operation: "applying reports" })
    }

    async fn write_settling(
        &self,
        organisation: OrganisationId,
        campaign: CampaignId,
        before: &BatchRecord,
        after: &BatchRecord,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let header = self.header(organisation, campaign).await?;
        let campaign_text = self.text(organisation, campaign).await?;
        let (Some(header), Some(campaign_text)) = (header, campaign_text) else { return Ok(true) };
        let tally = change_of(before, after, &header, &campaign_text)?;
        let batch = before.plan.number();
        let held = before.head.held.checked_sub(tally.charged).unwrap_or_default();
        let change = sheet_change(before, after, held, now)?;
        let mut writes = vec![self.table.write_change(&head_key(organisation, campaign, batch), change)?];
        writes.push(self.counters_write(&header, &tally, 0)?);
        let settlement = Settlement::ByReports(before.head.reports_version + 1);
        writes.extend(self.money_writes(&header, &tally, batch, settlement, now)?);
        Ok(self.table.transact(writes).await?.is_ok())
    }
}

fn folded(record: &BatchRecord, reports: &[SlotReport]) -> Result<(BatchRecord, ReportsApplied), StoreError> {
    let mut after = record.clone();
    let mut applied = ReportsApplied::default();
    for (place, report) in reports.iter().enumerate() {
        match fit(record, report) {
            Fit::Stranger => {}
            Fit::Early => applied.early.push(place),
            Fit::Applies => {
                after
                    .sheet
                    .apply(report.slot, &report.receipt)
                    .map_err(|error| unreadable("a report sheet", &error.to_string()))?;
            }
        }
    }
    applied.changed =
        record.statuses().zip(after.statuses()).filter(|(before, after)| before != after).count();
    Ok((after, applied))
}

/// A report belongs to a slot where the ids agree, or where one of both sides has none: an orphan
/// report settles a hand-over whose answer was lost.
fn fit(record: &BatchRecord, report: &SlotReport) -> Fit {
    let Some(state) = record.progress.slots().get(usize::from(report.slot)) else { return Fit::Stranger };
    match state.status {
        DeliveryStatus::Queued if record.progress.in_flight().contains(&report.slot) => Fit::Early,
        DeliveryStatus::Queued | DeliveryStatus::Failed | DeliveryStatus::Cancelled => Fit::Stranger,
        _ => match (&state.provider_message_id, &report.provider_message_id) {
            (Some(ours), Some(theirs)) if ours != theirs => Fit::Stranger,
            _ => Fit::Applies,
        },
    }
}

/// What new reports change: counts, and the money of recipients that were unconfirmed, as long as it is
/// still held.
fn change_of(
    before: &BatchRecord,
    after: &BatchRecord,
    header: &CampaignHeader,
    campaign_text: &CampaignText,
) -> Result<Tally, StoreError> {
    let segments = campaign_text.message.segments();
    let mut tally = Tally::default();
    let steps = before.statuses().zip(after.statuses()).zip(before.plan.recipients());
    for ((from, to), recipient) in steps.filter(|((from, to), _)| from != to) {
        tally.counts = tally.counts.plus(Counts::step(from, to));
        if from == DeliveryStatus::Unconfirmed && before.head.held.is_positive() {
            let cost = campaign_text.tariff.cost(*recipient, segments).unwrap_or(Money::ZERO);
            let sum = tally.charged.checked_add(cost);
            tally.charged = sum.map_err(|error| unreadable("a batch's price", &error.to_string()))?;
        }
    }
    debug_assert!(tally.charged <= before.head.held || header.held() == Money::ZERO);
    Ok(tally)
}

fn sheet_change(
    before: &BatchRecord,
    after: &BatchRecord,
    held: Money,
    now: Timestamp,
) -> Result<Change, StoreError> {
    // The end of the wait for reports takes what is held without touching the sheet: a report that was read
    // before it must not charge that money too.
    let (state, counts, unspent) = match before.head.state {
        BatchState::Closed => (CLOSED, ", counts = :counts", " AND held = :seen_held"),
        BatchState::Open | BatchState::Untouched => (OPEN, "", ""),
    };
    let seen = before.head.reports_version;
    let change = Change::new(format!(
        "SET reports = :reports, reports_version = :next, reports_at = :now, held = :held{counts}"
    ))
    .when(format!(
        "#state = :state AND (reports_version = :seen \
         OR (attribute_not_exists(reports_version) AND :seen = :zero)){unspent}"
    ))
    .name("#state", "state")
    .value(":state", text(state))
    .value(":seen", number(seen))
    .value(":next", number(seen + 1))
    .value(":zero", number(0))
    .value(":now", number(now.millis()))
    .value(":held", number(held.ten_thousandths()))
    .value(":reports", AttributeValue::B(Blob::new(after.sheet.encode())));
    if counts.is_empty() {
        return Ok(change);
    }
    let change = change.value(":seen_held", number(before.head.held.ten_thousandths()));
    Ok(change.value(":counts", counts_attribute(&Counts::of(after.statuses()))?))
}
