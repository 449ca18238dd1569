//! Finds the recipients of a page of a campaign's messages by arithmetic, at a cost that does not grow with the
//! campaign.
//!
//! A recipient's position is its batch and its slot in it, which never change. Without a status filter every page is a
//! span of slots: only its batches are read, one or two for a hundred rows.
//!
//! With a filter, the number of recipients of that status in each batch is needed. A large campaign stores these counts
//! of its closed batches in items that are read with its header. For any other campaign every batch's head is read, in
//! one call. (The same is done for a large campaign whose stored counts cannot be read, with a hundred heads in a
//! call.) Batches that are begun and not closed are read completely. Then the batches of the page are read: as many as
//! its rows are spread over, which for a rare status may be one for each row. A page after a position reads the rest of
//! that recipient's batch, then the next batches that have recipients of the status; changes before the position do not
//! matter.
//!
//! A damaged batch removes only its own rows from a page, and the answer has the number of these recipients.

mod batch;
mod filling;
mod found;
mod place;
mod search;

use std::{collections::VecDeque, ops::Range};

use domain::{
    batch::BatchState,
    campaign::Counts,
    delivery::DeliveryStatus,
    ids::{BatchNumber, Slot},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use stores::{
    ListRequest, PageStart, StoreError,
    campaigns::{CampaignHeader, Campaigns, HeadState, Heads},
};

use self::{
    batch::Batch,
    filling::{Filling, next_round},
    place::{Place, position},
};
pub use self::{
    found::{Found, Part},
    search::search,
};

/// Batches that are read at the same time.
const BATCHES_AT_ONCE: usize = 16;

/// The campaign and the batches of a page's messages.
struct Source<'a> {
    campaigns: &'a Campaigns,
    header: &'a CampaignHeader,
    status: Option<DeliveryStatus>,
}

/// Finds a page. `counts` are those of each batch, if they are stored.
pub async fn find(
    campaigns: &Campaigns,
    header: &CampaignHeader,
    counts: Option<&[Counts]>,
    status: Option<DeliveryStatus>,
    request: ListRequest,
) -> Result<Found, StoreError> {
    let source = Source { campaigns, header, status };
    let Sizes { sizes, unreadable } = match status {
        None => Sizes::of((0..header.batches()).map(|batch| header.recipients_of(batch))),
        Some(status) => matching(campaigns, header, counts, status).await?,
    };
    let start = match request.start {
        PageStart::Beginning => Place::default(),
        PageStart::After(position) => Place::after(position),
        PageStart::Skipping(skipped) => {
            return source.span(&sizes, skipped, request.page_size, unreadable).await;
        }
    };
    match status {
        None => source.span(&sizes, start.index(&sizes), request.page_size, unreadable).await,
        Some(_) => source.from(&sizes, start, request.page_size, unreadable).await,
    }
}

impl Source<'_> {
    async fn span(
        &self,
        sizes: &[u64],
        skipped: u64,
        page_size: u64,
        unreadable: u64,
    ) -> Result<Found, StoreError> {
        let total = sizes.iter().sum();
        let end = skipped.saturating_add(page_size);
        let spans = spans(sizes, skipped..end);
        let end_of_span = spans.last().map(|(batch, span)| match self.status {
            None => position(*batch, (span.end - 1) as Slot),
            Some(_) => position(*batch, Slot::MAX),
        });
        let reads: Vec<_> = spans.into_iter().map(|(batch, span)| self.read(batch, 0, span)).collect();
        let read: Vec<Batch<Part>> = stream::iter(reads).buffered(BATCHES_AT_ONCE).try_collect().await?;
        let missing: u64 = read.iter().map(Batch::unreadable).sum();
        let parts: Vec<Part> = read.into_iter().filter_map(Batch::read).collect();
        let last = parts.iter().rev().find_map(Part::last).filter(|_| self.status.is_some());
        let next = last.or(end_of_span).filter(|_| end < total);
        Ok(Found { total, parts, unreadable: unreadable + missing, next })
    }

    /// The recipients of a status after a position. Batches are read until the page is full: their sizes may be out of
    /// date, so a batch may have more or fewer recipients than its size.
    async fn from(
        &self,
        sizes: &[u64],
        start: Place,
        page_size: u64,
        unreadable: u64,
    ) -> Result<Found, StoreError> {
        let is_wanted = |(batch, size): &(BatchNumber, u64)| {
            *batch > start.batch && *size > 0 || *batch == start.batch && (*size > 0 || start.slot > 0)
        };
        let batches = (0..).zip(sizes.iter().copied()).filter(is_wanted);
        let mut batches: VecDeque<(BatchNumber, u64)> = batches.collect();
        let mut page = Filling::of(page_size);
        while !page.is_full() && !batches.is_empty() {
            let round = next_round(&mut batches, page.left());
            let reads: Vec<_> = round
                .iter()
                .map(|&(batch, _)| {
                    let slot = if batch == start.batch { start.slot } else { 0 };
                    self.read(batch, slot, 0..u64::MAX)
                })
                .collect();
            let read: Vec<Batch<Part>> = stream::iter(reads).buffered(BATCHES_AT_ONCE).try_collect().await?;
            for ((batch, _), read) in round.into_iter().zip(read) {
                page.take(batch, read);
            }
        }
        Ok(page.into_found(sizes.iter().sum(), unreadable, batches.is_empty()))
    }

    /// Some of a batch's recipients of the status: those from a slot on, and a span of those.
    async fn read(
        &self,
        number: BatchNumber,
        first: u32,
        span: Range<u64>,
    ) -> Result<Batch<Part>, StoreError> {
        let recipients = (span.end - span.start).min(self.header.recipients_of(number));
        let read = batch::read(self.campaigns, self.header, number, recipients).await?;
        Ok(read.map(|record| {
            let slots = (0..record.plan.len() as Slot).filter(|slot| u32::from(*slot) >= first);
            let is_wanted =
                |slot: &Slot| self.status.is_none_or(|status| record.status(*slot) == Some(status));
            let wanted = slots.filter(is_wanted).skip(span.start as usize);
            let slots = wanted.take((span.end - span.start) as usize).collect();
            Part { record, slots }
        }))
    }
}

