//! Checks by the proxy's log: no request touches another organisation's keys, and an audit only reads.

use std::collections::BTreeSet;

use auditor::Options;
use domain::timestamp::Millis;
use http::Method;
use serde_json::json;
use tests::proxy::Call;

use crate::{
    system::{At, FaultSystem, GROUP, Queue, SharedEmulators, UnlessKilled},
    truth::{Behaviour, Truth},
};

async fn system(emulators: &SharedEmulators) -> FaultSystem<'_> {
    FaultSystem::on(emulators, Truth::once(GROUP, Behaviour::TakesThenSilent)).await
}

#[tokio::test]
async fn a_request_that_names_another_organisations_data_touches_none_of_its_keys() {
    let emulators = SharedEmulators::start().await;
    let theirs = system(&emulators).await;
    theirs.insist("theirs").await;
    theirs.insist("theirs-too").await;
    theirs.finish("theirs").await;
    let own = system(&emulators).await;
    own.insist("own").await;
    let book = format!("/v1/address-books/{}/", theirs.book);
    let (contacts, campaign) = (format!("{book}contacts/"), "/v1/sms/campaigns/2/");
    let send = json!({"group_ids": [theirs.book], "message": "Hi"});
    let contact = json!([{"phone": "+254711500001"}]);
    for (at, method, path, body) in [
        (At::Api, Method::POST, "/v1/sms/send-group/", &send),
        (At::Api, Method::GET, campaign, &json!({})),
        (At::Api, Method::POST, "/v1/sms/campaigns/2/cancel/", &json!({})),
        (At::Books, Method::GET, &book, &json!({})),
        (At::Books, Method::POST, &contacts, &contact),
        (At::Books, Method::DELETE, &book, &json!({})),
    ] {
        let answer = own.own(at, method.clone(), path, path, body).await;
        let UnlessKilled::Ended(answer) = answer else { panic!("{method} {path}") };
        assert!((400..500).contains(&answer.status), "{method} {path}: {answer:?}");
    }
    // The keys have the book's id below the caller's organisation, which has no such book.
    let stranger = theirs.organisation.to_string();
    let touches = |partition: &String| partition.contains(&stranger);
    let calls = own.calls();
    let touching = calls.iter().filter(|call| call.partitions.iter().any(touches));
    assert_eq!(touching.collect::<Vec<_>>(), Vec::<&Call>::new());
    own.finish("own").await;
}

#[tokio::test]
async fn an_audit_only_reads() {
    let emulators = SharedEmulators::start().await;
    let system = system(&emulators).await;
    system.insist("once").await;
    system.deliver(Queue::Batches).await;
    system.pass(Millis::from_mins(3));
    system.unharmed();
    let options = Options { now_millis: system.clock.now().millis(), ..Options::default() };
    let report = emulators.watched_auditor().audit(options).await.unwrap();
    assert!(report.campaigns == 1 && report.recipients > 0, "{report}");
    let log = emulators.proxy.log();
    let made: BTreeSet<&str> = log.iter().map(|call| call.operation.as_str()).collect();
    assert!(made.is_subset(&BTreeSet::from(["GetItem", "BatchGetItem", "Query", "Scan"])), "{made:?}");
    assert!(made.contains("Query") && made.contains("Scan"), "{made:?}");
}
