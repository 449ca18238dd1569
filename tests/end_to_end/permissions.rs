//! The functions' roles: every permission of a role is used, and no call needs another one.
//!
//! Every world of this suite judges each call of a function by its role, as `template.yaml` declares it, and refuses a
//! call that the role does not allow. `cargo test -p tests --test end_to_end permissions -- --nocapture` prints a table
//! of both: function, action, table or queue, keys, and how often it was used in the scenario below.

use std::{future::poll_fn, pin::pin, task::Poll};

use aws_sdk_dynamodb::{operation::get_item::builders::GetItemFluentBuilder, types::AttributeValue};
use domain::{
    keys::BookKey,
    money::Money,
    msisdn::Msisdn,
    phone::{LineType, Phone},
    timestamp::{Millis, Offset},
};
use http::Method;
use serde_json::{Value, json};
use stores::{
    books::{ContactDraft, LEASE},
    campaigns::Mark,
};
use tests::{World, permissions::Row, phones};

use crate::{
    damage::Plan,
    reports::{hand_over, report_delivery},
};

#[tokio::test]
async fn every_permission_of_a_role_is_used_and_no_call_needs_another() {
    let world = World::start_with_batches_of(10).await;
    world.give_money("more", 100_000_000).await;
    edit_books(&world).await;
    change_opt_outs(&world).await;
    send_with_limits(&world).await;
    send_what_meets_trouble(&world).await;
    report(&world).await;
    look_and_steer(&world).await;
    let rows = world.permissions.table();
    rows.iter().for_each(|row| println!("{row}"));
    assert!(world.permissions.denials().is_empty(), "{:#?}", world.permissions.denials());
    let superfluous: Vec<String> =
        rows.iter().filter(|row| row.is_superfluous()).map(Row::to_string).collect();
    assert!(superfluous.is_empty(), "{superfluous:#?}");
}

