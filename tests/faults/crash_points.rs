//! Every crash point of senders and workers: the calls of an act are counted, and the process crashes in each
//! of them. Then the clock and the queues run on.

use domain::timestamp::Millis;
use http::Method;
use serde_json::json;
use tests::{
    every,
    proxy::{Call, Fault},
};

use crate::{
    points::{Point, Trial, accepted, at, died, points, sampled, work, work_and_resume},
    system::{At, FaultSystem, GROUP, Queue, RECIPIENTS, SharedEmulators, UnlessKilled, neighbours},
    truth::{Behaviour, CrashAt, Truth},
};

#[tokio::test]
async fn an_accept_that_crashes_at_any_call_is_either_complete_or_has_no_effect() {
    let emulators = SharedEmulators::start().await;
    let accept = async |system: &FaultSystem<'_>, (): &()| {
        system.insist("once").await;
        assert_eq!(system.campaigns().await.len(), 1, "asked for once");
    };
    Trial::new(&emulators, "accept", 5).of(async |_| (), accept).await;
}

#[tokio::test]
async fn a_worker_that_crashes_at_any_call_loses_no_recipient_and_reaches_none_twice() {
    let emulators = SharedEmulators::start().await;
    Trial::new(&emulators, "dispatch", 6).of(accepted, work).await;
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn a_worker_that_crashes_keeps_every_promise_with_each_answer_of_the_provider() {
    let emulators = SharedEmulators::start().await;
    for behaviour in [
        Behaviour::RefusesFirst,
        Behaviour::KnowsFirstOptedOut,
        Behaviour::PutsFirstOff,
        Behaviour::ForgetsFirst,
        Behaviour::Throttles,
        Behaviour::TakesThenSilent,
    ] {
        let trial = Trial::new(&emulators, &format!("{behaviour:?}"), 1);
        trial.provider(move || Truth::once(GROUP, behaviour)).of(accepted, work).await;
    }
}

#[tokio::test]
async fn a_worker_that_crashes_while_the_account_is_refused_leaves_a_campaign_that_can_be_resumed() {
    let emulators = SharedEmulators::start().await;
    let trial = Trial::new(&emulators, "account refused", 2);
    let trial = trial.provider(|| Truth::once(GROUP, Behaviour::RefusesAccount));
    trial.of(accepted, work_and_resume).await;
}

#[tokio::test]
async fn a_worker_that_crashes_over_a_stopped_or_abandoned_campaign_keeps_every_promise() {
    let emulators = SharedEmulators::start().await;
    let cancelled = async |system: &FaultSystem<'_>| {
        let campaign = accepted(system).await;
        system.control(campaign, "cancel").await;
    };
    let opted_out = async |system: &FaultSystem<'_>| {
        accepted(system).await;
        let body = json!({"phones": neighbours(3)});
        let answer = system.own(At::Books, Method::POST, "/v1/opt-outs/", "out", &body).await;
        assert!(matches!(answer, UnlessKilled::Ended(answer) if answer.status < 300));
    };
    let taken_over = async |system: &FaultSystem<'_>| {
        accepted(system).await;
        system.deliver(Queue::Batches).await;
        system.pass(Millis::from_mins(12));
    };
    let crash = |call| if call == 2 { CrashAt::After } else { CrashAt::Never };
    Trial::new(&emulators, "cancelled", 1).of(cancelled, work).await;
    Trial::new(&emulators, "opted out since", 1).of(opted_out, work).await;
    let trial = Trial::new(&emulators, "taken over", 2);
    trial.provider(|| Truth::accepting().crashing(crash)).of(taken_over, work).await;
}

/// Before or after each call; with `EVERY=points` both.
#[tokio::test]
async fn a_worker_that_crashes_in_a_call_of_the_provider_leaves_at_most_that_group_unconfirmed() {
    let emulators = SharedEmulators::start().await;
    let crashes = [
        (1, CrashAt::After),
        (2, CrashAt::Before),
        (3, CrashAt::After),
        (1, CrashAt::Before),
        (2, CrashAt::After),
        (3, CrashAt::Before),
    ];
    for (call, place) in crashes.into_iter().take(if every("points") { 6 } else { 3 }) {
        let context = format!("provider call {call}, {place:?}");
        let crash = move |number| if number == call { place } else { CrashAt::Never };
        let system = FaultSystem::on(&emulators, Truth::accepting().crashing(crash)).await;
        system.insist("once").await;
        system.finish(&context).await;
        let missing = RECIPIENTS - system.truth.reached();
        let lost_group = if place == CrashAt::Before { GROUP as u64 } else { 0 };
        assert!(missing <= lost_group, "{context}: {missing} recipients were not reached");
    }
}

