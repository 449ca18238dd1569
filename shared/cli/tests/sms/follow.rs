//! Following campaigns that are paused, cancelled or damaged.

use bytes::Bytes;
use cli::client::IdempotencyKey;
use cli::follow::{Pace, follow};
use domain::keys::CampaignKey;
use local::stack::Stack;
use platform::clock::Clock;
use serde_json::json;
use tests::acme::{acme, client_of_acme};

#[tokio::test]
async fn a_campaign_is_followed_to_its_pause_and_no_further() {
    let stack = Stack::in_memory(Clock::machine()).await.unwrap();
    let client = client_of_acme(&stack).await;
    let book = client.create_book("Two", "").await.unwrap();
    client.import(book.id, Bytes::from_static(b"phone\n0712345678\n0712345679\n")).await.unwrap();
    let request = json!({"group_ids": [book.id], "message": "Hi"});
    let sent = client.send(&request, &IdempotencyKey::draw()).await.unwrap();
    let campaign = sent.campaign_id.unwrap();
    let (_, organisation) = acme().build().unwrap();
    let key = CampaignKey { organisation: organisation.id, campaign };
    let campaigns = &stack.stores().campaigns;
    campaigns.pause(key, Some("provider_balance_empty"), Clock::machine().now()).await.unwrap();

    let paused = follow(&client, campaign, Pace::Brisk).await.unwrap();
    assert!(paused.is_paused() && !paused.is_over(), "{paused:?}");
    assert_eq!(paused.pause_reason.as_deref(), Some("provider_balance_empty"));
    assert_eq!((paused.settled(), paused.recipients_count), (0, 2));
}
