//! One organisation's trouble delays only itself.

use aws_sdk_dynamodb::types::AttributeValue;
use cli::operator::{Held, hold_every_campaign};
use domain::{ids::OrganisationId, money::Money, timestamp::Millis};
use stores::campaigns::{DUE_SHARDS, MAX_DUE};
use tests::proxy::Fault;
use uuid::Uuid;

use crate::{
    system::{FaultSystem, GROUP, Item, Queue, SharedEmulators, key},
    truth::{Behaviour, Truth},
};

/// An organisation whose campaigns the clock checks together with those of this test.
fn neighbour(organisation: OrganisationId) -> OrganisationId {
    OrganisationId(Uuid::from_u128(organisation.0.as_u128() ^ (u128::from(DUE_SHARDS) << 64)))
}

/// Adds headers that cannot be read, and an item that is not a campaign, before all due campaigns.
async fn break_campaigns(system: &FaultSystem<'_>, organisation: OrganisationId, count: u64) {
    let partition = format!("ORG#{organisation}");
    let shard = organisation.0.as_u128() % u128::from(DUE_SHARDS);
    let places = (1..=count).map(|campaign| format!("C#{campaign:012}")).chain(["X#1".to_owned()]);
    let items = places.map(|place| {
        let mut item = key(&partition, &place);
        item.insert("v".to_owned(), AttributeValue::N("1".to_owned()));
        item.insert("due_shard".to_owned(), AttributeValue::S(shard.to_string()));
        item.insert("due_at".to_owned(), AttributeValue::N("1".to_owned()));
        item
    });
    system.emulators.put_campaign_items(items.collect()).await;
}

async fn due_at(system: &FaultSystem<'_>, organisation: OrganisationId, place: &str) -> i64 {
    let item = system.emulators.campaign_item(&format!("ORG#{organisation}"), place).await;
    item["due_at"].as_n().unwrap().parse().unwrap()
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn hundreds_of_campaigns_that_cannot_be_read_delay_no_other_campaign() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let campaign = system.insist("once").await;
    system.lose_messages(Queue::Batches).await;
    system.pass(Millis::from_mins(3));
    let neighbour = neighbour(system.organisation);
    break_campaigns(&system, neighbour, MAX_DUE + 10).await;
    let first = system.look().await;
    assert_eq!(emulators.messages(), 0, "the broken ones come first, once");
    let second = system.look().await;
    assert_eq!(emulators.messages(), 1, "they come first for ever");
    // Each failure is reported for the alarm; an item that is not a campaign counts as an error and not as a campaign.
    assert_eq!((first.errors as u64, second.errors), (MAX_DUE, 11));
    assert_eq!((first.campaigns + second.campaigns) as u64, MAX_DUE + 11);
    assert_eq!(second.stalled_batches, 1);
    let put_off = system.clock.now().plus(Millis::from_mins(15)).millis();
    for place in ["C#000000000001", "X#1"] {
        assert_eq!(due_at(&system, neighbour, place).await, put_off, "{place}");
    }
    system.finish("behind broken ones").await;
    assert!(system.status(campaign).await.finished_at.is_some());
}

#[tokio::test]
async fn a_campaign_whose_read_fails_is_rescheduled_behind_the_others() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    system.insist("once").await;
    system.lose_messages(Queue::Batches).await;
    system.pass(Millis::from_mins(3));
    system.plan(|call| match call.operation.as_str() {
        "GetItem" => Fault::Refuse("AccessDeniedException"),
        _ => Fault::None,
    });
    system.tick().await;
    assert_eq!(emulators.messages(), 0, "it was looked at");
    assert_eq!(due_at(&system, system.organisation, "C#000000000001").await, system.clock.now().millis());
    system.unharmed();
    system.tick().await;
    assert_eq!(emulators.messages(), 1, "the next minute looks again");
    system.finish("not answered for").await;
}

/// Gives an item the form of a newer version.
fn newer(item: &mut Item) {
    item.insert("v".to_owned(), AttributeValue::N("2".to_owned()));
}

#[tokio::test]
async fn headers_that_cannot_be_read_keep_no_other_campaign_from_being_held() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let campaign = system.insist("once").await;
    break_campaigns(&system, neighbour(system.organisation), 3).await;
    let held = hold_every_campaign(system.stores(), system.clock.now()).await.unwrap();
    assert_eq!(held, Held { campaigns: 1, unreadable_campaigns: 3 });
    assert_eq!(system.status(campaign).await.state.as_str(), "paused");
    system.hold_to_every_rule("held beside broken ones").await;
}

#[tokio::test]
async fn a_header_of_a_newer_form_is_counted_and_not_changed() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let campaign = system.insist("once").await;
    let mut header = system.header_item(campaign).await;
    newer(&mut header);
    emulators.put_campaign_item(header.clone()).await;
    let held = hold_every_campaign(system.stores(), system.clock.now()).await.unwrap();
    assert_eq!(held, Held { campaigns: 0, unreadable_campaigns: 1 });
    assert_eq!(system.header_item(campaign).await, header);
}

/// A campaign that stayed first would be checked first in every minute, without a metric.
#[tokio::test]
async fn a_campaign_whose_settlement_the_wallet_refuses_is_rescheduled_behind_the_others() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::once(GROUP, Behaviour::TakesThenSilent)).await;
    let campaign = system.insist("once").await;
    system.settle().await;
    system.pass(Millis::from_hours(73));
    let before = system.header_item(campaign).await;
    let wallet = system.change_wallet(newer).await;
    system.tick().await;
    let put_off = due_at(&system, system.organisation, "C#000000000001").await;
    assert!(put_off >= system.clock.now().millis(), "it is first in line for ever");
    assert_eq!(system.header_item(campaign).await["refunded"], before["refunded"]);
    system.change_wallet(|item| *item = wallet).await;
    system.pass(Millis::from_mins(16));
    system.tick().await;
    system.finish("a wallet that was newer for a while").await;
    assert_eq!(system.status(campaign).await.held(), Money::ZERO);
}
