//! The outcome of each recipient in an answer of the sandbox. Pure and total, as for every provider.

use domain::{
    keys::MessageKey,
    outcome::{Refusal, SendOutcome},
};
use serde::Deserialize;
use serde_json::Value;

use super::wire::{ResultLine, Said};
use crate::{
    answer::Answer,
    message_id,
    submission::Submission,
    submitted::Submitted,
    verdict::{Verdict, by_name, conclude},
};

#[derive(Deserialize)]
struct Body {
    results: Vec<Value>,
}

/// The result of the call. Recipients are found by their reference; a missing one is unknown.
pub(crate) fn read(answer: &Answer, submission: &Submission) -> Submitted {
    let body = serde_json::from_slice::<Body>(&answer.body).ok().filter(|_| answer.status == 200);
    let Some(body) = body else { return answer.by_status(submission) };
    let mut said = by_name(body.results.into_iter().filter_map(line));
    conclude(submission, |recipient| said.remove(&recipient.reference).unwrap_or(Verdict::UNKNOWN))
}

fn line(line: Value) -> Option<(MessageKey, Verdict)> {
    let line: ResultLine = serde_json::from_value(line).ok()?;
    Some((line.reference.parse().ok()?, verdict(line.said)))
}

fn verdict(said: Said) -> Verdict {
    Verdict::Outcome(match said {
        Said::AccountFault { fault } => return Verdict::Fault(fault),
        Said::Throttled => SendOutcome::PutOff,
        Said::Refused { reason } => {
            SendOutcome::Refused(Refusal { reason, provider_code: reason.code().to_owned() })
        }
        Said::Accepted { id } => {
            SendOutcome::Accepted { provider_message_id: id.as_deref().and_then(message_id::parse) }
        }
    })
}

#[cfg(test)]
mod tests {
    use domain::outcome::{AccountFault, RefusalReason};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::testing::{recipients, submission};

    fn read_status(status: u16, body: &[u8], numbers: &[u64]) -> Submitted {
        let answer = Answer { status, retry_after: None, body: body.to_vec().into() };
        read(&answer, &submission("Habari", numbers))
    }

    fn read_lines(lines: Value, numbers: &[u64]) -> Submitted {
        read_status(200, json!({"results": lines}).to_string().as_bytes(), numbers)
    }

    #[test]
    fn recipients_are_found_by_reference_and_the_missing_one_is_unknown() {
        let numbers = [254_711_000_001, 254_711_000_002, 254_711_000_003];
        let names = recipients(&numbers).iter().map(|r| r.reference.to_string()).collect::<Vec<_>>();
        let lines = json!([
            {"reference": names[2], "status": "refused", "reason": "opted_out"},
            {"reference": names[0], "status": "accepted", "id": "sbx-1"},
            {"reference": "a stranger's", "status": "accepted", "id": "sbx-2"},
            {"reference": names[1], "status": "a word of tomorrow"},
        ]);
        let refusal = Refusal { reason: RefusalReason::OptedOut, provider_code: "opted_out".into() };
        let expected = [
            SendOutcome::Accepted { provider_message_id: Some("sbx-1".into()) },
            SendOutcome::Unknown,
            SendOutcome::Refused(refusal),
        ];
        assert_eq!(read_lines(lines, &numbers).outcomes(), expected);
    }

    #[test]
    fn a_fault_that_applies_to_every_recipient_is_a_fault_of_the_call() {
        let name = recipients(&[254_711_000_001])[0].reference.to_string();
        let lines = json!([{"reference": name, "status": "account_fault", "fault": "balance_empty"}]);
        let submission = submission("Habari", &[254_711_000_001]);
        let expected = Submitted::account_fault(&submission, AccountFault::BalanceEmpty);
        assert_eq!(read_lines(lines, &[254_711_000_001]), expected);
    }

    #[test]
    fn a_damaged_answer_accepts_only_recipients_that_it_names() {
        let numbers = [254_711_000_001, 254_711_000_002];
        let names = recipients(&numbers).iter().map(|r| r.reference.to_string()).collect::<Vec<_>>();
        let every = json!({"results": [
            {"reference": names[0], "status": "accepted", "id": "sbx-1"},
            {"reference": names[1], "status": "refused", "reason": "opted_out"},
            {"reference": names[1], "status": "throttled"},
            {"reference": names[0], "status": "account_fault", "fault": "balance_empty"},
        ]});
        let one = json!({"results": [{"reference": names[0], "status": "accepted", "id": null}]});
        let seeds = [every, one].map(|body| body.to_string().into_bytes()).to_vec();
        fuzzing::play(1_000, &fuzzing::inputs(seeds), |fuzzing::Input(body)| {
            let outcomes = read_status(200, &body, &numbers).into_outcomes();
            prop_assert_eq!(outcomes.len(), numbers.len());
            for (outcome, name) in outcomes.iter().zip(&names) {
                let named = String::from_utf8_lossy(&body).contains(name);
                prop_assert!(named || !matches!(outcome, SendOutcome::Accepted { .. }), "{outcomes:?}");
            }
            Ok(())
        });
    }

    proptest! {
        #[test]
        fn arbitrary_answers_keep_the_laws_of_a_provider(
            status in prop_oneof![Just(200_u16), 100_u16..600],
            body in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..100),
                "\\{\"results\":\\[(\\{\"reference\":\"x\",\"status\":\"accepted\"\\}|null|1|\\{\\})?\\]\\}"
                    .prop_map(String::into_bytes),
            ],
        ) {
            let submitted = read_status(status, &body, &[254_711_000_001, 254_711_000_002]);
            let same = |outcome: &SendOutcome| {
                submitted.outcomes() == [outcome.clone(), outcome.clone()]
            };
            prop_assert!(same(&SendOutcome::Unknown) || same(&SendOutcome::NotTaken), "{submitted:?}");
        }
    }
}
