//! Every documented answer, all ways to damage it, and arbitrary bytes.

use bytes::Bytes;
use domain::outcome::{AccountFault, Refusal};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::testing::{json_fixture, submission};

const A: u64 = 254_711_000_001;
const B: u64 = 254_711_000_002;

fn answer(status: u16, body: impl Into<Bytes>) -> Answer {
    Answer { status, retry_after: None, body: body.into() }
}

fn to(numbers: &[u64]) -> Submission {
    submission("Habari", numbers)
}

fn submitted(status: u16, body: &Value, numbers: &[u64]) -> Submitted {
    read(&answer(status, body.to_string()), &to(numbers))
}

fn rows(rows: Value) -> Value {
    json!({"SMSMessageData": {"Message": "Sent to some", "Recipients": rows}})
}

/// A row as they write it: refused ones have no id and cost nothing.
fn row(number: u64, code: u64) -> Value {
    let accepted = code < FIRST_REFUSAL;
    json!({
        "statusCode": code,
        "number": format!("+{number}"),
        "status": "a word",
        "cost": if accepted { "KES 0.8000" } else { "0" },
        "messageId": if accepted { format!("ATPid_{number}") } else { "None".to_owned() },
    })
}

fn accepted(number: u64) -> SendOutcome {
    SendOutcome::Accepted { provider_message_id: Some(format!("ATPid_{number}")) }
}

fn refusal(reason: RefusalReason, code: &str) -> SendOutcome {
    SendOutcome::Refused(Refusal { reason, provider_code: code.into() })
}

fn unlisted(code: &str) -> SendOutcome {
    SendOutcome::Unlisted { provider_code: code.into() }
}

fn outcomes(submitted: &Submitted) -> Vec<SendOutcome> {
    submitted.outcomes().to_vec()
}

/// The expected result of each sample, for its one number.
fn expected(name: &str, number: u64) -> Submitted {
    let submission = to(&[number]);
    let one = |outcome: SendOutcome| Submitted::of_each(&submission, |_| outcome.clone());
    match name {
        "success 1/1" => {
            one(SendOutcome::Accepted { provider_message_id: Some("ATPid_SampleTxnId123".into()) })
        }
        "recipient blacklisted" => one(refusal(RefusalReason::OptedOut, "406")),
        "DND (Nigeria)" => one(refusal(RefusalReason::DoNotDisturb, "409")),
        "request-level rejection: bad sender" => {
            Submitted::account_fault(&submission, AccountFault::SenderRefused)
        }
        "request-level rejection: bad number" => one(refusal(RefusalReason::InvalidNumber, "403")),
        "old form without statusCode" => one(refusal(RefusalReason::Unlisted, codes::UNLISTED)),
        "bad key" => Submitted::account_fault(&submission, AccountFault::Credentials),
        other => panic!("a sample without an expectation: {other}"),
    }
}

#[test]
fn every_documented_sample_is_understood() {
    let samples = json_fixture("africastalking_samples.json");
    for sample in samples["responses"].as_array().unwrap() {
        let name = sample["name"].as_str().unwrap();
        // The documentation masks digits of some numbers.
        let body = match &sample["body"] {
            Value::String(text) => text.clone(),
            body => body.to_string().replace("XXXYYY", "000001").replace("XXXXXXX", "0310000"),
        };
        let statuses = match &sample["http"] {
            Value::Number(status) => vec![status.as_u64().unwrap() as u16],
            // "201 (docs also say 409)"
            _ => vec![201, 409],
        };
        let number = number_in(&body).unwrap_or(A);
        for status in statuses {
            let read = read(&answer(status, body.clone()), &to(&[number]));
            assert_eq!(read, expected(name, number), "{name}, {status}");
        }
    }
}

/// The first number that a body names.
fn number_in(body: &str) -> Option<u64> {
    body.split("\"+").nth(1)?.split('"').next()?.parse().ok()
}

#[test]
fn every_listed_code_has_the_meaning_of_the_samples_list() {
    let samples = json_fixture("africastalking_samples.json");
    let listed = samples["recipient_status_codes"].as_object().unwrap();
    assert_eq!(listed.len() + 1, codes::LISTED.len(), "all of theirs, and Success");
    for (number, word) in listed {
        let code = codes::by_number(number.parse().unwrap()).unwrap();
        assert_eq!(codes::by_word(word.as_str().unwrap()).unwrap().number, code.number);
        let accepted_there = ["Processed", "Sent", "Queued"].contains(&code.word);
        assert_eq!(code.meaning == Meaning::Accepted, accepted_there, "{number}");
    }
}

#[test]
fn recipients_are_found_by_number_and_not_by_order() {
    let body = rows(json!([row(B, 403), row(A, 101)]));
    let expected = vec![accepted(A), refusal(RefusalReason::InvalidNumber, "403")];
    assert_eq!(outcomes(&submitted(201, &body, &[A, B])), expected);
}

