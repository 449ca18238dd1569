//! Reports of many batches at once: one transaction, and one write of the campaign's counters, which
//! every report of the campaign would otherwise queue up for.

use domain::{
    campaign::Counts,
    ids::{BatchNumber, CampaignId, OrganisationId},
    timestamp::Timestamp,
};
use futures_util::{StreamExt, stream};

use super::{Folded, ReportsApplied, SlotReport};
use crate::{
    campaigns::{BatchState, Campaigns, head_key, settle::Tally},
    error::StoreError,
    table::Write,
};

/// Batches of one transaction: with the counters, below DynamoDB's hundred items.
pub const BATCHES_TOGETHER: usize = 50;
/// Batches read at once.
const READS_AT_ONCE: usize = 16;

/// The reports of one batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BatchReports {
    /// The batch.
    pub batch: BatchNumber,
    /// Its reports.
    pub reports: Vec<SlotReport>,
}

impl Campaigns {
    /// Applies the reports of up to [`BATCHES_TOGETHER`] batches of one campaign, and says of each what
    /// became of them. What cannot be written together (money moves, the batch is still open, others wrote
    /// meanwhile) is applied batch by batch.
    pub async fn apply_reports_together(
        &self,
        organisation: OrganisationId,
        campaign: CampaignId,
        batches: &[BatchReports],
        now: Timestamp,
    ) -> Vec<Result<ReportsApplied, StoreError>> {
        let folded = self.fold_each(organisation, campaign, batches).await;
        let together: Vec<&Folded> = folded.iter().flatten().filter(|folded| goes_together(folded)).collect();
        let written = self.write_together(organisation, campaign, &together, now).await;
        let mut results = Vec::with_capacity(batches.len());
        for (folded, BatchReports { batch, reports }) in folded.into_iter().zip(batches) {
            results.push(match folded {
                Some(folded) if folded.says_nothing_new() || written && goes_together(&folded) => {
                    Ok(folded.applied)
                }
                _ => self.apply_reports(organisation, campaign, *batch, reports, now).await,
            });
        }
        results
    }

    /// Nothing in the place of a batch that cannot be read or is not there: looked at again alone.
    async fn fold_each(
        &self,
        organisation: OrganisationId,
        campaign: CampaignId,
        batches: &[BatchReports],
    ) -> Vec<Option<Folded>> {
        // Collected first: a stream that maps borrowed items lazily is not provably `Send`.
        let reads: Vec<_> = batches
            .iter()
            .map(async |BatchReports { batch, reports }| {
                let record = self.batch(organisation, campaign, *batch).await.ok()??;
                Folded::of(record, reports).ok()
            })
            .collect();
        stream::iter(reads).buffered(READS_AT_ONCE).collect().await
    }

    /// Whether all of them are written.
    async fn write_together(
        &self,
        organisation: OrganisationId,
        campaign: CampaignId,
        folded: &[&Folded],
        now: Timestamp,
    ) -> bool {
        // One alone costs the same either way.
        if folded.len() < 2 {
            return false;
        }
        let Ok(Some(header)) = self.header(organisation, campaign).await else { return false };
        let sheet = |folded: &&Folded| -> Result<Write, StoreError> {
            let batch = folded.before.plan.number();
            let change = folded.sheet_change(folded.before.head.held, now)?;
            self.table.write_change(&head_key(organisation, campaign, batch), change)
        };
        let counts = folded.iter().fold(Counts::default(), |sum, folded| sum.plus(folded.counts()));
        let counters = self.counters_write(&header, &Tally { counts, ..Tally::default() }, 0);
        let writes: Result<Vec<Write>, StoreError> = folded.iter().map(sheet).chain([counters]).collect();
        let Ok(writes) = writes else { return false };
        matches!(self.table.transact(writes).await, Ok(Ok(())))
    }
}

/// Only counters move: a batch whose hand-over is done, and no money.
fn goes_together(folded: &Folded) -> bool {
    folded.before.head.state == BatchState::Closed && !folded.says_nothing_new() && !folded.moves_money()
}
