//! Faults of queues: messages that are doubled, reversed, late, deleted and back, or visible again during their batch.

use std::time::Duration;

use domain::{lane::Lane, timestamp::Millis};
use tests::{every, proxy::Fault};

use crate::{
    system::{BATCH, FaultSystem, GROUP, Queue, RECIPIENTS, SharedEmulators},
    truth::{Behaviour, Truth},
};

/// A wait within SQS's longest delay.
const LATE: Duration = Duration::from_secs(600);

/// Two campaigns with their reports, with messages as the queue delivers them, to their end.
async fn live(system: &FaultSystem<'_>, context: &str) {
    for key in ["one", "two"] {
        system.insist(key).await;
    }
    system.settle().await;
    system.report(|reference| reference.ends_with('7')).await;
    system.finish(context).await;
    assert_eq!(system.truth.reached(), 60, "{context}");
    for campaign in system.campaigns().await {
        assert_eq!(campaign.counts.delivered as u64, 3, "{context}: {campaign:?}");
    }
}

/// Without `EVERY=points`, doubled, reversed and late messages are tried together only.
#[tokio::test]
async fn messages_that_are_doubled_reversed_or_late_only_cost_time() {
    let emulators = SharedEmulators::start().await;
    let faults = emulators.embedded_sqs.faults();
    let duplicated = || faults.duplicate_every(1);
    let reversed = || faults.reverse_receives(true);
    let delayed = || faults.delay_deliveries(LATE);
    let unsent = || faults.fail_batch_entry_every(3);
    let all = || {
        faults.duplicate_every(2);
        faults.reverse_receives(true);
        faults.delay_deliveries(LATE);
    };
    let moods: [(&str, &dyn Fn()); 5] = [
        ("not taken", &unsent),
        ("all of the others", &all),
        ("twice, deleted ones too", &duplicated),
        ("reversed", &reversed),
        ("late", &delayed),
    ];
    for (mood, set) in moods.into_iter().take(if every("points") { 5 } else { 2 }) {
        set();
        live(&FaultSystem::on(&emulators, Truth::accepting()).await, mood).await;
        faults.clear();
    }
}

#[tokio::test]
async fn a_second_worker_of_a_message_that_became_visible_again_reaches_no_recipient() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    system.insist("once").await;
    let first = system.receive(Queue::Batches, Some(0)).await;
    let second = system.receive(Queue::Batches, Some(0)).await;
    assert_eq!((first.len(), second.len()), (1, 1), "it is visible at once");
    tokio::join!(system.invoke(Queue::Batches, &first), system.invoke(Queue::Batches, &second));
    system.finish("two workers, one message").await;
    assert_eq!(system.truth.reached(), RECIPIENTS);
}

#[tokio::test]
async fn reports_that_are_visible_again_while_they_are_applied_count_once() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let campaign = system.insist("once").await;
    system.settle().await;
    system.report(|reference| reference.ends_with('7')).await;
    let first = system.receive(Queue::Receipts, Some(0)).await;
    let second = system.receive(Queue::Receipts, Some(0)).await;
    let reports = RECIPIENTS as usize / 10;
    assert_eq!((first.len(), second.len()), (reports, reports), "they are visible at once");
    tokio::join!(system.invoke(Queue::Receipts, &first), system.invoke(Queue::Receipts, &second));
    system.finish("two workers, the same reports").await;
    assert_eq!(system.status(campaign).await.counts.delivered as u64, 3);
}

#[tokio::test]
async fn reports_that_cannot_be_written_together_are_applied_batch_by_batch() {
    const BATCHES: u64 = 3;
    let emulators = SharedEmulators::start().await;
    let recipients = BATCHES * u64::from(BATCH);
    let system = FaultSystem::with_contacts(&emulators, Truth::accepting(), recipients).await;
    let campaign = system.insist("once").await;
    system.settle().await;
    system.report(|reference| reference.ends_with('7')).await;
    system.plan(|call| {
        let batches = call.partitions.iter().filter(|partition| partition.contains("#B")).count();
        if call.operation == "TransactWriteItems" && batches > 1 {
            Fault::Refuse("InternalServerError")
        } else {
            Fault::None
        }
    });
    system.drain().await;
    assert!(system.calls().iter().any(|call| call.fault != Fault::None), "nothing was written together");
    system.finish("alone").await;
    assert_eq!(system.status(campaign).await.counts.delivered as u64, recipients / 10);
}

#[tokio::test]
async fn a_message_that_is_received_again_long_after_its_campaign_ended_is_acknowledged() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let campaign = system.insist("once").await;
    system.settle().await;
    system.pass(Millis::from_hours(24 * 3));
    system.tick().await;
    system.operator().queues.enqueue_batches(system.campaign(campaign), Lane::Small, 0..1).await.unwrap();
    assert_eq!(system.deliver(Queue::Batches).await, 1);
    assert_eq!(emulators.messages(), 0);
    system.finish("received again").await;
    assert_eq!(system.truth.reached(), RECIPIENTS);
}

#[tokio::test]
async fn a_batch_that_the_provider_puts_off_returns_after_the_requested_pause() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::once(GROUP, Behaviour::Throttles)).await;
    system.insist("once").await;
    assert_eq!(system.deliver(Queue::Batches).await, 1);
    assert_eq!(system.truth.reached(), 0);
    // Longer than the longest first wait.
    system.pass(Millis::from_secs(2));
    assert_eq!(system.deliver(Queue::Batches).await, 1);
    assert_eq!(system.truth.reached(), RECIPIENTS);
    system.finish("put off once").await;
}
