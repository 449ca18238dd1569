//! A campaign of which a stored batch is damaged, as its organisation and the provider see it.

use std::collections::HashMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use cli::operator::{TakenUp, take_up_set_aside};
use domain::ids::OrganisationId;
use http::Method;
use serde_json::{Value, json};
use tests::{World, client::Answer, phones, stored};

use crate::africastalking::{report, start};

/// The plan of a batch, which can be damaged and repaired.
pub struct Plan {
    table: String,
    whole: HashMap<String, AttributeValue>,
}

impl Plan {
    pub async fn of(world: &World, organisation: OrganisationId, campaign: u64, batch: u32) -> Self {
        let table = world.stack.variables()["CAMPAIGNS_TABLE"].clone();
        let key = [("pk", format!("ORG#{organisation}#C{campaign}#B{batch}")), ("sk", "PLAN".to_owned())];
        let key = key.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        let request = stored::client(&world.stack).get_item().table_name(&table).set_key(Some(key.into()));
        Self { whole: request.send().await.unwrap().item.unwrap(), table }
    }

    pub async fn cut(&self, world: &World) {
        let mut item = self.whole.clone();
        let bytes = item["recipients"].as_b().unwrap().as_ref();
        let short = Blob::new(&bytes[..bytes.len() - 1]);
        item.insert("recipients".to_owned(), AttributeValue::B(short));
        self.put(world, item).await;
    }

    pub async fn repair(&self, world: &World) {
        self.put(world, self.whole.clone()).await;
    }

    async fn put(&self, world: &World, item: HashMap<String, AttributeValue>) {
        let request = stored::client(&world.stack).put_item().table_name(&self.table);
        request.set_item(Some(item)).send().await.unwrap();
    }
}

async fn messages(world: &World, query: &str, accept: &str) -> Answer {
    let path = format!("/v1/sms/campaigns/1/messages/{query}");
    let answer = world.api.call(Method::GET, &path, &[("accept", accept)], "").await;
    assert_eq!(answer.status.as_u16(), 200, "{query}: {}", answer.text());
    answer
}

#[tokio::test]
async fn a_campaign_shows_its_damaged_batches_and_all_other_messages() {
    let world = World::start_small().await;
    let book = world.book("Book", &phones(0..110)).await;
    world.send(&[&book]).await;
    let plan = Plan::of(&world, world.organisation.id, 1, 1).await;
    plan.cut(&world).await;
    world.stack.drain().await.unwrap();
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["batches_set_aside"]), (&json!("running"), &json!(1)));
    assert_eq!((&status["sent_count"], &status["queued_count"]), (&json!(100), &json!(10)));
    assert!(status["finished_at"].is_null());
    for (query, total, rows, missing) in [
        ("?page_size=50", 110, 50, None),
        ("?page_size=50&page=3", 110, 0, Some("10")),
        ("?page_size=30&page=4", 110, 10, Some("10")),
        ("?page_size=50&status=sent", 100, 50, Some("10")),
        ("?page_size=50&status=queued", 0, 0, Some("10")),
    ] {
        let answer = messages(&world, query, "application/json").await;
        let page = answer.json();
        let shown = page["results"].as_array().map(Vec::len);
        assert_eq!((&page["total"], shown), (&json!(total), Some(rows)), "{query}");
        assert_eq!(answer.header("x-unreadable-count"), missing, "{query}");
    }
    let export = messages(&world, "", "text/csv").await;
    assert_eq!(export.text().lines().count(), 1 + 100);
    assert_eq!(export.header("x-unreadable-count"), Some("10"));
    plan.repair(&world).await;
    let taken_up = take_up_set_aside(&world.stack.stores().campaigns, world.stack.queues()).await.unwrap();
    assert_eq!(taken_up, TakenUp { batches: 1, unreadable_campaigns: 0 });
    world.drain().await;
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["batches_set_aside"]), (&json!("completed"), &json!(0)));
    let whole = messages(&world, "?page_size=30&page=4", "application/json").await;
    assert_eq!(whole.header("x-unreadable-count"), None);
}

#[tokio::test]
async fn no_report_is_lost_for_a_damaged_campaign_or_for_others_with_the_same_numbers() {
    let (world, _fake) = start().await;
    let other = world.other_organisation().await;
    let (both, alone) = (phones(0..2), phones(2..3));
    let own_book = world.book("Book", &[both.clone(), alone].concat()).await;
    let others_book = other.book("Book", &both).await;
    world.send(&[&own_book]).await;
    other.send(&[&others_book]).await;
    world.stack.drain().await.unwrap();
    let rows = async |world: &World| -> Vec<Value> {
        messages(world, "", "application/json").await.json()["results"].as_array().unwrap().clone()
    };
    let (own, others) = (rows(&world).await, rows(&other).await);
    let plan = Plan::of(&world, world.organisation.id, 1, 0).await;
    plan.cut(&world).await;
    for row in &others {
        assert_eq!(report(&world, row, "Success").await.status.as_u16(), 200);
    }
    world.stack.drain().await.unwrap();
    assert_eq!(other.status(1).await["delivered_count"], 2, "another's damage stood in the way");
    let mut asked_again = Vec::new();
    for row in &own {
        let answer = report(&world, row, "Success").await;
        asked_again.extend((answer.status.as_u16() == 500).then_some(row));
    }
    assert_eq!(asked_again.len(), 1, "the number that no other campaign has");
    world.let_messages_come_back_at_once("RECEIPTS_QUEUE_URL").await;
    world.stack.drain().await.unwrap();
    plan.repair(&world).await;
    assert_eq!(report(&world, asked_again[0], "Success").await.status.as_u16(), 200);
    assert_eq!(world.redrive_reports().await.moved, 2, "reports that may be the damaged campaign's");
    world.stack.drain().await.unwrap();
    assert_eq!(world.status(1).await["delivered_count"], 3);
    assert_eq!(other.status(1).await["delivered_count"], 2);
}
