//! Calls that fail without killing anybody: refused, answered and lost, applied twice, late, or only in
//! part.

use crate::{
    proxy::Fault,
    rig::{GROUP, Ground, RECIPIENTS, Rig},
    truth::{Behaviour, Truth},
};

const FAULTS: [Fault; 9] = [
    Fault::Refuse("ProvisionedThroughputExceededException"),
    Fault::Refuse("ThrottlingException"),
    Fault::Refuse("InternalServerError"),
    Fault::Refuse("TransactionInProgressException"),
    Fault::Refuse("RequestLimitExceeded"),
    Fault::DropAnswer,
    Fault::Duplicate,
    Fault::Delay,
    Fault::LeaveOver,
];

async fn run(
    ground: &Ground,
    every: u32,
    fault: Fault,
    behaviour: impl Fn(u32) -> Behaviour + Send + 'static,
) -> Rig {
    let rig = Rig::on(ground, Truth::new(GROUP, behaviour)).await;
    rig.proxy.plan(move |call, _| if call % every == 0 { fault } else { Fault::None });
    let campaign = rig.insist("once").await;
    rig.dispatch(campaign).await;
    rig.settle(campaign).await;
    let context = format!("every {every}th call: {fault:?}");
    rig.audit(campaign, &context).await;
    assert_eq!(rig.campaigns().await, 1, "{context}");
    rig
}

#[tokio::test]
async fn every_third_call_may_fail_in_any_way() {
    let ground = Ground::start().await;
    for fault in FAULTS {
        let rig = run(&ground, 3, fault, |_| Behaviour::Accepts).await;
        assert_eq!(rig.truth.taken().len() as u64, RECIPIENTS, "{fault:?}: everybody is reached");
    }
}

#[tokio::test]
async fn a_provider_that_answers_badly_and_a_table_that_does_too() {
    let ground = Ground::start().await;
    let moods = |call: u32| match call % 7 {
        1 => Behaviour::TakesThenSilent,
        2 => Behaviour::RefusesFirst,
        3 => Behaviour::Silent,
        4 => Behaviour::Throttles,
        _ => Behaviour::Accepts,
    };
    for fault in [Fault::DropAnswer, Fault::Duplicate, Fault::Refuse("ThrottlingException")] {
        for every in [2, 5] {
            run(&ground, every, fault, moods).await;
        }
    }
}
