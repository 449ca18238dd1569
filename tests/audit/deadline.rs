//! The end of the wait for reports against a report that comes just then: the two move the same money.

use domain::{
    ids::CampaignId,
    receipt::{DeliveryReceipt, Reported},
    timestamp::Millis,
};
use providers::sandbox::server::Faults;
use serde_json::json;
use stores::campaigns::{Campaigns, SlotReport};
use tests::{World, phones};

/// A finished campaign whose wait for reports is over, with two recipients that nothing is known of. A
/// second one, held, keeps enough money reserved for a mistake to go through.
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

fn campaign() -> CampaignId {
    CampaignId::new(1).unwrap()
}

async fn report(world: &World, slot: u16) {
    let receipt = DeliveryReceipt::new(Reported::Delivered, None, None);
    let report = SlotReport { slot, provider_message_id: None, receipt, only_by_id: false };
    let applied = campaigns(world)
        .apply_reports(world.organisation.id, campaign(), 0, &[report], world.now())
        .await
        .unwrap();
    assert_eq!(applied.changed, 1);
}

#[tokio::test]
async fn a_report_at_any_step_of_the_clock_leaves_nothing_held() {
    // Each read takes about as long as one step of the clock.
    for reads_before in 0..9 {
        let world = waited_out().await;
        let late_report = async {
            for _ in 0..reads_before {
                campaigns(&world).header(world.organisation.id, campaign()).await.unwrap();
            }
            report(&world, 0).await;
        };
        tokio::join!(world.tick(), late_report);
        // What the report kept the clock from giving back, its next look gives back.
        world.tick().await;
        world.clock().advance(Millis::from_hours(2));
        world.tick().await;
        world.audit().await;
        let status = world.status(1).await;
        assert_eq!((&status["delivered_count"], &status["unconfirmed_count"]), (&json!(1), &json!(1)));
        assert_eq!(world.balance().await.1, "8.00", "only the held campaign's");
    }
}
