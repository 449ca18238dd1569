//! A campaign with the fake of each real provider, from `cargo run -- --provider <kind>-fake` to delivered.

use std::time::{Duration, Instant};

use http::Method;
use rustix::process::Signal;
use serde_json::json;
use tokio::time::interval;

use super::{
    api::{ask, get},
    process::Instance,
};

const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Reports come a second after the texts; a machine that also compiles takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

async fn is_delivered_over(provider: &str) {
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(folder.path(), &["--no-demo", "--provider", provider]);
    let book = ask(&instance, Method::POST, "/v1/address-books/", Some(json!({"name": "Book"}))).await;
    let id = book["id"].as_str().unwrap();
    let contacts = json!([{"phone": "+254711000001"}, {"phone": "+254711000002"}]);
    ask(&instance, Method::POST, &format!("/v1/address-books/{id}/contacts/"), Some(contacts)).await;
    let send = json!({"group_ids": [id], "message": "Habari"});
    let sent = ask(&instance, Method::POST, "/v1/sms/send-group/", Some(send)).await;
    assert_eq!(sent["recipients_count"], 2, "{provider}: {sent}");
    let (began, mut looks) = (Instant::now(), interval(LOOK_EVERY));
    loop {
        looks.tick().await;
        let status = get(&instance, "/v1/sms/campaigns/1/").await;
        if status["delivered_count"] == 2 {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{provider}: nothing is delivered: {status}");
    }
    let (ended_well, rest) = instance.end_by(Signal::TERM);
    assert!(ended_well, "{provider}: {rest}");
}

/// All at the same time, because each waits for its reports.
#[tokio::test]
#[ignore = "long: .ci/run"]
async fn a_campaign_over_the_fake_of_each_provider_is_delivered() {
    let fakes = ["africastalking-fake", "aws-fake", "infobip-fake", "twilio-fake"];
    tests::all(fakes.map(is_delivered_over)).await;
}
