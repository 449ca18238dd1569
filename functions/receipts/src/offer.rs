//! Offers reports to messages, grouped by batch, many batches at once.

use std::collections::BTreeMap;

use domain::{
    ids::BatchNumber,
    keys::CampaignKey,
    timestamp::{Millis, Timestamp},
};
use platform::telemetry;
use stores::campaigns::{BATCHES_TOGETHER, BatchReports};
use tracing::Instrument;

use crate::{
    receipts::Receipts,
    report::{Offer, Report},
};

/// Time for the reports of [`BATCHES_TOGETHER`] batches. If less is left before the deadline, no more are begun, and
/// the rest comes back.
const GROUP_TIME: Millis = Millis::from_secs(8);

/// Makes offers, until the deadline.
pub struct Offers<'a> {
    /// The function's dependencies.
    pub receipts: &'a Receipts,
    /// When the invocation ends.
    pub deadline: Timestamp,
}

impl Offers<'_> {
    /// Makes these offers; each report notes how it fits its messages.
    pub async fn make(&self, offers: Vec<Offer>, reports: &mut [Report]) {
        let mut campaigns: BTreeMap<CampaignKey, BTreeMap<BatchNumber, Vec<Offer>>> = BTreeMap::new();
        for offer in offers {
            let batch = offer.message.batch;
            let batches = campaigns.entry(batch.campaign).or_default();
            batches.entry(batch.batch).or_default().push(offer);
        }
        for (campaign, batches) in campaigns {
            let batches: Vec<(BatchNumber, Vec<Offer>)> = batches.into_iter().collect();
            for chunk in batches.chunks(BATCHES_TOGETHER) {
                let made = self.make_together(campaign, chunk, reports);
                made.instrument(telemetry::campaign(campaign)).await;
            }
        }
    }

    /// Whether it is too late to begin another group.
    pub fn is_too_late(&self) -> bool {
        self.deadline.since(self.receipts.clock.now()) < GROUP_TIME
    }

    async fn make_together(
        &self,
        campaign: CampaignKey,
        chunk: &[(BatchNumber, Vec<Offer>)],
        reports: &mut [Report],
    ) {
        if self.is_too_late() {
            chunk.iter().for_each(|(_, offers)| put_off(offers, reports));
            return;
        }
        let slot_report = |offer: &Offer| reports.get(offer.report).map(|report| report.for_offer(offer));
        let batches: Vec<BatchReports> = chunk
            .iter()
            .map(|(batch, offers)| BatchReports {
                batch: *batch,
                reports: offers.iter().filter_map(slot_report).collect(),
            })
            .collect();
        let (campaigns, now) = (&self.receipts.stores.campaigns, self.receipts.clock.now());
        let applied = campaigns.apply_reports(campaign, &batches, now).await;
        for ((batch, offers), applied) in chunk.iter().zip(applied) {
            match applied {
                Ok(applied) => {
                    for (offer, fit) in offers.iter().zip(applied.fits) {
                        if let Some(report) = reports.get_mut(offer.report) {
                            report.note(offer.message, fit);
                        }
                    }
                }
                Err(error) => {
                    tracing::error!(%error, batch.number = batch, "reports were left");
                    put_off(offers, reports);
                }
            }
        }
    }
}

fn put_off(offers: &[Offer], reports: &mut [Report]) {
    for offer in offers {
        if let Some(report) = reports.get_mut(offer.report) {
            report.put_off();
        }
    }
}
