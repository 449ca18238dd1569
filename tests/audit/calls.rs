//! The rules about calls: the touched keys, and the number of calls.

use auditor::Options;
use tests::{
    World,
    audit::{CallLog, Rule, auditor, judge},
    phones,
};

async fn broken(world: &World, calls: CallLog) -> Vec<Rule> {
    let organisation = Some(world.organisation.id.to_string());
    let options = Options { now_millis: world.now().millis(), organisation };
    judge(&auditor(&world.stack), options, calls).await.unwrap().broken()
}

#[tokio::test]
async fn calls_to_another_organisations_keys_and_too_many_calls_are_findings() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    world.send(&[&book]).await;
    world.drain().await;
    let (own, other) = (world.organisation.id.to_string(), world.other_organisation().await.organisation.id);
    let mut calls = CallLog::default();
    calls.served(&own, [format!("ORG#{own}"), "KEY#00ff".to_owned(), "batches".to_owned()]);
    calls.requested(1);
    assert_eq!(broken(&world, calls.clone()).await, []);
    let mut foreign = calls.clone();
    foreign.served(&own, [format!("ORG#{own}"), format!("BOOK#{other}#b#0")]);
    assert_eq!(broken(&world, foreign).await, [Rule::Foreign]);
    let mut without_end = calls.clone();
    without_end.served_all(1_000);
    assert_eq!(broken(&world, without_end).await, [Rule::Runaway]);
    calls.ordered(1);
    calls.sent(1);
    assert_eq!(broken(&world, calls.clone()).await, []);
    calls.sent(1);
    assert_eq!(broken(&world, calls).await, [Rule::Runaway], "one batch, one request");
}
