//! One worker and one batch: it writes known outcomes even if other calls fail, it begins nothing that its time does
//! not cover, and it closes a batch that others have changed meanwhile.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use dispatch::{Dispatched, GROUP_TIME};
use domain::{
    pacing::LONGEST_WAIT,
    timestamp::{Millis, Timestamp},
};
use providers::sandbox;
use tests::{every, proxy::Fault};
use tokio::{sync::Notify, time::Instant};

use crate::{
    system::{FaultSystem, GROUP, Queue, RECIPIENTS, SharedEmulators, WORKER_TIME},
    truth::{Behaviour, Truth},
};

/// Every call after a hand-over fails permanently, except the writing of the journal. Without `EVERY=points` only
/// answers that lead to more than a record are tried.
#[tokio::test]
async fn an_answer_of_the_provider_is_written_even_if_every_other_call_fails() {
    let emulators = SharedEmulators::start().await;
    let behaviours = [
        Behaviour::KnowsFirstOptedOut,
        Behaviour::PutsFirstOff,
        Behaviour::Throttles,
        Behaviour::RefusesAccount,
        Behaviour::Accepts,
        Behaviour::RefusesFirst,
    ];
    for behaviour in behaviours.into_iter().take(if every("points") { 6 } else { 4 }) {
        let system = FaultSystem::on(&emulators, Truth::once(GROUP, behaviour)).await;
        let campaign = system.insist("once").await;
        let truth = system.truth.clone();
        system.plan(move |call| {
            let is_struck = call.function() == "dispatch" && truth.calls() > 0 && call.operation != "PutItem";
            if is_struck { Fault::Refuse("ThrottlingException") } else { Fault::None }
        });
        system.deliver(Queue::Batches).await;
        assert_eq!(system.truth.calls(), 1, "{behaviour:?}: the worker calls again");
        system.unharmed();
        system.finish(&format!("{behaviour:?}")).await;
        assert_eq!(system.status(campaign).await.counts.unconfirmed, 0, "{behaviour:?}");
    }
}

/// The outcomes of such a call are unknown for ever, but the account must not get the next batch as if it had answered.
#[tokio::test]
async fn what_a_call_says_of_its_account_is_stored_even_if_its_record_cannot_be_written() {
    for behaviour in [Behaviour::Silent, Behaviour::Throttles] {
        // The state of an account outlasts a system.
        let emulators = SharedEmulators::start().await;
        let system = FaultSystem::on(&emulators, Truth::once(GROUP, behaviour)).await;
        system.insist("once").await;
        let truth = system.truth.clone();
        system.plan(move |call| {
            let of_campaign = || call.partitions.iter().any(|key| key.starts_with("ORG#"));
            let is_record = truth.calls() > 0 && call.operation == "PutItem" && of_campaign();
            if is_record { Fault::Refuse("ThrottlingException") } else { Fault::None }
        });
        system.deliver(Queue::Batches).await;
        assert_eq!(system.truth.calls(), 1, "{behaviour:?}");
        system.unharmed();
        let turns = system.stores().campaigns.account_turns(sandbox::KIND.account()).await.unwrap();
        assert!(turns.turns().closed_until() > Timestamp::default(), "{behaviour:?}: {turns:?}");
        system.finish(&format!("{behaviour:?}, and no record")).await;
    }
}

#[tokio::test]
async fn a_worker_begins_no_group_that_its_time_does_not_cover() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let campaign = system.insist("once").await;
    let covered = system.clock.now().plus(GROUP_TIME);
    let left =
        system.dispatcher().run(system.campaign(campaign).batch(0), covered.plus(Millis(-1))).await.unwrap();
    assert_eq!((left, system.truth.calls()), (Dispatched::Left { wait: Millis(0) }, 0));
    let closed = system.dispatcher().run(system.campaign(campaign).batch(0), covered).await.unwrap();
    assert_eq!((closed, system.truth.reached()), (Dispatched::Closed, RECIPIENTS));
    system.finish("out of time").await;
}

