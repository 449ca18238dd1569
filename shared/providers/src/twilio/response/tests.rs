//! Every documented code, all ways to damage an answer, and arbitrary bytes.

use bytes::Bytes;
use domain::outcome::{AccountFault, Refusal, SendOutcome};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn answer(status: u16, body: impl Into<Bytes>) -> Answer {
    Answer { status, retry_after: None, body: body.into() }
}

/// An error as Twilio writes it.
fn problem(status: u16, code: u32) -> Answer {
    let more_info = format!("https://www.twilio.com/docs/errors/{code}");
    let body = json!({"code": code, "message": "…", "more_info": more_info, "status": status});
    answer(status, body.to_string())
}

fn refused(reason: RefusalReason, code: &str) -> Option<Verdict> {
    Some(Verdict::Outcome(SendOutcome::Refused(Refusal { reason, provider_code: code.into() })))
}

#[test]
fn a_message_that_was_made_is_accepted_under_its_sid() {
    let sid = format!("SM{}", "b".repeat(32));
    // `num_segments` is a text, `price` is null for minutes.
    let body =
        json!({"sid": sid, "status": "queued", "num_segments": "1", "price": null, "error_code": null});
    let accepted = SendOutcome::Accepted { provider_message_id: Some(sid) };
    assert_eq!(read(&answer(201, body.to_string())), Some(Verdict::Outcome(accepted)));
    for body in ["", "{}", "<TwilioResponse/>", r#"{"sid":null}"#, r#"{"sid":""}"#] {
        assert_eq!(read(&answer(201, body)), None, "{body}");
    }
}

#[test]
fn every_listed_code_has_its_meaning_with_every_error_status() {
    for code in codes::LISTED {
        for status in [400, 401, 403, 404, 429] {
            let expected = code.meaning.verdict(&code.number.to_string(), None);
            assert_eq!(read(&problem(status, code.number)), Some(expected), "{code:?}");
        }
        for status in [408, 500, 502, 503] {
            assert_eq!(read(&problem(status, code.number)), None, "the status leaves it open: {code:?}");
        }
    }
}

#[test]
fn the_most_important_codes_have_the_right_meaning() {
    let meaning = |code| read(&problem(400, code)).unwrap();
    assert_eq!(Some(meaning(21_610)), refused(RefusalReason::OptedOut, "21610"));
    assert_eq!(Some(meaning(21_612)), refused(RefusalReason::NotRouted, "21612"));
    assert_eq!(Some(meaning(21_211)), refused(RefusalReason::InvalidNumber, "21211"));
    assert_eq!(Some(meaning(21_617)), refused(RefusalReason::TooLong, "21617"));
    assert_eq!(meaning(21_606), Verdict::Fault(AccountFault::SenderRefused));
    assert_eq!(meaning(20_003), Verdict::Fault(AccountFault::Credentials));
    assert_eq!((meaning(21_611), meaning(20_429)), (Verdict::Throttled, Verdict::Throttled));
    assert_eq!(meaning(20_500), Verdict::UNKNOWN);
}

#[test]
fn an_unlisted_code_refuses_the_recipient_of_a_bad_request_only() {
    assert_eq!(read(&problem(400, 21_999)), refused(RefusalReason::Unlisted, "21999"));
    assert_eq!(read(&problem(400, 254_711_000)), refused(RefusalReason::Unlisted, "unlisted"));
    for status in [401, 403, 404, 405, 408, 429, 500, 503] {
        assert_eq!(read(&problem(status, 21_999)), None, "{status}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_never_read_as_taken_or_refused(status in 100_u16..600, body in "\\PC{0,80}") {
        let verdict = read(&answer(status, body.clone()));
        prop_assert!(verdict.is_none() || body.contains("sid") || body.contains("code"));
    }
}
