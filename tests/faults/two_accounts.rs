//! Two accounts: with every behaviour of each, and a worker that crashes at any call, no recipient is reached twice and
//! none is lost.

use domain::{campaign::CampaignStatus, timestamp::Millis};
use tests::every;

use crate::{
    points::{Trial, accepted, sampled, work, work_and_resume},
    system::{FaultSystem, GROUP, Queue, RECIPIENTS, SharedEmulators},
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
/// A tenth of the validity: how long recipients that an account puts off are not given to the second one.
const PATIENCE: Millis = Millis::from_mins(144);
/// A full group and a short one.
const TWO_CALLS: u64 = GROUP as u64 + 2;

/// A script with this behaviour in the first call, and an accepted call in every other.
fn once(behaviour: Behaviour) -> Script {
    Box::new(move |call| if call == 1 { behaviour } else { Behaviour::Accepts })
}

fn always(behaviour: Behaviour) -> Script {
    Box::new(move |_| behaviour)
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
async fn a_worker_that_crashes_between_two_accounts_loses_no_recipient_and_reaches_none_twice() {
    let emulators = SharedEmulators::start().await;
    for (one, two) in sampled("points", pairs(), 4) {
        let trial = Trial::new(&emulators, &format!("{one:?}, then {two:?}"), 1).recipients(TWO_CALLS);
        let trial = trial.provider(move || Truth::once(GROUP, one)).other(move || once(two));
        // A fault of one account pauses the campaign if the other cannot be used just then.
        if [one, two].contains(&Behaviour::RefusesAccount) {
            trial.of(accepted, work_and_resume).await;
        } else {
            trial.of(accepted, work).await;
        }
    }
}

#[tokio::test]
async fn the_second_account_reaches_every_recipient_that_the_first_definitely_does_not_take() {
    for way in [Behaviour::Refuses, Behaviour::RefusesAccount, Behaviour::NotReached, Behaviour::Throttles] {
        // The state of an account outlasts a system.
        let emulators = SharedEmulators::start().await;
        let system = FaultSystem::on(&emulators, Truth::new(GROUP, move |_| way)).await;
        let system = system.with_other(always(Behaviour::Accepts)).await;
        system.insist("once").await;
        let start = system.clock.now();
        if way == Behaviour::Throttles {
            system.deliver(Queue::Batches).await;
            system.pass(Millis(PATIENCE.0 - Millis::from_mins(4).0));
            system.tick().await;
            system.deliver(Queue::Batches).await;
            assert_eq!(system.truth.reached(), 0, "the first account may still take them");
        }
        system.finish(&format!("always {way:?}")).await;
        assert_eq!(system.truth.reached(), RECIPIENTS, "{way:?}");
        let waited = system.clock.now().since(start) >= PATIENCE;
        assert_eq!(waited, way == Behaviour::Throttles, "{way:?}");
    }
}

#[tokio::test]
async fn recipients_of_a_call_without_a_known_result_never_go_to_the_second_account() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::new(GROUP, |_| Behaviour::Silent)).await;
    let system = system.with_other(always(Behaviour::Accepts)).await;
    let campaign = system.insist("once").await;
    system.finish("silent").await;
    let counts = system.status(campaign).await.counts;
    assert_eq!((counts.unconfirmed, counts.sent), (GROUP as i64, (RECIPIENTS - GROUP as u64) as i64));
    assert_eq!(system.truth.reached(), RECIPIENTS - GROUP as u64);
}

#[tokio::test]
async fn a_recipient_that_both_accounts_refuse_has_failed_and_is_refunded() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::new(GROUP, |_| Behaviour::RefusesFirst)).await;
    let system = system.with_other(always(Behaviour::RefusesFirst)).await;
    let campaign = system.insist("once").await;
    system.finish("both refuse the first").await;
    let counts = system.status(campaign).await.counts;
    assert!(counts.failed >= 1 && system.truth.reached() == RECIPIENTS - counts.failed as u64, "{counts:?}");
    assert_eq!(counts.unconfirmed, 0);
}

#[tokio::test]
async fn a_campaign_is_paused_only_if_no_account_is_open_and_an_account_that_works_again_is_found_by_one_probe()
 {
    let emulators = SharedEmulators::start().await;
    let first = |call| if call <= 2 { Behaviour::RefusesAccount } else { Behaviour::Accepts };
    let system = FaultSystem::on(&emulators, Truth::new(GROUP, first)).await;
    let system = system.with_other(always(Behaviour::RefusesAccount)).await;
    let campaign = system.insist("once").await;
    system.deliver(Queue::Batches).await;
    let status = system.status(campaign).await;
    assert_eq!(
        (status.state, status.pause_reason.as_deref()),
        (CampaignStatus::Paused, Some("provider_balance_empty"))
    );
    assert_eq!(system.truth.calls(), 1, "each account was tried once");
    system.control(campaign, "resume").await;
    system.deliver(Queue::Batches).await;
    assert_eq!(
        system.status(campaign).await.state,
        CampaignStatus::Paused,
        "both were tried at once, in vain"
    );
    system.control(campaign, "resume").await;
    system.finish("resumed").await;
    assert_eq!(system.truth.reached(), RECIPIENTS);
}
