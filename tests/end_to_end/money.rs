//! Amounts in answers: currencies without two decimals, corrections, and the limits of a wallet.

use std::collections::BTreeSet;

use domain::{
    money::Money,
    tariff::{Price, Tariff},
    timestamp::Millis,
};
use http::Method;
use serde_json::{Value, json};
use stores::accounts::wallets::Posted;
use tests::{World, phones};

/// A world whose organisation uses a currency, with a price per segment.
async fn world_in(currency: &str, per_segment: &str) -> World {
    let world = World::start().await;
    let price = Price { prefix: "254".to_owned(), per_segment: per_segment.parse().unwrap() };
    world
        .configure(|organisation| {
            organisation.currency = currency.parse().unwrap();
            organisation.tariff = Tariff::new(vec![price]).unwrap();
        })
        .await;
    world
}

async fn dry_run(world: &World, book: &str, max_cost: Option<&str>) -> Value {
    let body =
        json!({"group_ids": [book], "message": "Hi", "dry_run": true, "max_cost": max_cost.unwrap_or("900")});
    world.api.post("/v1/sms/send-group/", &body).await.expect(200)
}

#[tokio::test]
async fn shillings_without_cents_are_shown_without_decimals() {
    let world = world_in("UGX", "35").await;
    let book = world.book("Book", &phones(0..3)).await;
    let estimate = dry_run(&world, &book, None).await;
    assert_eq!((&estimate["estimated_cost"], &estimate["balance_after"]), (&json!("UGX 105"), &json!("895")));
    assert_eq!(estimate["price_breakdown"][0]["unit_price"], "UGX 35");
    let sent = world.send(&[&book]).await;
    assert_eq!(sent["estimated_cost"], "UGX 105");
    world.drain().await;
    let status = world.status(1).await;
    assert_eq!((&status["charged"], &status["reserved"]), (&json!("UGX 105"), &json!("UGX 0")));
    assert_eq!(world.balance().await, ("895".to_owned(), "0".to_owned(), "895".to_owned()));
    let entries = world.api.get("/v1/wallet/entries/").await.expect(200);
    let lines = entries["results"].as_array().unwrap();
    assert!(lines.iter().any(|line| line["kind"] == "settle" && line["amount"] == "105"), "{entries}");
    world.audit().await;
}

#[tokio::test]
async fn dinars_have_three_decimals_and_prices_may_have_four() {
    let world = world_in("BHD", "0.0125").await;
    let book = world.book("Book", &phones(0..4)).await;
    let estimate = dry_run(&world, &book, None).await;
    assert_eq!(estimate["estimated_cost"], "BHD 0.050");
    assert_eq!(estimate["price_breakdown"][0]["unit_price"], "BHD 0.0125");
    assert_eq!(estimate["balance_after"], "999.950");
}

#[tokio::test]
async fn a_max_cost_has_up_to_four_decimals_and_further_zeros() {
    let world = world_in("KES", "0.8333").await;
    let book = world.book("Book", &phones(0..3)).await;
    for enough in ["2.4999", "2.49990", "2.500000"] {
        assert_eq!(dry_run(&world, &book, Some(enough)).await["estimated_cost"], "KES 2.4999", "{enough}");
    }
    let body = json!({"group_ids": [book], "message": "Hi", "max_cost": "2.49980"});
    let detail = world.api.post("/v1/sms/send-group/", &body).await.refused(402, "max_cost_exceeded");
    assert!(detail.contains("KES 2.4999, more than max_cost KES 2.4998"), "{detail}");
    let body = json!({"group_ids": [book], "message": "Hi", "max_cost": "2.49991"});
    let refused = world.api.post("/v1/sms/send-group/", &body).await;
    assert_eq!(refused.bad_fields(), ["max_cost"]);
}

#[tokio::test]
async fn the_dearest_send_has_a_price_and_is_refused_for_the_balance() {
    let world = world_in("KES", "1000000").await;
    let book = world.book("Book", &phones(0..3)).await;
    let body = json!({"group_ids": [book], "message": "x".repeat(1_500)});
    let detail = world.api.post("/v1/sms/send-group/", &body).await.refused(402, "insufficient_balance");
    assert!(detail.contains("Required KES 30000000.00, available KES 1000.00"), "{detail}");
}

