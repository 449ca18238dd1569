//! Applying the reports of many batches in one transaction, with one write of the campaign's counts. Every report
//! of a campaign writes to those counts, and single writes would wait for each other.

use domain::{
    batch::BatchState, campaign::Counts, ids::BatchNumber, keys::CampaignKey, receipt::SlotReport,
    settlement::Tally, timestamp::Timestamp,
};
use futures_util::{StreamExt, stream};

use super::folded::{Folded, ReportsApplied};
use crate::{
    campaigns::{keys::head_key, store::Campaigns},
    error::StoreError,
    table::Write,
};

/// Batches of one transaction. Two items for each batch (its head and, at worst, a counts item) and the header stay
/// below DynamoDB's limit of a hundred items.
pub const BATCHES_TOGETHER: usize = 49;
const _: () = assert!(2 * BATCHES_TOGETHER + 1 < 100);
/// Batches that are read at the same time.
const READS_AT_ONCE: usize = 16;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BatchReports {
    pub batch: BatchNumber,
    pub reports: Vec<SlotReport>,
}

/// The result of writing batches together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Together {
    Written,
    /// Another process wrote to one of the batches, or the result is unknown.
    Refused,
    /// There were too few batches to write together.
    Alone,
}

/// The consistency of a read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Freshness {
    /// An eventually consistent read, at half the price, is enough for facts that can no longer change.
    Settled,
    /// A consistent read.
    Now,
}

impl Campaigns {
    /// Applies the reports of up to [`BATCHES_TOGETHER`] batches of one campaign, with one result for each batch. After
    /// a conflict all are read and written together once more. Batches that cannot be written together (because money
    /// moves or the batch is still open) are written one by one.
    pub async fn apply_reports(
        &self,
        key: CampaignKey,
        batches: &[BatchReports],
        now: Timestamp,
    ) -> Vec<Result<ReportsApplied, StoreError>> {
        let mut folded = self.fold_each(key, batches, Freshness::Settled).await;
        let mut written = self.write_together(key, &folded, now).await;
        if written == Together::Refused {
            folded = self.fold_each(key, batches, Freshness::Now).await;
            written = self.write_together(key, &folded, now).await;
        }
        let mut results = Vec::with_capacity(batches.len());
        for (folded, BatchReports { batch, reports }) in folded.into_iter().zip(batches) {
            let batch = key.batch(*batch);
            results.push(match folded {
                Some(folded) if !goes_together(&folded) || written == Together::Alone => {
                    self.apply_alone(batch, reports, Some(folded), now).await
                }
                Some(folded) if written == Together::Written => Ok(folded.applied),
                _ => self.apply_alone(batch, reports, None, now).await,
            });
        }
        results
    }

    /// `None` for a batch that cannot be read or does not exist: the caller tries it alone.
    async fn fold_each(
        &self,
        key: CampaignKey,
        batches: &[BatchReports],
        freshness: Freshness,
    ) -> Vec<Option<Folded>> {
        // Collected first: a stream that maps borrowed items lazily is not provably `Send`.
        let reads: Vec<_> = batches
            .iter()
            .map(async |BatchReports { batch, reports }| {
                if freshness == Freshness::Settled {
                    let before = self.batch_before(key.batch(*batch)).await.ok().flatten();
                    let folded = before.and_then(|before| Folded::of(before, reports).ok());
                    if let Some(folded) = folded.filter(|folded| !folded.may_change) {
                        return Some(folded);
                    }
                }
                let record = self.batch(key.batch(*batch)).await.ok()??;
                Folded::of(record, reports).ok()
            })
            .collect();
        stream::iter(reads).buffered(READS_AT_ONCE).collect().await
    }

    /// Writes the batches that can be written together.
    async fn write_together(&self, key: CampaignKey, folded: &[Option<Folded>], now: Timestamp) -> Together {
        let folded: Vec<&Folded> = folded.iter().flatten().filter(|folded| goes_together(folded)).collect();
        // A single batch costs the same if it is written alone.
        if folded.len() < 2 {
            return Together::Alone;
        }
        let Ok(Some(header)) = self.header(key).await else { return Together::Alone };
        let sheet = |folded: &&Folded| -> Result<Write, StoreError> {
            let batch = key.batch(folded.before.plan.number());
            let change = folded.sheet_change(folded.before.head.held, now)?;
            self.table.write_change(&head_key(batch), change)
        };
        let counts = folded.iter().fold(Counts::default(), |sum, folded| sum.plus(folded.counts()));
        let counters = self.counters_write(&header, &Tally::of_counts(counts), None);
        let kept = self.counts_writes(&header, folded.iter().filter_map(|folded| folded.kept()));
        let writes: Result<Vec<Write>, StoreError> = folded.iter().map(sheet).chain([counters]).collect();
        let (Ok(mut writes), Ok(kept)) = (writes, kept) else { return Together::Alone };
        writes.extend(kept);
        match self.table.transact(writes).await {
            Ok(Ok(())) => Together::Written,
            Ok(Err(_)) | Err(_) => Together::Refused,
        }
    }
}

/// Whether a batch's reports change counts only: the batch is closed, and no money moves.
fn goes_together(folded: &Folded) -> bool {
    folded.before.head.state == BatchState::Closed && !folded.says_nothing_new() && !folded.moves_money()
}
