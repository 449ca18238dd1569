//! Personal data: a person is found in everything that an organisation has, and erased from it.

use cli::operator::{erase_person, find_person};
use domain::{batch::Directory, msisdn::Msisdn, packed};
use serde_json::json;
use tests::{World, phones, stored};

/// Stored items, of every table, that still hold a number: as text, in a packed set, or in a directory.
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

fn holds(bytes: &[u8], number: Msisdn) -> bool {
    let in_set = packed::unpack::<u64>(bytes).is_ok_and(|numbers| numbers.contains(&number.as_u64()));
    let plain = number.as_u64().to_le_bytes();
    in_set || (Directory::decode(bytes).is_ok() && bytes.windows(8).any(|window| window == plain))
}

#[tokio::test]
async fn a_person_is_found_everywhere_and_erased_from_everything_but_the_opt_outs() {
    let world = World::start_with_batches_of(4).await;
    let numbers = phones(0..12);
    let (first, second) = (world.book("First", &numbers).await, world.book("Second", &numbers[..6]).await);
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
    // Whoever begins a batch is in the campaign's directory too.
    for phone in &numbers {
        let number = Msisdn::parse_e164(phone).unwrap();
        let found = find_person(&stores, &world.organisation, number).await.unwrap();
        assert!(found.opt_out.is_none() && !found.contacts.is_empty() && found.messages.len() == 2);
        let erased =
            erase_person(&stores, &world.organisation, number, Some("asked"), world.now()).await.unwrap();
        assert_eq!((erased.contacts, erased.messages), (found.contacts.len() as u64, 2));
        let left = items_with(&world, number).await;
        assert!(left.len() == 1 && left[0].contains("#OPTOUT"), "{left:#?}");
        let found = find_person(&stores, &world.organisation, number).await.unwrap();
        assert!(found.opt_out.is_some() && found.contacts.is_empty() && found.messages.is_empty());
        world.audit().await;
    }
    assert_eq!((world.status(1).await, world.balance().await), before, "counts and money stay");
    let rows = world.api.get("/v1/sms/campaigns/1/messages/?status=delivered").await.expect(200);
    assert_eq!((&rows["total"], &rows["results"][0]["mobile"]), (&json!(12), &json!(null)));
    assert_eq!(rows["results"][0]["cost"], "KES 1.00");
    world.drain().await;
    let status = world.status(2).await;
    assert_eq!((&status["cancelled_count"], &status["refunded"]), (&json!(12), &json!("KES 12.00")));
    assert_eq!(world.inbox().messages, 12, "nobody who was erased is reached");
    let records = stores.accounts.erasures.list(world.organisation.id).await.unwrap();
    assert_eq!((records.len(), records[0].reason.as_deref()), (12, Some("asked")));
}

#[tokio::test]
async fn erasing_a_person_of_one_organisation_leaves_that_of_another() {
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
