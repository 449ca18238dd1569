//! Every crash point: the calls of a run are counted, and the process dies at each of them in turn,
//! before it arrives and after it is applied. Then the clock and the queue do what they do.

use crate::{
    proxy::Fault,
    rig::{GROUP, Ground, Lived, RECIPIENTS, Rig},
    truth::{Behaviour, CrashAt, Truth},
};

const PHASES: [Fault; 2] = [Fault::CrashBefore, Fault::CrashAfter];

fn accepting() -> Truth {
    Truth::new(GROUP, |_| Behaviour::Accepts)
}

/// The calls of a run in which nothing fails: of the accept, and of the dispatch.
async fn count_calls(ground: &Ground) -> (u32, u32) {
    let rig = Rig::on(ground, accepting()).await;
    rig.proxy.plan(|_, _| Fault::None);
    assert!(matches!(rig.send("once").await, Lived::Ended((202, _))));
    let accept = rig.proxy.log().len() as u32;
    rig.proxy.plan(|_, _| Fault::None);
    rig.dispatch(1).await;
    let dispatch = rig.proxy.log().len() as u32;
    rig.settle(1).await;
    rig.audit(1, "no fault").await;
    assert_eq!(rig.truth.taken().len() as u64, RECIPIENTS);
    (accept, dispatch)
}

#[tokio::test]
async fn an_accept_that_dies_at_any_call_is_whole_or_never_was() {
    let ground = Ground::start().await;
    let (calls, _) = count_calls(&ground).await;
    assert!(calls > 10, "{calls}");
    for number in 1..=calls {
        for phase in PHASES {
            let context = format!("accept, call {number} of {calls}, {phase:?}");
            let rig = Rig::on(&ground, accepting()).await;
            rig.proxy.plan(move |call, _| if call == number { phase } else { Fault::None });
            assert_eq!(rig.send("once").await, Lived::Died, "{context}");
            let campaign = rig.insist("once").await;
            assert_eq!(rig.campaigns().await, 1, "{context}: asked for once");
            rig.settle(campaign).await;
            rig.audit(campaign, &context).await;
            assert_eq!(rig.truth.taken().len() as u64, RECIPIENTS, "{context}: everybody is reached");
        }
    }
}

#[tokio::test]
async fn a_worker_that_dies_at_any_call_loses_nobody_and_reaches_nobody_twice() {
    let ground = Ground::start().await;
    let (_, calls) = count_calls(&ground).await;
    assert!(calls > 15, "{calls}");
    for number in 1..=calls {
        for phase in PHASES {
            let context = format!("dispatch, call {number} of {calls}, {phase:?}");
            let rig = Rig::on(&ground, accepting()).await;
            let campaign = rig.insist("once").await;
            rig.proxy.plan(move |call, _| if call == number { phase } else { Fault::None });
            rig.dispatch(campaign).await;
            rig.settle(campaign).await;
            rig.audit(campaign, &context).await;
        }
    }
}

#[tokio::test]
async fn a_worker_that_dies_in_any_call_of_the_provider_leaves_at_most_that_group_unconfirmed() {
    let ground = Ground::start().await;
    for call in 1..=3 {
        for place in [CrashAt::Before, CrashAt::After] {
            let context = format!("provider call {call}, {place:?}");
            let crash = move |number| if number == call { place } else { CrashAt::Never };
            let rig = Rig::on(&ground, accepting().crashing(crash)).await;
            let campaign = rig.insist("once").await;
            rig.dispatch(campaign).await;
            rig.settle(campaign).await;
            rig.audit(campaign, &context).await;
            let missing = RECIPIENTS - rig.truth.taken().len() as u64;
            let lost_group = if place == CrashAt::Before { GROUP as u64 } else { 0 };
            assert!(missing <= lost_group, "{context}: {missing} people were not reached");
        }
    }
}

#[tokio::test]
async fn two_crashes_do_what_one_does() {
    let ground = Ground::start().await;
    let (_, calls) = count_calls(&ground).await;
    // Every pair is too many; these are spread over all of them.
    for first in (1..=calls).step_by(2) {
        let second = calls - first + 1;
        let context = format!("dispatch, calls {first} and then {second}");
        let rig = Rig::on(&ground, accepting()).await;
        let campaign = rig.insist("once").await;
        rig.proxy.plan(move |call, _| if call == first { Fault::CrashAfter } else { Fault::None });
        rig.dispatch(campaign).await;
        rig.proxy.plan(move |call, _| if call == second { Fault::CrashBefore } else { Fault::None });
        rig.settle(campaign).await;
        rig.audit(campaign, &context).await;
    }
}
