//! Delivery reports, applied to their batches: as many together as can be.

mod folded;
mod together;

use domain::{
    ids::{BatchNumber, CampaignId, OrganisationId, Slot},
    receipt::DeliveryReceipt,
    timestamp::Timestamp,
    wallet::Settlement,
};

use super::{BatchState, Campaigns, head_key};
use crate::{
    error::StoreError,
    table::{Conditional, back_off},
};
use folded::Folded;

pub use together::{BATCHES_TOGETHER, BatchReports};

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
            let folded = Folded::of(record, reports)?;
            if folded.says_nothing_new() {
                return Ok(folded.applied);
            }
            let written = match folded.before.head.state {
                BatchState::Closed => self.write_settling(organisation, campaign, &folded, now).await?,
                BatchState::Open | BatchState::Untouched => {
                    let change = folded.sheet_change(folded.before.head.held, now)?;
                    let updated = self.table.update(&head_key(organisation, campaign, batch), change).await?;
                    matches!(updated, Conditional::Applied)
                }
            };
            if written {
                return Ok(folded.applied);
            }
            back_off(attempt).await;
        }
        Err(StoreError::Contended { operation: "applying reports" })
    }

    async fn write_settling(
        &self,
        organisation: OrganisationId,
        campaign: CampaignId,
        folded: &Folded,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let header = self.header(organisation, campaign).await?;
        let campaign_text = self.text(organisation, campaign).await?;
        let (Some(header), Some(campaign_text)) = (header, campaign_text) else { return Ok(true) };
        let tally = folded.tally(&header, &campaign_text)?;
        let head = &folded.before.head;
        let (batch, held) =
            (folded.before.plan.number(), head.held.checked_sub(tally.charged).unwrap_or_default());
        let change = folded.sheet_change(held, now)?;
        let mut writes = vec![self.table.write_change(&head_key(organisation, campaign, batch), change)?];
        writes.push(self.counters_write(&header, &tally, 0)?);
        let settlement = Settlement::ByReports(head.reports_version + 1);
        writes.extend(self.money_writes(&header, &tally, batch, settlement, now)?);
        Ok(self.table.transact(writes).await?.is_ok())
    }
}
