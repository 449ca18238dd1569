//! Ctrl-C in the middle of a campaign.

use http::Method;
use rustix::process::Signal;
use serde_json::json;

use super::{
    api::{ask, get, wait_until_over},
    process::Instance,
};

/// More than one hand-over, so that the stop can come between two.
const CONTACTS: usize = 250;

async fn book_of_people(instance: &Instance) -> String {
    let book = ask(instance, Method::POST, "/v1/address-books/", Some(json!({ "name": "People" }))).await;
    let id = book["id"].as_str().unwrap().to_owned();
    let contacts: Vec<_> =
        (0..CONTACTS).map(|n| json!({ "phone": format!("0712{:06}", n + 100_000) })).collect();
    let path = format!("/v1/address-books/{id}/contacts/");
    let imported = ask(instance, Method::POST, &path, Some(json!(contacts))).await;
    assert_eq!(imported["added"], CONTACTS);
    id
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn a_stop_during_a_campaign_loses_nothing_and_leaves_no_recipient_unconfirmed() {
    let folder = tempfile::tempdir().unwrap();
    let first = Instance::start(folder.path(), &["--no-demo"]);
    let book = book_of_people(&first).await;
    // A slow provider, so that the stop comes during a hand-over.
    ask(&first, Method::PUT, "/sandbox/faults", Some(json!({ "latency_ms": 300 }))).await;
    let send = json!({ "group_ids": [book], "message": "Hi" });
    let sent = ask(&first, Method::POST, "/v1/sms/send-group/", Some(send)).await;
    assert_eq!(sent["recipients_count"], CONTACTS);
    let status = get(&first, "/v1/sms/campaigns/1/").await;
    assert_ne!(status["status"], "completed");
    let (ended_well, rest) = first.end_by(Signal::INT);
    assert!(ended_well, "{rest}");

    let second = Instance::start(folder.path(), &["--no-demo"]);
    let over = wait_until_over(&second, 1).await;
    assert_eq!((&over["sent_count"], &over["unconfirmed_count"]), (&CONTACTS.into(), &0.into()));
}
