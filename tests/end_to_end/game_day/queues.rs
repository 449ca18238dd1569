//! Messages that wait for too long, and a message of the queue of reports that is not a report.

use std::time::Duration;

use tests::{
    World,
    alarms::{Minutes, alarm},
    phones,
};

use super::{campaign_to, ringing};

/// Counts of a minute.
const MINUTE: Duration = Duration::from_secs(60);

/// The name of the queue that a variable of the functions has the address of.
fn queue_of(world: &World, variable: &str) -> String {
    world.stack.variables()[variable].rsplit('/').next().expect("a queue has a name").to_owned()
}

/// The ages of a queue's oldest message, as CloudWatch counts them by minute, until its alarm rings.
fn ages_until_ringing(world: &World, queue: &str, name: &str) -> Vec<f64> {
    let sqs = world.stack.sqs().expect("it is embedded").queues();
    let mut ages = Vec::new();
    while !Minutes::of_aws("ApproximateAgeOfOldestMessage", &ages).rings(&alarm(name)) {
        sqs.skip(MINUTE).unwrap();
        ages.push(sqs.oldest_age(queue).unwrap().expect("a message waits").as_secs_f64());
        assert!(ages.len() < 60, "{name}: {ages:?}");
    }
    ages
}

#[tokio::test]
async fn batches_and_reports_that_wait_for_too_long_ring() {
    let world = World::start_small().await;
    // A send to more than a hundred recipients uses the queue whose age the alarm watches.
    campaign_to(&world, &phones(0..110)).await;
    let ages = ages_until_ringing(&world, &queue_of(&world, "BATCHES_QUEUE_URL"), "BatchesAgeAlarm");
    assert_eq!(ages.iter().filter(|age| **age > 1_800.0).count(), 5, "{ages:?}");
    world.drain().await;
    assert_eq!(world.status(1).await["sent_count"], 110);

    world.report_without_applying().await;
    let receipts = queue_of(&world, "RECEIPTS_QUEUE_URL");
    let ages = ages_until_ringing(&world, &receipts, "ReceiptsAgeAlarm");
    assert_eq!(ages.iter().filter(|age| **age > 900.0).count(), 5, "{ages:?}");
    world.drain().await;
    assert_eq!(world.status(1).await["delivered_count"], 110);

    world.stack.put_aws_events(vec!["{}".to_owned()]).await.unwrap();
    // No variable has the address of the queue of AWS's events, because only AWS puts messages into it.
    let events = receipts.replace("receipts", "aws-events");
    let ages = ages_until_ringing(&world, &events, "AwsEventsAgeAlarm");
    assert_eq!(ages.iter().filter(|age| **age > 900.0).count(), 5, "{ages:?}");
}

#[tokio::test]
async fn a_message_that_is_not_a_report_rings() {
    let world = World::start().await;
    platform::telemetry::record();
    world.poison_reports("not a report").await;
    world.stack.poll_receipts().await.unwrap();
    assert_eq!(ringing(), ["PoisonReceiptsAlarm"]);
}
