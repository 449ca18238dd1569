//! The difficult cases of `Idempotency-Key`: a crash between commit and answer, two requests at the same instant, a
//! scheduled campaign, the end of the time of replay.

use domain::timestamp::{Millis, Offset};
use serde_json::{Value, json};

use tests::proxy::{Call, Fault};

use crate::{
    system::{Answer, FaultSystem, SharedEmulators, UnlessKilled},
    truth::Truth,
};

const DAY: Millis = Millis::from_hours(24);
/// Past the lease of a claim.
const LEASE_IS_OVER: Millis = Millis::from_secs(61);

async fn system(emulators: &SharedEmulators) -> FaultSystem<'_> {
    FaultSystem::on(emulators, Truth::accepting()).await
}

/// A request to send that must be answered.
async fn ask(system: &FaultSystem<'_>, key: &str, extra: &Value) -> Answer {
    answered(system.send(key, extra).await)
}

fn answered(lived: UnlessKilled<Answer>) -> Answer {
    match lived {
        UnlessKilled::Ended(answer) => answer,
        UnlessKilled::Killed => panic!("it was to live"),
    }
}

fn in_commit(fault: Fault) -> impl Fn(&Call) -> Fault + Send + 'static {
    move |call| if call.operation == "TransactWriteItems" { fault } else { Fault::None }
}

/// Asserts that an answer is a replay of another one, byte for byte, with the replay header.
#[track_caller]
fn assert_replays(answer: &Answer, first: &Answer) {
    assert!(answer.is_replay, "{answer:?}");
    assert_eq!((answer.status, &answer.body), (first.status, &first.body));
}

#[tokio::test]
async fn an_answer_that_was_committed_and_lost_is_replayed_byte_for_byte() {
    let emulators = SharedEmulators::start().await;
    let system = system(&emulators).await;
    system.plan(in_commit(Fault::CrashAfter));
    assert_eq!(system.send("once", &json!({})).await, UnlessKilled::Killed);
    system.unharmed();
    let replayed = ask(&system, "once", &json!({})).await;
    assert_eq!(replayed.status, 202, "no lease stands in the way of an answer: {replayed:?}");
    assert_eq!(replayed.json()["campaign_id"], 1);
    assert_replays(&ask(&system, "once", &json!({})).await, &replayed);
    assert_eq!(system.campaigns().await.len(), 1);
    system.finish("replayed").await;
}

#[tokio::test]
async fn a_send_is_accepted_exactly_if_its_transaction_is_committed() {
    let emulators = SharedEmulators::start().await;
    let system = system(&emulators).await;
    system.plan(in_commit(Fault::Refuse("InternalServerError")));
    assert_eq!(ask(&system, "refused", &json!({})).await.status, 503);
    assert_eq!(system.campaigns().await.len(), 0);
    system.plan(in_commit(Fault::DropAnswer));
    assert_eq!(ask(&system, "unanswered", &json!({})).await.status, 202);
    assert_eq!(system.campaigns().await.len(), 1);
    system.finish("no commit is answered").await;
}

/// The SDK repeats a call whose answer was lost, and then finds its own claim.
#[tokio::test]
async fn a_request_whose_answer_to_the_claim_was_lost_continues_with_its_claim() {
    let emulators = SharedEmulators::start().await;
    let system = system(&emulators).await;
    let lost = |operation: &'static str| {
        let mut is_lost = false;
        move |call: &Call| {
            let is_of_claims = call.partitions.iter().any(|partition| partition.ends_with("#IDEMPOTENCY"));
            let is_claim = call.operation == operation && is_of_claims && !is_lost;
            is_lost |= is_claim;
            if is_claim { Fault::DropAnswer } else { Fault::None }
        }
    };
    system.plan(lost("PutItem"));
    assert_eq!(ask(&system, "claimed", &json!({})).await.status, 202);
    // The next request crashes before its commit; a request after its lease takes it over.
    system.plan(in_commit(Fault::CrashBefore));
    assert_eq!(system.send("taken-over", &json!({})).await, UnlessKilled::Killed);
    system.pass(LEASE_IS_OVER);
    system.plan(lost("UpdateItem"));
    assert_eq!(ask(&system, "taken-over", &json!({})).await.status, 202);
    assert_eq!(system.campaigns().await.len(), 2);
    system.finish("answers of claims lost").await;
}

