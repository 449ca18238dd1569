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
    rig::{BATCH, GROUP, Ground, Lived, Queue, Rig},
    truth::{Behaviour, Truth},
};

const HOUR: Millis = Millis::from_hours(1);
/// Past the wait for reports.
const REPORTS_ARE_OVER: Millis = Millis::from_hours(73);
/// A batch, and a short one.
const TWO_BATCHES: u64 = BATCH as u64 + 10;

async fn accepted(rig: &Rig<'_>) -> u64 {
    rig.insist("once").await
}

/// A campaign that has ended.
async fn ended(rig: &Rig<'_>) -> u64 {
    let campaign = accepted(rig).await;
    rig.settle().await;
    campaign
}

#[tokio::test]
async fn a_clock_that_crashes_at_any_call_is_made_up_for_by_the_next_run() {
    let ground = Ground::start().await;
    let tick = async |rig: &Rig<'_>, _: &u64| rig.tick().await;
    let scheduled = async |rig: &Rig<'_>| {
        let at = rig.clock.now().plus(HOUR).rfc3339(Offset::UTC);
        let campaign = rig.insist_on("once", &json!({"scheduled_at": at})).await;
        rig.pass(HOUR);
        campaign
    };
    let lost_by_the_queue = async |rig: &Rig<'_>| {
        let campaign = accepted(rig).await;
        rig.lose_messages(Queue::Batches).await;
        rig.pass(Millis::from_mins(3));
        campaign
    };
    let closed_and_not_ended = async |rig: &Rig<'_>| {
        let campaign = accepted(rig).await;
        let mut is_closed = false;
        rig.plan(move |call| {
            is_closed |= call.operation == "TransactWriteItems";
            if is_closed && call.operation == "UpdateItem" { Fault::DieBefore } else { Fault::None }
        });
        rig.deliver(Queue::Batches).await;
        rig.pass(Millis::from_mins(3));
        let header = rig.status(campaign).await;
        assert_eq!((header.open_batches, header.finished_at), (0, None));
        campaign
    };
    let waited_for = async |rig: &Rig<'_>| {
        let campaign = ended(rig).await;
        rig.pass(REPORTS_ARE_OVER);
        campaign
    };
    Trial::new(&ground, "launch", 2).of(scheduled, tick).await;
    Trial::new(&ground, "ask again", 2).of(lost_by_the_queue, tick).await;
    Trial::new(&ground, "end", 1).of(closed_and_not_ended, tick).await;
    let silent = || Truth::once(GROUP, Behaviour::TakesThenSilent);
    Trial::new(&ground, "give back and forget", 2).provider(silent).of(waited_for, tick).await;
}

#[tokio::test]
async fn reports_are_applied_once_after_a_crash_at_any_call() {
    let ground = Ground::start().await;
    let some = |reference: &str| reference.ends_with('7');
    let callback = async |rig: &Rig<'_>, campaign: &u64| {
        rig.report(some).await;
        rig.settle().await;
        assert_eq!(rig.status(*campaign).await.counts.delivered, 3);
    };
    let apply = async |rig: &Rig<'_>, campaign: &u64| {
        rig.deliver(Queue::Receipts).await;
        rig.settle().await;
        assert_eq!(rig.status(*campaign).await.counts.delivered, 3);
    };
    let reported = async |rig: &Rig<'_>| {
        let campaign = ended(rig).await;
        rig.report(some).await;
        campaign
    };
    Trial::new(&ground, "callback", 1).of(ended, callback).await;
    Trial::new(&ground, "reports", 2).of(reported, apply).await;
}

#[tokio::test]
async fn reports_of_several_batches_are_applied_once_after_a_crash_at_any_call() {
    let ground = Ground::start().await;
    let reported = async |rig: &Rig<'_>| {
        let campaign = ended(rig).await;
        rig.report(|reference| reference.ends_with(".3")).await;
        campaign
    };
    let apply = async |rig: &Rig<'_>, campaign: &u64| {
        rig.deliver(Queue::Receipts).await;
        rig.settle().await;
        assert_eq!(rig.status(*campaign).await.counts.delivered, 2, "one of each batch");
    };
    let trial = Trial::new(&ground, "reports of two batches", 2).people(TWO_BATCHES);
    trial.provider(|| Truth::new(100, |_| Behaviour::Accepts)).of(reported, apply).await;
}

#[tokio::test]
async fn a_redrive_that_crashes_at_any_call_loses_no_message() {
    let ground = Ground::start().await;
    let buried = async |rig: &Rig<'_>| {
        let campaign = accepted(rig).await;
        rig.bury_batches().await;
        assert_eq!(rig.ground.dead_messages(), 1);
        campaign
    };
    let bring_back = async |rig: &Rig<'_>, _: &u64| {
        while rig.ground.dead_messages() > 0 {
            let (sqs, url) = (&rig.operator().sqs, &rig.ground.urls.batches);
            let _ = rig.command(redrive(sqs, url)).await;
            rig.pass(Millis::from_mins(1));
        }
    };
    Trial::new(&ground, "redrive", 2).of(buried, bring_back).await;
}

#[tokio::test]
async fn a_hold_that_crashes_at_any_call_can_be_repeated() {
    let ground = Ground::start().await;
    let hold_and_resume = async |rig: &Rig<'_>, campaign: &u64| {
        let stores = &rig.operator().stores;
        while !matches!(
            rig.command(hold_every_campaign(stores, rig.clock.now())).await,
            Lived::Ended(Ok(Held { campaigns: 1.., .. }))
        ) {}
        assert_eq!(rig.status(*campaign).await.state.as_str(), "paused");
        rig.drain().await;
        assert_eq!(rig.truth.people(), 0, "nobody is reached meanwhile");
        while !matches!(rig.command(go(stores, StopScope::EVERYTHING)).await, Lived::Ended(Ok(_))) {}
        rig.pass(STOP_DELAY);
        rig.control(*campaign, "resume").await;
    };
    Trial::new(&ground, "hold", 1).of(accepted, hold_and_resume).await;
}
