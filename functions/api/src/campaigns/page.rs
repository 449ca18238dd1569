//! Which recipients a page of a campaign's messages shows: arithmetic, whatever the campaign's size.
//!
//! Without a status, page N is a span of slots: the batches that it shows are read, one or two for a hundred
//! rows.
//!
//! With one, it must be known how many recipients of that status each batch has. The campaign's noted counts
//! say it, which came with the header: exactly once all batches are closed, and as of a moment ago while a
//! large campaign is under way (nothing, before its first batch is closed). Where they are not noted, or no
//! longer good, every batch's hot item is read, a hundred a call, and noted for the next page; of a small
//! campaign under way, those batches too that a worker holds right now. Then the batches that the page shows
//! are read: as many as its rows are spread over, which for a rare status may be one for each row.

use std::ops::Range;

use domain::{
    campaign::Counts,
    delivery::DeliveryStatus,
    ids::{BatchNumber, Slot},
    timestamp::Timestamp,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use stores::{
    PageRequest, StoreError,
    campaigns::{BatchRecord, BatchState, CampaignHeader, Campaigns, is_noted_under_way},
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
    now: Timestamp,
) -> Result<Found, StoreError> {
    let sizes = match status {
        None => (0..header.batches()).map(|batch| header.recipients_of(batch)).collect(),
        Some(status) => matching(campaigns, header, counts, status, now).await?,
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
    now: Timestamp,
) -> Result<Vec<u64>, StoreError> {
    let size =
        |(batch, counts): (BatchNumber, &Counts)| of_status(counts, status, header.recipients_of(batch));
    if let Some(counts) = counts {
        return Ok((0..).zip(counts).map(size).collect());
    }
    if is_noted_under_way(header) && header.report().counts == Counts::default() {
        let none = Counts::default();
        return Ok((0..header.batches()).map(|batch| size((batch, &none))).collect());
    }
    let heads = campaigns.heads(header.organisation, header.campaign, 0..header.batches()).await?;
    if let Err(error) = campaigns.note_counts(header, &heads, now).await {
        // The next page reads as much as this one.
        tracing::warn!(%error, campaign.id = header.campaign.get(), "the counts of a campaign were not noted");
    }
    let are_read_whole = !is_noted_under_way(header);
    let counts = |batch: BatchNumber| {
        let head = heads.get(&batch).copied();
        async move {
            let recipients = header.recipients_of(batch);
            match head {
                Some(head) if head.counts.is_some() => {
                    Ok(head.counts.map_or(0, |counts| of_status(&counts, status, recipients)))
                }
                Some(head) if head.state != BatchState::Untouched && are_read_whole => {
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
