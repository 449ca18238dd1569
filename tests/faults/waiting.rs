//! The end of the wait for reports, with a report that comes at the same time.

use std::sync::Arc;

use domain::{
    delivery::DeliveryStatus,
    money::Money,
    receipt::{DeliveryReceipt, MatchedBy, Reported, SlotReport},
    timestamp::Millis,
};
use providers::sandbox;
use stores::campaigns::BatchReports;
use tests::proxy::Fault;
use tokio::sync::Notify;

use crate::{
    system::{FaultSystem, GROUP, SharedEmulators},
    truth::{Behaviour, Truth},
};

/// A report that settles one unconfirmed recipient.
async fn report(system: &FaultSystem<'_>, campaign: u64) {
    let batch = system.campaign(campaign).batch(0);
    let campaigns = &system.stores().campaigns;
    let record = campaigns.batch(batch).await.unwrap().unwrap();
    let slot = record.statuses().position(|status| status == DeliveryStatus::Unconfirmed).unwrap();
    let receipt = DeliveryReceipt::new(Reported::Delivered, None, None);
    let reports = vec![SlotReport {
        slot: slot as u16,
        account: sandbox::KIND.account(),
        provider_message_id: None,
        times_put_off: None,
        receipt,
        matched_by: MatchedBy::Recipient,
    }];
    let batches = [BatchReports { batch: batch.batch, reports }];
    let applied = campaigns.apply_reports(batch.campaign, &batches, system.clock.now()).await;
    assert!(applied.into_iter().all(|applied| applied.unwrap().changed == 1));
}

#[tokio::test]
async fn money_that_a_concurrent_report_kept_from_release_is_released_by_the_next_run() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::once(GROUP, Behaviour::TakesThenSilent)).await;
    let campaign = system.insist("once").await;
    system.settle().await;
    system.pass(Millis::from_hours(73));
    let releases = Arc::new(Notify::new());
    let release = releases.clone();
    system.plan(move |call| match call.operation.as_str() {
        "TransactWriteItems" => {
            release.notify_one();
            Fault::Hold
        }
        _ => Fault::None,
    });
    tokio::join!(system.tick(), async {
        releases.notified().await;
        report(&system, campaign).await;
        system.unharmed();
        system.proxy().release();
    });
    system.pass(Millis::from_mins(3));
    system.tick().await;
    system.hold_to_every_rule("a report while money went back").await;
    assert_eq!(system.status(campaign).await.held(), Money::ZERO);
}
