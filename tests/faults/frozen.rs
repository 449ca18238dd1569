//! Workers that freeze past their lease and wake up again.

use std::pin::pin;

use dispatch::Dispatched;
use domain::{ids::CampaignId, timestamp::Millis};
use queue::BatchTask;

use crate::{
    rig::{GROUP, Ground, Rig},
    truth::{Behaviour, Truth},
};

/// Polls a worker until it has made so many calls, then leaves it standing, and lets another work the
/// batch off after the lease ran out. Then it wakes up.
async fn freeze_after(ground: &Ground, calls: usize) {
    let context = format!("frozen after {calls} calls");
    let rig = Rig::on(ground, Truth::new(GROUP, |_| Behaviour::Accepts)).await;
    let campaign = rig.insist("once").await;
    rig.proxy.plan(|_, _| crate::proxy::Fault::None);
    let task =
        BatchTask { organisation: rig.organisation, campaign: CampaignId::new(campaign).unwrap(), batch: 0 };
    let deadline = rig.clock.now().plus(Millis::from_mins(2));
    let mut frozen = pin!(rig.dispatcher().run(task, deadline));
    let mut ended = None;
    while ended.is_none() && rig.proxy.log().len() < calls {
        ended = tokio::select! {
            biased;
            outcome = &mut frozen => Some(outcome),
            () = tokio::task::yield_now() => None,
        };
    }
    rig.clock.advance(Millis::from_mins(5));
    rig.dispatch(campaign).await;
    if ended.is_none() {
        let woken = frozen.await;
        let outcome = woken.unwrap();
        let harmless = [Dispatched::Closed, Dispatched::Nothing];
        assert!(
            harmless.contains(&outcome)
                || matches!(outcome, Dispatched::Left { .. } | Dispatched::Fenced { .. }),
            "{context}: {outcome:?}"
        );
    }
    rig.settle(campaign).await;
    rig.audit(campaign, &context).await;
}

#[tokio::test]
async fn a_worker_that_wakes_up_after_its_lease_is_fenced_wherever_it_froze() {
    let ground = Ground::start().await;
    for calls in 1..=22 {
        freeze_after(&ground, calls).await;
    }
}

#[tokio::test]
async fn two_workers_on_one_batch_at_once_reach_nobody_twice() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, Truth::new(GROUP, |_| Behaviour::Accepts)).await;
    let campaign = rig.insist("once").await;
    let task =
        BatchTask { organisation: rig.organisation, campaign: CampaignId::new(campaign).unwrap(), batch: 0 };
    let deadline = rig.clock.now().plus(Millis::from_mins(2));
    let run = || rig.dispatcher().run(task, deadline);
    let outcomes = tests::all((0..6).map(|_| run())).await;
    let closed = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Dispatched::Closed))).count();
    assert_eq!(closed, 1, "{outcomes:?}");
    rig.settle(campaign).await;
    rig.audit(campaign, "two workers").await;
}
