//! Which recipients a page of a campaign's messages shows: arithmetic, whatever the campaign's size.
//!
//! Without a status, page N is a span of slots: the batches that it shows are read, one or two for a hundred
//! rows.
//!
//! With one, it must be known how many recipients of that status each batch has. Once all batches are closed
//! the campaign's noted counts say it, which came with the header; where a status has changed since they were
//! noted, and as long as batches are open, every batch's hot item is read, a hundred a call, and those batches
//! are read whole that a worker holds right now. Then the batches that the page shows are read: as many as
//! its rows are spread over, which for a rare status may be one for each row.

use std::{collections::HashMap, ops::Range};

use domain::{
    batch::recipients_of,
    campaign::Counts,
    delivery::DeliveryStatus,
    ids::{BatchNumber, Slot},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use stores::{
    PageRequest, StoreError,
    campaigns::{BatchRecord, BatchState, CampaignHeader, Campaigns, HeadState},
};

/// Batches read at once.
const BATCHES_AT_ONCE: usize = 16;

/// A part of a page: some of the recipients of one batch.
pub struct Part {
    /// The batch.
    pub record: BatchRecord,
    /// Its slots on the page.
    pub slots: Vec<Slot>,
}

/// The recipients of a page, and how many there are over all pages.
pub struct Found {
    /// Over all pages.
    pub total: u64,
    /// This page's, batch by batch.
    pub parts: Vec<Part>,
}

impl Found {
    /// Of a campaign whose recipients have passed their retention, swept already or not: nobody.
    pub const FORGOTTEN: Self = Self { total: 0, parts: Vec::new() };
}

/// Finds a page. `counts` are those of each batch, where they are noted.
pub async fn find(
    campaigns: &Campaigns,
    header: &CampaignHeader,
    counts: Option<&[Counts]>,
    status: Option<DeliveryStatus>,
    page: PageRequest,
) -> Result<Found, StoreError> {
    let sizes = match status {
        None => (0..header.batches()).map(|batch| recipients_of(batch, header.recipients) as u64).collect(),
        Some(status) => matching(campaigns, header, counts, status).await?,
    };
    let total = sizes.iter().sum();
    let spans = spans(&sizes, page.skipped()..page.skipped().saturating_add(page.page_size));
    let reads: Vec<_> =
        spans.into_iter().map(|(batch, span)| read(campaigns, header, status, batch, span)).collect();
    let parts: Vec<Option<Part>> = stream::iter(reads).buffered(BATCHES_AT_ONCE).try_collect().await?;
    Ok(Found { total, parts: parts.into_iter().flatten().collect() })
}

async fn read(
    campaigns: &Campaigns,
    header: &CampaignHeader,
    status: Option<DeliveryStatus>,
    batch: BatchNumber,
    span: Range<u64>,
) -> Result<Option<Part>, StoreError> {
    // A batch that is not there has passed its retention: its recipients are forgotten.
    let Some(record) = campaigns.batch(header.organisation, header.campaign, batch).await? else {
        return Ok(None);
    };
    let slots = 0..record.plan.recipients().len() as Slot;
    let wanted = slots.filter(|slot| status.is_none_or(|status| record.status(*slot) == Some(status)));
    let slots = wanted.skip(span.start as usize).take((span.end - span.start) as usize).collect();
    Ok(Some(Part { record, slots }))
}

/// How many recipients of a status each batch has.
async fn matching(
    campaigns: &Campaigns,
    header: &CampaignHeader,
    counts: Option<&[Counts]>,
    status: DeliveryStatus,
) -> Result<Vec<u64>, StoreError> {
    let size = |(batch, counts): (BatchNumber, &Counts)| {
        of_status(counts, status, recipients_of(batch, header.recipients) as u64)
    };
    if let Some(counts) = counts {
        return Ok((0..).zip(counts).map(size).collect());
    }
    let heads = campaigns.heads(header.organisation, header.campaign, 0..header.batches()).await?;
    note(campaigns, header, &heads).await;
    let counts = |batch: BatchNumber| {
        let head = heads.get(&batch).copied();
        async move {
            let recipients = recipients_of(batch, header.recipients) as u64;
            match head {
                Some(head) if head.counts.is_some() => {
                    Ok(head.counts.map_or(0, |counts| of_status(&counts, status, recipients)))
                }
                Some(head) if head.state != BatchState::Untouched => {
                    let record = campaigns.batch(header.organisation, header.campaign, batch).await?;
                    let statuses =
                        |record: BatchRecord| record.statuses().filter(|other| *other == status).count();
                    Ok(record.map_or(0, statuses) as u64)
                }
                _ => Ok(of_status(&Counts::default(), status, recipients)),
            }
        }
    };
    let counted: Vec<_> = (0..header.batches()).map(counts).collect();
    stream::iter(counted).buffered(BATCHES_AT_ONCE).try_collect().await
}

/// Notes the counts of a campaign whose batches are all closed, for the next page. Where that cannot be
/// done, the next page reads as much as this one.
async fn note(campaigns: &Campaigns, header: &CampaignHeader, heads: &HashMap<BatchNumber, HeadState>) {
    let counts = (0..header.batches()).map(|batch| heads.get(&batch).and_then(|head| head.counts));
    let Some(counts) = counts.collect::<Option<Vec<Counts>>>() else { return };
    if let Err(error) = campaigns.note_batch_counts(header, &counts).await {
        tracing::warn!(%error, campaign.id = header.campaign.get(), "the counts of a campaign were not noted");
    }
}

fn of_status(counts: &Counts, status: DeliveryStatus, recipients: u64) -> u64 {
    let count = match status {
        DeliveryStatus::Queued => recipients as i64 - counts.dispatched(),
        DeliveryStatus::Sent => counts.sent - counts.delivered - counts.undelivered,
        DeliveryStatus::Delivered => counts.delivered,
        DeliveryStatus::Undelivered => counts.undelivered,
        DeliveryStatus::Failed => counts.failed,
        DeliveryStatus::Unconfirmed => counts.unconfirmed,
        DeliveryStatus::Cancelled => counts.cancelled,
    };
    count.max(0).unsigned_abs()
}

/// Which part of each batch lies in a span of the whole, given the batches' sizes.
fn spans(sizes: &[u64], wanted: Range<u64>) -> Vec<(BatchNumber, Range<u64>)> {
    let mut before = 0;
    let mut spans = Vec::new();
    for (batch, size) in sizes.iter().enumerate() {
        let (start, end) = (wanted.start.max(before), wanted.end.min(before + size));
        if start < end {
            spans.push((batch as BatchNumber, start - before..end - before));
        }
        before += size;
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_over_batches_takes_the_end_of_one_and_the_beginning_of_the_next() {
        assert_eq!(spans(&[1_000, 1_000, 164], 900..1_100), [(0, 900..1_000), (1, 0..100)]);
        assert_eq!(spans(&[1_000, 0, 164], 1_000..1_500), [(2, 0..164)]);
        assert_eq!(spans(&[1_000], 1_000..1_100), []);
    }

    #[test]
    fn the_statuses_of_a_batch_are_its_recipients() {
        let counts =
            Counts { sent: 9, delivered: 4, undelivered: 1, failed: 2, unconfirmed: 1, cancelled: 3 };
        let all: u64 = DeliveryStatus::ALL.into_iter().map(|status| of_status(&counts, status, 20)).sum();
        assert_eq!(all, 20);
    }
}
