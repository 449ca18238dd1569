//! Stored batches that are damaged: set aside, shown in the campaign's status, and finished after their repair.

use std::collections::BTreeSet;

use auditor::{Options, Rule};
use cli::operator::{Redriven, TakenUp, redrive, take_up_set_aside};
use domain::timestamp::Millis;
use http::Method;
use serde_json::{Value, json};

use crate::{
    points::Trial,
    system::{
        At, BATCH, Cut, FaultSystem, GROUP, Queue, RECIPIENTS, SharedEmulators, UnlessKilled, neighbours,
    },
    truth::{Behaviour, Truth},
};

const TWO_BATCHES: u64 = BATCH as u64 + SHORT;
const SHORT: u64 = 10;
/// Later than the next check of the clock, and than every pause that a provider asked for.
const LATER: Millis = Millis::from_mins(16);

/// A provider that takes no recipient of one call, after which the batch is left unfinished.
fn throttling_call(throttled: u32) -> Truth {
    Truth::new(GROUP, move |call| if call == throttled { Behaviour::Throttles } else { Behaviour::Accepts })
}

async fn shown(system: &FaultSystem<'_>, campaign: u64) -> Value {
    let path = format!("/v1/sms/campaigns/{campaign}/");
    let UnlessKilled::Ended(answer) = system.own(At::Api, Method::GET, &path, "status", &json!({})).await
    else {
        panic!("no call may be killed here")
    };
    answer.json()
}

async fn take_up(system: &FaultSystem<'_>) -> TakenUp {
    let operator = system.operator();
    take_up_set_aside(&operator.stores.campaigns, &operator.queues).await.unwrap()
}

/// The rules with findings about the organisation, each once.
async fn told(system: &FaultSystem<'_>) -> Vec<Rule> {
    let organisation = Some(system.organisation.to_string());
    let options = Options { now_millis: system.clock.now().millis(), organisation };
    let report = system.emulators.auditor.audit(options).await.unwrap();
    let mut rules: Vec<Rule> = report.findings.iter().map(|finding| finding.rule).collect();
    rules.dedup();
    rules
}

/// Asserts that one batch is set aside, its message is deleted, and the clock does not enqueue it any more.
async fn rests_aside(system: &FaultSystem<'_>, campaign: u64) {
    let header = system.status(campaign).await;
    assert_eq!((header.set_aside, header.finished_at), (1, None));
    assert_eq!(shown(system, campaign).await["batches_set_aside"], 1);
    system.pass(LATER);
    system.tick().await;
    assert_eq!(
        (system.emulators.messages(), system.emulators.dead_messages()),
        (0, 0),
        "a message of the batch is queued"
    );
}

/// The next worker finds that it is damaged.
async fn goes_aside(system: &FaultSystem<'_>, campaign: u64) {
    system.pass(LATER);
    system.deliver(Queue::Batches).await;
    rests_aside(system, campaign).await;
}

/// A worker that takes it up again while it is damaged sets it aside again, and it is counted once.
async fn goes_aside_again(system: &FaultSystem<'_>, campaign: u64) {
    assert_eq!(take_up(system).await, TakenUp { batches: 1, ..TakenUp::default() });
    assert_eq!(system.status(campaign).await.set_aside, 0);
    system.drain().await;
    rests_aside(system, campaign).await;
}

/// Asserts that the repaired batch is finished as if it had never been damaged.
async fn finishes(system: &FaultSystem<'_>, campaign: u64, what: &str) {
    assert_eq!(take_up(system).await.batches, 1, "{what}");
    assert_eq!(take_up(system).await, TakenUp::default(), "{what}");
    system.finish(what).await;
    let header = system.status(campaign).await;
    assert_eq!((header.set_aside, header.counts.sent as u64), (0, header.recipients), "{what}");
    assert!(system.truth.taken().values().all(|taken| taken.times == 1), "{what}");
    assert_eq!(shown(system, campaign).await["batches_set_aside"], 0, "{what}");
}

#[tokio::test]
async fn a_batch_with_a_damaged_plan_is_set_aside_and_the_others_go_on() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::with_contacts(&emulators, Truth::accepting(), TWO_BATCHES).await;
    let campaign = system.insist("once").await;
    let cut = system.cut(campaign, 1, "PLAN", "recipients").await;
    system.deliver(Queue::Batches).await;
    assert_eq!(system.truth.reached(), TWO_BATCHES - SHORT);
    rests_aside(&system, campaign).await;
    assert_eq!(told(&system).await, [Rule::Readable, Rule::SetAside]);
    goes_aside_again(&system, campaign).await;
    system.repair(&cut).await;
    assert_eq!(told(&system).await, [Rule::SetAside]);
    finishes(&system, campaign, "a damaged plan").await;
}