#[test]
fn a_missing_row_makes_its_recipient_unknown_and_an_unknown_row_is_ignored() {
    let body = rows(json!([row(A, 101), row(254_799_999_999, 101)]));
    assert_eq!(outcomes(&submitted(201, &body, &[A, B])), [accepted(A), SendOutcome::Unknown]);
}

#[test]
fn a_rows_number_may_be_written_in_any_form() {
    for number in ["254711000001", "0711000001", "00254711000001", " 254711000001", "+254 711 000 001"] {
        let mut other = row(A, 101);
        other["number"] = json!(number);
        assert_eq!(outcomes(&submitted(201, &rows(json!([other])), &[B, A]))[1], accepted(A), "{number}");
    }
}

#[test]
fn a_row_that_cannot_be_read_does_not_affect_the_others() {
    for broken in
        [json!(null), json!("x"), json!({}), json!({"number": 7}), json!({"number": "+254711000002"})]
    {
        let body = rows(json!([broken, row(A, 102)]));
        assert_eq!(outcomes(&submitted(201, &body, &[A, B])), [accepted(A), SendOutcome::Unknown]);
    }
}

#[test]
fn two_rows_that_disagree_leave_a_recipient_unknown() {
    let body = rows(json!([row(A, 101), row(A, 403), row(B, 403), row(B, 403)]));
    let expected = [SendOutcome::Unknown, refusal(RefusalReason::InvalidNumber, "403")];
    assert_eq!(outcomes(&submitted(201, &body, &[A, B])), expected);
}

#[test]
fn a_fault_of_the_account_stops_the_call() {
    let faults =
        [(401, AccountFault::OnHold), (402, AccountFault::SenderRefused), (405, AccountFault::BalanceEmpty)];
    for (code, fault) in faults {
        let all = submitted(201, &rows(json!([row(A, code), row(B, code)])), &[A, B]);
        assert_eq!(all, Submitted::account_fault(&to(&[A, B]), fault));
        let some = submitted(201, &rows(json!([row(A, 101), row(B, code)])), &[A, B]);
        let expected = (vec![accepted(A), SendOutcome::NotTaken], Some(fault));
        assert_eq!((outcomes(&some), some.signals().fault), expected);
    }
}

#[test]
fn a_recipient_with_a_temporary_failure_is_queued_again() {
    for code in [500, 501] {
        assert_eq!(outcomes(&submitted(201, &rows(json!([row(A, code)])), &[A])), [SendOutcome::PutOff]);
    }
}

#[test]
fn a_row_with_an_id_may_go_out_even_with_a_code_of_refusal() {
    let unknown = |code| (code, SendOutcome::Unknown);
    let unlisted = [(499, unlisted("499")), (103, unlisted("103"))];
    for (code, outcome) in [401, 402, 405, 500, 501].map(unknown).into_iter().chain(unlisted) {
        let mut held = row(A, code);
        held["messageId"] = json!("ATPid_held");
        let held = submitted(201, &rows(json!([held])), &[A]);
        assert_eq!((outcomes(&held), held.signals().fault), (vec![outcome], None), "{code}");
    }
}

#[test]
fn an_unlisted_code_is_a_refusal_only_if_its_number_is_in_the_range_of_refusals() {
    let of = |code: u64| outcomes(&submitted(201, &rows(json!([row(A, code)])), &[A])).remove(0);
    assert_eq!(of(408), refusal(RefusalReason::Unlisted, "408"));
    assert_eq!(of(199), unlisted("199"));
    // An unlisted code could be a phone number, and codes are shown and logged.
    assert_eq!(of(254_711_000_001), refusal(RefusalReason::Unlisted, codes::UNLISTED));
}

#[test]
fn a_code_may_be_written_as_text_and_no_code_leaves_the_word() {
    let mut text = row(A, 101);
    text["statusCode"] = json!("101");
    assert_eq!(outcomes(&submitted(201, &rows(json!([text])), &[A])), [accepted(A)]);
    let old = json!({"number": "+254711000001", "status": "UserInBlacklist", "messageId": "None"});
    let expected = [refusal(RefusalReason::OptedOut, "406")];
    assert_eq!(outcomes(&submitted(201, &rows(json!([old])), &[A])), expected);
    let broken = json!({"number": "+254711000001", "statusCode": [], "status": "Success"});
    assert_eq!(outcomes(&submitted(201, &rows(json!([broken])), &[A])), [SendOutcome::Unknown]);
}

