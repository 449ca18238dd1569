//! Every documented status, all ways to damage an answer, and arbitrary bytes.

use bytes::Bytes;
use domain::outcome::{AccountFault, Refusal};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::testing::{recipient, submission};

const A: u64 = 254_711_000_001;
const B: u64 = 254_711_000_002;

fn answer(status: u16, body: impl Into<Bytes>) -> Answer {
    Answer { status, retry_after: None, body: body.into() }
}

fn id(number: u64) -> String {
    MessageId::of(&recipient(number)).to_string()
}

fn message(number: u64, status: u32) -> Value {
    let name = codes::by_id(status).map_or("NEW_STATUS", |status| status.name);
    json!({
        "messageId": id(number),
        "status": {"groupId": 1, "groupName": "PENDING", "id": status, "name": name, "description": "…"},
        "destination": number.to_string(),
        "details": {"messageCount": 1},
    })
}

fn submitted(messages: Value, numbers: &[u64]) -> Submitted {
    let body = json!({"bulkId": "2034072219640523072", "messages": messages});
    read(&answer(200, body.to_string()), &submission("Habari", numbers))
}

fn accepted(number: u64) -> SendOutcome {
    SendOutcome::Accepted { provider_message_id: Some(id(number)) }
}

fn refused(reason: RefusalReason, code: &str) -> SendOutcome {
    SendOutcome::Refused(Refusal { reason, provider_code: code.into() })
}

#[test]
fn every_listed_status_has_its_meaning_for_its_recipient_alone() {
    for status in codes::LISTED {
        let submitted = submitted(json!([message(B, 26), message(A, status.id)]), &[A, B]);
        let Verdict::Outcome(expected) = status.meaning.verdict(status.name, Some(id(A))) else {
            assert_eq!(submitted.outcomes(), [SendOutcome::NotTaken, accepted(B)], "{status:?}");
            assert_eq!(Meaning::Fault(submitted.signals().fault.unwrap()), status.meaning);
            continue;
        };
        assert_eq!(submitted.outcomes(), [expected, accepted(B)], "{status:?}");
    }
}

#[test]
fn the_most_important_statuses_have_the_right_meaning() {
    let one = |status| submitted(json!([message(A, status)]), &[A]);
    assert_eq!(one(26).outcomes(), [accepted(A)]);
    assert_eq!(one(23).outcomes(), [SendOutcome::Unknown], "this very hand-over reached them before");
    assert_eq!(one(21).outcomes(), [SendOutcome::PutOff]);
    assert_eq!(one(10).outcomes(), [refused(RefusalReason::DoNotDisturb, "REJECTED_DND")]);
    assert_eq!(one(12).signals().fault, Some(AccountFault::BalanceEmpty));
}

#[test]
fn an_unlisted_status_refuses_only_if_its_group_does() {
    let mut rejected = message(A, 555);
    rejected["status"]["groupId"] = json!(5);
    assert_eq!(
        submitted(json!([rejected]), &[A]).outcomes(),
        [refused(RefusalReason::Unlisted, "NEW_STATUS")]
    );
    let unlisted = SendOutcome::Unlisted { provider_code: "NEW_STATUS".into() };
    assert_eq!(submitted(json!([message(A, 555)]), &[A]).outcomes(), [unlisted]);
}

#[test]
fn a_message_that_is_missing_foreign_broken_or_contradicted_leaves_its_recipient_unknown() {
    let unknown = [SendOutcome::Unknown];
    let mut foreign = message(A, 26);
    foreign["messageId"] = json!(id(B));
    let cases = [json!([]), json!([foreign]), json!([{"messageId": id(A)}]), json!([7])];
    for messages in cases {
        assert_eq!(submitted(messages.clone(), &[A]).outcomes(), unknown, "{messages}");
    }
    assert_eq!(submitted(json!([message(A, 26), message(A, 10)]), &[A]).outcomes(), unknown);
    let mut by_number = message(A, 26);
    by_number.as_object_mut().unwrap().remove("messageId");
    let accepted = SendOutcome::Accepted { provider_message_id: None };
    assert_eq!(submitted(json!([by_number]), &[A]).outcomes(), [accepted]);
}

#[test]
fn a_status_that_is_not_200_is_read_without_the_body() {
    let submission = submission("Habari", &[A, B]);
    let body = json!({"messages": [message(A, 26)]}).to_string();
    for status in [201, 400, 401, 403, 429, 500, 503] {
        let answer = answer(status, body.clone());
        assert_eq!(read(&answer, &submission), answer.by_status(&submission), "{status}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_give_an_outcome_for_each_recipient(status in 100_u16..600, body in "\\PC{0,80}") {
        let submitted = read(&answer(status, body), &submission("Habari", &[A, B]));
        prop_assert_eq!(submitted.outcomes().len(), 2);
        let accepted = |outcome: &SendOutcome| matches!(outcome, SendOutcome::Accepted { .. });
        prop_assert!(!submitted.outcomes().iter().any(accepted));
    }
}
