//! One batch: reading it whole, and writing its journal.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use domain::{
    batch::RecipientBatch,
    delivery::DeliveryStatus,
    ids::{BatchNumber, Slot},
    journal::{self, CheckedRecord, Progress},
    keys::BatchKey,
    receipt::ReportSheet,
    timestamp::Timestamp,
};

use super::{
    Campaigns, HeadState,
    head::{check_state, unpaid_slots},
    header::{binary, unreadable},
    keys::{batch_partition, plan_key, record_key},
};
use crate::{
    error::StoreError,
    item::{FORM, Item, check_form, number},
    schema::TTL_ATTRIBUTE,
    table::{Conditional, Range},
};

const BATCH: &str = "a batch";

/// Everything that stands in a batch's partition.
#[derive(Clone, Debug)]
pub struct BatchRecord {
    /// The recipients.
    pub plan: RecipientBatch,
    /// What the journal says of them.
    pub progress: Progress,
    /// Delivery reports.
    pub sheet: ReportSheet,
    /// State, lease, token.
    pub head: HeadState,
    /// Recipients that were reported on after their money had gone back.
    pub unpaid: BTreeSet<Slot>,
}

/// What became of a journal record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Written {
    /// It stands: what it intends may be done, by us alone.
    Ours,
    /// Somebody else wrote that number. Whoever is told so must not call the provider.
    Fenced,
}

impl BatchRecord {
    /// A recipient's status, reports included.
    pub fn status(&self, slot: Slot) -> Option<DeliveryStatus> {
        self.status_under(&self.sheet, slot)
    }

    /// Every recipient's status, by slot.
    pub fn statuses(&self) -> impl Iterator<Item = DeliveryStatus> + '_ {
        self.statuses_under(&self.sheet)
    }

    /// Every recipient's status, by slot, were this the sheet of reports.
    pub(super) fn statuses_under<'a>(
        &'a self,
        sheet: &'a ReportSheet,
    ) -> impl Iterator<Item = DeliveryStatus> + 'a {
        (0..self.plan.recipients().len()).filter_map(move |slot| self.status_under(sheet, slot as Slot))
    }

    fn status_under(&self, sheet: &ReportSheet, slot: Slot) -> Option<DeliveryStatus> {
        let dispatched = self.progress.slots().get(usize::from(slot))?.status;
        Some(sheet.get(slot).map_or(dispatched, |receipt| receipt.reported.fold_into(dispatched)))
    }
}

impl Campaigns {
    /// A batch, whole; `None` where no such batch was planned, or its time has run out.
    pub async fn batch(&self, key: BatchKey) -> Result<Option<BatchRecord>, StoreError> {
        let items = self.table.query(Range::of(batch_partition(key))).await?;
        read_batch(key.batch, &items)
    }

    /// A batch as it was a moment ago, at half the price.
    pub(super) async fn batch_before(&self, key: BatchKey) -> Result<Option<BatchRecord>, StoreError> {
        let range = Range::of(batch_partition(key)).eventual();
        read_batch(key.batch, &self.table.query(range).await?)
    }

    /// The recipients of a batch alone: they never change.
    pub async fn plan(&self, key: BatchKey) -> Result<Option<RecipientBatch>, StoreError> {
        let item = self.table.get_unchanging(&plan_key(key)).await?;
        item.map(|item| read_plan(key.batch, &item)).transpose()
    }

    /// Writes the next record of a journal, unless another worker wrote that number. The fence: only the worker
    /// that wrote a record may hand over what it intends.
    pub async fn write_record(
        &self,
        key: BatchKey,
        record: &CheckedRecord,
        expires_at: Timestamp,
    ) -> Result<Written, StoreError> {
        let bytes = record.bytes();
        let mut item = record_key(key, record.number()).to_item();
        item.insert("record".to_owned(), AttributeValue::B(Blob::new(bytes)));
        item.insert("v".to_owned(), number(FORM));
        item.insert(TTL_ATTRIBUTE.to_owned(), number(expires_at.secs()));
        Ok(match self.table.put_new(item).await? {
            Conditional::Applied => Written::Ours,
            // Our own, where the answer to the first try was lost and the SDK tried again.
            Conditional::Refused(Some(standing)) if binary(&standing, "record") == Some(bytes) => {
                Written::Ours
            }
            Conditional::Refused(_) => Written::Fenced,
        })
    }
}

fn read_plan(batch: BatchNumber, item: &Item) -> Result<RecipientBatch, StoreError> {
    let bytes = binary(item, "recipients").ok_or_else(|| unreadable(BATCH, "it has no recipients"))?;
    RecipientBatch::unpack(batch, bytes).map_err(StoreError::packed(BATCH))
}

fn read_batch(batch: BatchNumber, items: &[Item]) -> Result<Option<BatchRecord>, StoreError> {
    let place =
        |item: &&Item, name: &str| item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk == name);
    let Some(plan) = items.iter().find(|item| place(item, "PLAN")) else { return Ok(None) };
    // Every one: a record of a newer form that was passed over would hand its recipients over again.
    items.iter().try_for_each(|item| check_form(BATCH, item))?;
    let plan = read_plan(batch, plan)?;
    let head_item = items.iter().find(|item| place(item, "HEAD"));
    head_item.map_or(Ok(()), check_state)?;
    let recipients = plan.recipients().len();
    let mut progress = Progress::new(recipients);
    for bytes in items.iter().filter_map(|item| binary(item, "record")) {
        let record = journal::decode(bytes).map_err(StoreError::packed("a journal"))?;
        progress.apply(record).map_err(|error| unreadable("a journal", &error.to_string()))?;
    }
    let sheet = match head_item.and_then(|item| binary(item, "reports")) {
        Some(bytes) => {
            ReportSheet::decode(bytes, recipients).map_err(StoreError::packed("a report sheet"))?
        }
        None => ReportSheet::new(recipients),
    };
    let unpaid = head_item.map(unpaid_slots).unwrap_or_default();
    Ok(Some(BatchRecord { plan, progress, sheet, head: HeadState::of(head_item), unpaid }))
}
