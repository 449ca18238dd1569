//! The account, the wallet and the health endpoint.

use domain::{money::Money, scope::Scope, sender_id::SenderId, timestamp::Millis};
use serde_json::json;
use tests::{World, phones};

#[tokio::test]
async fn the_root_names_the_organisation() {
    let world = World::start().await;
    let root = world.api.get("/v1/").await.expect(200);
    assert_eq!(root["version"], "v1");
    assert_eq!(root["organisation"]["id"], world.organisation.id.to_string());
    assert_eq!(root["organisation"]["slug"], world.organisation.slug);
}

#[tokio::test]
async fn the_account_has_the_settings_prices_and_limits_of_the_key() {
    let world = World::start().await;
    world
        .configure(|organisation| {
            organisation.daily_spend_cap = Some(Money::from_ten_thousandths(5_000_000));
            organisation.duplicate_window = Some(Millis::from_mins(5));
        })
        .await;
    let book = world.book("Book", &phones(0..2)).await;
    world.send(&[&book]).await;
    let account = world.api.get("/v1/account/").await.expect(200);
    assert_eq!(account["organisation"]["offset"], "+03:00");
    let home = (&account["organisation"]["currency"], &account["organisation"]["home_country"]);
    assert_eq!(home, (&json!("KES"), &json!("KE")));
    let key = &account["key"];
    assert_eq!((&key["mode"], &key["valid_until"]), (&json!("live"), &json!(null)));
    assert_eq!(key["scopes"].as_array().unwrap().len(), Scope::ALL.len());
    let limits = &account["limits"];
    let spent = (&limits["daily_spend_cap"], &limits["spent_today"]);
    assert_eq!(spent, (&json!("KES 500.00"), &json!("KES 2.00")));
    assert_eq!((&limits["duplicate_window_seconds"], &limits["tested_today"]), (&json!(300), &json!(null)));
    assert_eq!(account["prices"][0], json!({"prefix": "254", "price": "KES 1.00"}));
    assert_eq!(account["sender_ids"][0]["is_default"], true);

    let test = world.test_key().await;
    let limits = &test.get("/v1/account/").await.expect(200)["limits"];
    assert_eq!((&limits["spent_today"], &limits["tested_today"]), (&json!(null), &json!(0)));
    let (sender, id) = world.issue_key([Scope::Send].into()).await;
    let account = sender.get("/v1/account/").await.expect(200);
    assert_eq!((&account["key"]["id"], &account["key"]["scopes"]), (&json!(id), &json!(["sms:send"])));
    let hidden = (&account["limits"]["daily_spend_cap"], &account["limits"]["spent_today"]);
    assert_eq!(hidden, (&json!(null), &json!(null)), "money is for keys that may see it");
}

#[tokio::test]
async fn the_sender_ids_are_those_of_the_organisation_with_the_default_first() {
    let world = World::start().await;
    let [first, second] = ["ACME-INFO", "ACME"].map(|sender| SenderId::parse(sender).unwrap());
    world
        .configure(|organisation| {
            organisation.default_sender = second.clone();
            organisation.senders = vec![first.clone(), second.clone()];
        })
        .await;
    let answer = world.api.get("/v1/bulk-sms/sender-ids/").await.expect(200);
    let results = json!([
        {"sender_id": "ACME", "is_default": true},
        {"sender_id": "ACME-INFO", "is_default": false},
    ]);
    assert_eq!(answer, json!({"count": 2, "results": results}));
    let send = |sender: &serde_json::Value| json!({"group_ids": [], "message": "Hi", "sender_id": sender["sender_id"]});
    for sender in answer["results"].as_array().unwrap() {
        let refused = world.api.post("/v1/sms/send-group/", &send(sender)).await;
        assert_eq!(refused.bad_fields(), ["group_ids"], "{sender} can be sent as");
    }
}

#[tokio::test]
async fn health_needs_no_key() {
    let world = World::start().await;
    let health = world.api.without_key().get("/v1/health/").await.expect(200);
    assert_eq!(health["status"], "ok");
}

#[tokio::test]
async fn health_reads_tables_and_queues_at_most_once_in_five_seconds() {
    let world = World::start().await;
    let ask = async || world.api.without_key().get("/v1/health/").await;
    ask().await.expect(200);
    world.delete_queue("BATCHES_QUEUE_URL").await;
    world.clock().advance(Millis::from_secs(4));
    ask().await.expect(200);
    world.clock().advance(Millis::from_secs(1));
    ask().await.refused(503, "unavailable");
}

#[tokio::test]
async fn health_names_a_queue_that_does_not_answer_in_the_form_of_an_error() {
    for queue in
        ["BATCHES_QUEUE_URL", "SMALL_BATCHES_QUEUE_URL", "TEST_BATCHES_QUEUE_URL", "RECEIPTS_QUEUE_URL"]
    {
        let world = World::start().await;
        world.delete_queue(queue).await;
        let health = world.api.without_key().get("/v1/health/").await;
        health.refused(503, "unavailable");
        let told = health.json();
        assert_eq!((&told["tables"], &told["queue"]), (&json!("ok"), &json!("unreachable")), "{queue}");
    }
}

