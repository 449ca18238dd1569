//! Reading a batch, and writing its journal.

use std::collections::BTreeSet;

use domain::{
    batch::RecipientBatch,
    campaign::Counts,
    delivery::DeliveryStatus,
    ids::{BatchNumber, Slot},
    journal::{self, CheckedRecord, Progress, Written},
    keys::BatchKey,
    reasons::Reasons,
    receipt::ReportSheet,
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    head::{HEAD, HeadRecord, HeadState},
    keys::{HEAD_SORT_KEY, JOURNAL_END, JOURNAL_PREFIX, batch_partition, head_key, plan_key, record_key},
    store::Campaigns,
};
use crate::{
    error::StoreError,
    item::{Item, Key, check_form, from_item, to_item},
    table::{Conditional, Range},
};

pub(super) const PLAN: &str = "a batch";
const JOURNAL: &str = "a journal";
pub(super) const SHEET: &str = "a report sheet";

/// The stored form of a batch's recipients.
#[derive(Serialize, Deserialize)]
pub(super) struct PlanRecord {
    pub(super) recipients: ByteBuf,
    /// Slots whose recipients were erased. Absent if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) erased: Vec<ErasedRecord>,
    pub(super) expires_at: i64,
}

/// A slot whose recipient was erased.
#[derive(Serialize, Deserialize)]
pub(super) struct ErasedRecord {
    pub(super) slot: Slot,
    /// The prefix that gives its price.
    pub(super) prefix: String,
}

/// The stored form of a record of a batch's journal.
#[derive(Serialize, Deserialize)]
struct JournalRecord {
    record: ByteBuf,
    expires_at: i64,
}

/// All items of a batch's partition.
#[derive(Clone, Debug)]
pub struct BatchRecord {
    pub plan: RecipientBatch,
    /// The state of each recipient by the journal.
    pub progress: Progress,
    pub sheet: ReportSheet,
    /// State, lease, token.
    pub head: HeadState,
    /// Recipients whose report came after their money was refunded.
    pub unpaid: BTreeSet<Slot>,
}

impl BatchRecord {
    /// A recipient's status, with its delivery report.
    pub fn status(&self, slot: Slot) -> Option<DeliveryStatus> {
        self.status_under(&self.sheet, slot)
    }

    /// The status of every recipient, in the order of their slots.
    pub fn statuses(&self) -> impl Iterator<Item = DeliveryStatus> + '_ {
        self.statuses_under(&self.sheet)
    }

    /// The status of every recipient with another report sheet.
    pub(super) fn statuses_under<'a>(
        &'a self,
        sheet: &'a ReportSheet,
    ) -> impl Iterator<Item = DeliveryStatus> + 'a {
        (0..self.plan.len()).filter_map(move |slot| self.status_under(sheet, slot as Slot))
    }

    /// Counts why recipients failed or were cancelled.
    pub fn reasons(&self) -> Reasons {
        Reasons::of(self.progress.slots())
    }

    fn status_under(&self, sheet: &ReportSheet, slot: Slot) -> Option<DeliveryStatus> {
        status(&self.progress, sheet, slot)
    }
}

/// The outcomes of a batch's recipients, without their numbers.
pub(super) struct BatchOutcomes {
    pub(super) head: HeadState,
    progress: Progress,
    sheet: ReportSheet,
    unpaid: BTreeSet<Slot>,
}

impl BatchOutcomes {
    /// The recipients by status.
    pub(super) fn counts(&self) -> Counts {
        let slots = 0..self.progress.slots().len() as Slot;
        Counts::of(slots.filter_map(|slot| status(&self.progress, &self.sheet, slot)))
    }

    /// Counts why recipients failed or were cancelled.
    pub(super) fn reasons(&self) -> Reasons {
        Reasons::of(self.progress.slots())
    }
}

/// A recipient's status by its batch's journal and reports.
fn status(progress: &Progress, sheet: &ReportSheet, slot: Slot) -> Option<DeliveryStatus> {
    let dispatched = progress.slots().get(usize::from(slot))?.status;
    Some(sheet.get(slot).map_or(dispatched, |receipt| receipt.reported.fold_into(dispatched)))
}

impl Campaigns {
    /// A batch; `None` if it was never planned, or if its retention is over.
    pub async fn batch(&self, key: BatchKey) -> Result<Option<BatchRecord>, StoreError> {
        let items = self.table.query(Range::of(batch_partition(key))).await?;
        read_batch(key, items)
    }

    /// Reads the batch eventually consistently: it may be a moment old, and costs half.
    pub(super) async fn batch_before(&self, key: BatchKey) -> Result<Option<BatchRecord>, StoreError> {
        let range = Range::of(batch_partition(key)).eventual();
        read_batch(key, self.table.query(range).await?)
    }

