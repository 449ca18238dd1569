//! The contract of `Idempotency-Key` where it is hardest: the process dies between commit and answer,
//! two ask at the same instant, the campaign is scheduled, the time of replay ends.

use domain::timestamp::{Millis, Offset};
use serde_json::{Value, json};

use crate::{
    proxy::Fault,
    rig::{GROUP, Ground, Lived, Rig},
    truth::{Behaviour, Truth},
};

const DAY: Millis = Millis::from_hours(24);

async fn rig(ground: &Ground) -> Rig {
    Rig::on(ground, Truth::new(GROUP, |_| Behaviour::Accepts)).await
}

/// A request that must be answered.
async fn ask(rig: &Rig, key: &str, extra: &Value) -> (u16, Value) {
    match rig.ask(key, extra).await {
        Lived::Ended(answer) => answer,
        Lived::Died => panic!("it was to live"),
    }
}

#[tokio::test]
async fn an_answer_that_was_committed_and_never_given_is_given_again_byte_for_byte() {
    let ground = Ground::start().await;
    let rig = rig(&ground).await;
    let commit = |_, operation: &str| match operation {
        "TransactWriteItems" => Fault::CrashAfter,
        _ => Fault::None,
    };
    rig.proxy.plan(commit);
    assert_eq!(rig.send("once").await, Lived::Died);
    rig.proxy.plan(|_, _| Fault::None);
    let replayed = ask(&rig, "once", &json!({})).await;
    assert_eq!(replayed.0, 202, "no lease stands in the way of an answer: {replayed:?}");
    assert_eq!(ask(&rig, "once", &json!({})).await, replayed);
    assert_eq!(rig.campaigns().await, 1);
    rig.settle(1).await;
    rig.audit(1, "replayed").await;
}

#[tokio::test]
async fn a_request_that_died_before_its_commit_may_be_made_again_after_its_lease() {
    let ground = Ground::start().await;
    let rig = rig(&ground).await;
    let commit = |_, operation: &str| match operation {
        "TransactWriteItems" => Fault::CrashBefore,
        _ => Fault::None,
    };
    rig.proxy.plan(commit);
    assert_eq!(rig.send("once").await, Lived::Died);
    rig.proxy.plan(|_, _| Fault::None);
    let (status, answer) = ask(&rig, "once", &json!({})).await;
    assert_eq!((status, &answer["code"]), (409, &json!("idempotency_in_progress")));
    rig.clock.advance(Millis::from_secs(45));
    assert_eq!(ask(&rig, "once", &json!({})).await.0, 202);
    assert_eq!(rig.campaigns().await, 1);
}

#[tokio::test]
async fn of_many_at_the_same_instant_one_is_carried_out() {
    let ground = Ground::start().await;
    let rig = rig(&ground).await;
    let nothing = json!({});
    let answers = tests::all((0..8).map(|_| ask(&rig, "once", &nothing))).await;
    let accepted: Vec<&Value> = answers.iter().filter(|(s, _)| *s == 202).map(|(_, a)| a).collect();
    assert!(!accepted.is_empty(), "{answers:?}");
    assert!(accepted.iter().all(|answer| *answer == accepted[0]), "{answers:?}");
    assert!(answers.iter().all(|(status, _)| matches!(status, 202 | 409)), "{answers:?}");
    assert_eq!(rig.campaigns().await, 1);
    let last = ask(&rig, "once", &nothing).await;
    assert_eq!((last.0, &last.1), (202, accepted[0]));
}

#[tokio::test]
async fn a_key_of_another_request_is_refused_and_spends_nothing() {
    let ground = Ground::start().await;
    let rig = rig(&ground).await;
    assert_eq!(ask(&rig, "once", &json!({})).await.0, 202);
    let (status, answer) = ask(&rig, "once", &json!({"message": "Another text."})).await;
    assert_eq!((status, &answer["code"]), (422, &json!("idempotency_key_reused")));
    assert_eq!(rig.campaigns().await, 1);
}

#[tokio::test]
async fn an_answer_is_replayed_for_a_day_and_a_scheduled_one_for_a_day_after_its_start() {
    let ground = Ground::start().await;
    let rig = rig(&ground).await;
    let start = rig.clock.now().plus(Millis::from_hours(36));
    let scheduled = json!({"scheduled_at": start.rfc3339(Offset::EAST_AFRICA)});
    let at_once = ask(&rig, "now", &json!({})).await;
    let later = ask(&rig, "later", &scheduled).await;
    assert_eq!((at_once.0, later.0), (202, 202), "{at_once:?} {later:?}");
    rig.clock.advance(Millis(DAY.0 - 1_000));
    assert_eq!(ask(&rig, "now", &json!({})).await, at_once);
    rig.clock.advance(Millis::from_secs(3));
    let anew = ask(&rig, "now", &json!({})).await;
    assert_eq!(anew.0, 202);
    assert_ne!(anew.1["campaign_id"], at_once.1["campaign_id"], "the day is over");
    assert_eq!(ask(&rig, "later", &scheduled).await, later, "it has not even started");
    rig.clock.advance(Millis(Millis::from_hours(36).0 - 10_000));
    assert_eq!(ask(&rig, "later", &scheduled).await, later, "36 hours and a day have not passed");
    rig.clock.advance(Millis::from_secs(15));
    let (status, answer) = ask(&rig, "later", &scheduled).await;
    assert_eq!((status, &answer["code"]), (400, &json!("scheduled_at_in_past")), "a new request");
}
