//! The order in which batches of several organisations are dispatched, and the limits of test campaigns.

use domain::{lane::Lane, timestamp::Millis};
use local::stack::QueueName;
use serde_json::{Value, json};
use tests::{World, phones};

/// Recipients of the smallest campaign that is not a small send.
const LARGE: u32 = 101;

async fn sent_count(world: &World, campaign: u64) -> i64 {
    world.status(campaign).await["sent_count"].as_i64().unwrap()
}

#[tokio::test]
async fn small_sends_and_tests_have_their_own_queues_and_the_clock_uses_them_too() {
    let world = World::start_with_batches_of(20).await;
    let (small, large) =
        (world.book("Small", &phones(0..2)).await, world.book("Large", &phones(0..LARGE)).await);
    let test = world.as_test().await;
    world.send(&[&small]).await;
    world.send(&[&large]).await;
    test.send(&[&small]).await;
    let depths = async || {
        let mut depths = Vec::new();
        for lane in Lane::ALL {
            depths.push(world.stack.depth(QueueName::Batches(lane)).await.unwrap().total());
        }
        depths
    };
    assert_eq!(depths().await, [1, 6, 1]);
    world.lose_queued_messages().await;
    world.clock().advance(Millis::from_mins(5));
    world.tick().await;
    assert_eq!(depths().await, [1, 6, 1]);
    for (asked, campaign, lane) in [(&world, 1, Lane::Small), (&test, 3, Lane::Test)] {
        asked.api.post(&format!("/v1/sms/campaigns/{campaign}/pause/"), &json!({})).await.expect(200);
        let before = world.stack.depth(QueueName::Batches(lane)).await.unwrap().total();
        asked.api.post(&format!("/v1/sms/campaigns/{campaign}/resume/"), &json!({})).await.expect(200);
        let after = world.stack.depth(QueueName::Batches(lane)).await.unwrap().total();
        assert_eq!(after, before + 1, "{lane:?}");
    }
    world.drain().await;
    assert_eq!(test.status(3).await["status"], "completed");
}

#[tokio::test]
async fn behind_a_large_campaign_of_the_same_organisation_a_large_send_waits_and_a_small_one_does_not() {
    let world = World::start_in_ones().await;
    let (small, large) =
        (world.book("Small", &phones(0..2)).await, world.book("Large", &phones(0..LARGE)).await);
    for book in [&large, &large, &small] {
        world.send(&[book]).await;
    }
    world.stack.poll_batches().await.unwrap();
    let sent = [sent_count(&world, 1).await, sent_count(&world, 2).await, sent_count(&world, 3).await];
    assert_eq!(sent, [10, 0, 2], "one invocation of each queue");
}

#[tokio::test]
async fn many_campaigns_of_one_organisation_delay_another_organisation_no_more_than_one() {
    let world = World::start_in_ones().await;
    let (book, other) = (world.book("Large", &phones(0..LARGE)).await, world.other_organisation().await);
    for _ in 0..3 {
        world.send(&[&book]).await;
    }
    let theirs = other.book("Large", &phones(0..LARGE)).await;
    other.send(&[&theirs]).await;
    // Each poll takes ten messages: half of them are the other organisation's, although it came last.
    for _ in 0..3 {
        world.stack.poll_batches().await.unwrap();
    }
    let (ours, theirs) = (sent_count(&world, 1).await, sent_count(&other, 1).await);
    assert_eq!(ours + theirs, 30);
    assert!((12..=18).contains(&theirs), "{theirs}");
}

#[tokio::test]
async fn test_campaigns_have_a_daily_cap_on_recipients() {
    let world = World::start().await;
    world.configure(|organisation| organisation.daily_test_recipients = 5).await;
    let test = world.as_test().await;
    let (three, six) = (world.book("3", &phones(0..3)).await, world.book("6", &phones(0..6)).await);
    let body = |book: &str| json!({"group_ids": [book], "message": "Hi"});
    let send = async |body: &Value| test.api.post("/v1/sms/send-group/", body).await;
    send(&body(&three)).await.expect(202);
    let stored = world.everything_stored().await;
    let dry = json!({"group_ids": [three], "message": "Hi", "dry_run": true});
    for body in [&body(&three), &dry] {
        let refused = send(body).await;
        let detail = refused.refused(429, "test_cap_reached");
        assert!(detail.contains("may have 5 recipients in all"), "{detail}");
        let midnight = world.now().day_ends_at(world.organisation.offset);
        assert!(detail.contains(&midnight.rfc3339(world.organisation.offset)), "{detail}");
        let seconds = midnight.since(world.now()).secs_rounded_up().to_string();
        assert_eq!(refused.header("retry-after"), Some(seconds.as_str()));
    }
    let never = send(&body(&six)).await;
    never.refused(429, "test_cap_reached");
    assert_eq!(never.header("retry-after"), None, "no day has room for it");
    assert_eq!(world.everything_stored().await, stored);
    world.send(&[&six]).await;
    world.clock().advance(Millis::from_hours(24));
    let both = tests::all([send(&body(&three)), send(&body(&three))]).await;
    let mut statuses: Vec<u16> = both.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 429], "the transaction decides");
}

#[tokio::test]
async fn test_campaigns_are_not_searched_for_reports_and_leave_the_index_at_their_end() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    let test = world.as_test().await;
    test.send(&[&book]).await;
    world.send(&[&book]).await;
    let under_way = async || {
        let mut found = Vec::new();
        for shard in 0..stores::campaigns::DUE_SHARDS {
            found.extend(world.stack.stores().campaigns.under_way(shard).await.unwrap());
        }
        found
    };
    assert_eq!(under_way().await, [world.campaign(2)]);
    test.api.post("/v1/sms/campaigns/1/pause/", &json!({})).await.expect(200);
    test.api.post("/v1/sms/campaigns/1/resume/", &json!({})).await.expect(200);
    assert_eq!(under_way().await, [world.campaign(2)], "a step leaves it in its shard");
    world.drain().await;
    assert_eq!(test.status(1).await["status"], "completed");
    let stored = world.everything_stored().await;
    assert_eq!(stored.matches("due_shard").count(), 1, "only the live campaign waits for reports");
    assert_eq!(stored.matches("\"DIR\"").count(), 1, "only the live campaign has a directory");
}
