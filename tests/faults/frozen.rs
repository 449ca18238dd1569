//! Workers that freeze past their lease and then continue.

use std::pin::pin;

use dispatch::Dispatched;
use domain::timestamp::Millis;

use crate::{
    points::sampled,
    system::{FaultSystem, Queue, SharedEmulators, WORKER_TIME},
    truth::Truth,
};

/// The number of calls of one worker for a whole batch.
async fn calls_of_a_worker(emulators: &SharedEmulators) -> usize {
    let system = FaultSystem::on(emulators, Truth::accepting()).await;
    let campaign = system.insist("once").await;
    system.unharmed();
    let deadline = system.clock.now().plus(WORKER_TIME);
    let outcome = system.dispatcher().run(system.campaign(campaign).batch(0), deadline).await.unwrap();
    let calls = system.proxy().log().len();
    assert_eq!(outcome, Dispatched::Closed);
    system.finish("never frozen").await;
    calls
}

/// Runs a worker until it has made this many calls, then freezes it, and lets another finish the batch after lease and
/// visibility timeout. Then it continues; returns its result.
async fn freeze_after(emulators: &SharedEmulators, calls: usize) -> Dispatched {
    let context = format!("frozen after {calls} calls");
    let system = FaultSystem::on(emulators, Truth::accepting()).await;
    let campaign = system.insist("once").await;
    system.unharmed();
    let deadline = system.clock.now().plus(WORKER_TIME);
    let mut frozen = pin!(system.dispatcher().run(system.campaign(campaign).batch(0), deadline));
    while system.proxy().log().len() < calls {
        tokio::select! {
            biased;
            outcome = &mut frozen => panic!("{context}: it had ended: {outcome:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    system.pass(Millis::from_mins(5));
    system.deliver(Queue::Batches).await;
    system.lose_a_worker();
    let outcome = frozen.await.unwrap();
    let is_harmless = matches!(
        outcome,
        Dispatched::Closed | Dispatched::Nothing | Dispatched::Left { .. } | Dispatched::Fenced { .. }
    );
    assert!(is_harmless, "{context}: {outcome:?}");
    system.finish(&context).await;
    outcome
}

#[tokio::test]
async fn a_worker_that_is_continued_after_its_lease_is_fenced_at_every_call() {
    let emulators = SharedEmulators::start().await;
    let calls = calls_of_a_worker(&emulators).await;
    let mut points = sampled("points", (1..calls).collect(), 4);
    // In the middle of its calls the frozen worker has an outcome to write, and another worker has already written its
    // own record.
    points.push(calls / 2);
    let mut outcomes = Vec::new();
    for calls in points {
        outcomes.push(freeze_after(&emulators, calls).await);
    }
    let is_fenced = |outcome: &Dispatched| matches!(outcome, Dispatched::Fenced { .. });
    assert!(outcomes.iter().any(is_fenced), "no worker was fenced: {outcomes:?}");
}

#[tokio::test]
async fn six_workers_on_one_batch_reach_no_recipient_twice() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let campaign = system.insist("once").await;
    let deadline = system.clock.now().plus(WORKER_TIME);
    let run = || system.dispatcher().run(system.campaign(campaign).batch(0), deadline);
    let outcomes = tests::all((0..6).map(|_| run())).await;
    let closed = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Dispatched::Closed))).count();
    assert_eq!(closed, 1, "{outcomes:?}");
    system.finish("six workers").await;
}