    /// The outcomes of a batch with this many recipients.
    pub(super) async fn outcomes(
        &self,
        key: BatchKey,
        recipients: usize,
    ) -> Result<BatchOutcomes, StoreError> {
        let range = Range::of(batch_partition(key)).between(HEAD_SORT_KEY, JOURNAL_END);
        let mut parts = Parts::default();
        for item in self.table.query(range).await? {
            parts.add(key, item)?;
        }
        parts.outcomes(recipients)
    }

    /// The recipients of a batch. They never change, except by an erasure.
    pub async fn plan(&self, key: BatchKey) -> Result<Option<RecipientBatch>, StoreError> {
        let item = self.table.get_unchanging(&plan_key(key)).await?;
        item.map(|item| read_plan(key.batch, item)).transpose()
    }

    /// Writes the journal record of a number, unless another worker has written it. This fences workers off: only the
    /// worker that wrote a record may submit the recipients of its intent.
    pub async fn write_record(
        &self,
        key: BatchKey,
        record: &CheckedRecord,
        expires_at: Timestamp,
    ) -> Result<Written, StoreError> {
        let stored = JournalRecord { record: ByteBuf::from(record.bytes()), expires_at: expires_at.secs() };
        let item = to_item(&record_key(key, record.number()), JOURNAL, &stored)?;
        let standing = match self.table.put_new(item).await? {
            Conditional::Applied => return Ok(Written::Ours),
            Conditional::Refused(standing) => standing,
        };
        // The stored record is this worker's own if the first answer was lost and the SDK tried again.
        let ours = standing
            .and_then(|item| from_item::<JournalRecord>(JOURNAL, item).ok())
            .is_some_and(|standing| standing.record == stored.record);
        Ok(if ours { Written::Ours } else { Written::Fenced })
    }
}

pub(super) fn read_plan(batch: BatchNumber, item: Item) -> Result<RecipientBatch, StoreError> {
    let PlanRecord { recipients, erased, .. } = from_item(PLAN, item)?;
    let erased = erased.into_iter().map(|ErasedRecord { slot, prefix }| (slot, prefix)).collect();
    let plan = RecipientBatch::unpack(batch, &recipients).and_then(|plan| plan.with_erased(erased));
    plan.map_err(StoreError::packed(PLAN))
}

fn read_batch(key: BatchKey, items: Vec<Item>) -> Result<Option<BatchRecord>, StoreError> {
    let mut parts = Parts::default();
    for item in items {
        parts.add(key, item)?;
    }
    let Some(plan) = parts.plan.take() else { return Ok(None) };
    let plan = read_plan(key.batch, plan)?;
    let BatchOutcomes { head, progress, sheet, unpaid } = parts.outcomes(plan.len())?;
    Ok(Some(BatchRecord { plan, progress, sheet, head, unpaid }))
}

/// The items of a batch's partition.
#[derive(Default)]
struct Parts {
    plan: Option<Item>,
    head: Option<Item>,
    journal: Vec<Item>,
}

impl Parts {
    fn add(&mut self, key: BatchKey, item: Item) -> Result<(), StoreError> {
        let place = Key::of(&item);
        if place == plan_key(key) {
            self.plan = Some(item);
        } else if place == head_key(key) {
            self.head = Some(item);
        } else if place.sk.starts_with(JOURNAL_PREFIX) {
            self.journal.push(item);
        } else {
            // An item that only a newer version writes.
            check_form(PLAN, &item)?;
        }
        Ok(())
    }

    fn outcomes(self, recipients: usize) -> Result<BatchOutcomes, StoreError> {
        let mut progress = Progress::new(recipients);
        for item in self.journal {
            let JournalRecord { record, .. } = from_item(JOURNAL, item)?;
            let record = journal::decode(&record).map_err(StoreError::packed(JOURNAL))?;
            progress.apply(record).map_err(StoreError::unreadable(JOURNAL))?;
        }
        let head = self.head.map(|item| from_item::<HeadRecord>(HEAD, item)).transpose()?;
        let sheet = match head.as_ref().and_then(|head| head.reports.as_ref()) {
            Some(bytes) => ReportSheet::decode(bytes, recipients).map_err(StoreError::packed(SHEET))?,
            None => ReportSheet::new(recipients),
        };
        let unpaid = head.as_ref().map(|head| head.unpaid.clone()).unwrap_or_default();
        Ok(BatchOutcomes { head: HeadState::of(head), progress, sheet, unpaid })
    }
}
