//! Workers that freeze past their lease and wake up again.

use std::pin::pin;

use dispatch::Dispatched;
use domain::timestamp::Millis;

use crate::{
    points::sampled,
    rig::{Ground, Queue, Rig, WORKER_TIME},
    truth::Truth,
};

/// Calls of one worker over a whole batch.
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

/// Polls a worker until it has made this many calls, then freezes it, and lets another work the
/// batch off after lease and visibility ran out. Then it wakes up; gives what it says.
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
async fn a_worker_that_wakes_up_after_its_lease_is_fenced_wherever_it_froze() {
    let ground = Ground::start().await;
    let calls = calls_of_a_worker(&ground).await;
    let mut points = sampled("points", (1..calls).collect(), 9);
    // Half-way there is a group's outcome to write, where another has written its own record by then.
    points.push(calls / 2);
    let mut outcomes = Vec::new();
    for calls in points {
        outcomes.push(freeze_after(&ground, calls).await);
    }
    let is_fenced = |outcome: &Dispatched| matches!(outcome, Dispatched::Fenced { .. });
    assert!(outcomes.iter().any(is_fenced), "nobody was fenced: {outcomes:?}");
}

#[tokio::test]
async fn six_workers_on_one_batch_at_once_reach_nobody_twice() {
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
