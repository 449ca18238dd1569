//! Workers that freeze past their lease and wake up again.

use std::pin::pin;

use dispatch::Dispatched;
use domain::timestamp::Millis;

use crate::{
    points::sampled,
    rig::{GROUP, Ground, Queue, Rig, WORKER_TIME},
    truth::{Behaviour, Truth},
};

/// Calls of one worker over a whole batch, and some.
const CALLS: usize = 22;

fn accepting() -> Truth {
    Truth::new(GROUP, |_| Behaviour::Accepts)
}

/// Polls a worker until it has made so many calls, then leaves it standing, and lets another work the
/// batch off after lease and visibility ran out. Then it wakes up.
async fn freeze_after(ground: &Ground, calls: usize) {
    let context = format!("frozen after {calls} calls");
    let rig = Rig::on(ground, accepting()).await;
    let campaign = rig.insist("once").await;
    rig.unharmed();
    let deadline = rig.clock.now().plus(WORKER_TIME);
    let mut frozen = pin!(rig.dispatcher().run(rig.task(campaign, 0), deadline));
    let mut ended = None;
    while ended.is_none() && rig.proxy().log().len() < calls {
        ended = tokio::select! {
            biased;
            outcome = &mut frozen => Some(outcome),
            () = tokio::task::yield_now() => None,
        };
    }
    rig.pass(Millis::from_mins(5));
    rig.deliver(Queue::Batches).await;
    if ended.is_none() {
        rig.lose_a_worker();
        let outcome = frozen.await.unwrap();
        let is_harmless = matches!(
            outcome,
            Dispatched::Closed | Dispatched::Nothing | Dispatched::Left { .. } | Dispatched::Fenced { .. }
        );
        assert!(is_harmless, "{context}: {outcome:?}");
    }
    rig.finish(&context).await;
}

#[tokio::test]
async fn a_worker_that_wakes_up_after_its_lease_is_fenced_wherever_it_froze() {
    let ground = Ground::start().await;
    for calls in sampled("points", (1..=CALLS).collect(), 9) {
        freeze_after(&ground, calls).await;
    }
}

#[tokio::test]
async fn six_workers_on_one_batch_at_once_reach_nobody_twice() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, accepting()).await;
    let campaign = rig.insist("once").await;
    let deadline = rig.clock.now().plus(WORKER_TIME);
    let run = || rig.dispatcher().run(rig.task(campaign, 0), deadline);
    let outcomes = tests::all((0..6).map(|_| run())).await;
    let closed = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Dispatched::Closed))).count();
    assert_eq!(closed, 1, "{outcomes:?}");
    rig.finish("six workers").await;
}
