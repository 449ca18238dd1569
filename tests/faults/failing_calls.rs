//! Calls that fail without a crash of their caller: refused, cancelled, answered and lost, applied twice, late, or
//! only in part; one fault at a time, and all of them as a seed draws them.

use tests::{
    every::{every, step},
    proxy::{Call, Fault, seeded},
};

use crate::{
    system::{FaultSystem, GROUP, Queue, RECIPIENTS, SharedEmulators},
    truth::{Behaviour, Truth},
};

/// Runs of the seeded plan; `EVERY=seeds` plays many more.
const SEEDS: u64 = 2;
const EVERY_SEEDS: u64 = 500;

/// A whole campaign: accepted, handed over, reported, finished.
async fn live(system: &FaultSystem<'_>, context: &str) {
    system.insist("once").await;
    system.deliver(Queue::Batches).await;
    system.settle().await;
    system.report(|reference| reference.ends_with('7')).await;
    system.settle().await;
    system.audit(context).await;
    assert_eq!(system.campaigns().await.len(), 1, "{context}");
}

/// Lets every nth call that can have this fault fail.
fn every_nth(n: u32, fault: Fault) -> impl FnMut(&Call) -> Fault + Send + 'static {
    let mut suited = 0;
    move |call| {
        suited += u32::from(call.can_suffer(fault));
        if call.can_suffer(fault) && suited.is_multiple_of(n) { fault } else { Fault::None }
    }
}

/// Lets the first call that can have this fault fail, and then every second one.
fn every_second(fault: Fault) -> impl FnMut(&Call) -> Fault + Send + 'static {
    let mut fails = false;
    move |call| {
        fails ^= call.can_suffer(fault);
        if fails && call.can_suffer(fault) { fault } else { Fault::None }
    }
}

fn moody(call: u32) -> Behaviour {
    match call % 7 {
        1 => Behaviour::TakesThenSilent,
        2 => Behaviour::RefusesFirst,
        3 => Behaviour::Silent,
        4 => Behaviour::Throttles,
        5 => Behaviour::PutsFirstOff,
        _ => Behaviour::Accepts,
    }
}

/// Every way in which a call fails; without `EVERY=points` only one of the error codes.
fn ways() -> impl Iterator<Item = Fault> {
    let has_code = |fault: &Fault| matches!(fault, Fault::Refuse(_) | Fault::CancelTransaction(_));
    let codes = Fault::survivable().filter(has_code).step_by(step("points", 9));
    codes.chain(Fault::survivable().filter(move |fault| !has_code(fault)))
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn every_second_call_may_fail_in_any_way() {
    let emulators = SharedEmulators::start().await;
    for fault in ways() {
        let system = FaultSystem::on(&emulators, Truth::accepting()).await;
        system.plan(every_second(fault));
        live(&system, &format!("every second call: {fault:?}")).await;
        assert_eq!(system.truth.reached(), RECIPIENTS, "{fault:?}: every recipient is reached");
        assert!(system.calls().iter().any(|call| call.fault == fault), "no call failed with {fault:?}");
    }
}

/// Each of the faults, every third or fifth call; both with `EVERY=points`.
#[tokio::test]
#[ignore = "long: .ci/run"]
async fn with_a_failing_provider_and_failing_tables_nothing_is_lost_or_sent_twice() {
    let emulators = SharedEmulators::start().await;
    let throttled = Fault::Refuse("ThrottlingException");
    let plans = [
        (3, Fault::DropAnswer),
        (3, throttled),
        (5, Fault::ApplyLate),
        (5, Fault::DropAnswer),
        (5, throttled),
        (3, Fault::ApplyLate),
    ];
    for (nth, fault) in plans.into_iter().take(if every("points") { 6 } else { 3 }) {
        let system = FaultSystem::on(&emulators, Truth::new(GROUP, moody)).await;
        system.plan(every_nth(nth, fault));
        live(&system, &format!("every {nth}th call: {fault:?}")).await;
    }
}

#[tokio::test]
async fn faults_drawn_by_a_seed_lose_nothing_and_send_nothing_twice() {
    let emulators = SharedEmulators::start().await;
    for seed in 0..if every("seeds") { EVERY_SEEDS } else { SEEDS } {
        let system = FaultSystem::on(&emulators, Truth::new(GROUP, moody)).await;
        system.plan(seeded(seed, 4));
        live(&system, &format!("seed {seed}")).await;
    }
}
