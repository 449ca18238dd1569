//! Stored batches that are damaged: set aside, shown in the campaign's status, and finished after their repair.

use auditor::{Options, Rule};
use cli::operator::{Redriven, TakenUp, redrive, take_up_set_aside};
use domain::timestamp::Millis;
use http::Method;
use serde_json::{Value, json};

use crate::{
    points::Trial,
    rig::{At, BATCH, Cut, GROUP, Ground, Lived, Queue, RECIPIENTS, Rig, neighbours},
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

async fn shown(rig: &Rig<'_>, campaign: u64) -> Value {
    let path = format!("/v1/sms/campaigns/{campaign}/");
    let Lived::Ended(answer) = rig.own(At::Api, Method::GET, &path, "status", &json!({})).await else {
        panic!("nobody was to die")
    };
    answer.json()
}

async fn take_up(rig: &Rig<'_>) -> TakenUp {
    let operator = rig.operator();
    take_up_set_aside(&operator.stores.campaigns, &operator.queues).await.unwrap()
}

/// The rules with findings about the organisation, each once.
async fn told(rig: &Rig<'_>) -> Vec<Rule> {
    let organisation = Some(rig.organisation.to_string());
    let options = Options { now_millis: rig.clock.now().millis(), organisation };
    let report = rig.ground.auditor.audit(options).await.unwrap();
    let mut rules: Vec<Rule> = report.findings.iter().map(|finding| finding.rule).collect();
    rules.dedup();
    rules
}

/// One batch is set aside, its message is deleted, and the clock does not enqueue it any more.
async fn rests_aside(rig: &Rig<'_>, campaign: u64) {
    let header = rig.status(campaign).await;
    assert_eq!((header.set_aside, header.finished_at), (1, None));
    assert_eq!(shown(rig, campaign).await["batches_set_aside"], 1);
    rig.pass(LATER);
    rig.tick().await;
    assert_eq!((rig.ground.messages(), rig.ground.dead_messages()), (0, 0), "somebody asked for it");
}

/// The next worker finds that it is damaged.
async fn goes_aside(rig: &Rig<'_>, campaign: u64) {
    rig.pass(LATER);
    rig.deliver(Queue::Batches).await;
    rests_aside(rig, campaign).await;
}

/// A worker that takes it up again while it is damaged sets it aside again, and it is counted once.
async fn goes_aside_again(rig: &Rig<'_>, campaign: u64) {
    assert_eq!(take_up(rig).await, TakenUp { batches: 1, ..TakenUp::default() });
    assert_eq!(rig.status(campaign).await.set_aside, 0);
    rig.drain().await;
    rests_aside(rig, campaign).await;
}

/// After the repair the batch is finished as if it had never been damaged.
async fn finishes(rig: &Rig<'_>, campaign: u64, what: &str) {
    assert_eq!(take_up(rig).await.batches, 1, "{what}");
    assert_eq!(take_up(rig).await, TakenUp::default(), "{what}");
    rig.finish(what).await;
    let header = rig.status(campaign).await;
    assert_eq!((header.set_aside, header.counts.sent as u64), (0, header.recipients), "{what}");
    assert!(rig.truth.taken().values().all(|taken| taken.times == 1), "{what}");
    assert_eq!(shown(rig, campaign).await["batches_set_aside"], 0, "{what}");
}

#[tokio::test]
async fn a_batch_with_a_damaged_plan_is_set_aside_and_the_others_go_on() {
    let ground = Ground::start().await;
    let rig = Rig::with_people(&ground, Truth::accepting(), TWO_BATCHES).await;
    let campaign = rig.insist("once").await;
    let cut = rig.cut(campaign, 1, "PLAN", "recipients").await;
    rig.deliver(Queue::Batches).await;
    assert_eq!(rig.truth.people(), TWO_BATCHES - SHORT);
    rests_aside(&rig, campaign).await;
    assert_eq!(told(&rig).await, [Rule::Readable, Rule::SetAside]);
    goes_aside_again(&rig, campaign).await;
    rig.repair(&cut).await;
    assert_eq!(told(&rig).await, [Rule::SetAside]);
    finishes(&rig, campaign, "a damaged plan").await;
}

#[tokio::test]
async fn a_batch_with_a_damaged_journal_is_set_aside_and_none_of_its_recipients_is_reached_again() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, throttling_call(3)).await;
    let campaign = rig.insist("once").await;
    rig.deliver(Queue::Batches).await;
    assert_eq!(rig.truth.people(), 24);
    let cut = rig.cut(campaign, 0, "J#000002", "record").await;
    goes_aside(&rig, campaign).await;
    goes_aside_again(&rig, campaign).await;
    assert_eq!(rig.truth.people(), 24, "whom it had reached nobody could tell");
    rig.repair(&cut).await;
    finishes(&rig, campaign, "a damaged journal").await;
}

