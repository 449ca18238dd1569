//! The sandbox without a server: what answers a test key. It keeps nothing and reports nothing, so an
//! accepted message stays `sent`, and what a lost answer leaves stays `unconfirmed`.

use domain::{
    msisdn::Msisdn,
    outcome::{AccountFault, Refusal, SendOutcome},
    timestamp::Millis,
};

use super::{
    rules::{CallRule, RETRY_AFTER_SECONDS, RecipientRule, call_rule, rule_for},
    throttling::Throttling,
};
use crate::{
    name::ProviderName,
    provider::{BoxFuture, Provider},
    submission::{MAX_RECIPIENTS_PER_CALL, Recipient, Submission},
    submitted::Submitted,
    verdict::{Verdict, conclude},
};

/// Plays the rules' outcomes at once: nobody pays for a function that waits for a pretended timeout.
#[derive(Debug, Default)]
pub struct InProcess {
    throttling: Throttling,
}

impl InProcess {
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

impl Provider for InProcess {
    fn name(&self) -> ProviderName {
        ProviderName::Sandbox
    }

    fn max_recipients(&self) -> usize {
        MAX_RECIPIENTS_PER_CALL
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        Box::pin(async { self.play(submission) })
    }
}