#[tokio::test]
async fn a_batch_that_is_put_off_is_given_back_for_a_while() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::once(GROUP, Behaviour::Throttles)).await;
    let campaign = system.insist("once").await;
    let run =
        || system.dispatcher().run(system.campaign(campaign).batch(0), system.clock.now().plus(WORKER_TIME));
    let left = run().await.unwrap();
    let Dispatched::Left { wait } = left else { panic!("{left:?}") };
    assert!(wait >= Millis(500), "{wait:?}");
    system.clock.advance(Millis(wait.0 - 1));
    assert_eq!((run().await.unwrap(), system.truth.calls()), (Dispatched::Nothing, 1), "too soon");
    system.clock.advance(Millis(1));
    // The worker waits for the turn of each call: the runtime's time passes at once, and no socket is open meanwhile.
    tokio::time::pause();
    let began = Instant::now();
    assert_eq!((run().await.unwrap(), system.truth.reached()), (Dispatched::Closed, RECIPIENTS));
    let (waited, calls) = (began.elapsed().as_millis() as i64, RECIPIENTS as i64 / GROUP as i64);
    assert!(waited <= calls * LONGEST_WAIT.0, "{waited} ms");
    tokio::time::resume();
    system.finish("put off").await;
}

/// Equal numbers of refused and accepted recipients are not a majority, in closed batches and in the worker's own.
#[tokio::test]
async fn the_circuit_breaker_includes_the_outcomes_of_the_workers_own_batch() {
    const BATCH: u64 = 500;
    let emulators = SharedEmulators::start().await;
    let half = |call| if matches!(call, 6..=10 | 12) { Behaviour::Refuses } else { Behaviour::Accepts };
    let system = FaultSystem::with_contacts(&emulators, Truth::new(50, half), 2 * BATCH)
        .await
        .in_batches_of(BATCH as u16);
    let campaign = system.insist("once").await;
    for batch in 0..2 {
        let deadline = system.clock.now().plus(WORKER_TIME);
        let worked = system.dispatcher().run(system.campaign(campaign).batch(batch), deadline).await.unwrap();
        assert_eq!(worked, Dispatched::Closed, "{batch}");
    }
    let header = system.status(campaign).await;
    assert_eq!((header.state.as_str(), header.counts.sent, header.counts.failed), ("completed", 700, 300));
    system.finish("no majority refused").await;
}

#[tokio::test]
async fn a_worker_only_reads_for_a_batch_of_a_paused_campaign() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let campaign = system.insist("once").await;
    system.control(campaign, "pause").await;
    system.deliver(Queue::Batches).await;
    let of_workers = system.calls().into_iter().filter(|call| call.function() == "dispatch");
    let made: BTreeSet<String> = of_workers.map(|call| call.operation).collect();
    assert!(made.is_subset(&["GetItem", "BatchGetItem", "Query"].map(str::to_owned).into()), "{made:?}");
    assert!(!made.is_empty());
    system.hold_to_every_rule("paused").await;
}

/// Runs a worker up to its close, which is applied only after `others` has run.
async fn close_after(
    system: &FaultSystem<'_>,
    campaign: u64,
    others: impl Future<Output = ()>,
) -> Dispatched {
    let (closes, is_first) = (Arc::new(Notify::new()), AtomicBool::new(true));
    let close = closes.clone();
    system.plan(move |call| {
        let is_close = call.function() == "dispatch" && call.operation == "TransactWriteItems";
        if is_close && is_first.swap(false, Ordering::Relaxed) {
            close.notify_one();
            Fault::Hold
        } else {
            Fault::None
        }
    });
    let deadline = system.clock.now().plus(WORKER_TIME);
    let meanwhile = async {
        closes.notified().await;
        others.await;
        system.unharmed();
        system.proxy().release();
    };
    tokio::join!(system.dispatcher().run(system.campaign(campaign).batch(0), deadline), meanwhile).0.unwrap()
}

#[tokio::test]
async fn a_batch_whose_reports_come_before_its_close_is_closed_with_them() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let campaign = system.insist("once").await;
    let report = async {
        system.report(|_| true).await;
        while system.deliver(Queue::Receipts).await > 0 {}
    };
    assert_eq!(close_after(&system, campaign, report).await, Dispatched::Closed);
    let header = system.status(campaign).await;
    assert_eq!((header.state.as_str(), header.counts.delivered as u64), ("completed", RECIPIENTS));
    system.finish("reports before the close").await;
}

#[tokio::test]
async fn a_worker_whose_batch_was_closed_by_another_worker_ends() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let campaign = system.insist("once").await;
    let take_over = async {
        system.pass(Millis::from_mins(5));
        system.deliver(Queue::Batches).await;
    };
    assert_eq!(close_after(&system, campaign, take_over).await, Dispatched::Closed);
    assert_eq!(system.status(campaign).await.state.as_str(), "completed");
    system.finish("closed by others").await;
}