#[tokio::test]
async fn a_batch_with_a_damaged_sheet_is_set_aside_and_its_reports_become_dead_letters() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, throttling_call(2)).await;
    let campaign = rig.insist("once").await;
    rig.deliver(Queue::Batches).await;
    rig.report(|reference| reference.ends_with('7')).await;
    rig.deliver(Queue::Receipts).await;
    let cut = rig.cut(campaign, 0, "HEAD", "reports").await;
    goes_aside(&rig, campaign).await;
    goes_aside_again(&rig, campaign).await;
    // Another campaign's reports, in one event with those that cannot be applied.
    let other = rig.insist("other").await;
    rig.deliver(Queue::Batches).await;
    rig.report(|_| true).await;
    while ground.messages() > 0 {
        if rig.deliver(Queue::Receipts).await == 0 {
            rig.pass(LATER);
        }
    }
    rig.note_dead_letters();
    let header = rig.status(other).await;
    assert_eq!(header.counts.delivered as u64, header.recipients, "the others' reports were held up");
    let left = Redriven { moved: GROUP as u64, left: 0 };
    rig.repair(&cut).await;
    assert_eq!(redrive(&rig.operator().sqs, &ground.urls.receipts).await.unwrap(), left);
    finishes(&rig, campaign, "a damaged sheet").await;
    assert_eq!(rig.status(campaign).await.counts.delivered, GROUP as i64);
}

#[tokio::test]
async fn a_batch_that_is_set_aside_several_times_is_counted_once() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, Truth::accepting()).await;
    let campaign = rig.insist("once").await;
    let cut = rig.cut(campaign, 0, "PLAN", "recipients").await;
    let deadline = rig.clock.now().plus(Millis::from_mins(2));
    let (batch, dispatcher) = (rig.campaign(campaign).batch(0), rig.dispatcher());
    let looks = (0..6).map(|_| dispatcher.run(batch, deadline));
    let found = futures_util::future::try_join_all(looks).await.unwrap();
    let aside = found.iter().filter(|found| **found == dispatch::Dispatched::SetAside).count();
    assert_eq!((aside, rig.status(campaign).await.set_aside), (1, 1));
    rig.drain().await;
    rests_aside(&rig, campaign).await;
    let (first, second) = tokio::join!(take_up(&rig), take_up(&rig));
    assert_eq!((first.batches + second.batches, rig.status(campaign).await.set_aside), (1, 0));
    rig.repair(&cut).await;
    rig.finish("found by six").await;
}

#[tokio::test]
async fn a_crash_during_setting_aside_or_retrying_a_batch_is_completed_by_the_next_worker() {
    let ground = Ground::start().await;
    let damaged = async |rig: &Rig<'_>| {
        let campaign = rig.insist("once").await;
        (campaign, rig.cut(campaign, 0, "PLAN", "recipients").await)
    };
    let aside_and_back = async |rig: &Rig<'_>, (campaign, cut): &(u64, Cut)| {
        while rig.status(*campaign).await.set_aside == 0 {
            rig.deliver(Queue::Batches).await;
            rig.pass(LATER);
        }
        rig.repair(cut).await;
        let operator = rig.operator();
        let take_up = || take_up_set_aside(&operator.stores.campaigns, &operator.queues);
        while !matches!(rig.command(take_up()).await, Lived::Ended(Ok(_))) {}
    };
    Trial::new(&ground, "set aside", 2).of(damaged, aside_and_back).await;
}

