//! The counts of a campaign under way, equal to the statuses of its messages at the same moment.
//!
//! A header's counts are those of closed batches: if a journal record also changed the header, each call to the
//! provider would cost a second write. Instead the header names its [`begun`](CampaignHeader::begun) batches, at one
//! write for each batch, and a reader adds the counts from the journals and reports of these batches. Only batches that
//! a worker holds or has left in part are begun; a finished campaign has none and costs no further read.
//!
//! **Invariant: a batch that is not closed is begun before its first journal record is written, and the transaction
//! that closes it removes it from the begun ones and adds its counts.** A worker that was frozen may add a closed batch
//! again. Such a batch is read and left out, and the end of the campaign removes it.

use std::collections::HashMap;

use domain::{
    batch::BatchState,
    campaign::{CampaignReport, Counts},
    ids::BatchNumber,
    reasons::Reasons,
};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{header::CampaignHeader, keys::header_key, store::Campaigns};
use crate::{error::StoreError, item::numbers, table::Change};

/// Begun batches that are read at the same time.
const READS_AT_ONCE: usize = 16;

/// A campaign with the outcomes of all its recipients.
#[derive(Clone, PartialEq, Debug)]
pub struct FollowedCampaign {
    pub header: CampaignHeader,
    pub report: CampaignReport,
    /// Counts why recipients failed or were cancelled.
    pub reasons: Reasons,
}

/// The outcomes of the recipients of a batch that is begun and not closed.
#[derive(Clone, Copy, Default)]
struct OpenBatch {
    counts: Counts,
    reasons: Reasons,
}

impl Campaigns {
    /// Records that a batch is begun, unless it is known to be.
    pub async fn begin(&self, header: &CampaignHeader, batch: BatchNumber) -> Result<(), StoreError> {
        if header.begun.contains(&batch) {
            return Ok(());
        }
        let change = Change::new("ADD begun :batch")
            .when("attribute_exists(pk) AND attribute_not_exists(finished_at)")
            .value(":batch", numbers([batch]));
        self.table.update(&header_key(header.key), change).await.map(drop)
    }

    /// Adds the outcomes of begun batches to a campaign's counts.
    pub async fn follow(&self, mut header: CampaignHeader) -> Result<FollowedCampaign, StoreError> {
        let mut read: HashMap<BatchNumber, Option<OpenBatch>> = HashMap::new();
        loop {
            let unread: Vec<_> =
                header.begun.iter().copied().filter(|batch| !read.contains_key(batch)).collect();
            let found = self.open_batches(&header, unread).await?;
            let is_outdated = found.iter().any(|(_, open)| open.is_none());
            read.extend(found);
            // The header may be older than the close of a batch that was found closed. A newer header counts that
            // batch.
            match if is_outdated { self.header(header.key).await? } else { None } {
                Some(newer) => header = newer,
                None => break,
            }
        }
        let open = header.begun.iter().filter_map(|batch| *read.get(batch)?);
        let closed = (header.counts, header.reasons);
        let (counts, reasons) = open
            .fold(closed, |(counts, reasons), open| (counts.plus(open.counts), reasons.plus(open.reasons)));
        let report = header.report(counts);
        Ok(FollowedCampaign { header, report, reasons })
    }

    /// Some begun batches; `None` for a closed one, which the header counts.
    async fn open_batches(
        &self,
        header: &CampaignHeader,
        batches: Vec<BatchNumber>,
    ) -> Result<Vec<(BatchNumber, Option<OpenBatch>)>, StoreError> {
        let reads: Vec<_> = batches
            .into_iter()
            .map(async |batch| Ok((batch, self.open_batch(header, batch).await?)))
            .collect();
        stream::iter(reads).buffer_unordered(READS_AT_ONCE).try_collect().await
    }

    async fn open_batch(
        &self,
        header: &CampaignHeader,
        batch: BatchNumber,
    ) -> Result<Option<OpenBatch>, StoreError> {
        let recipients = header.recipients_of(batch) as usize;
        match self.outcomes(header.key.batch(batch), recipients).await {
            Ok(outcomes) if outcomes.head.state == BatchState::Closed => Ok(None),
            Ok(outcomes) => Ok(Some(OpenBatch { counts: outcomes.counts(), reasons: outcomes.reasons() })),
            // The messages of such a batch cannot be shown either. A worker will set it aside, and its recipients stay
            // queued.
            Err(error @ StoreError::Unreadable { .. }) => {
                let campaign = header.key.number();
                tracing::warn!(%error, campaign.id = campaign, batch.number = batch, "a batch is not counted");
                Ok(Some(OpenBatch::default()))
            }
            Err(error) => Err(error),
        }
    }
}