#[tokio::test]
async fn health_reports_an_unreadable_secret_until_the_function_starts() {
    let world = World::start().await;
    let (campaigns, api) = (&world.stack.stores().campaigns, world.api.without_key());
    campaigns.note_unreadable_secret("dispatch", world.now()).await.unwrap();
    let health = api.get("/v1/health/").await;
    health.refused(503, "unavailable");
    assert_eq!((&health.json()["tables"], &health.json()["secrets"]), (&json!("ok"), &json!("unreadable")));
    campaigns.note_start("receipts").await.unwrap();
    api.get("/v1/health/").await.refused(503, "unavailable");
    campaigns.note_start("dispatch").await.unwrap();
    // The answer is repeated for five seconds.
    world.clock().advance(Millis::from_secs(5));
    assert_eq!(api.get("/v1/health/").await.expect(200)["secrets"], "ok");
}

#[tokio::test]
async fn the_balance_follows_a_send_from_reservation_to_charge() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..5)).await;
    assert_eq!(world.balance().await, ("1000.00".into(), "0.00".into(), "1000.00".into()));
    world.send(&[&book]).await;
    assert_eq!(world.balance().await, ("1000.00".into(), "5.00".into(), "995.00".into()));
    world.drain().await;
    assert_eq!(world.balance().await, ("995.00".into(), "0.00".into(), "995.00".into()));
    let balance = world.api.get("/v1/balance/").await.expect(200);
    assert_eq!(balance["currency"], "KES");
    assert!(balance["retrieved_at"].as_str().unwrap().ends_with("+03:00"));
}

#[tokio::test]
async fn the_ledger_is_newest_first_and_sums_to_the_wallet() {
    let world = World::start().await;
    let book = world.book("Book", &[phones(0..2), vec!["+254712000001".to_owned()]].concat()).await;
    world.clock().advance(Millis::from_secs(1));
    world.send(&[&book]).await;
    world.drain().await;
    let ledger = world.api.get("/v1/wallet/entries/").await.expect(200);
    assert_eq!(ledger["total"], 4);
    let mut kinds: Vec<_> =
        ledger["results"].as_array().unwrap().iter().map(|line| line["kind"].clone()).collect();
    assert_eq!(kinds.pop(), Some(json!("top_up")), "the oldest is last");
    assert!(
        kinds.contains(&json!("reserve"))
            && kinds.contains(&json!("settle"))
            && kinds.contains(&json!("release"))
    );
    let amount = |kind: &str| -> String {
        let lines = ledger["results"].as_array().unwrap();
        lines.iter().find(|line| line["kind"] == kind).unwrap()["amount"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        (amount("reserve"), amount("settle"), amount("release")),
        ("3.00".into(), "2.00".into(), "1.00".into())
    );
    let second = world.api.get("/v1/wallet/entries/?page=2&page_size=3").await.expect(200);
    assert_eq!((&second["total_pages"], second["results"].as_array().unwrap().len()), (&json!(2), 1));
    assert!(second["next"].is_null() && second["previous"].as_str().unwrap().contains("page=1"));
}

#[tokio::test]
async fn a_top_up_applies_once_for_its_reference() {
    use domain::money::Money;
    use stores::accounts::wallets::Posted;
    let world = World::start().await;
    let (wallets, id, now) = (&world.stack.stores().accounts.wallets, world.organisation.id, world.now());
    let ten = Money::from_ten_thousandths(100_000);
    assert_eq!(wallets.top_up(id, "mpesa-1", ten, now).await.unwrap(), Posted::Applied);
    assert_eq!(wallets.top_up(id, "mpesa-1", ten, now).await.unwrap(), Posted::AppliedBefore);
    let twenty = Money::from_ten_thousandths(200_000);
    assert_eq!(wallets.top_up(id, "mpesa-1", twenty, now).await.unwrap(), Posted::ReferenceUsed);
    assert_eq!(world.balance().await.0, "1010.00");
}

#[tokio::test]
async fn a_top_up_of_zero_or_less_is_refused_and_writes_nothing() {
    use domain::money::Money;
    use stores::accounts::wallets::PostingError;
    let world = World::start().await;
    let stored = world.everything_stored().await;
    let (wallets, id, now) = (&world.stack.stores().accounts.wallets, world.organisation.id, world.now());
    for amount in [0, -1, -10_000_000, i64::MIN] {
        let refused = wallets.top_up(id, "mpesa-1", Money::from_ten_thousandths(amount), now).await;
        assert!(matches!(refused, Err(PostingError::NotPositive)), "{amount}: {refused:?}");
    }
    assert_eq!(world.everything_stored().await, stored);
}