#[tokio::test]
async fn an_answer_is_replayed_byte_for_byte_with_a_header() {
    let emulators = SharedEmulators::start().await;
    let system = system(&emulators).await;
    let first = ask(&system, "once", &json!({})).await;
    assert!(!first.is_replay, "{first:?}");
    system.settle().await;
    assert_replays(&ask(&system, "once", &json!({})).await, &first);
    system.finish("given again").await;
}

#[tokio::test]
async fn a_request_that_crashed_before_its_commit_can_be_repeated_after_its_lease() {
    let emulators = SharedEmulators::start().await;
    let system = system(&emulators).await;
    system.plan(in_commit(Fault::CrashBefore));
    assert_eq!(system.send("once", &json!({})).await, UnlessKilled::Killed);
    system.unharmed();
    let refused = ask(&system, "once", &json!({})).await;
    assert_eq!((refused.status, &refused.json()["code"]), (409, &json!("idempotency_in_progress")));
    system.pass(Millis::from_secs(45));
    assert_eq!(ask(&system, "once", &json!({})).await.status, 202);
    assert_eq!(system.campaigns().await.len(), 1);
    system.finish("made again").await;
}

#[tokio::test]
async fn of_concurrent_requests_with_one_key_only_one_is_carried_out() {
    let emulators = SharedEmulators::start().await;
    let system = system(&emulators).await;
    let nothing = json!({});
    let answers = tests::all((0..8).map(|_| ask(&system, "once", &nothing))).await;
    let accepted: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 202).collect();
    assert_eq!(accepted.iter().filter(|answer| !answer.is_replay).count(), 1, "{answers:?}");
    assert!(accepted.iter().all(|answer| answer.body == accepted[0].body), "{answers:?}");
    assert!(answers.iter().all(|answer| matches!(answer.status, 202 | 409)), "{answers:?}");
    assert_eq!(system.campaigns().await.len(), 1);
    assert_replays(&ask(&system, "once", &nothing).await, accepted[0]);
    system.finish("eight at once").await;
}

#[tokio::test]
async fn a_key_of_another_request_is_refused_and_spends_nothing() {
    let emulators = SharedEmulators::start().await;
    let system = system(&emulators).await;
    assert_eq!(ask(&system, "once", &json!({})).await.status, 202);
    let refused = ask(&system, "once", &json!({"message": "Another text."})).await;
    assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("idempotency_key_reused")));
    assert_eq!(system.campaigns().await.len(), 1);
    system.finish("a key of another request").await;
}

#[tokio::test]
async fn an_answer_is_replayed_for_a_day_and_a_scheduled_one_for_a_day_after_its_start() {
    let emulators = SharedEmulators::start().await;
    let system = system(&emulators).await;
    let start = system.clock.now().plus(Millis::from_hours(36));
    let scheduled = json!({"scheduled_at": start.rfc3339(Offset::EAST_AFRICA)});
    let at_once = ask(&system, "now", &json!({})).await;
    let later = ask(&system, "later", &scheduled).await;
    assert_eq!((at_once.status, later.status), (202, 202), "{at_once:?} {later:?}");
    system.pass(Millis(DAY.0 - 1_000));
    assert_replays(&ask(&system, "now", &json!({})).await, &at_once);
    system.pass(Millis::from_secs(3));
    let anew = ask(&system, "now", &json!({})).await;
    assert_eq!((anew.status, anew.is_replay), (202, false), "the day is over");
    assert_replays(&ask(&system, "later", &scheduled).await, &later);
    system.pass(Millis(Millis::from_hours(36).0 - 10_000));
    assert_replays(&ask(&system, "later", &scheduled).await, &later);
    system.pass(Millis::from_secs(15));
    let refused = ask(&system, "later", &scheduled).await;
    let expected = (400, &json!("scheduled_at_in_past"));
    assert_eq!((refused.status, &refused.json()["code"]), expected, "a new request");
    system.finish("replayed for a day").await;
}
