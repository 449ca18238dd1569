//! Two accounts: whatever each does, and wherever a worker crashes, nobody is reached twice and nobody is lost.

use domain::{campaign::CampaignStatus, timestamp::Millis};

use crate::{
    points::{Trial, every, sampled},
    rig::{GROUP, Ground, Queue, RECIPIENTS, Rig},
    truth::{Behaviour, Script, Truth},
};

/// Every way in which an account treats a call.
const WAYS: [Behaviour; 11] = [
    Behaviour::Accepts,
    Behaviour::TakesThenSilent,
    Behaviour::Silent,
    Behaviour::Refuses,
    Behaviour::RefusesFirst,
    Behaviour::KnowsFirstOptedOut,
    Behaviour::PutsFirstOff,
    Behaviour::ForgetsFirst,
    Behaviour::Throttles,
    Behaviour::RefusesAccount,
    Behaviour::NotReached,
];
/// A full group and a short one.
const PEOPLE: u64 = GROUP as u64 + 2;

/// Behaves so in the first call, and accepts in every other.
fn once(behaviour: Behaviour) -> Script {
    Box::new(move |call| if call == 1 { behaviour } else { Behaviour::Accepts })
}

fn always(behaviour: Behaviour) -> Script {
    Box::new(move |_| behaviour)
}

async fn accepted(rig: &Rig<'_>) -> u64 {
    rig.insist("once").await
}

/// One invocation of a worker.
async fn work(rig: &Rig<'_>, _: &u64) {
    rig.deliver(Queue::Batches).await;
}

/// Workers until the campaign has ended, or no account was found for it; then it is resumed.
async fn work_and_resume(rig: &Rig<'_>, campaign: &u64) {
    while rig.status(*campaign).await.state != CampaignStatus::Paused {
        rig.deliver(Queue::Batches).await;
        rig.pass(Millis::from_mins(15));
        rig.tick().await;
        if rig.status(*campaign).await.finished_at.is_some() {
            return;
        }
    }
    rig.control(*campaign, "resume").await;
}

/// Pairs in which the second account is needed or fails too; all pairs on request.
fn pairs() -> Vec<(Behaviour, Behaviour)> {
    let all = WAYS.iter().flat_map(|one| WAYS.map(|two| (*one, two)));
    let needs_all = every("pairs");
    let matters = |(one, two): &(Behaviour, Behaviour)| {
        needs_all || *two == Behaviour::Accepts || *one == Behaviour::RefusesAccount
    };
    all.filter(matters).collect()
}

#[tokio::test]
async fn a_worker_that_crashes_between_two_accounts_loses_nobody_and_reaches_nobody_twice() {
    let ground = Ground::start().await;
    for (one, two) in sampled("points", pairs(), 6) {
        let trial = Trial::new(&ground, &format!("{one:?}, then {two:?}"), 1).people(PEOPLE);
        let trial = trial.provider(move || Truth::once(GROUP, one)).other(move || once(two));
        match two {
            Behaviour::RefusesAccount => trial.of(accepted, work_and_resume).await,
            _ => trial.of(accepted, work).await,
        }
    }
}

#[tokio::test]
async fn the_second_account_reaches_everybody_whom_the_first_definitely_does_not_take() {
    for way in [Behaviour::Refuses, Behaviour::RefusesAccount, Behaviour::NotReached, Behaviour::Throttles] {
        // The state of an account outlasts a rig.
        let ground = Ground::start().await;
        let rig = Rig::on(&ground, Truth::new(GROUP, move |_| way)).await;
        let rig = rig.with_other(always(Behaviour::Accepts)).await;
        rig.insist("once").await;
        let start = rig.clock.now();
        rig.finish(&format!("always {way:?}")).await;
        assert_eq!(rig.truth.people(), RECIPIENTS, "{way:?}");
        let waited = rig.clock.now().since(start) >= Millis::from_mins(144);
        assert_eq!(
            waited,
            way == Behaviour::Throttles,
            "{way:?}: patience lasts for a tenth of the validity"
        );
    }
}

#[tokio::test]
async fn recipients_of_a_call_of_which_nothing_is_known_never_go_to_the_second_account() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, Truth::new(GROUP, |_| Behaviour::Silent)).await;
    let rig = rig.with_other(always(Behaviour::Accepts)).await;
    let campaign = rig.insist("once").await;
    rig.finish("silent").await;
    let counts = rig.status(campaign).await.counts;
    assert_eq!((counts.unconfirmed, counts.sent), (GROUP as i64, (RECIPIENTS - GROUP as u64) as i64));
    assert_eq!(rig.truth.people(), RECIPIENTS - GROUP as u64);
}

#[tokio::test]
async fn a_recipient_that_both_accounts_refuse_has_failed_and_is_refunded() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, Truth::new(GROUP, |_| Behaviour::RefusesFirst)).await;
    let rig = rig.with_other(always(Behaviour::RefusesFirst)).await;
    let campaign = rig.insist("once").await;
    rig.finish("both refuse the first").await;
    let counts = rig.status(campaign).await.counts;
    assert!(counts.failed >= 1 && rig.truth.people() == RECIPIENTS - counts.failed as u64, "{counts:?}");
    assert_eq!(counts.unconfirmed, 0);
}

#[tokio::test]
async fn a_campaign_is_paused_only_if_no_account_is_open_and_an_account_that_works_again_is_found_by_one_probe()
 {
    let ground = Ground::start().await;
    let first = |call| if call <= 2 { Behaviour::RefusesAccount } else { Behaviour::Accepts };
    let rig = Rig::on(&ground, Truth::new(GROUP, first)).await;
    let rig = rig.with_other(always(Behaviour::RefusesAccount)).await;
    let campaign = rig.insist("once").await;
    rig.deliver(Queue::Batches).await;
    let status = rig.status(campaign).await;
    assert_eq!(
        (status.state, status.pause_reason.as_deref()),
        (CampaignStatus::Paused, Some("provider_balance_empty"))
    );
    assert_eq!(rig.truth.calls(), 1, "each account was tried once");
    rig.control(campaign, "resume").await;
    rig.deliver(Queue::Batches).await;
    assert_eq!(rig.status(campaign).await.state, CampaignStatus::Paused, "both were tried at once, in vain");
    rig.control(campaign, "resume").await;
    rig.finish("resumed").await;
    assert_eq!(rig.truth.people(), RECIPIENTS);
}