#[tokio::test]
async fn a_batch_is_set_aside_if_its_campaigns_text_or_the_opt_outs_are_damaged() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, Truth::accepting()).await;
    let campaign = rig.insist("text").await;
    let text = rig.lose_message(campaign).await;
    rig.deliver(Queue::Batches).await;
    assert_eq!(rig.status(campaign).await.set_aside, 1);
    ground.put_campaign_item(text).await;
    rests_aside(&rig, campaign).await;
    finishes(&rig, campaign, "a damaged text").await;

    // Opt-outs are read once the batch is claimed.
    let rig = Rig::on(&ground, Truth::accepting()).await;
    let campaign = rig.insist("opt-outs").await;
    let stranger = neighbours(RECIPIENTS + 1).pop();
    rig.insist_at(At::Books, "/v1/opt-outs/", "out", &json!({"phones": [stranger]})).await;
    let leaf = rig.cut_opt_outs().await;
    rig.deliver(Queue::Batches).await;
    rests_aside(&rig, campaign).await;
    ground.put(&ground.names.accounts, leaf).await;
    finishes(&rig, campaign, "damaged opt-outs").await;
}

#[tokio::test]
async fn a_head_with_an_unknown_state_is_set_aside() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, throttling_call(2)).await;
    let campaign = rig.insist("once").await;
    rig.deliver(Queue::Batches).await;
    rig.say(campaign, 0, "HEAD", "state", "opem").await;
    goes_aside(&rig, campaign).await;
    finishes(&rig, campaign, "a state that is none").await;
}

#[tokio::test]
async fn a_head_or_header_restored_from_before_it_was_set_aside_is_counted_again() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, Truth::accepting()).await;
    let campaign = rig.insist("header").await;
    let header = rig.header_item(campaign).await;
    let cut = rig.cut(campaign, 0, "PLAN", "recipients").await;
    rig.deliver(Queue::Batches).await;
    rig.repair(&cut).await;
    ground.put_campaign_item(header).await;
    assert_eq!(told(&rig).await, [Rule::Counts, Rule::SetAside]);
    finishes(&rig, campaign, "an older header").await;

    let rig = Rig::on(&ground, throttling_call(2)).await;
    let campaign = rig.insist("head").await;
    rig.deliver(Queue::Batches).await;
    let head = rig.item(campaign, 0, "HEAD").await;
    let cut = rig.cut(campaign, 0, "J#000001", "record").await;
    goes_aside(&rig, campaign).await;
    rig.repair(&cut).await;
    ground.put_campaign_item(head).await;
    assert_eq!(told(&rig).await, [Rule::Counts]);
    assert_eq!(take_up(&rig).await, TakenUp::default(), "it is open, and the clock asks for it");
    rig.finish("an older head").await;
    assert_eq!(rig.status(campaign).await.set_aside, 0);
}

#[tokio::test]
async fn a_cancelled_campaign_waits_for_its_damaged_batch_alone() {
    let ground = Ground::start().await;
    let rig = Rig::with_people(&ground, Truth::accepting(), TWO_BATCHES).await;
    let campaign = rig.insist("once").await;
    let cut = rig.cut(campaign, 1, "PLAN", "recipients").await;
    rig.control(campaign, "cancel").await;
    rig.drain().await;
    rests_aside(&rig, campaign).await;
    let header = rig.status(campaign).await;
    assert_eq!((header.state.as_str(), header.counts.cancelled as u64), ("cancelled", TWO_BATCHES - SHORT));
    rig.repair(&cut).await;
    take_up(&rig).await;
    rig.finish("cancelled").await;
    assert_eq!(rig.truth.people(), 0);
    assert_eq!(rig.status(campaign).await.counts.cancelled as u64, TWO_BATCHES);
}

#[tokio::test]
async fn items_of_a_newer_form_wait_for_a_newer_version_and_delay_no_other_campaign() {
    let ground = Ground::start().await;
    let rig = Rig::with_people(&ground, Truth::accepting(), TWO_BATCHES).await;
    let (newer, other) = (rig.insist("newer").await, rig.insist("other").await);
    rig.give_form(newer, 1, "PLAN", 2).await;
    let messages = rig.receive(Queue::Batches, None).await;
    assert_eq!(messages.len(), 4, "all in one event");
    let failed = rig.invoke(Queue::Batches, &messages).await.batch_item_failures;
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!((rig.status(newer).await.open_batches, rig.status(newer).await.set_aside), (1, 0));
    assert!(rig.status(other).await.finished_at.is_some());
    rig.give_form(newer, 1, "PLAN", 1).await;
    rig.finish("newer").await;
}