#[tokio::test]
async fn a_cancel_pause_resume_or_top_up_that_crashes_takes_effect_when_it_is_repeated() {
    let emulators = SharedEmulators::start().await;
    let cancel = async |system: &FaultSystem<'_>, campaign: &u64| {
        system.control(*campaign, "cancel").await;
        assert_eq!(system.status(*campaign).await.state.as_str(), "cancelled");
    };
    let pause_and_resume = async |system: &FaultSystem<'_>, campaign: &u64| {
        system.control(*campaign, "pause").await;
        system.control(*campaign, "resume").await;
    };
    let top_up = async |system: &FaultSystem<'_>, _: &u64| system.top_up("cheque 7").await;
    Trial::new(&emulators, "cancel", 1).of(accepted, cancel).await;
    Trial::new(&emulators, "pause and resume", 2).of(accepted, pause_and_resume).await;
    Trial::new(&emulators, "top-up", 2).of(accepted, top_up).await;
}

/// Three steps of a campaign, each of which may crash at one call. Returns the calls of each.
async fn life(emulators: &SharedEmulators, deaths: [Option<Point>; 3]) -> [Vec<Call>; 3] {
    let system = FaultSystem::on(emulators, Truth::accepting()).await;
    let mut calls: [Vec<Call>; 3] = Default::default();
    for (act, death) in deaths.into_iter().enumerate() {
        system.plan(move |call| at(death, call));
        match act {
            0 => drop(system.insist("once").await),
            1 => drop(system.deliver(Queue::Batches).await),
            _ => {
                system.pass(Millis::from_mins(3));
                system.tick().await;
            }
        }
        calls[act] = system.proxy().log();
    }
    system.finish(&format!("accept, dispatch, clock: {deaths:?}")).await;
    calls
}

/// Pairs of crashes: drawn by default, all with `EVERY=pairs`. With `EVERY=points` each crash of the worker, with a
/// drawn one before or after it.
#[tokio::test]
#[ignore = "long: .ci/run"]
async fn two_crashes_have_the_same_result_as_one() {
    let emulators = SharedEmulators::start().await;
    let calls = life(&emulators, [None; 3]).await.map(|calls| calls.len() as u32);
    let mut pairs: Vec<[Option<Point>; 3]> = Vec::new();
    for spared in 0..3 {
        let (first, second) = ((spared + 1) % 3, (spared + 2) % 3);
        for one in points(calls[first]) {
            for other in points(calls[second]) {
                let mut deaths = [None; 3];
                (deaths[first], deaths[second]) = (Some(one), Some(other));
                pairs.push(deaths);
            }
        }
    }
    if every("points") && !every("pairs") {
        let mut tried = Vec::new();
        fastrand::Rng::with_seed(1).shuffle(&mut pairs);
        pairs.retain(|[_, worker, _]| {
            let is_new = worker.is_some_and(|point| !tried.contains(&point));
            tried.extend(*worker);
            is_new
        });
    } else {
        pairs = sampled("pairs", pairs, 4);
    }
    let (planned, mut met) = (2 * pairs.len(), 0);
    for deaths in pairs {
        let calls = life(&emulators, deaths).await;
        let acts = deaths.iter().zip(&calls);
        met += acts.filter(|(death, calls)| death.is_some_and(|death| died(death, calls))).count();
    }
    // The first crash may leave less to do for the second act.
    assert!(4 * met >= 3 * planned, "{met} of {planned} met their death");
}

#[tokio::test]
async fn a_message_that_was_never_sent_is_made_up_for() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    system.plan(|call| match call.operation.as_str() {
        "SendMessageBatch" => Fault::Refuse("ServiceUnavailable"),
        _ => Fault::None,
    });
    system.insist("once").await;
    assert_eq!(emulators.messages(), 0, "it is accepted all the same");
    system.finish("never asked for").await;
    assert_eq!(system.truth.reached(), RECIPIENTS);
}
