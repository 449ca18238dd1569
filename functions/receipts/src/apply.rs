//! Queued reports, grouped by the batch they belong to and applied in one write each.

use std::collections::BTreeMap;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::ids::{BatchNumber, CampaignId, OrganisationId};
use queue::{PoisonError, ReportTask};
use stores::{StoreError, campaigns::SlotReport};

use crate::Receipts;

/// The batch that a report belongs to.
type Place = (OrganisationId, CampaignId, BatchNumber);

/// A report and the message it came in.
struct Queued {
    message_id: String,
    report: SlotReport,
}

/// Applies an event's reports; names the messages that are to come back.
pub async fn apply(receipts: &Receipts, event: SqsEvent) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    let (groups, newer) = grouped(receipts, event);
    newer.into_iter().for_each(|id| response.add_failure(id));
    for (place, queued) in groups {
        match apply_group(receipts, place, &queued).await {
            Ok(early) => early.into_iter().for_each(|id| response.add_failure(id)),
            Err(error) => {
                let (_, campaign, batch) = place;
                tracing::error!(%error, campaign.id = campaign.get(), batch.number = batch, "reports were left");
                queued.into_iter().for_each(|one| response.add_failure(one.message_id));
            }
        }
    }
    response
}

/// Reads the messages. What cannot be read is written down and acknowledged; what newer code wrote is
/// named second, to come back until newer code is here.
fn grouped(receipts: &Receipts, event: SqsEvent) -> (BTreeMap<Place, Vec<Queued>>, Vec<String>) {
    let mut groups: BTreeMap<Place, Vec<Queued>> = BTreeMap::new();
    let mut newer = Vec::new();
    for message in event.records {
        let message_id = message.message_id.unwrap_or_default();
        match queue::decode::<ReportTask>(message.body.as_deref().unwrap_or_default()) {
            Ok(task) => {
                let (slot, receipt) = (task.slot, task.receipt());
                let provider_message_id = task.provider_message_id;
                let report = SlotReport { slot, provider_message_id, receipt };
                let place = (task.organisation, task.campaign, task.batch);
                groups.entry(place).or_default().push(Queued { message_id, report });
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
    (groups, newer)
}

/// Applies the reports of one batch; gives back the messages whose recipient is being handed over right
/// now.
async fn apply_group(
    receipts: &Receipts,
    place: Place,
    queued: &[Queued],
) -> Result<Vec<String>, StoreError> {
    let (organisation, campaign, batch) = place;
    let reports: Vec<SlotReport> = queued.iter().map(|one| one.report.clone()).collect();
    let now = receipts.clock.now();
    let campaigns = &receipts.stores.campaigns;
    let applied = campaigns.apply_reports(organisation, campaign, batch, &reports, now).await?;
    Ok(applied
        .early
        .iter()
        .filter_map(|place| queued.get(*place))
        .map(|one| one.message_id.clone())
        .collect())
}
