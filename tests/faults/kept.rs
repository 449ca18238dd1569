//! The counts items of a large campaign.

use domain::{
    ids::BatchNumber,
    receipt::{DeliveryReceipt, MatchedBy, Reported, SlotReport},
};
use providers::sandbox;
use stores::campaigns::BatchReports;
use tests::every;

use crate::{
    system::{FaultSystem, GROUP, Queue, SharedEmulators},
    truth::{Behaviour, Truth},
};

/// Batches of one recipient each: enough for a large campaign, which has counts items.
const LARGE: u64 = 101;

/// Says that these batches' recipients have their message: of more than one in one transaction.
async fn report(system: &FaultSystem<'_>, campaign: u64, batches: &[BatchNumber]) {
    let receipt = DeliveryReceipt::new(Reported::Delivered, None, None);
    let account = sandbox::KIND.account();
    let report = SlotReport {
        slot: 0,
        account,
        provider_message_id: None,
        times_put_off: None,
        receipt,
        matched_by: MatchedBy::Recipient,
    };
    let batches: Vec<_> =
        batches.iter().map(|batch| BatchReports { batch: *batch, reports: vec![report.clone()] }).collect();
    let campaigns = &system.stores().campaigns;
    let applied = campaigns.apply_reports(system.campaign(campaign), &batches, system.clock.now()).await;
    assert!(applied.into_iter().all(|applied| applied.unwrap().changed == 1));
}

/// The delivered recipients by the counts items.
async fn kept(system: &FaultSystem<'_>, campaign: u64) -> i64 {
    let campaigns = &system.stores().campaigns;
    let read = campaigns.with_counts(system.campaign(campaign)).await;
    read.unwrap().unwrap().counts.unwrap().iter().map(|counts| counts.delivered).sum()
}

async fn closed(system: &FaultSystem<'_>, campaign: u64) -> Vec<BatchNumber> {
    let heads =
        system.stores().campaigns.heads(system.campaign(campaign), 0..LARGE as BatchNumber).await.unwrap();
    heads.read.into_iter().filter(|(_, head)| head.counts.is_some()).map(|(batch, _)| batch).collect()
}

/// A system with a campaign that is not begun.
async fn accepted(emulators: &SharedEmulators) -> (FaultSystem<'_>, u64) {
    let truth = Truth::once(GROUP, Behaviour::Accepts);
    let system = FaultSystem::with_contacts(emulators, truth, LARGE).await.in_batches_of(1);
    let campaign = system.insist("once").await;
    (system, campaign)
}

/// With `EVERY=points` all batches are closed after the reports, otherwise those of one delivery.
#[tokio::test]
async fn closing_a_batch_stores_its_counts_and_reports_change_them() {
    let emulators = SharedEmulators::start().await;
    let (system, campaign) = accepted(&emulators).await;
    assert!(system.deliver(Queue::Batches).await >= 5);
    assert_eq!(kept(&system, campaign).await, 0);
    // The queue decides which batches come first.
    let closed = closed(&system, campaign).await;
    report(&system, campaign, &closed[..1]).await;
    report(&system, campaign, &closed[1..3]).await;
    assert_eq!(kept(&system, campaign).await, 3);
    if every("points") {
        system.settle().await;
    } else {
        assert!(system.deliver(Queue::Batches).await >= 5);
    }
    system.hold_to_every_rule("reports about a campaign under way").await;
    assert_eq!(kept(&system, campaign).await, 3);
}
