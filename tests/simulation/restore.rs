//! Tables restored from an earlier moment while the queue is full.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use cli::operator::{Held, RESTORED, StopScope, go, hold_every_campaign};
use domain::{api_key::KeyMode, campaign::CampaignStatus, ids::CampaignId, keys::CampaignKey};
use serde_json::json;
use stores::{ListRequest, accounts::organisations::PASSED_OVER, campaigns::Controlled};

use crate::{
    acts::post,
    chance::Chance,
    customers::Customer,
    provider::Person,
    run::{live, on_virtual_time},
    shape::Shape,
    system::System,
    tables::{dump, restore},
};

const SENDS: u64 = 2;
const EVERY: ListRequest = ListRequest::page(1, 100);
/// Longer than any message is hidden, and than any report is late.
const AFTERWARDS: Duration = Duration::from_mins(45);

/// Writes that were lost between a backup and its restore.
struct Lost {
    system: System,
    customer: Customer,
    /// The persons that the provider took before the restore.
    reached: BTreeMap<Person, u32>,
    /// The campaign that was accepted after the backup.
    campaign: u64,
}

/// A system, and a customer with money for all that follows.
async fn set_up() -> (System, Customer) {
    let shape =
        "11,organisations=1,contacts=6,faults=0,provider_faults=0,message_faults=0,group=3,by_number=0";
    let system = System::start(shape.parse::<Shape>().unwrap()).await;
    let mut chance = Chance::of(system.shape.seed, "restore");
    let now = system.time.now();
    let customer = Customer::set_up(&system.stores, &system.shape, &mut chance, now).await;
    let money = domain::money::Money::from_ten_thousandths(1_000_000);
    system.stores.accounts.wallets.top_up(customer.id, "more", money, now).await.unwrap();
    (system, customer)
}

/// An hour that is lost: campaigns are accepted, a backup is made, they are sent, and so is one more. Then the tables
/// go back to the backup, and every message and every run of the clock happens again.
async fn lose_an_hour(is_held: bool) -> Lost {
    let (system, customer) = set_up().await;
    for n in 0..SENDS {
        send(&system, &customer, &format!("kept-{n}")).await;
    }
    let backup = dump(&system.tables);
    let campaign = send(&system, &customer, "lost").await;
    live(&system, Duration::from_mins(20)).await;
    let reached = system.truth.taken();
    assert!(
        reached.keys().any(|(_, lost, _)| *lost == campaign) && reached.values().all(|times| *times == 1)
    );
    restore(&system.tables, &backup);
    if is_held {
        let held = hold_every_campaign(&system.stores, system.time.now()).await.unwrap();
        assert_eq!(held, Held { campaigns: SENDS, unreadable_campaigns: 0 });
    }
    system.faulty_queues.bring_all_back();
    live(&system, AFTERWARDS).await;
    Lost { system, customer, reached, campaign }
}

async fn send(system: &System, customer: &Customer, key: &str) -> u64 {
    let body = json!({"group_ids": customer.books, "message": "Hello!"});
    let sent = system.request(post(customer, "/v1/sms/send-group/", Some(key), &body)).await;
    let (status, answer) = sent.unwrap();
    assert_eq!(status, 202, "{answer}");
    answer["campaign_id"].as_u64().unwrap()
}

/// Cancels, pauses or resumes a campaign, as its sender does.
async fn control(system: &System, customer: &Customer, campaign: u64, verb: &str) {
    let path = format!("/v1/sms/campaigns/{campaign}/{verb}/");
    let (status, answer) = system.request(post(customer, &path, None, &json!({}))).await.unwrap();
    assert_eq!(status, 200, "{verb}: {answer}");
}

/// Pauses a campaign as a worker does whose recipients are refused.
async fn break_off(system: &System, customer: &Customer, campaign: u64) {
    let campaign = CampaignKey { organisation: customer.id, campaign: CampaignId::new(campaign).unwrap() };
    let now = system.time.now();
    let paused = system.stores.campaigns.pause(campaign, Some("too_many_refusals"), now).await;
    assert!(matches!(paused, Ok(Controlled::Now(_))), "{paused:?}");
}

/// Each campaign's state and pause reason.
async fn shown(system: &System, customer: &Customer) -> BTreeMap<u64, (CampaignStatus, Option<String>)> {
    let campaigns =
        system.stores.campaigns.list(customer.id, KeyMode::Live, |_| true, EVERY).await.unwrap().results;
    let shown = campaigns.into_iter().map(|one| (one.key.number(), (one.state, one.pause_reason)));
    shown.collect()
}

