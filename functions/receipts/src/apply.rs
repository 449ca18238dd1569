//! Queued reports, grouped by the batch they belong to, and applied to many batches at once.

use std::collections::BTreeMap;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::{
    ids::{BatchNumber, CampaignId, OrganisationId},
    timestamp::{Millis, Timestamp},
};
use queue::{PoisonError, ReportTask};
use stores::campaigns::{BATCHES_TOGETHER, BatchReports, SlotReport};

use crate::Receipts;

/// Time that reports of [`BATCHES_TOGETHER`] batches may take. With less left before the deadline no more
/// are begun: they come back.
const GROUP_TIME: Millis = Millis::from_secs(8);

/// The campaign that a report belongs to.
type Place = (OrganisationId, CampaignId);

/// The reports of a campaign by batch, and the messages they came in, in the same order.
type Groups = BTreeMap<BatchNumber, (Vec<SlotReport>, Vec<String>)>;

/// Some batches' reports and the messages they came in.
type Chunk = Vec<(BatchReports, Vec<String>)>;

/// Applies an event's reports; names the messages that are to come back.
pub async fn apply(receipts: &Receipts, event: SqsEvent, deadline: Timestamp) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    let (campaigns, newer) = grouped(receipts, event);
    newer.into_iter().for_each(|id| response.add_failure(id));
    for (place, groups) in campaigns {
        let mut groups = groups
            .into_iter()
            .map(|(batch, (reports, messages))| (BatchReports { batch, reports }, messages));
        loop {
            let chunk: Chunk = groups.by_ref().take(BATCHES_TOGETHER).collect();
            if chunk.is_empty() {
                break;
            }
            let left = apply_chunk(receipts, place, chunk, deadline).await;
            left.into_iter().for_each(|id| response.add_failure(id));
        }
    }
    response
}

/// Reads the messages. What cannot be read is written down and acknowledged; what newer code wrote is
/// named second, to come back until newer code is here.
fn grouped(receipts: &Receipts, event: SqsEvent) -> (BTreeMap<Place, Groups>, Vec<String>) {
    let mut campaigns: BTreeMap<Place, Groups> = BTreeMap::new();
    let mut newer = Vec::new();
    for message in event.records {
        let message_id = message.message_id.unwrap_or_default();
        match queue::decode::<ReportTask>(message.body.as_deref().unwrap_or_default()) {
            Ok(task) => {
                let (slot, receipt) = (task.slot, task.receipt());
                let provider_message_id = task.provider_message_id;
                let report = SlotReport { slot, provider_message_id, receipt };
                let groups = campaigns.entry((task.organisation, task.campaign)).or_default();
                let (reports, messages) = groups.entry(task.batch).or_default();
                reports.push(report);
                messages.push(message_id);
            }
            Err(error @ PoisonError::UnknownForm(_)) => {
                tracing::error!(%error, queue.message_id = message_id, "a message comes back");
                newer.push(message_id);
            }
            Err(error) => {
                tracing::error!(%error, queue.message_id = message_id, "a poisonous message was put aside");
                let now = receipts.clock.now().millis();
                platform::telemetry::metrics(now, "receipts", &[("PoisonMessages", 1)]);
            }
        }
    }
    (campaigns, newer)
}

/// Applies the reports of some batches of a campaign; gives back the messages that are to come again:
/// those whose recipient is being handed over right now, and those that could not be applied.
async fn apply_chunk(
    receipts: &Receipts,
    (organisation, campaign): Place,
    chunk: Chunk,
    deadline: Timestamp,
) -> Vec<String> {
    let (batches, messages): (Vec<BatchReports>, Vec<Vec<String>>) = chunk.into_iter().unzip();
    let now = receipts.clock.now();
    if deadline.since(now) < GROUP_TIME {
        return messages.into_iter().flatten().collect();
    }
    let campaigns = &receipts.stores.campaigns;
    let applied = campaigns.apply_reports_together(organisation, campaign, &batches, now).await;
    let mut left = Vec::new();
    for ((applied, messages), BatchReports { batch, .. }) in applied.into_iter().zip(messages).zip(&batches) {
        match applied {
            Ok(applied) => {
                left.extend(applied.early.iter().filter_map(|place| messages.get(*place)).cloned());
            }
            Err(error) => {
                tracing::error!(%error, campaign.id = campaign.get(), batch.number = batch, "reports were left");
                left.extend(messages);
            }
        }
    }
    left
}
