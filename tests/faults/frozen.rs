//! Workers that freeze past their lease and wake up again.

use std::pin::pin;

use dispatch::Dispatched;
use domain::timestamp::Millis;

use crate::{
    points::sampled,
    rig::{Ground, Queue, Rig, WORKER_TIME},
    truth::Truth,
};

/// The number of calls of one worker for a whole batch.
async fn calls_of_a_worker(ground: &Ground) -> usize {
    let rig = Rig::on(ground, Truth::accepting()).await;
    let campaign = rig.insist("once").await;
    rig.unharmed();
    let deadline = rig.clock.now().plus(WORKER_TIME);
    let outcome = rig.dispatcher().run(rig.campaign(campaign).batch(0), deadline).await.unwrap();
    let calls = rig.proxy().log().len();
    assert_eq!(outcome, Dispatched::Closed);
    rig.finish("never frozen").await;
    calls
}

/// Runs a worker until it has made this many calls, then freezes it, and lets another finish the batch after lease and
/// visibility timeout. Then it continues; returns its result.
async fn freeze_after(ground: &Ground, calls: usize) -> Dispatched {
    let context = format!("frozen after {calls} calls");
    let rig = Rig::on(ground, Truth::accepting()).await;
    let campaign = rig.insist("once").await;
    rig.unharmed();
    let deadline = rig.clock.now().plus(WORKER_TIME);
    let mut frozen = pin!(rig.dispatcher().run(rig.campaign(campaign).batch(0), deadline));
    while rig.proxy().log().len() < calls {
        tokio::select! {
            biased;
            outcome = &mut frozen => panic!("{context}: it had ended: {outcome:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    rig.pass(Millis::from_mins(5));
    rig.deliver(Queue::Batches).await;
    rig.lose_a_worker();
    let outcome = frozen.await.unwrap();
    let is_harmless = matches!(
        outcome,
        Dispatched::Closed | Dispatched::Nothing | Dispatched::Left { .. } | Dispatched::Fenced { .. }
    );
    assert!(is_harmless, "{context}: {outcome:?}");
    rig.finish(&context).await;
    outcome
}

#[tokio::test]
async fn a_worker_that_is_continued_after_its_lease_is_fenced_at_every_call() {
    let ground = Ground::start().await;
    let calls = calls_of_a_worker(&ground).await;
    let mut points = sampled("points", (1..calls).collect(), 9);
    // In the middle it has an outcome to write, when another worker has already written its own record.
    points.push(calls / 2);
    let mut outcomes = Vec::new();
    for calls in points {
        outcomes.push(freeze_after(&ground, calls).await);
    }
    let is_fenced = |outcome: &Dispatched| matches!(outcome, Dispatched::Fenced { .. });
    assert!(outcomes.iter().any(is_fenced), "nobody was fenced: {outcomes:?}");
}

#[tokio::test]
async fn six_workers_on_one_batch_reach_no_recipient_twice() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, Truth::accepting()).await;
    let campaign = rig.insist("once").await;
    let deadline = rig.clock.now().plus(WORKER_TIME);
    let run = || rig.dispatcher().run(rig.campaign(campaign).batch(0), deadline);
    let outcomes = tests::all((0..6).map(|_| run())).await;
    let closed = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Dispatched::Closed))).count();
    assert_eq!(closed, 1, "{outcomes:?}");
    rig.finish("six workers").await;
}