#[tokio::test]
async fn a_batch_with_a_damaged_journal_is_set_aside_and_none_of_its_recipients_is_reached_again() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, throttling_call(3)).await;
    let campaign = system.insist("once").await;
    system.deliver(Queue::Batches).await;
    assert_eq!(system.truth.reached(), 24);
    let cut = system.cut(campaign, 0, "J#000002", "record").await;
    goes_aside(&system, campaign).await;
    goes_aside_again(&system, campaign).await;
    assert_eq!(system.truth.reached(), 24, "a recipient of the damaged journal is reached again");
    system.repair(&cut).await;
    finishes(&system, campaign, "a damaged journal").await;
}

#[tokio::test]
async fn a_batch_with_a_damaged_sheet_is_set_aside_and_its_reports_become_dead_letters() {
    /// Reports that come while the sheet is damaged.
    const LATE: u64 = 4;
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, throttling_call(2)).await;
    let campaign = system.insist("once").await;
    system.deliver(Queue::Batches).await;
    system.report(|reference| reference.ends_with('7')).await;
    system.deliver(Queue::Receipts).await;
    let cut = system.cut(campaign, 0, "HEAD", "reports").await;
    goes_aside(&system, campaign).await;
    goes_aside_again(&system, campaign).await;
    // Reports of another campaign, in one event with reports that cannot be applied.
    let handed_over = system.truth.taken();
    let unreported = handed_over.keys().filter(|reference| !reference.ends_with('7'));
    let late: BTreeSet<&str> = unreported.map(String::as_str).take(LATE as usize).collect();
    let other = system.insist("other").await;
    system.deliver(Queue::Batches).await;
    system.report(|reference| late.contains(reference) || !handed_over.contains_key(reference)).await;
    while emulators.messages() > 0 {
        if system.deliver(Queue::Receipts).await == 0 {
            system.pass(LATER);
        }
    }
    system.note_dead_letters();
    let header = system.status(other).await;
    assert_eq!(header.counts.delivered as u64, header.recipients, "the others' reports were held up");
    let left = Redriven { moved: LATE, left: 0 };
    system.repair(&cut).await;
    assert_eq!(redrive(&system.operator().sqs, &emulators.urls.receipts).await.unwrap(), left);
    finishes(&system, campaign, "a damaged sheet").await;
    assert_eq!(system.status(campaign).await.counts.delivered as u64, LATE + 1);
}

#[tokio::test]
async fn a_batch_that_is_set_aside_several_times_is_counted_once() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let campaign = system.insist("once").await;
    let cut = system.cut(campaign, 0, "PLAN", "recipients").await;
    let deadline = system.clock.now().plus(Millis::from_mins(2));
    let (batch, dispatcher) = (system.campaign(campaign).batch(0), system.dispatcher());
    let looks = (0..6).map(|_| dispatcher.run(batch, deadline));
    let found = futures_util::future::try_join_all(looks).await.unwrap();
    let aside = found.iter().filter(|found| **found == dispatch::Dispatched::SetAside).count();
    assert_eq!((aside, system.status(campaign).await.set_aside), (1, 1));
    system.drain().await;
    rests_aside(&system, campaign).await;
    let (first, second) = tokio::join!(take_up(&system), take_up(&system));
    assert_eq!((first.batches + second.batches, system.status(campaign).await.set_aside), (1, 0));
    system.repair(&cut).await;
    system.finish("found by six").await;
}

#[tokio::test]
async fn a_crash_during_setting_aside_or_retrying_a_batch_is_completed_by_the_next_worker() {
    let emulators = SharedEmulators::start().await;
    let damaged = async |system: &FaultSystem<'_>| {
        let campaign = system.insist("once").await;
        (campaign, system.cut(campaign, 0, "PLAN", "recipients").await)
    };
    let aside_and_back = async |system: &FaultSystem<'_>, (campaign, cut): &(u64, Cut)| {
        while system.status(*campaign).await.set_aside == 0 {
            system.deliver(Queue::Batches).await;
            system.pass(LATER);
        }
        system.repair(cut).await;
        let operator = system.operator();
        let take_up = || take_up_set_aside(&operator.stores.campaigns, &operator.queues);
        while !matches!(system.command(take_up()).await, UnlessKilled::Ended(Ok(_))) {}
    };
    Trial::new(&emulators, "set aside", 2).of(damaged, aside_and_back).await;
}

