//! Opt-outs that the network hears of: Africa's Talking calls back with them.

use std::collections::BTreeSet;

use domain::{sender_id::SenderId, timestamp::Millis};
use http::Method;
use tests::{World, client::Answer, phones};

/// The network reports that a number wants no more texts from a sender id.
async fn opt_out(world: &World, sender: &str, phone: &str) -> Answer {
    let path = world.africastalking_callback().replace("/receipts/", "/opt-outs/");
    call(world, &path, sender, phone).await
}

async fn call(world: &World, path: &str, sender: &str, phone: &str) -> Answer {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("senderId={sender}&phoneNumber=%2B{}", phone.trim_start_matches('+'));
    world.api.without_key().call(Method::POST, path, &form, body).await
}

async fn opted_out(world: &World) -> BTreeSet<String> {
    let list = world.api.get("/v1/opt-outs/").await.expect(200);
    list["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["phone"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_number_that_opts_out_at_the_network_is_added_to_the_opt_outs_of_the_sender() {
    let world = World::start().await;
    let numbers = phones(0..2);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.drain().await;
    assert_eq!(opt_out(&world, "TALKNTALK", &numbers[0]).await.status.as_u16(), 200);
    let national = format!("0{}", &numbers[1][4..]);
    let guess = format!("/v1/providers/africastalking/opt-outs/{}/", "x".repeat(32));
    call(&world, &guess, "TALKNTALK", &numbers[1]).await.refused(403, "forged_callback");
    assert_eq!(opted_out(&world).await, BTreeSet::from([numbers[0].clone()]));
    assert_eq!(world.send(&[&book]).await["recipients_count"], 1);
    let path = world.africastalking_callback().replace("/receipts/", "/opt-outs/");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("senderId=TALKNTALK&phoneNumber={national}");
    let answer = world.api.without_key().call(Method::POST, &path, &form, body).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(opted_out(&world).await, BTreeSet::from([numbers[0].clone(), numbers[1].clone()]));
}

#[tokio::test]
async fn an_opt_out_finds_its_sender_long_after_the_campaign_was_forgotten() {
    let world = World::start().await;
    let numbers = phones(0..2);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.drain().await;
    for hours in [73, 1, 1] {
        world.clock().advance(Millis::from_hours(hours));
        world.tick().await;
    }
    assert_eq!(opt_out(&world, "TALKNTALK", &numbers[0]).await.status.as_u16(), 200);
    assert_eq!(opted_out(&world).await, BTreeSet::from([numbers[0].clone()]));
}

#[tokio::test]
async fn an_opt_out_reaches_exactly_the_organisations_that_may_use_the_sender_id() {
    let world = World::start().await;
    let other = world.other_organisation().await;
    let numbers = phones(0..3);
    let acme = SenderId::parse("ACME").unwrap();
    world
        .configure(|organisation| {
            organisation.default_sender = acme.clone();
            organisation.senders = vec![acme];
        })
        .await;
    for (sender, number) in [("TALKNTALK", &numbers[0]), ("ACME", &numbers[1]), ("NOBODY", &numbers[2])] {
        assert_eq!(opt_out(&world, sender, number).await.status.as_u16(), 200);
    }
    assert_eq!(opted_out(&other).await, BTreeSet::from([numbers[0].clone()]));
    assert_eq!(opted_out(&world).await, BTreeSet::from([numbers[1].clone()]));
    world.configure(|organisation| organisation.name = "Another name".to_owned()).await;
    opt_out(&world, "TALKNTALK", &numbers[2]).await;
    assert_eq!(opted_out(&world).await, BTreeSet::from([numbers[1].clone(), numbers[2].clone()]));
    world.audit().await;
}
