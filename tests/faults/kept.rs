//! The counts items of a large campaign.

use domain::{
    ids::BatchNumber,
    receipt::{DeliveryReceipt, MatchedBy, Reported, SlotReport},
};
use stores::campaigns::BatchReports;

use crate::{
    rig::{GROUP, Ground, Queue, Rig},
    truth::{Behaviour, Truth},
};

/// Batches of one recipient each: enough for a large campaign, which has counts items.
const LARGE: u64 = 101;

/// Says that these batches' recipients have their message: of more than one in one transaction.
async fn report(rig: &Rig<'_>, campaign: u64, batches: &[BatchNumber]) {
    let receipt = DeliveryReceipt::new(Reported::Delivered, None, None);
    let report = SlotReport { slot: 0, provider_message_id: None, receipt, matched_by: MatchedBy::Recipient };
    let batches: Vec<_> =
        batches.iter().map(|batch| BatchReports { batch: *batch, reports: vec![report.clone()] }).collect();
    let campaigns = &rig.stores().campaigns;
    let applied = campaigns.apply_reports(rig.campaign(campaign), &batches, rig.clock.now()).await;
    assert!(applied.into_iter().all(|applied| applied.unwrap().changed == 1));
}

/// The delivered recipients by the counts items.
async fn kept(rig: &Rig<'_>, campaign: u64) -> i64 {
    let campaigns = &rig.stores().campaigns;
    let read = campaigns.with_counts(rig.campaign(campaign)).await;
    read.unwrap().unwrap().counts.unwrap().iter().map(|counts| counts.delivered).sum()
}

/// The batches that are closed.
async fn closed(rig: &Rig<'_>, campaign: u64) -> Vec<BatchNumber> {
    let heads = rig.stores().campaigns.heads(rig.campaign(campaign), 0..LARGE as BatchNumber).await.unwrap();
    heads.read.into_iter().filter(|(_, head)| head.counts.is_some()).map(|(batch, _)| batch).collect()
}

/// A system with a campaign that is not begun.
async fn accepted(ground: &Ground) -> (Rig<'_>, u64) {
    let truth = Truth::once(GROUP, Behaviour::Accepts);
    let rig = Rig::with_people(ground, truth, LARGE).await.in_batches_of(1);
    let campaign = rig.insist("once").await;
    (rig, campaign)
}

#[tokio::test]
async fn closing_a_batch_stores_its_counts_and_reports_change_them() {
    let ground = Ground::start().await;
    let (rig, campaign) = accepted(&ground).await;
    assert!(rig.deliver(Queue::Batches).await >= 5);
    assert_eq!(kept(&rig, campaign).await, 0);
    // The queue decides which batches come first.
    let closed = closed(&rig, campaign).await;
    report(&rig, campaign, &closed[..1]).await;
    report(&rig, campaign, &closed[1..3]).await;
    assert_eq!(kept(&rig, campaign).await, 3);
    rig.settle().await;
    rig.hold_to_every_rule("reports about a campaign under way").await;
    assert_eq!(kept(&rig, campaign).await, 3);
}
