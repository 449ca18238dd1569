//! Personal data: all data of a person in an organisation is found and erased.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{
    primitives::Blob,
    types::AttributeValue::{B, N, S},
};
use cli::operator::{PersonError, erase_person, find_person};
use domain::{
    api_key::KeyMode,
    audience::Audience,
    batch::{BatchSize, Directory},
    ids::BookId,
    keys::{BookKey, CampaignKey},
    money::Money,
    msisdn::Msisdn,
    packed,
    roster::leaf_of,
    timestamp::Millis,
};
use serde_json::json;
use stores::{Changed, books::EditError};
use tests::{World, phones, stored};

/// Stored items, of every table, that still have a number: as text, in a packed set, or in a directory.
async fn items_with(world: &World, number: Msisdn) -> Vec<String> {
    let client = stored::client(&world.stack);
    let mut found = Vec::new();
    for table in ["ACCOUNTS_TABLE", "ADDRESS_BOOKS_TABLE", "CAMPAIGNS_TABLE"] {
        let mut pages =
            client.scan().table_name(&world.stack.variables()[table]).into_paginator().items().send();
        while let Some(item) = pages.next().await {
            let item = item.unwrap();
            let in_text = format!("{item:?}").contains(&number.digits()[3..]);
            let blobs = item.values().filter_map(|value| value.as_b().ok());
            if in_text || blobs.map(|blob| blob.as_ref()).any(|bytes| holds(bytes, number)) {
                found.push(format!("{:?} {:?}", item["pk"], item["sk"]));
            }
        }
    }
    found.sort();
    found
}

/// The items of a send that crashed before its transaction.
async fn crashed_send(world: &World, mode: KeyMode, numbers: &[Msisdn]) {
    let (stores, organisation) = (stored::stores(&world.stack), world.organisation.id);
    let mut leaves: BTreeMap<u8, Vec<Msisdn>> = BTreeMap::new();
    numbers.iter().for_each(|number| leaves.entry(leaf_of(*number)).or_default().push(*number));
    let mut audience = Audience::default();
    for mut numbers in leaves.into_values() {
        numbers.sort_unstable();
        audience.add_leaf(&[&packed::pack(&numbers)], None).unwrap();
    }
    let campaign = stores.accounts.organisations.next_campaign(organisation).await.unwrap();
    let (key, size) = (CampaignKey { organisation, campaign }, BatchSize::try_from(2).unwrap());
    stores.campaigns.write_batches(key, mode, &audience, size, world.now()).await.unwrap();
}

fn holds(bytes: &[u8], number: Msisdn) -> bool {
    let in_set = packed::unpack::<u64>(bytes).is_ok_and(|numbers| numbers.contains(&number.as_u64()));
    let plain = number.as_u64().to_le_bytes();
    in_set || (Directory::decode(bytes).is_ok() && bytes.windows(8).any(|window| window == plain))
}

#[tokio::test]
async fn a_person_is_found_everywhere_and_erased_from_everything_except_the_opt_outs() {
    let world = World::start_with_batches_of(2).await;
    let numbers = phones(0..4);
    let (first, second) = (world.book("First", &numbers).await, world.book("Second", &numbers[..3]).await);
    let stores = stored::stores(&world.stack);
    world.api.post("/v1/opt-outs/", &json!({"phones": numbers[..2]})).await.expect(200);
    world.api.delete("/v1/opt-outs/", Some(&json!({"phones": numbers[..2]}))).await.expect(200);
    world.send(&[&first]).await;
    world.drain().await;
    world.deliver_reports().await;
    world.send(&[&first, &second]).await;
    let before = (world.status(1).await, world.balance().await);
    let opted_in = Msisdn::parse_e164(&numbers[0]).unwrap();
    let removals = find_person(&stores, &world.organisation, opted_in).await.unwrap().removals;
    assert_eq!((removals.len(), removals[0].removed_at), (1, world.now()));
    let (deleted, number) =
        (world.book("Deleted", &numbers).await, |phone: &String| Msisdn::parse_e164(phone).unwrap());
    let deletion = world.api.delete(&format!("/v1/address-books/{deleted}/"), None).await;
    assert_eq!(deletion.status.as_u16(), 204);
    let all: Vec<Msisdn> = numbers.iter().map(number).collect();
    for mode in [KeyMode::Live, KeyMode::Test] {
        crashed_send(&world, mode, &all).await;
    }
    // The first number of a batch is also in the campaign's directory.
    for phone in &numbers {
        let number = Msisdn::parse_e164(phone).unwrap();
        let found = find_person(&stores, &world.organisation, number).await.unwrap();
        assert!(found.opt_out.is_none() && !found.contacts.is_empty() && found.messages.len() == 2);
        assert_eq!((found.deleted_contacts.len(), found.unaccepted.len()), (1, 2));
        let erased =
            erase_person(&stores, &world.organisation, number, Some("asked"), world.now()).await.unwrap();
        let found_contacts = (found.contacts.len() + 1) as u64;
        assert_eq!((erased.contacts, erased.messages, erased.unaccepted_sends), (found_contacts, 2, 2));
        let left = items_with(&world, number).await;
        assert!(left.len() == 1 && left[0].contains("#OPTOUT"), "{left:#?}");
        let found = find_person(&stores, &world.organisation, number).await.unwrap();
        assert!(found.opt_out.is_some() && found.contacts.is_empty() && found.messages.is_empty());
        assert!(found.deleted_contacts.is_empty() && found.unaccepted.is_empty());
        world.audit().await;
    }
    assert_eq!((world.status(1).await, world.balance().await), before, "counts and money stay");
    let rows = world.api.get("/v1/sms/campaigns/1/messages/?status=delivered").await.expect(200);
    assert_eq!((&rows["total"], &rows["results"][0]["mobile"]), (&json!(4), &json!(null)));
    assert_eq!(rows["results"][0]["cost"], "KES 1.00");
    world.drain().await;
    let status = world.status(2).await;
    assert_eq!((&status["cancelled_count"], &status["refunded"]), (&json!(4), &json!("KES 4.00")));
    assert_eq!(world.inbox().messages, 4, "no erased person is reached");
    let records = stores.accounts.erasures.list(world.organisation.id).await.unwrap();
    assert_eq!((records.len(), records[0].reason.as_deref()), (4, Some("asked")));
}

