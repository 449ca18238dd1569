//! The rules about calls: whose keys were touched, and how many calls there were.

use std::collections::BTreeSet;

use auditor::{CallLog, Options, Rule};
use tests::{World, audit, phones};

async fn told(world: &World, calls: CallLog) -> BTreeSet<Rule> {
    let organisation = Some(world.organisation.id.to_string());
    let options =
        Options { now_millis: world.now().millis(), organisation, provider: None, calls: Some(calls) };
    let report = audit::auditor(&world.stack).audit(options).await.unwrap();
    report.findings.into_iter().map(|finding| finding.rule).collect()
}

#[tokio::test]
async fn calls_to_anothers_keys_and_calls_without_end_are_told() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    world.send(&[&book]).await;
    world.drain().await;
    let (own, other) = (world.organisation.id.to_string(), world.other_organisation().await.organisation.id);
    let mut calls = CallLog::new();
    calls.served(&own, [format!("ORG#{own}"), "KEY#00ff".to_owned(), "batches".to_owned()]);
    calls.asked(1);
    assert_eq!(told(&world, calls.clone()).await, BTreeSet::new());
    let mut foreign = calls.clone();
    foreign.served(&own, [format!("ORG#{own}"), format!("BOOK#{other}#b#0")]);
    assert_eq!(told(&world, foreign).await, BTreeSet::from([Rule::Foreign]));
    let mut without_end = calls.clone();
    without_end.served_everybody(1_000);
    assert_eq!(told(&world, without_end).await, BTreeSet::from([Rule::Runaway]));
    calls.ordered(1);
    calls.sent(1);
    assert_eq!(told(&world, calls.clone()).await, BTreeSet::new());
    calls.sent(1);
    assert_eq!(told(&world, calls).await, BTreeSet::from([Rule::Runaway]), "one batch, one request");
}
