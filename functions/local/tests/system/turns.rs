//! How long a send to one person waits for the campaigns of another organisation, on a stack that runs by itself.

use std::time::{Duration, Instant};

use domain::{
    api_key::{ApiKey, KeyMode},
    batch::BatchSize,
    scope::Scopes,
};
use local::stack::{Mode, Running, Stack, StackConfig};
use platform::clock::Clock;
use serde_json::json;
use tests::{
    client::Client,
    phones,
    seeds::{issue_key, seed, seed_book},
};

/// Campaigns of either mode that the other organisation has accepted.
const CAMPAIGNS: usize = 30;
/// Batches of each of them.
const BATCHES: u32 = 40;
/// Recipients of a batch: with them a campaign is not a small send.
const BATCH: u16 = 3;
const MONEY: i64 = 1_000_000_000;
const LOOK_EVERY: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_to_one_person_does_not_wait_for_2_400_batches_of_another_organisation() {
    let batch_recipients = BatchSize::try_from(BATCH).unwrap();
    let config = StackConfig::in_memory(Clock::machine());
    let config = StackConfig { mode: Mode::InProcess { batch_recipients }, ..config };
    let stack = Stack::start(config).await.unwrap();
    let (stores, now) = (stack.stores(), stack.clock().now());
    let (busy, live) = seed(stores, MONEY, now).await;
    let (test, _) = issue_key(stores, busy, KeyMode::Test, Scopes::all(), now).await;
    let many = seed_book(stores, busy, "Many", &phones(0..BATCHES * u32::from(BATCH)), now).await;
    let (quiet, key) = seed(stores, MONEY, now).await;
    let one = seed_book(stores, quiet, "One", &phones(0..1), now).await;
    let client = |key: &str| Client::new(&stack).with_key(key);
    let (live, test, quiet) = (client(&live), client(ApiKey::reveal(&test)), client(&key));
    for _ in 0..CAMPAIGNS {
        for client in [&live, &test] {
            let body = json!({"group_ids": [many], "message": "Hi"});
            client.post("/v1/sms/send-group/", &body).await.expect(202);
        }
    }
    let running = Running::start(stack);
    let began = Instant::now();
    let body = json!({"group_ids": [one], "message": "Hi"});
    quiet.post("/v1/sms/send-group/", &body).await.expect(202);
    loop {
        let status = quiet.get("/v1/sms/campaigns/1/").await.expect(200);
        if status["status"] == "completed" {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let waited = began.elapsed();
    let unfinished = open_campaigns(&live).await + open_campaigns(&test).await;
    println!(
        "accepted and sent after {waited:.1?}, {unfinished} campaigns of another organisation under way"
    );
    // Under 2 seconds on an idle machine of two processors. Tests of other binaries may run at the same time, so what is
    // asserted is that almost nothing of the others was done before.
    assert!(unfinished > 2 * CAMPAIGNS * 9 / 10, "the others are still under way: {unfinished}");
    drop(running);
}

async fn open_campaigns(client: &Client) -> usize {
    let list = client.get("/v1/sms/campaigns/?page_size=500").await.expect(200);
    let results = list["results"].as_array().unwrap().clone();
    results.iter().filter(|campaign| campaign["finished_at"].is_null()).count()
}