#[tokio::test]
async fn a_batch_is_set_aside_if_its_campaigns_text_or_the_opt_outs_are_damaged() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let campaign = system.insist("text").await;
    let text = system.lose_message(campaign).await;
    system.deliver(Queue::Batches).await;
    assert_eq!(system.status(campaign).await.set_aside, 1);
    emulators.put_campaign_item(text).await;
    rests_aside(&system, campaign).await;
    finishes(&system, campaign, "a damaged text").await;

    // Opt-outs are read once the batch is claimed.
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let campaign = system.insist("opt-outs").await;
    let stranger = neighbours(RECIPIENTS + 1).pop();
    system.insist_at(At::Books, "/v1/opt-outs/", "out", &json!({"phones": [stranger]})).await;
    let leaf = system.cut_opt_outs().await;
    system.deliver(Queue::Batches).await;
    rests_aside(&system, campaign).await;
    emulators.put(&emulators.names.accounts, leaf).await;
    finishes(&system, campaign, "damaged opt-outs").await;
}

#[tokio::test]
async fn a_head_with_an_unknown_state_is_set_aside() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, throttling_call(2)).await;
    let campaign = system.insist("once").await;
    system.deliver(Queue::Batches).await;
    system.say(campaign, 0, "HEAD", "state", "opem").await;
    goes_aside(&system, campaign).await;
    finishes(&system, campaign, "a state that is none").await;
}

#[tokio::test]
async fn a_head_or_header_restored_from_before_it_was_set_aside_is_counted_again() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let campaign = system.insist("header").await;
    let header = system.header_item(campaign).await;
    let cut = system.cut(campaign, 0, "PLAN", "recipients").await;
    system.deliver(Queue::Batches).await;
    system.repair(&cut).await;
    emulators.put_campaign_item(header).await;
    assert_eq!(told(&system).await, [Rule::Counts, Rule::SetAside]);
    finishes(&system, campaign, "an older header").await;

    let system = FaultSystem::on(&emulators, throttling_call(2)).await;
    let campaign = system.insist("head").await;
    system.deliver(Queue::Batches).await;
    let head = system.item(campaign, 0, "HEAD").await;
    let cut = system.cut(campaign, 0, "J#000001", "record").await;
    goes_aside(&system, campaign).await;
    system.repair(&cut).await;
    emulators.put_campaign_item(head).await;
    assert_eq!(told(&system).await, [Rule::Counts]);
    assert_eq!(take_up(&system).await, TakenUp::default(), "it is open, and the clock asks for it");
    system.finish("an older head").await;
    assert_eq!(system.status(campaign).await.set_aside, 0);
}

#[tokio::test]
async fn a_cancelled_campaign_waits_for_its_damaged_batch_alone() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::with_contacts(&emulators, Truth::accepting(), TWO_BATCHES).await;
    let campaign = system.insist("once").await;
    let cut = system.cut(campaign, 1, "PLAN", "recipients").await;
    system.control(campaign, "cancel").await;
    system.drain().await;
    rests_aside(&system, campaign).await;
    let header = system.status(campaign).await;
    assert_eq!((header.state.as_str(), header.counts.cancelled as u64), ("cancelled", TWO_BATCHES - SHORT));
    system.repair(&cut).await;
    take_up(&system).await;
    system.finish("cancelled").await;
    assert_eq!(system.truth.reached(), 0);
    assert_eq!(system.status(campaign).await.counts.cancelled as u64, TWO_BATCHES);
}

#[tokio::test]
async fn items_of_a_newer_form_wait_for_a_newer_version_and_delay_no_other_campaign() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::with_contacts(&emulators, Truth::accepting(), TWO_BATCHES).await;
    let (newer, other) = (system.insist("newer").await, system.insist("other").await);
    system.give_form(newer, 1, "PLAN", 2).await;
    let messages = system.receive(Queue::Batches, None).await;
    assert_eq!(messages.len(), 4, "all in one event");
    let failed = system.invoke(Queue::Batches, &messages).await.batch_item_failures;
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!((system.status(newer).await.open_batches, system.status(newer).await.set_aside), (1, 0));
    assert!(system.status(other).await.finished_at.is_some());
    system.give_form(newer, 1, "PLAN", 1).await;
    system.finish("newer").await;
}
