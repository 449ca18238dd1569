//! Reports that come at the same time as the end of the wait for them, which moves the same money, and as the dispatch
//! of a large campaign's batches, whose counts they change.

use domain::{
    ids::{BatchNumber, Slot},
    receipt::{DeliveryReceipt, MatchedBy, Reported, SlotReport},
    timestamp::Millis,
};
use provider_emulators::sandbox::Faults;
use providers::sandbox;
use serde_json::json;
use stores::campaigns::{BatchReports, Campaigns};
use tests::{
    World,
    every::{every, step},
    phones,
};

use crate::damage::Damaged;

/// A finished campaign whose wait for reports is over, with two unconfirmed recipients. A second, paused campaign keeps
/// enough money reserved for a wrong refund to succeed.
async fn waited_out() -> World {
    let world = World::start().await;
    let (book, other) = (world.book("Book", &phones(0..2)).await, world.book("Other", &phones(2..10)).await);
    let faults = Faults { fail_next: 1, fail_after_taking: true, ..Faults::default() };
    world.stack.sandbox().set_faults(faults);
    world.send(&[&book]).await;
    world.drain().await;
    assert_eq!(world.status(1).await["unconfirmed_count"], 2);
    world.send(&[&other]).await;
    world.api.post("/v1/sms/campaigns/2/pause/", &json!({})).await.expect(200);
    world.clock().advance(Millis::from_hours(73));
    world
}

fn campaigns(world: &World) -> &Campaigns {
    &world.stack.stores().campaigns
}

async fn report(world: &World, batch: BatchNumber, slot: Slot) {
    report_each(world, vec![BatchReports { batch, reports: vec![delivered(slot)] }]).await;
}

async fn report_together(world: &World, batches: &[BatchNumber]) {
    let reports = batches.iter().map(|&batch| BatchReports { batch, reports: vec![delivered(0)] });
    report_each(world, reports.collect()).await;
}

async fn report_each(world: &World, batches: Vec<BatchReports>) {
    let applied = campaigns(world).apply_reports(world.campaign(1), &batches, world.now()).await;
    assert!(applied.into_iter().all(|applied| applied.unwrap().changed == 1));
}

fn delivered(slot: Slot) -> SlotReport {
    let receipt = DeliveryReceipt::new(Reported::Delivered, None, None);
    let account = sandbox::KIND.account();
    SlotReport {
        slot,
        account,
        provider_message_id: None,
        times_put_off: None,
        receipt,
        matched_by: MatchedBy::Recipient,
    }
}

#[tokio::test]
async fn a_report_between_any_two_calls_of_the_clock_leaves_no_money_held() {
    // Each read takes about as long as one step of the clock. Without `EVERY=points` every third step is tried.
    for reads_before in (0..8).step_by(step("points", 3)) {
        let world = waited_out().await;
        let late_report = async {
            for _ in 0..reads_before {
                campaigns(&world).header(world.campaign(1)).await.unwrap();
            }
            report(&world, 0, 0).await;
        };
        tokio::join!(world.tick(), late_report);
        // The next run of the clock releases the money that the report kept from being released.
        world.tick().await;
        world.clock().advance(Millis::from_hours(2));
        world.tick().await;
        world.audit().await;
        let status = world.status(1).await;
        assert_eq!((&status["delivered_count"], &status["unconfirmed_count"]), (&json!(1), &json!(1)));
        assert_eq!(world.balance().await.1, "8.00", "only the held campaign's");
    }
}

/// How many recipients are shown as delivered, and how many should be: by pages of one status, and by the campaign.
async fn delivered_shown(world: &World) -> (serde_json::Value, serde_json::Value) {
    let page = world.api.get("/v1/sms/campaigns/1/messages/?status=delivered").await.expect(200);
    assert_eq!(page["results"].as_array().unwrap().len() as u64, page["total"].as_u64().unwrap());
    (page["total"].clone(), world.status(1).await["delivered_count"].clone())
}

#[tokio::test]
async fn reports_about_a_large_campaign_under_way_are_counted_at_once() {
    let world = Damaged::start_large([0, 1, 49, 50, 100]).await.world;
    assert_eq!(world.status(1).await["sent_count"], 5);
    report(&world, 0, 0).await;
    assert_eq!(delivered_shown(&world).await, (json!(1), json!(1)));
    report_together(&world, &[1, 49, 50, 100]).await;
    assert_eq!(delivered_shown(&world).await, (json!(5), json!(5)));
    world.audit().await;
    // With `EVERY=points` also after its end, for which the clock enqueues the other batches again.
    if every("points") {
        for _ in 0..2 {
            world.clock().advance(Millis::from_mins(3));
            world.tick().await;
            world.drain().await;
        }
        assert_eq!(world.status(1).await["status"], "completed");
        report(&world, 2, 0).await;
        report_together(&world, &[3, 48, 51, 99]).await;
        assert_eq!(delivered_shown(&world).await, (json!(10), json!(10)));
    }
}