#[tokio::test]
async fn a_correction_takes_out_at_most_the_available_money_and_is_in_the_ledger_with_its_reason() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..5)).await;
    world.send(&[&book]).await;
    let (wallets, id, now) = (&world.stack.stores().accounts.wallets, world.organisation.id, world.now());
    let correct =
        async |amount: &str| wallets.correct(id, "C-1", amount.parse().unwrap(), "typed twice", now).await;
    assert_eq!(correct("995.0001").await.unwrap(), Posted::OutOfBounds, "five are reserved");
    assert_eq!(correct("995").await.unwrap(), Posted::Applied);
    assert_eq!(correct("995").await.unwrap(), Posted::AppliedBefore);
    assert_eq!(correct("1").await.unwrap(), Posted::ReferenceUsed);
    assert_eq!(world.balance().await, ("5.00".to_owned(), "5.00".to_owned(), "0.00".to_owned()));
    let entries = world.api.get("/v1/wallet/entries/").await.expect(200);
    let of_kind =
        |kind: &str| entries["results"].as_array().unwrap().iter().find(|line| line["kind"] == kind);
    let correction = of_kind("correction").unwrap();
    assert_eq!(
        (&correction["id"], &correction["amount"], &correction["reason"], &correction["campaign_id"]),
        (&json!("correction:C-1"), &json!("995.00"), &json!("typed twice"), &json!(null))
    );
    assert!(of_kind("top_up").unwrap()["reason"].is_null());
    world.drain().await;
    assert_eq!(world.status(1).await["charged"], "KES 5.00");
}

#[tokio::test]
async fn a_top_up_beyond_a_wallets_maximum_is_refused() {
    let world = World::start().await;
    let (wallets, id, now) = (&world.stack.stores().accounts.wallets, world.organisation.id, world.now());
    let top_up = async |reference: &str, amount: i64| {
        wallets.top_up(id, reference, Money::from_ten_thousandths(amount), now).await.unwrap()
    };
    let most = 2_000_000_000_000_000_000;
    for (reference, amount) in [("a", i64::MAX), ("b", most)] {
        assert_eq!(top_up(reference, amount).await, Posted::OutOfBounds);
    }
    assert_eq!(top_up("c", most - 10_000_000).await, Posted::Applied, "beside the first thousand");
    assert_eq!(top_up("d", 1).await, Posted::OutOfBounds);
    assert_eq!(top_up("c", most - 10_000_000).await, Posted::AppliedBefore);
    assert_eq!(world.balance().await.0, "200000000000000.00");
    let other = world.other_organisation().await;
    let wallet = wallets.get(other.organisation.id).await.unwrap();
    assert_eq!(wallet.available, Money::from_ten_thousandths(10_000_000));
    world.audit().await;
}

#[tokio::test]
async fn an_export_has_plain_costs_and_numbers_that_an_import_reads_back() {
    let world = world_in("UGX", "35").await;
    let numbers = [phones(0..3), world.magic(&["000001"])].concat();
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.drain().await;
    let path = "/v1/sms/campaigns/1/messages/";
    let export = world.api.call(Method::GET, path, &[("accept", "text/csv")], "").await;
    let mut reader = csv::Reader::from_reader(&export.body[..]);
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    for row in &rows {
        let cost = if &row[place("status")] == "failed" { "0" } else { "35" };
        assert_eq!((&row[place("cost")], &row[place("currency")]), (cost, "UGX"), "{row:?}");
        assert!(numbers.contains(&row[place("mobile")].to_owned()), "{row:?}");
    }
    let back = world.book("Back", &[]).await;
    let contacts = format!("/v1/address-books/{back}/contacts/");
    let imported = world.api.post_csv(&contacts, String::from_utf8(export.body.to_vec()).unwrap()).await;
    let imported = imported.expect(200);
    assert_eq!((&imported["added"], &imported["invalid_count"]), (&json!(4), &json!(0)), "{imported}");
    let read = world.api.get(&contacts).await.expect(200);
    let phones =
        read["results"].as_array().unwrap().iter().map(|it| it["phone"].as_str().unwrap().to_owned());
    let mut phones: Vec<String> = phones.collect();
    phones.sort();
    let mut expected = numbers.clone();
    expected.sort();
    assert_eq!(phones, expected);
}

/// The kinds and amounts of the ledger's lines that a query finds.
async fn lines(world: &World, query: &str) -> Vec<(String, String)> {
    let page = world.api.get(&format!("/v1/wallet/entries/?{query}")).await.expect(200);
    let results = page["results"].as_array().unwrap();
    assert_eq!(page["total"], results.len(), "{query}");
    let part = |line: &serde_json::Value, name: &str| line[name].as_str().unwrap().to_owned();
    results.iter().map(|line| (part(line, "kind"), part(line, "amount"))).collect()
}