#[tokio::test]
async fn a_send_that_the_transaction_refuses_leaves_no_batch() {
    let world = World::start_with_batches_of(4).await;
    let book = world.book("Book", &phones(0..12)).await;
    world.configure(|organisation| organisation.daily_spend_cap = Some("12".parse::<Money>().unwrap())).await;
    let body = json!({"group_ids": [book], "message": "Hi"});
    let sends = (0..8).map(|_| world.api.post("/v1/sms/send-group/", &body));
    let answers = tests::all(sends).await;
    assert_eq!(answers.iter().filter(|answer| answer.status.as_u16() == 202).count(), 1);
    let campaigns =
        stored::client(&world.stack).scan().table_name(&world.stack.variables()["CAMPAIGNS_TABLE"]);
    let items = campaigns.send().await.unwrap().items.unwrap();
    let with = |sk: &str| items.iter().filter(|item| item["sk"].as_s().is_ok_and(|key| key == sk)).count();
    assert_eq!((with("PLAN"), with("DIR")), (3, 1), "those of the accepted one");
}

#[tokio::test]
async fn an_erasure_fails_while_an_import_may_still_write_to_a_deleted_book() {
    let world = World::start().await;
    let numbers = phones(0..3);
    let (stores, id) = (stored::stores(&world.stack), world.book("Deleted", &numbers).await);
    let book = BookKey { organisation: world.organisation.id, book: BookId(id.parse().unwrap()) };
    // An import that is still under way: its lease lasts a minute.
    let client = stored::client(&world.stack);
    let under_way = client
        .update_item()
        .table_name(&world.stack.variables()["ADDRESS_BOOKS_TABLE"])
        .key("pk", S(format!("ORG#{}", book.organisation)))
        .key("sk", S(format!("BOOK#{}", book.book)))
        .update_expression("SET edit_id = :id, edit_until = :until, edit_leaves = :leaves")
        .expression_attribute_values(":id", N("7".to_owned()))
        .expression_attribute_values(":until", N(world.now().plus(Millis::from_mins(1)).millis().to_string()))
        .expression_attribute_values(":leaves", B(Blob::new([1])));
    under_way.send().await.unwrap();
    assert_eq!(stores.books.delete(book, world.now()).await.unwrap(), Changed::Done);
    let number = Msisdn::parse_e164(&numbers[1]).unwrap();
    let erase = async || erase_person(&stores, &world.organisation, number, None, world.now()).await;
    assert!(matches!(erase().await, Err(PersonError::Book(EditError::Busy { .. }))));
    world.clock().advance(Millis::from_mins(1));
    assert_eq!(erase().await.unwrap().contacts, 1);
    let left = items_with(&world, number).await;
    assert!(left.len() == 1 && left[0].contains("#OPTOUT"), "{left:#?}");
    world.tick().await;
    assert!(stores.books.deleted(book.organisation).await.unwrap().is_empty(), "the removal goes on");
}

#[tokio::test]
async fn erasing_a_person_in_one_organisation_changes_nothing_in_another() {
    let world = World::start().await;
    let other = world.other_organisation().await;
    let numbers = phones(0..3);
    world.book("Book", &numbers).await;
    let theirs = other.book("Theirs", &numbers).await;
    let stores = stored::stores(&world.stack);
    let number = Msisdn::parse_e164(&numbers[1]).unwrap();
    erase_person(&stores, &world.organisation, number, None, world.now()).await.unwrap();
    assert_eq!(other.send(&[&theirs]).await["recipients_count"], 3);
    assert_eq!(other.api.get("/v1/opt-outs/").await.expect(200)["total"], 0);
}