fn key(name: &str) -> [(&'static str, &str); 1] {
    [("idempotency-key", name)]
}

/// All operations on a book: created, renamed, filled, listed, changed and deleted.
async fn edit_books(world: &World) {
    let api = &world.api;
    let made = api.post_with("/v1/address-books/", &key("book"), &json!({"name": "One"})).await.expect(201);
    let path = format!("/v1/address-books/{}/", made["id"].as_str().unwrap());
    api.patch(&path, &json!({"description": "of one day"})).await.expect(200);
    let contacts = format!("{path}contacts/");
    api.post_csv(&contacts, "name,phone\nAchieng,0711500001\nBrian,0711500002\nNobody,\n").await.expect(200);
    api.post_csv(&contacts, "name,phone\nAchieng O,0711500001\n").await.expect(200);
    api.get("/v1/address-books/").await.expect(200);
    let page = api.get(&contacts).await.expect(200);
    let contact = |place: usize| format!("{contacts}{}/", page["results"][place]["id"].as_str().unwrap());
    api.get(&contact(0)).await.expect(200);
    api.get("/v1/contacts/?phone=0711500002").await.expect(200);
    api.patch(&contact(0), &json!({"notes": "met in Kisumu"})).await.expect(200);
    api.patch(&contact(0), &json!({"phone": "0711500009"})).await;
    api.delete(&contact(1), None).await;
    api.post_with("/v1/address-books/", &key("blank"), &json!({"name": " "}))
        .await
        .refused(400, "invalid_request");
    world.add_contacts(made["id"].as_str().unwrap(), &phones(0..1_001)).await;
    cut_an_edit_off(world, made["id"].as_str().unwrap()).await;
    api.get(&path).await.expect(200);
    api.delete(&path, None).await;
    let deleted = api.post_with(&contacts, &key("late"), &json!([{"phone": "0711500003"}])).await;
    deleted.refused(404, "address_book_not_found");
    world.tick().await;
    // No request reads this book, so the clock repairs it once the marker of its edit is over.
    let left = world.book("Left", &[]).await;
    cut_an_edit_off(world, &left).await;
    world.clock().advance(Millis::from_mins(11));
    world.tick().await;
}

/// An import that crashes once it holds its book's lease, which then runs out: the next request that reads the book
/// repairs it.
async fn cut_an_edit_off(world: &World, book: &str) {
    let (stores, now) = (tests::stored::stores(&world.stack), world.now());
    let key = BookKey { organisation: world.organisation.id, book: book.parse().unwrap() };
    let number = Msisdn::from_digits(254_711_700_001).unwrap();
    let phone = Some(Phone { number, line: LineType::Mobile });
    let drafts = vec![ContactDraft { phone, ..ContactDraft::default() }];
    let mut import = pin!(stores.books.import(key, drafts, now));
    let header = book_header(world, key);
    while !header.clone().send().await.unwrap().item.unwrap().contains_key("edit_id") {
        let is_pending = poll_fn(|context| Poll::Ready(import.as_mut().poll(context).is_pending())).await;
        assert!(is_pending, "it was to be cut off");
    }
    world.clock().advance(Millis::from_secs(LEASE.0 / 1_000 + 1));
}

/// The read of a book's item.
fn book_header(world: &World, book: BookKey) -> GetItemFluentBuilder {
    let read = tests::stored::client(&world.stack).get_item();
    let read = read.table_name(&world.stack.variables()["ADDRESS_BOOKS_TABLE"]);
    read.key("pk", AttributeValue::S(format!("ORG#{}", book.organisation)))
        .key("sk", AttributeValue::S(format!("BOOK#{}", book.book)))
}

async fn change_opt_outs(world: &World) {
    let numbers = phones(900..903);
    world.api.post_with("/v1/opt-outs/", &key("out"), &json!({"phones": numbers})).await.expect(200);
    world.api.get("/v1/opt-outs/").await.expect(200);
    world.api.delete(&format!("/v1/opt-outs/{}/", numbers[0]), None).await;
}

/// A send under every limit, one that is refused, and one that is repeated.
async fn send_with_limits(world: &World) {
    world
        .configure(|organisation| {
            organisation.daily_spend_cap = Some(Money::from_ten_thousandths(1_000_000_000));
            organisation.duplicate_window = Some(Millis::from_mins(10));
        })
        .await;
    let book = world.book("Limited", &phones(0..3)).await;
    cut_an_edit_off(world, &book).await;
    let body = json!({"group_ids": [book], "message": "Hello!"});
    let send =
        async |name: &str, body: &Value| world.api.post_with("/v1/sms/send-group/", &key(name), body).await;
    send("limited", &body).await.expect(202);
    send("limited", &body).await.expect(202);
    let mut dear = body.clone();
    dear["max_cost"] = json!("0.01");
    send("dear", &dear).await.refused(402, "max_cost_exceeded");
    let at = world.now().plus(Millis::from_mins(30)).rfc3339(Offset::EAST_AFRICA);
    let later = json!({"group_ids": [book], "message": "Later!", "scheduled_at": at});
    send("later", &later).await.expect(202);
    world.drain().await;
    world.clock().advance(Millis::from_mins(31));
    world.tick().await;
    world.drain().await;
}

/// Recipients of every kind, a lost message, a damaged batch, and a person who opts out during the campaign.
async fn send_what_meets_trouble(world: &World) {
    let magic = world.magic(&["000001", "000002", "000011", "000035", "000042"]);
    let book = world.book("Trouble", &[magic, phones(200..212)].concat()).await;
    let campaign = world.send(&[&book]).await["campaign_id"].as_u64().unwrap();
    world.api.post("/v1/opt-outs/", &json!({"phone": phones(210..211)[0]})).await.expect(200);
    let plan = Plan::of(world, world.organisation.id, campaign, 1).await;
    plan.cut(world).await;
    world.stack.drain().await.unwrap();
    plan.repair(world).await;
    let stores = tests::stored::stores(&world.stack);
    let taken_up = stores.campaigns.take_up_again(world.campaign(campaign).batch(1)).await.unwrap();
    assert_eq!(taken_up, Mark::Changed);
    let down = world.book("Down", &[world.magic(&["000037"]), phones(500..505)].concat()).await;
    world.send(&[&down]).await;
    for _ in 0..8 {
        world.clock().advance(Millis::from_mins(6));
        world.tick().await;
        world.stack.drain().await.unwrap();
    }
}

/// Reports by reference and by number, and an opt-out at the network.
async fn report(world: &World) {
    world.stack.deliver_reports().await.unwrap();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let call = async |path: &str, body: String| {
        let answer = world.api.without_key().call(Method::POST, path, &form, body).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    };
    let row = world.message_of(1, phones(0..1)[0].trim_start_matches('+')).await;
    let (id, mobile) = (row["provider_message_id"].as_str().unwrap(), row["mobile"].as_str().unwrap());
    let path = world.africastalking_callback();
    call(&path, format!("id={id}&status=Success&phoneNumber=%2B{mobile}&networkCode=63902")).await;
    world.stack.drain().await.unwrap();
    // A report that comes before the answer to the hand-over is looked for in more campaigns, and delayed.
    let numbers = phones(700..701);
    let early = world.book("Early", &numbers).await;
    let campaign = world.send(&[&early]).await["campaign_id"].as_u64().unwrap();
    hand_over(world, campaign, Vec::new(), vec![0]).await;
    report_delivery(world, &numbers[0], "ATPid_fast").await;
    world.stack.poll_receipts().await.unwrap();
    let reference = world.campaign(campaign).batch(0).message(0).to_string();
    let event = json!({"eventType": "TEXT_DELIVERED", "messageId": "m", "context": {"reference": reference}});
    world.stack.put_aws_events(vec![event.to_string()]).await.unwrap();
    world.stack.poll_aws_events().await.unwrap();
    let opt_outs = path.replace("/receipts/", "/opt-outs/");
    call(&opt_outs, "senderId=TALKNTALK&phoneNumber=0711500007".to_owned()).await;
    world.clock().advance(Millis::from_hours(73));
    world.tick().await;
    world.tick().await;
}

async fn look_and_steer(world: &World) {
    for path in ["wallet/statement/", "wallet/entries/?campaign_id=1", "wallet/entries/?kind=top_up"] {
        world.api.get(&format!("/v1/{path}")).await.expect(200);
    }
    let api = &world.api;
    for path in [
        "/v1/health/",
        "/v1/wallet/entries/",
        "/v1/sms/campaigns/",
        "/v1/sms/campaigns/1/messages/",
        "/v1/sms/campaigns/1/messages/?status=delivered",
    ] {
        api.get(path).await.expect(200);
    }
    let book = world.book("Steered", &phones(600..603)).await;
    let campaign = world.send(&[&book]).await["campaign_id"].as_u64().unwrap();
    for verb in ["pause", "resume", "cancel"] {
        api.post(&format!("/v1/sms/campaigns/{campaign}/{verb}/"), &json!({})).await.expect(200);
    }
    world.stack.drain().await.unwrap();
    world.status(campaign).await;
}
