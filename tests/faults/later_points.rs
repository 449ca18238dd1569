//! Every crash point after a hand-over: the clock, the reports, the operator.

use cli::operator::{Held, StopScope, go, hold_every_campaign, redrive};
use domain::{
    stop::STOP_DELAY,
    timestamp::{Millis, Offset},
};
use serde_json::json;
use tests::proxy::Fault;

use crate::{
    points::Trial,
    system::{BATCH, FaultSystem, GROUP, Queue, SharedEmulators, UnlessKilled},
    truth::{Behaviour, Truth},
};

const HOUR: Millis = Millis::from_hours(1);
/// Past the wait for reports.
const REPORTS_ARE_OVER: Millis = Millis::from_hours(73);
/// A batch, and a short one.
const TWO_BATCHES: u64 = BATCH as u64 + 10;

async fn accepted(system: &FaultSystem<'_>) -> u64 {
    system.insist("once").await
}

/// A campaign that has ended.
async fn ended(system: &FaultSystem<'_>) -> u64 {
    let campaign = accepted(system).await;
    system.settle().await;
    campaign
}

#[tokio::test]
async fn a_clock_that_crashes_at_any_call_is_made_up_for_by_the_next_run() {
    let emulators = SharedEmulators::start().await;
    let tick = async |system: &FaultSystem<'_>, _: &u64| system.tick().await;
    let scheduled = async |system: &FaultSystem<'_>| {
        let at = system.clock.now().plus(HOUR).rfc3339(Offset::UTC);
        let campaign = system.insist_on("once", &json!({"scheduled_at": at})).await;
        system.pass(HOUR);
        campaign
    };
    let lost_by_the_queue = async |system: &FaultSystem<'_>| {
        let campaign = accepted(system).await;
        system.lose_messages(Queue::Batches).await;
        system.pass(Millis::from_mins(3));
        campaign
    };
    let closed_and_not_ended = async |system: &FaultSystem<'_>| {
        let campaign = accepted(system).await;
        let mut is_closed = false;
        system.plan(move |call| {
            is_closed |= call.operation == "TransactWriteItems";
            if is_closed && call.operation == "UpdateItem" { Fault::CrashBefore } else { Fault::None }
        });
        system.deliver(Queue::Batches).await;
        system.pass(Millis::from_mins(3));
        let header = system.status(campaign).await;
        assert_eq!((header.open_batches, header.finished_at), (0, None));
        campaign
    };
    let waited_for = async |system: &FaultSystem<'_>| {
        let campaign = ended(system).await;
        system.pass(REPORTS_ARE_OVER);
        campaign
    };
    Trial::new(&emulators, "launch", 2).of(scheduled, tick).await;
    Trial::new(&emulators, "ask again", 2).of(lost_by_the_queue, tick).await;
    Trial::new(&emulators, "end", 1).of(closed_and_not_ended, tick).await;
    let silent = || Truth::once(GROUP, Behaviour::TakesThenSilent);
    Trial::new(&emulators, "give back and forget", 2).provider(silent).of(waited_for, tick).await;
}

#[tokio::test]
async fn reports_are_applied_once_after_a_crash_at_any_call() {
    let emulators = SharedEmulators::start().await;
    let some = |reference: &str| reference.ends_with('7');
    let callback = async |system: &FaultSystem<'_>, campaign: &u64| {
        system.report(some).await;
        system.settle().await;
        assert_eq!(system.status(*campaign).await.counts.delivered, 3);
    };
    let apply = async |system: &FaultSystem<'_>, campaign: &u64| {
        system.deliver(Queue::Receipts).await;
        system.settle().await;
        assert_eq!(system.status(*campaign).await.counts.delivered, 3);
    };
    let reported = async |system: &FaultSystem<'_>| {
        let campaign = ended(system).await;
        system.report(some).await;
        campaign
    };
    Trial::new(&emulators, "callback", 1).of(ended, callback).await;
    Trial::new(&emulators, "reports", 2).of(reported, apply).await;
}

#[tokio::test]
async fn reports_of_several_batches_are_applied_once_after_a_crash_at_any_call() {
    let emulators = SharedEmulators::start().await;
    let reported = async |system: &FaultSystem<'_>| {
        let campaign = ended(system).await;
        system.report(|reference| reference.ends_with(".3")).await;
        campaign
    };
    let apply = async |system: &FaultSystem<'_>, campaign: &u64| {
        system.deliver(Queue::Receipts).await;
        system.settle().await;
        assert_eq!(system.status(*campaign).await.counts.delivered, 2, "one of each batch");
    };
    let trial = Trial::new(&emulators, "reports of two batches", 2).recipients(TWO_BATCHES);
    trial.provider(|| Truth::new(100, |_| Behaviour::Accepts)).of(reported, apply).await;
}

#[tokio::test]
async fn a_redrive_that_crashes_at_any_call_loses_no_message() {
    let emulators = SharedEmulators::start().await;
    let buried = async |system: &FaultSystem<'_>| {
        let campaign = accepted(system).await;
        system.bury_batches().await;
        assert_eq!(system.emulators.dead_messages(), 1);
        campaign
    };
    let bring_back = async |system: &FaultSystem<'_>, _: &u64| {
        while system.emulators.dead_messages() > 0 {
            let (sqs, url) = (&system.operator().sqs, &system.emulators.urls.batches);
            let _ = system.command(redrive(sqs, url)).await;
            system.pass(Millis::from_mins(1));
        }
    };
    Trial::new(&emulators, "redrive", 2).of(buried, bring_back).await;
}

#[tokio::test]
async fn a_hold_that_crashes_at_any_call_can_be_repeated() {
    let emulators = SharedEmulators::start().await;
    let hold_and_resume = async |system: &FaultSystem<'_>, campaign: &u64| {
        let stores = &system.operator().stores;
        while !matches!(
            system.command(hold_every_campaign(stores, system.clock.now())).await,
            UnlessKilled::Ended(Ok(Held { campaigns: 1.., .. }))
        ) {}
        assert_eq!(system.status(*campaign).await.state.as_str(), "paused");
        system.drain().await;
        assert_eq!(system.truth.reached(), 0, "a recipient of a held campaign is reached");
        while !matches!(system.command(go(stores, StopScope::EVERYTHING)).await, UnlessKilled::Ended(Ok(_))) {
        }
        system.pass(STOP_DELAY);
        system.control(*campaign, "resume").await;
    };
    Trial::new(&emulators, "hold", 1).of(accepted, hold_and_resume).await;
}