#[test]
fn an_empty_answer_refuses_only_with_a_documented_reason() {
    let empty = |message: &str| {
        let body = json!({"SMSMessageData": {"Message": message, "Recipients": []}});
        submitted(201, &body, &[A, B])
    };
    let both = to(&[A, B]);
    let balance = Submitted::account_fault(&both, AccountFault::BalanceEmpty);
    assert_eq!(empty("InsufficientBalance"), balance);
    assert_eq!(outcomes(&empty("GatewayError")), [SendOutcome::NotTaken, SendOutcome::NotTaken]);
    assert_eq!(outcomes(&empty("NewReason")), [unlisted("NewReason"), unlisted("NewReason")]);
    for message in ["", "Sent to 0/2 Total Cost: 0", "Sent to 2/2 Total Cost: KES 1.6000", "Success", "Sent"]
    {
        assert_eq!(empty(message), Submitted::unknown(&both), "{message}");
    }
}

#[test]
fn only_201_is_success() {
    let good = rows(json!([row(A, 101)]));
    for status in [200, 202, 204, 409, 500, 503] {
        assert_eq!(submitted(status, &good, &[A]), Submitted::unknown(&to(&[A])), "{status}");
    }
    let refused = Submitted::account_fault(&to(&[A]), AccountFault::RequestRefused);
    assert_eq!(submitted(400, &good, &[A]), refused);
}

/// JSON of any shape, with the words and numbers that matter strewn in.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "\\PC{0,12}".prop_map(String::from),
        proptest::sample::select(vec![
            "+254711000001",
            "254711000002",
            "None",
            "Success",
            "InvalidSenderId",
            "101",
            "405",
            "ATPid_1",
        ])
        .prop_map(String::from),
    ];
    let key = proptest::sample::select(vec![
        "SMSMessageData",
        "Message",
        "Recipients",
        "number",
        "statusCode",
        "status",
        "messageId",
        "cost",
        "x",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (95_u64..520).prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|fields| fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// Whether each recipient has one outcome, and some recipient was not taken if there is a fault.
fn lawful(submitted: &Submitted, recipients: usize) -> bool {
    let (outcomes, signals) = (submitted.outcomes(), submitted.signals());
    let has_fault = signals.fault.is_some();
    outcomes.len() == recipients && (!has_fault || outcomes.contains(&SendOutcome::NotTaken))
}

/// Documented answers, and one of each kind of row, damaged: no recipient is accepted that the answer does not name.
#[test]
fn no_damaged_answer_breaks_the_law() {
    let samples = json_fixture("africastalking_samples.json");
    let documented = samples["responses"].as_array().unwrap().iter().map(|sample| sample["body"].to_string());
    let every = rows(json!([row(A, 101), row(B, 406), row(B, 500), row(A, 402), row(B, 999)])).to_string();
    let seeds = documented.chain([every]).map(String::into_bytes).collect();
    let statuses = proptest::sample::select(vec![200, 201, 401, 409, 429, 500]);
    fuzzing::play(1_000, &(fuzzing::inputs(seeds), statuses), |(fuzzing::Input(body), status)| {
        let digits: String = String::from_utf8_lossy(&body).chars().filter(char::is_ascii_digit).collect();
        let named = |number: u64| digits.contains(&(number % 1_000_000_000).to_string());
        let submitted = read(&answer(status, body.clone()), &to(&[A, B]));
        prop_assert!(lawful(&submitted, 2));
        let outcomes = submitted.outcomes();
        for (outcome, number) in outcomes.iter().zip([A, B]) {
            let accepted = matches!(outcome, SendOutcome::Accepted { .. });
            prop_assert!(!accepted || (status == 201 && named(number)), "{number}: {outcomes:?}");
        }
        Ok(())
    });
}

proptest! {
    #[test]
    fn arbitrary_bytes_keep_the_laws_of_a_provider(
        status in 100_u16..600,
        body in proptest::collection::vec(any::<u8>(), 0..200),
        count in 1_usize..=100,
    ) {
        let numbers: Vec<u64> = (A..).take(count).collect();
        let submission = to(&numbers);
        let submitted = read(&answer(status, body), &submission);
        prop_assert!(lawful(&submitted, count));
        if (500..600).contains(&status) || (200..300).contains(&status) {
            prop_assert_eq!(submitted, Submitted::unknown(&submission));
        }
    }

    #[test]
    fn arbitrary_json_has_one_outcome_for_each_recipient(body in any_json(), status in prop_oneof![Just(201_u16), Just(409), 200..600_u16]) {
        prop_assert!(lawful(&submitted(status, &body, &[A, B]), 2));
    }

    #[test]
    fn arbitrary_rows_keep_the_laws_of_a_provider(list in proptest::collection::vec(any_json(), 0..8)) {
        prop_assert!(lawful(&submitted(201, &rows(Value::from(list)), &[A, B]), 2));
    }
}
