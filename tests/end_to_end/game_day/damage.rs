//! Stored data that cannot be read, and a campaign that the clock cannot look at.

use domain::timestamp::Millis;
use platform::telemetry;
use tests::{World, phones};

use super::{campaign_to, ringing};
use crate::damage::Plan;

#[tokio::test]
async fn a_batch_that_cannot_be_read_rings() {
    let world = World::start().await;
    campaign_to(&world, &phones(0..3)).await;
    Plan::of(&world, world.organisation.id, 1, 0).await.cut(&world).await;
    telemetry::record();
    world.stack.drain().await.unwrap();
    assert_eq!(ringing(), ["BatchesSetAsideAlarm"]);
}

#[tokio::test]
async fn a_campaign_that_the_clock_cannot_look_at_rings_for_a_quarter_of_an_hour() {
    let world = World::start().await;
    campaign_to(&world, &phones(0..3)).await;
    world.lose_queued_messages().await;
    telemetry::record();
    // The clock enqueues the batch again, and the queue refuses the message.
    world.permissions.begin_outage(|caller, operation, _| {
        (caller == "clock" && operation.starts_with("SendMessage")).then_some("AccessDeniedException")
    });
    let mut rung = Vec::new();
    for _ in 0..10 {
        world.clock().advance(Millis::from_mins(1));
        world.tick().await;
        rung = ringing();
        if !rung.is_empty() {
            break;
        }
    }
    assert_eq!(rung, ["ClockErrorsAlarm"]);
    world.permissions.end_outage();
    world.clock().advance(Millis::from_mins(3));
    world.tick().await;
    world.drain().await;
    assert_eq!((ringing(), &world.status(1).await["sent_count"]), (Vec::new(), &3.into()));
}
