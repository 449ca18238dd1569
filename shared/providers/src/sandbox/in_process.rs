//! The sandbox without a server. It answers test keys, and every key of a deployment whose provider is the sandbox.
//!
//! For a test key it makes no reports, so an accepted message stays `sent`, and one whose answer is lost stays
//! `unconfirmed`. As a deployment's provider it returns the delivery reports of each call to its caller.

use std::sync::Arc;

use domain::{
    msisdn::Msisdn,
    outcome::{AccountFault, Refusal, SendOutcome},
    receipt::DeliveryReceipt,
    timestamp::Millis,
};

use super::{
    kind::KIND,
    rules::{CallRule, NETWORK, RETRY_AFTER_SECONDS, RecipientRule, call_rule, report_code, rule_for},
    throttling::Throttling,
};
use crate::{
    callback::{About, Report},
    kind::Kind,
    provider::{BoxFuture, Provider},
    submission::{MAX_RECIPIENTS_PER_CALL, Recipient, Submission},
    submitted::Submitted,
    verdict::{Verdict, conclude},
};

/// Plays the rules' outcomes without their delays, because a waiting function costs money.
#[derive(Clone, Debug, Default)]
pub struct InProcess {
    throttling: Arc<Throttling>,
    makes_reports: bool,
}

impl InProcess {
    /// A sandbox that reports the outcomes of its messages.
    pub fn reporting() -> Self {
        Self { makes_reports: true, ..Self::default() }
    }

    fn play(&self, submission: &Submission) -> Submitted {
        let numbers = || submission.recipients().iter().map(|recipient| recipient.msisdn);
        match call_rule(numbers()) {
            CallRule::RefuseCredentials => Submitted::account_fault(submission, AccountFault::Credentials),
            CallRule::ThrottleAtFirst if self.turns_away_call(numbers()) => {
                Submitted::throttled(submission, Some(Millis::from_secs(RETRY_AFTER_SECONDS)))
            }
            CallRule::Fail | CallRule::NeverAnswer | CallRule::AnswerServerError | CallRule::BreakOff => {
                Submitted::unknown(submission)
            }
            CallRule::Answer | CallRule::AnswerSlowly | CallRule::ThrottleAtFirst => {
                conclude(submission, |recipient| self.verdict(recipient))
            }
        }
    }

    fn turns_away_call(&self, mut numbers: impl Iterator<Item = Msisdn>) -> bool {
        let throttled = numbers.find(|number| rule_for(*number).call == CallRule::ThrottleAtFirst);
        throttled.is_some_and(|number| self.throttling.turns_away(number))
    }

    fn verdict(&self, recipient: &Recipient) -> Verdict {
        let number = recipient.msisdn;
        let id = || Some(recipient.reference.to_string());
        Verdict::Outcome(match rule_for(number).recipient {
            RecipientRule::Fault(fault) => return Verdict::Fault(fault),
            RecipientRule::Accept => SendOutcome::Accepted { provider_message_id: id() },
            RecipientRule::AcceptWithoutId => SendOutcome::Accepted { provider_message_id: None },
            RecipientRule::LeaveOut => SendOutcome::Unknown,
            RecipientRule::Refuse(reason) => {
                SendOutcome::Refused(Refusal { reason, provider_code: reason.code().to_owned() })
            }
            RecipientRule::Throttle => SendOutcome::PutOff,
            RecipientRule::ThrottleAtFirst if self.throttling.turns_away(number) => SendOutcome::PutOff,
            RecipientRule::ThrottleAtFirst => SendOutcome::Accepted { provider_message_id: id() },
        })
    }
}

/// The sandbox takes a message whose answer is lost, unless it fails the whole call.
const fn was_taken(outcome: &SendOutcome) -> bool {
    matches!(outcome, SendOutcome::Accepted { .. } | SendOutcome::Unknown)
}

fn receipts(recipient: &Recipient) -> impl Iterator<Item = Report> {
    rule_for(recipient.msisdn).reports.iter().map(|reported| Report {
        about: About::Reference(recipient.reference),
        provider_message_id: Some(recipient.reference.to_string()),
        times_put_off: None,
        receipt: DeliveryReceipt::new(*reported, report_code(*reported), Some(NETWORK)),
        unlisted: None,
    })
}

impl Provider for InProcess {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn max_recipients(&self) -> usize {
        MAX_RECIPIENTS_PER_CALL
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        Box::pin(async { self.play(submission) })
    }

    fn reports(&self, submission: &Submission, submitted: &Submitted) -> Vec<Report> {
        let call = call_rule(submission.recipients().iter().map(|recipient| recipient.msisdn));
        if !self.makes_reports || call == CallRule::Fail {
            return Vec::new();
        }
        let recipients = submission.recipients().iter().zip(submitted.outcomes());
        let taken = recipients.filter(|(_, outcome)| was_taken(outcome)).map(|(recipient, _)| recipient);
        taken.flat_map(receipts).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sandbox::rules::{RULES, THROTTLED_TIMES},
        testing::submission,
    };

    /// The reports about a number that is alone in its call, once it is no longer throttled.
    async fn reported(sandbox: &InProcess, suffix: u32) -> Vec<Report> {
        let submission = submission("Habari", &[254_700_000_000 + u64::from(suffix)]);
        for _ in 0..THROTTLED_TIMES {
            let turned_away = sandbox.submit(&submission).await;
            if !was_taken(&turned_away.outcomes()[0]) {
                assert_eq!(sandbox.reports(&submission, &turned_away), [], "…{suffix:06}");
            }
        }
        let submitted = sandbox.submit(&submission).await;
        sandbox.reports(&submission, &submitted)
    }

    #[tokio::test]
    async fn each_message_that_is_taken_is_reported_by_its_rule() {
        let sandbox = InProcess::reporting();
        for rule in RULES {
            let refused = matches!(
                rule.recipient,
                RecipientRule::Refuse(_) | RecipientRule::Throttle | RecipientRule::Fault(_)
            );
            let fails = matches!(rule.call, CallRule::Fail | CallRule::RefuseCredentials);
            let expected = if refused || fails { &[] } else { rule.reports };
            let reports = reported(&sandbox, rule.suffix).await;
            let words: Vec<_> = reports.iter().map(|report| report.receipt.reported).collect();
            assert_eq!(words, expected, "…{:06}", rule.suffix);
        }
    }

    #[tokio::test]
    async fn a_test_key_gets_no_reports() {
        assert_eq!(reported(&InProcess::default(), 42).await, []);
    }
}
