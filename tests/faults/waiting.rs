//! The end of the wait for reports, with a report that comes at the same time.

use std::sync::Arc;

use domain::{
    delivery::DeliveryStatus,
    money::Money,
    receipt::{DeliveryReceipt, MatchedBy, Reported, SlotReport},
    timestamp::Millis,
};
use stores::campaigns::BatchReports;
use tests::proxy::Fault;
use tokio::sync::Notify;

use crate::{
    rig::{GROUP, Ground, Rig},
    truth::{Behaviour, Truth},
};

/// A report that settles one unconfirmed recipient.
async fn report(rig: &Rig<'_>, campaign: u64) {
    let batch = rig.campaign(campaign).batch(0);
    let campaigns = &rig.stores().campaigns;
    let record = campaigns.batch(batch).await.unwrap().unwrap();
    let slot = record.statuses().position(|status| status == DeliveryStatus::Unconfirmed).unwrap();
    let receipt = DeliveryReceipt::new(Reported::Delivered, None, None);
    let reports = vec![SlotReport {
        slot: slot as u16,
        provider_message_id: None,
        receipt,
        matched_by: MatchedBy::Recipient,
    }];
    let batches = [BatchReports { batch: batch.batch, reports }];
    let applied = campaigns.apply_reports(batch.campaign, &batches, rig.clock.now()).await;
    assert!(applied.into_iter().all(|applied| applied.unwrap().changed == 1));
}

#[tokio::test]
async fn money_that_a_concurrent_report_kept_from_release_is_released_by_the_next_run() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, Truth::once(GROUP, Behaviour::TakesThenSilent)).await;
    let campaign = rig.insist("once").await;
    rig.settle().await;
    rig.pass(Millis::from_hours(73));
    let releases = Arc::new(Notify::new());
    let release = releases.clone();
    rig.plan(move |call| match call.operation.as_str() {
        "TransactWriteItems" => {
            release.notify_one();
            Fault::Hold
        }
        _ => Fault::None,
    });
    tokio::join!(rig.tick(), async {
        releases.notified().await;
        report(&rig, campaign).await;
        rig.unharmed();
        rig.proxy().release();
    });
    rig.pass(Millis::from_mins(3));
    rig.tick().await;
    rig.hold_to_every_rule("a report while money went back").await;
    assert_eq!(rig.status(campaign).await.held(), Money::ZERO);
}