#[test]
#[ignore = "long: .ci/run"]
fn while_campaigns_are_held_restored_tables_hand_over_no_recipient_again() {
    on_virtual_time(11, async {
        let Lost { system, customer, reached, .. } = lose_an_hour(true).await;
        assert_eq!(system.truth.taken(), reached, "somebody was reached after the restore");
        for header in
            system.stores.campaigns.list(customer.id, KeyMode::Live, |_| true, EVERY).await.unwrap().results
        {
            assert_eq!((header.state.as_str(), header.pause_reason.as_deref()), ("paused", Some(RESTORED)));
        }
    });
}

/// A campaign may have been resumed since the backup, so the reason of the restore replaces any other pause reason.
#[test]
#[ignore = "long: .ci/run"]
fn a_campaign_paused_in_the_backup_is_held_for_the_restore_and_a_cancelled_one_stays_cancelled() {
    on_virtual_time(11, async {
        let (system, customer) = set_up().await;
        let by_sender = send(&system, &customer, "by-sender").await;
        let by_worker = send(&system, &customer, "by-worker").await;
        let cancelled = send(&system, &customer, "cancelled").await;
        control(&system, &customer, by_sender, "pause").await;
        break_off(&system, &customer, by_worker).await;
        control(&system, &customer, cancelled, "cancel").await;
        let backup = dump(&system.tables);
        for paused in [by_sender, by_worker] {
            control(&system, &customer, paused, "resume").await;
        }
        live(&system, Duration::from_mins(20)).await;
        let reached = system.truth.taken();
        let campaigns: BTreeSet<u64> = reached.keys().map(|(_, campaign, _)| *campaign).collect();
        assert_eq!(campaigns, [by_sender, by_worker].into());
        restore(&system.tables, &backup);
        let held = hold_every_campaign(&system.stores, system.time.now()).await.unwrap();
        assert_eq!(held, Held { campaigns: 2, unreadable_campaigns: 0 });
        let is_held = (CampaignStatus::Paused, Some(RESTORED.to_owned()));
        let is_over = (CampaignStatus::Cancelled, None);
        let expected =
            BTreeMap::from([(by_sender, is_held.clone()), (by_worker, is_held), (cancelled, is_over)]);
        assert_eq!(shown(&system, &customer).await, expected);
        system.faulty_queues.bring_all_back();
        live(&system, AFTERWARDS).await;
        assert_eq!(shown(&system, &customer).await, expected);
        assert_eq!(system.truth.taken(), reached, "somebody was reached after the restore");
    });
}

/// The limit of the promise: only the hold keeps it after a restore.
#[test]
#[ignore = "long: .ci/run"]
fn without_the_hold_restored_tables_reach_all_recipients_since_the_backup_again() {
    on_virtual_time(11, async {
        let Lost { system, reached, campaign, .. } = lose_an_hour(false).await;
        let again = reached.into_keys().map(|person| (person, if person.1 == campaign { 1 } else { 2 }));
        assert_eq!(system.truth.taken(), again.collect());
    });
}

/// The other limit: the key of a lost request is free again. Its repetition makes another campaign, which no message
/// and no report about the lost one is applied to.
#[test]
fn a_lost_request_that_is_repeated_is_a_new_campaign_under_a_number_that_never_was() {
    on_virtual_time(11, async {
        let Lost { system, customer, reached, campaign } = lose_an_hour(true).await;
        let body = json!({"group_ids": customer.books, "message": "Hello!"});
        let stopped = system.request(post(&customer, "/v1/sms/send-group/", Some("lost"), &body)).await;
        let (status, answer) = stopped.unwrap();
        assert_eq!(
            (status, &answer["code"]),
            (503, &json!("sending_stopped")),
            "the hold stops new sends too"
        );
        go(&system.stores, StopScope::EVERYTHING).await.unwrap();
        system.time.pass(Duration::from_secs(5)).await;
        let again = send(&system, &customer, "lost").await;
        assert!(again > campaign + PASSED_OVER - SENDS - 1, "{again} after {campaign}");
        system.faulty_queues.bring_all_back();
        let asked = json!({"campaign_id": again});
        let status = post(&customer, "/v1/sms/campaigns/status/", None, &asked);
        let before_dispatch = system.request(status).await.unwrap().1;
        while system.apply_reports(10).await {}
        let status = post(&customer, "/v1/sms/campaigns/status/", None, &asked);
        assert_eq!(
            system.request(status).await.unwrap().1,
            before_dispatch,
            "a lost campaign's report was taken"
        );
        live(&system, AFTERWARDS).await;
        let mut expected = reached.clone();
        let of_lost = reached.keys().filter(|(_, lost, _)| *lost == campaign);
        expected.extend(of_lost.map(|(organisation, _, number)| ((*organisation, again, *number), 1)));
        assert_eq!(system.truth.taken(), expected);
    });
}
