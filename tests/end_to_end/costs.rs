//! The costs of a campaign's messages: together they equal the money that was charged and is held.

use domain::{money::Money, timestamp::Millis};
use serde_json::{Value, json};
use tests::{World, phones};

fn money(shown: &Value) -> Money {
    let text = shown.as_str().and_then(|text| text.strip_prefix("KES ")).expect("a cost in shillings");
    text.parse().expect("an amount")
}

/// Asserts that the rows' costs equal the charged and held money; returns the row of a number.
async fn assert_rows_add_up(world: &World, digits: &str) -> Value {
    let status = world.status(1).await;
    let held = world.balance().await.1.parse::<Money>().unwrap();
    let rows = world.api.get("/v1/sms/campaigns/1/messages/?page_size=500").await.expect(200);
    let rows = rows["results"].as_array().unwrap();
    let sum: Money = rows.iter().map(|row| money(&row["cost"])).sum();
    let owed = [money(&status["charged"]), held].into_iter().sum::<Money>();
    assert_eq!(sum, owed, "{rows:#?}");
    rows.iter().find(|row| row["mobile"] == digits).expect("the campaign has this recipient").clone()
}

#[tokio::test]
async fn the_rows_of_a_campaign_add_up_to_its_money() {
    let world = World::start().await;
    let lost = "+254722000035";
    let numbers = [phones(0..3), world.magic(&["000001", "000035", "000042"])].concat();
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    assert_rows_add_up(&world, &lost[1..]).await;
    world.drain().await;
    let row = assert_rows_add_up(&world, &lost[1..]).await;
    assert_eq!((&row["status"], &row["cost"]), (&json!("unconfirmed"), &json!("KES 1.00")));
    for _ in 0..2 {
        world.clock().advance(Millis::from_hours(73));
        world.tick().await;
    }
    let row = assert_rows_add_up(&world, &lost[1..]).await;
    assert_eq!((&row["status"], &row["cost"]), (&json!("unconfirmed"), &json!("KES 0.00")));
    world.deliver_reports().await;
    let row = assert_rows_add_up(&world, &lost[1..]).await;
    assert_eq!((&row["status"], &row["cost"]), (&json!("delivered"), &json!("KES 0.00")));
}

#[tokio::test]
async fn a_report_in_time_keeps_the_price_that_it_settled() {
    let world = World::start().await;
    let book = world.book("Book", &world.magic(&["000035"])).await;
    world.send(&[&book]).await;
    world.drain().await;
    world.deliver_reports().await;
    let row = assert_rows_add_up(&world, "254722000035").await;
    assert_eq!((&row["status"], &row["cost"]), (&json!("delivered"), &json!("KES 1.00")));
}

#[tokio::test]
async fn a_test_keys_campaign_costs_nothing() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..2)).await;
    let test = world.as_test().await;
    test.send(&[&book]).await;
    world.drain().await;
    let row = assert_rows_add_up(&test, "254711500000").await;
    assert_eq!((&row["status"], &row["cost"]), (&json!("sent"), &json!("KES 0.00")));
}
