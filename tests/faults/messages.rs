//! Faults of queues: messages that are doubled, reversed, late, deleted and back, or visible again during their batch.

use std::time::Duration;

use domain::{lane::Lane, timestamp::Millis};
use tests::proxy::Fault;

use crate::{
    rig::{BATCH, GROUP, Ground, Queue, RECIPIENTS, Rig},
    truth::{Behaviour, Truth},
};

/// A wait within SQS's longest delay.
const LATE: Duration = Duration::from_secs(600);

/// Two campaigns with their reports, with messages as the queue delivers them, to their end.
async fn live(rig: &Rig<'_>, context: &str) {
    for key in ["one", "two"] {
        rig.insist(key).await;
    }
    rig.settle().await;
    rig.report(|reference| reference.ends_with('7')).await;
    rig.finish(context).await;
    assert_eq!(rig.truth.people(), 60, "{context}");
    for campaign in rig.campaigns().await {
        assert_eq!(campaign.counts.delivered as u64, 3, "{context}: {campaign:?}");
    }
}

#[tokio::test]
async fn messages_that_are_doubled_reversed_or_late_only_cost_time() {
    let ground = Ground::start().await;
    let faults = ground.embedded_sqs.faults();
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
        ("twice, deleted ones too", &duplicated),
        ("reversed", &reversed),
        ("late", &delayed),
        ("not taken", &unsent),
        ("all of it", &all),
    ];
    for (mood, set) in moods {
        set();
        live(&Rig::on(&ground, Truth::accepting()).await, mood).await;
        faults.clear();
    }
}

#[tokio::test]
async fn a_second_worker_of_a_message_that_became_visible_again_reaches_no_recipient() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, Truth::accepting()).await;
    rig.insist("once").await;
    let first = rig.receive(Queue::Batches, Some(0)).await;
    let second = rig.receive(Queue::Batches, Some(0)).await;
    assert_eq!((first.len(), second.len()), (1, 1), "it is visible at once");
    tokio::join!(rig.invoke(Queue::Batches, &first), rig.invoke(Queue::Batches, &second));
    rig.finish("two workers, one message").await;
    assert_eq!(rig.truth.people(), RECIPIENTS);
}

#[tokio::test]
async fn reports_that_are_visible_again_while_they_are_applied_count_once() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, Truth::accepting()).await;
    let campaign = rig.insist("once").await;
    rig.settle().await;
    rig.report(|reference| reference.ends_with('7')).await;
    let first = rig.receive(Queue::Receipts, Some(0)).await;
    let second = rig.receive(Queue::Receipts, Some(0)).await;
    let reports = RECIPIENTS as usize / 10;
    assert_eq!((first.len(), second.len()), (reports, reports), "they are visible at once");
    tokio::join!(rig.invoke(Queue::Receipts, &first), rig.invoke(Queue::Receipts, &second));
    rig.finish("two workers, the same reports").await;
    assert_eq!(rig.status(campaign).await.counts.delivered as u64, 3);
}

#[tokio::test]
async fn reports_that_cannot_be_written_together_are_applied_batch_by_batch() {
    const BATCHES: u64 = 3;
    let ground = Ground::start().await;
    let people = BATCHES * u64::from(BATCH);
    let rig = Rig::with_people(&ground, Truth::accepting(), people).await;
    let campaign = rig.insist("once").await;
    rig.settle().await;
    rig.report(|reference| reference.ends_with('7')).await;
    rig.plan(|call| {
        let batches = call.partitions.iter().filter(|partition| partition.contains("#B")).count();
        if call.operation == "TransactWriteItems" && batches > 1 {
            Fault::Refuse("InternalServerError")
        } else {
            Fault::None
        }
    });
    rig.drain().await;
    assert!(rig.calls().iter().any(|call| call.fault != Fault::None), "nothing was written together");
    rig.finish("alone").await;
    assert_eq!(rig.status(campaign).await.counts.delivered as u64, people / 10);
}

#[tokio::test]
async fn a_message_that_is_received_again_long_after_its_campaign_ended_is_acknowledged() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, Truth::accepting()).await;
    let campaign = rig.insist("once").await;
    rig.settle().await;
    rig.pass(Millis::from_hours(24 * 3));
    rig.tick().await;
    rig.operator().queues.enqueue_batches(rig.campaign(campaign), Lane::Small, 0..1).await.unwrap();
    assert_eq!(rig.deliver(Queue::Batches).await, 1);
    assert_eq!(ground.messages(), 0);
    rig.finish("received again").await;
    assert_eq!(rig.truth.people(), RECIPIENTS);
}

#[tokio::test]
async fn a_batch_that_the_provider_puts_off_returns_after_the_requested_pause() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, Truth::once(GROUP, Behaviour::Throttles)).await;
    rig.insist("once").await;
    assert_eq!(rig.deliver(Queue::Batches).await, 1);
    assert_eq!(rig.truth.people(), 0);
    // Past the longest first wait.
    rig.pass(Millis::from_secs(2));
    assert_eq!(rig.deliver(Queue::Batches).await, 1);
    assert_eq!(rig.truth.people(), RECIPIENTS);
    rig.finish("put off once").await;
}