#[tokio::test]
async fn the_ledger_is_narrowed_by_kind_campaign_and_period_and_a_month_is_one_line_a_campaign() {
    let world = World::start().await;
    let book = world.book("Book", &[phones(0..3), world.magic(&["000001", "000035"])].concat()).await;
    world.clock().advance(Millis::from_secs(1));
    world.send(&[&book]).await;
    world.drain().await;
    world.clock().advance(Millis::from_days(20));
    world.give_money("later", 500_000).await;
    world.clock().advance(Millis::from_secs(1));
    world.send(&[&book]).await;
    let own = |kind: &str, amount: &str| (kind.to_owned(), amount.to_owned());
    let [opening, later] = ["1000.00", "50.00"].map(|amount| own("top_up", amount));
    let first = [own("settle", "3.00"), own("release", "1.00"), own("reserve", "5.00")];
    assert_eq!(lines(&world, "kind=top_up").await, [later.clone(), opening.clone()]);
    let mut of_first = lines(&world, "campaign_id=1").await;
    of_first.sort();
    let mut expected = first.to_vec();
    expected.sort();
    assert_eq!(of_first, expected);
    assert_eq!(lines(&world, "campaign_id=1&kind=release").await, [own("release", "1.00")]);
    assert_eq!(lines(&world, "from=2026-12-01").await, [own("reserve", "5.00"), later]);
    assert_eq!(lines(&world, "to=2026-11-30&kind=reserve").await, [own("reserve", "5.00")]);
    assert_eq!(lines(&world, "campaign_id=7").await, []);
    let page = world.api.get("/v1/wallet/entries/?to=2026-11-30&page_size=3").await.expect(200);
    let next = page["next"].as_str().unwrap().strip_prefix(world.stack.base_url()).unwrap().to_owned();
    let rest = world.api.get(&next).await.expect(200);
    assert_eq!((&rest["total"], rest["results"].as_array().unwrap().len()), (&json!(4), 1));
    let ids = [&page, &rest].map(|page| page["results"].as_array().unwrap().clone()).concat();
    let ids: BTreeSet<String> = ids.iter().map(|line| line["id"].to_string()).collect();
    assert_eq!(ids.len(), 4);
    for (query, field) in [("kind=gift", "kind"), ("campaign_id=x", "campaign_id"), ("from=x", "from")] {
        assert_eq!(world.api.get(&format!("/v1/wallet/entries/?{query}")).await.bad_fields(), [field]);
    }

    let statement =
        async |query: &str| world.api.get(&format!("/v1/wallet/statement/{query}")).await.expect(200);
    let november = statement("?month=2026-11").await;
    let line = |place: usize| {
        let line = &november["results"][place];
        ["kind", "amount", "reserved"].map(|name| line[name].as_str().unwrap().to_owned())
    };
    assert_eq!(november["total"], 2);
    assert_eq!(line(0), ["campaign", "-3.00", "1.00"]);
    assert_eq!(line(1), ["top_up", "1000.00", "0.00"]);
    let csv = world.api.get_csv("/v1/wallet/statement/?month=2026-11").await;
    let csv = csv.text();
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows[0], "created_at,kind,campaign_id,amount,reserved,currency,reason,id");
    assert!(rows[1].contains(",campaign,1,-3.00,1.00,KES,,campaign:1"), "{csv}");
    assert!(rows.len() == 3 && rows[2].contains(",top_up,,1000.00,0.00,KES,"), "{csv}");
    let december = statement("").await;
    assert_eq!((&december["total"], &december["results"][0]["campaign_id"]), (&json!(2), &json!(2)));
    let first = statement("?month=2026-12&page_size=1").await;
    let next = first["next"].as_str().unwrap().strip_prefix(world.stack.base_url()).unwrap().to_owned();
    assert_eq!(world.api.get(&next).await.expect(200)["results"][0]["kind"], "top_up");
    for month in ["", "2026", "2026-13", "2026-00", "26-11", "2026-11-01"] {
        let refused = world.api.get(&format!("/v1/wallet/statement/?month={month}")).await;
        assert_eq!(refused.bad_fields(), ["month"], "{month}");
    }
}
