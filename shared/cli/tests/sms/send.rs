//! A send whose answers are lost.

use bytes::Bytes;
use cli::client::{ClientError, IdempotencyKey};
use cli::send::send_once;
use domain::ids::CampaignId;
use local::stack::Stack;
use platform::clock::Clock;
use serde_json::json;
use tests::acme::client_of_acme;

use super::relay::Relay;

#[tokio::test]
async fn a_send_whose_answer_is_lost_is_repeated_and_makes_one_campaign() {
    let stack = Stack::in_memory(Clock::machine()).await.unwrap();
    let client = client_of_acme(&stack).await;
    let book = client.create_book("Two", "").await.unwrap();
    client.import(book.id, Bytes::from_static(b"phone\n0712345678\n0712345679\n")).await.unwrap();
    let request = json!({"group_ids": [book.id], "message": "Hi"});
    let relay = Relay::start(stack.base_url(), "/send-group/", 2).await;
    let far = client.at(&relay.base_url);
    let key = IdempotencyKey::draw();

    let lost = far.send(&request, &key).await.unwrap_err();
    assert!(matches!(lost, ClientError::Http { .. }), "{lost:?}");
    let sent = send_once(&far, &request, &key).await.unwrap();
    assert_eq!(sent.campaign_id, Some(CampaignId::FIRST));
    assert_eq!(client.newest_campaigns().await.unwrap().total, 1);
    stack.drain().await.unwrap();
    let totals = stack.sandbox().totals();
    assert_eq!((totals.messages, totals.numbers, totals.repeated), (2, 2, 0));
}
