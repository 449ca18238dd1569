//! Every documented error, all ways to damage an answer, and arbitrary bytes.

use bytes::Bytes;
use domain::outcome::{AccountFault, Refusal, SendOutcome};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn answer(status: u16, body: impl Into<Bytes>) -> Answer {
    Answer { status, retry_after: None, body: body.into() }
}

fn problem(error: &str, reason: Option<&str>) -> Value {
    let key = if error == "ResourceNotFoundException" { "ResourceType" } else { "Reason" };
    let kind = format!("com.amazonaws.pinpointsmsvoicev2#{error}");
    json!({"__type": kind, "Message": "+254711000001 …", key: reason})
}

fn refused(reason: RefusalReason, code: &str) -> Option<Verdict> {
    Some(Verdict::Outcome(SendOutcome::Refused(Refusal { reason, provider_code: code.into() })))
}

#[test]
fn a_text_that_was_taken_is_accepted_under_its_id() {
    let body = json!({"MessageId": "862a8790-60c0-4430-9b2b-658bdexample"}).to_string();
    let id = Some("862a8790-60c0-4430-9b2b-658bdexample".to_owned());
    let accepted = Verdict::Outcome(SendOutcome::Accepted { provider_message_id: id });
    assert_eq!(read(&answer(200, body)), Some(accepted));
    for body in ["", "{}", r#"{"MessageId":null}"#, r#"{"MessageId":""}"#] {
        assert_eq!(read(&answer(200, body)), None, "{body}");
    }
}

#[test]
fn every_listed_error_has_its_meaning() {
    for code in codes::LISTED.iter().chain(&codes::COMMON) {
        let body = problem(code.error, code.reason).to_string();
        let expected = code.meaning.verdict(code.reason.unwrap_or(code.error), None);
        assert_eq!(read(&answer(400, body.clone())), Some(expected), "{code:?}");
        for status in [408, 500, 503] {
            assert_eq!(read(&answer(status, body.clone())), None, "the status leaves it open: {code:?}");
        }
    }
}

#[test]
fn the_most_important_errors_have_the_right_meaning() {
    let meaning = |error, reason| read(&answer(400, problem(error, Some(reason)).to_string())).unwrap();
    let opted_out = "DESTINATION_PHONE_NUMBER_OPTED_OUT";
    assert_eq!(Some(meaning("ConflictException", opted_out)), refused(RefusalReason::OptedOut, opted_out));
    let spent = meaning("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT");
    assert_eq!(spent, Verdict::Fault(AccountFault::BalanceEmpty));
    let disabled = meaning("AccessDeniedException", "ACCOUNT_DISABLED");
    assert_eq!(disabled, Verdict::Fault(AccountFault::OnHold));
    let throttled = json!({"__type": "ThrottlingException"}).to_string();
    assert_eq!(read(&answer(400, throttled)), Some(Verdict::Throttled));
}

#[test]
fn an_invalid_field_is_about_the_recipient_or_the_text_or_the_request() {
    let with = |field: &str| {
        let mut body = problem("ValidationException", Some("FIELD_VALIDATION_FAILED"));
        body["Fields"] = json!([{"Name": field, "Message": "…"}]);
        read(&answer(400, body.to_string()))
    };
    let code = "FIELD_VALIDATION_FAILED";
    assert_eq!(with("DestinationPhoneNumber"), refused(RefusalReason::InvalidNumber, code));
    assert_eq!(with("MessageBody"), refused(RefusalReason::TooLong, code));
    assert_eq!(with("ConfigurationSetName"), Some(Verdict::Fault(AccountFault::RequestRefused)));
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_never_read_as_taken_or_refused(status in 100_u16..600, body in "\\PC{0,80}") {
        let verdict = read(&answer(status, body.clone()));
        prop_assert!(verdict.is_none() || body.contains("MessageId") || body.contains("__type"));
    }
}
