//! Routes to provider accounts, as a send obeys them: numbers without one are skipped, and a sender that no account of a
//! number takes is refused.

use cli::operator::{RouteChangeError, remove_routes, set_routes};
use domain::{
    ids::{AccountName, OrganisationId},
    pacing::Pace,
    routes::Route,
    stop::STOP_DELAY,
    timestamp::Millis,
};
use serde_json::{Value, json};
use stores::{
    Creation,
    accounts::{provider_accounts::StoredAccount, routing::ROUTING_DELAY},
};
use tests::{World, stored};

const SEND: &str = "/v1/sms/send-group/";

/// Sets routes, and lets them take effect.
async fn set(world: &World, organisation: Option<OrganisationId>, routes: &[&str]) {
    let routes: Vec<Route> = routes.iter().map(|text| text.parse().unwrap()).collect();
    let stores = stored::stores(&world.stack);
    let is_parameters = |name: AccountName| name.as_str() == "sandbox";
    set_routes(&stores, organisation, &routes, is_parameters).await.unwrap();
    world.clock().advance(ROUTING_DELAY);
}

async fn add(world: &World, name: &'static str, senders: &[&str]) {
    let account = StoredAccount {
        pace: Pace::per_second(1),
        senders: senders.iter().map(|sender| sender.parse().unwrap()).collect(),
        ..StoredAccount::new(AccountName::new(name), "africastalking", [].into())
    };
    let accounts = stored::stores(&world.stack).accounts.providers;
    assert_eq!(accounts.add(&account).await.unwrap(), Creation::Created);
}

#[tokio::test]
async fn a_number_without_a_route_is_skipped_and_counted() {
    let world = World::start().await;
    let numbers = ["+254712345678", "+255712345678", "+12025550123"].map(str::to_owned);
    let book = world.book("Book", &numbers).await;
    let estimate = async || {
        let body = json!({"group_ids": [book], "message": "Hi", "dry_run": true});
        world.api.post(SEND, &body).await.expect(200)
    };
    let counted =
        |answer: &Value| (answer["recipients_count"].clone(), answer["skipped"]["unrouted"].clone());
    assert_eq!(counted(&estimate().await), (json!(3), json!(0)), "without routes everything has the account");

    set(&world, None, &["254=sandbox"]).await;
    assert_eq!(counted(&estimate().await), (json!(1), json!(2)));
    set(&world, Some(world.organisation.id), &["255=sandbox"]).await;
    let answer = world.send(&[&book]).await;
    assert_eq!(counted(&answer), (json!(2), json!(1)));
    assert_eq!(answer["estimated_cost"], "KES 5.00");
    let other = world.other_organisation().await;
    let others = other.book("Others", &numbers[1..]).await;
    let detail = other.api.post(SEND, &json!({"group_ids": [others], "message": "Hi"})).await;
    let detail = detail.refused(400, "no_reachable_recipient");
    assert!(detail.ends_with("2 to a destination that no provider account sends to."), "{detail}");

    world.drain().await;
    assert_eq!(world.status(1).await["skipped"]["unrouted"], 1);
    assert_eq!(world.status(1).await["sent_count"], 2);
    let stores = stored::stores(&world.stack);
    let missing = remove_routes(&stores, None, &["256".parse().unwrap()]).await;
    assert!(matches!(missing, Err(RouteChangeError::NoRoute(_))), "{missing:?}");
    remove_routes(&stores, None, &["254".parse().unwrap()]).await.unwrap();
    world.clock().advance(ROUTING_DELAY.max(Millis::from_secs(30)));
    assert_eq!(counted(&estimate().await), (json!(3), json!(0)), "an own route takes no other number away");
}

#[tokio::test]
async fn a_sender_that_no_account_of_a_number_takes_is_refused_by_the_prefixes() {
    let world = World::start().await;
    add(&world, "at-ke", &["22384", "+254711082000"]).await;
    add(&world, "at-tz", &["22384"]).await;
    let book = world.book("Book", &["+254712345678".to_owned(), "+255712345678".to_owned()]).await;
    let kenyans = world.book("Kenyans", &["+254712345678".to_owned()]).await;
    let send = async |book: &str, sender: &str| {
        let body = json!({"group_ids": [book], "message": "Hi", "sender_id": sender, "dry_run": true});
        world.api.post(SEND, &body).await
    };
    send(&book, "22384").await.refused(400, "sender_not_allowed");
    let short_code = |organisation: &mut domain::organisation::Organisation| {
        organisation.senders.extend(["22384", "+254711082000"].map(|sender| sender.parse().unwrap()));
    };
    world.configure(short_code).await;
    for sender in ["22384", "+254711082000"] {
        assert_eq!(send(&book, sender).await.expect(200)["sender_id"], sender);
    }

    set(&world, None, &["=sandbox", "254=at-ke", "255=at-tz"]).await;
    assert_eq!(send(&book, "22384").await.expect(200)["recipients_count"], 2);
    let refused = send(&book, "TALKNTALK").await;
    let detail = refused.refused(400, "sender_not_allowed");
    assert!(detail.contains("numbers that begin with 254, numbers that begin with 255"), "{detail}");
    assert_eq!(refused.json()["prefixes"], json!(["254", "255"]));
    assert_eq!(send(&book, "+254711082000").await.json()["prefixes"], json!(["255"]));
    assert_eq!(send(&kenyans, "+254711082000").await.status, 200, "no recipient is in the other country");

    // A second leg, or a leg with its own sender, takes the text.
    set(&world, None, &["254=at-ke,sandbox", "255=at-tz:22384"]).await;
    assert_eq!(send(&book, "TALKNTALK").await.status, 200);

    // The estimate goes by the accounts that recipients go to.
    set(&world, Some(world.organisation.id), &["=at-ke:22384,sandbox", "254=at-ke:22384,sandbox"]).await;
    let seconds = async || send(&book, "22384").await.expect(200)["estimated_duration_seconds"].clone();
    assert_eq!(seconds().await, 1, "one to each of two accounts");
    set(&world, Some(world.organisation.id), &["255=at-ke:22384,sandbox"]).await;
    assert_eq!(seconds().await, 2, "both to the account that takes one a second");
    stored::stores(&world.stack)
        .accounts
        .stops
        .hold(AccountName::new("at-ke"), None, world.now())
        .await
        .unwrap();
    world.clock().advance(STOP_DELAY);
    assert_eq!(seconds().await, 1, "the account is held");
    for malformed in ["+2547", "22", "254711082000"] {
        let detail = send(&book, malformed).await.refused(400, "sender_not_allowed");
        assert!(!detail.contains("not a sender id of this organisation"), "{malformed}: {detail}");
    }
}