/// How many recipients of the page's status each batch has.
struct Sizes {
    sizes: Vec<u64>,
    /// Recipients of batches that could not be read for it.
    unreadable: u64,
}

impl Sizes {
    fn of(sizes: impl Iterator<Item = u64>) -> Self {
        Self { sizes: sizes.collect(), unreadable: 0 }
    }
}

/// How many recipients of a status each batch has.
async fn matching(
    campaigns: &Campaigns,
    header: &CampaignHeader,
    counts: Option<&[Counts]>,
    status: DeliveryStatus,
) -> Result<Sizes, StoreError> {
    let known = match counts {
        Some(counts) => of_counts(header, counts),
        None => of_heads(header, &campaigns.heads(header.key, 0..header.batches()).await?),
    };
    let size = |(number, known): (BatchNumber, Known)| async move {
        let recipients = header.recipients_of(number);
        Ok::<_, StoreError>(match known {
            Known::Counts(counts) => Batch::Read(of_status(&counts, status, recipients)),
            Known::Unreadable => Batch::Unreadable(recipients),
            Known::Begun => {
                let read = batch::read(campaigns, header, number, recipients).await?;
                read.map(|record| record.statuses().filter(|found| *found == status).count() as u64)
            }
        })
    };
    let sizes: Vec<_> = (0..).zip(known).map(size).collect();
    let sizes: Vec<Batch<u64>> = stream::iter(sizes).buffered(BATCHES_AT_ONCE).try_collect().await?;
    let unreadable = sizes.iter().map(Batch::unreadable).sum();
    let sizes = sizes.into_iter().map(|batch| batch.read().unwrap_or_default()).collect();
    Ok(Sizes { sizes, unreadable })
}

/// What is known about a batch's recipients without reading the batch.
enum Known {
    /// How many have each status; the others are queued.
    Counts(Counts),
    /// Not known: the batch is begun and not closed.
    Begun,
    /// Not known: the batch's head is damaged.
    Unreadable,
}

/// For a large campaign, from the stored counts of its batches.
fn of_counts(header: &CampaignHeader, counts: &[Counts]) -> Vec<Known> {
    let known = |(number, counts): (BatchNumber, &Counts)| {
        if header.begun.contains(&number) { Known::Begun } else { Known::Counts(*counts) }
    };
    (0..).zip(counts).map(known).collect()
}

fn of_heads(header: &CampaignHeader, heads: &Heads) -> Vec<Known> {
    let known = |number: BatchNumber| match heads.read.get(&number) {
        Some(HeadState { counts: Some(counts), .. }) => Known::Counts(*counts),
        Some(head) if head.state != BatchState::Untouched => Known::Begun,
        None if heads.unreadable.contains(&number) => Known::Unreadable,
        _ => Known::Counts(Counts::default()),
    };
    (0..header.batches()).map(known).collect()
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

/// The part of each batch within a span of the whole campaign, given the batches' sizes.
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
    fn a_span_over_two_batches_has_the_end_of_one_and_the_beginning_of_the_next() {
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
