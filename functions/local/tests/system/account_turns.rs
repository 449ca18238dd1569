//! How long a send to one recipient waits for the campaigns of another organisation, on a stack that runs by itself.

use std::time::{Duration, Instant};

use domain::{
    api_key::{ApiKey, KeyMode},
    batch::BatchSize,
    ids::OrganisationId,
    scope::Scopes,
};
use local::stack::{Mode, Running, Stack, StackConfig};
use platform::clock::Clock;
use serde_json::json;
use stores::ListRequest;
use tests::{
    client::Client,
    phones,
    seeds::{issue_key, seed, seed_book},
};

/// Campaigns of each mode that the other organisation has accepted.
const CAMPAIGNS: usize = 10;
const BATCHES: u32 = 40;
/// Recipients of a batch: with them a campaign is not a small send.
const BATCH: u16 = 3;
/// Messages of one invocation of `dispatch` (`BatchSize` in `template.yaml`), each with one batch.
const BATCHES_A_POLL: i64 = 10;
const MONEY: i64 = 1_000_000_000;
const LOOK_EVERY: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: .ci/run"]
async fn a_send_to_one_recipient_does_not_wait_for_800_batches_of_another_organisation() {
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
    let body = json!({"group_ids": [one], "message": "Hi"});
    quiet.post("/v1/sms/send-group/", &body).await.expect(202);
    // Nothing runs by itself yet: each queue's workers are invoked once.
    stack.poll_batches().await.unwrap();
    assert!(is_completed(&quiet, 1).await, "it is handed over by the first invocation of its queue");
    assert_eq!(handed_over(&stack, busy).await, 2 * BATCHES_A_POLL, "one invocation of each other queue");

    let running = Running::start(stack);
    let began = Instant::now();
    quiet.post("/v1/sms/send-group/", &body).await.expect(202);
    while !is_completed(&quiet, 2).await {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    // Printed and not asserted, because other tests may use the machine: under 2 seconds on two idle processors.
    println!("accepted and sent after {:.1?}", began.elapsed());
    drop(running);
}

async fn is_completed(client: &Client, campaign: u64) -> bool {
    let status = client.get(&format!("/v1/sms/campaigns/{campaign}/")).await.expect(200);
    status["status"] == "completed"
}

/// Batches of an organisation that were handed over, of campaigns of both modes.
async fn handed_over(stack: &Stack, organisation: OrganisationId) -> i64 {
    let mut batches = 0;
    for mode in [KeyMode::Live, KeyMode::Test] {
        let all = ListRequest::page(1, 1_000);
        let campaigns =
            stack.stores().campaigns.list(organisation, mode, |_| true, all).await.unwrap().results;
        assert_eq!(campaigns.len(), CAMPAIGNS);
        batches += campaigns.iter().map(|header| i64::from(BATCHES) - header.open_batches).sum::<i64>();
    }
    batches
}

/// Segments a second of the provider's account, and recipients of a large campaign that takes five seconds.
const RATE: u32 = 600;
const FIVE_SECONDS: u32 = 3_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: .ci/run"]
async fn a_small_send_does_not_wait_for_a_large_one_that_uses_the_accounts_rate() {
    let config = StackConfig {
        variables: [("PROVIDER_SEGMENTS_PER_SECOND".to_owned(), RATE.to_string())].into(),
        ..StackConfig::in_memory(Clock::machine())
    };
    let stack = Stack::start(config).await.unwrap();
    let (stores, now) = (stack.stores(), stack.clock().now());
    let (organisation, key) = seed(stores, MONEY, now).await;
    let large = seed_book(stores, organisation, "Large", &phones(0..FIVE_SECONDS), now).await;
    let small = seed_book(stores, organisation, "Small", &phones(0..50), now).await;
    let client = Client::new(&stack).with_key(&key);
    let running = Running::start(stack);
    let send = async |book: &str, message: &str| {
        let body = json!({"group_ids": [book], "message": message});
        client.post("/v1/sms/send-group/", &body).await.expect(202);
    };
    send(&large, "Hi").await;
    let sent = async |campaign: u64| {
        let status = client.get(&format!("/v1/sms/campaigns/{campaign}/")).await.expect(200);
        status["sent_count"].as_u64().unwrap()
    };
    while sent(1).await == 0 {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    send(&small, "Hello").await;
    let before = sent(1).await;
    while sent(2).await < 50 {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let meanwhile = sent(1).await - before;
    println!("50 recipients were sent to while {meanwhile} of a large campaign were");
    assert!(meanwhile <= u64::from(3 * RATE), "{meanwhile}");
    drop(running);
}
