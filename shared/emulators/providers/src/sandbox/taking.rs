//! One call of the adapter: which messages are taken, the answer for each, the reports that fall due.

use domain::{
    keys::MessageKey, msisdn::Msisdn, sender_id::SenderId, text::MessageText, timestamp::Timestamp,
};
use providers::{
    MAX_RECIPIENTS_PER_CALL,
    sandbox::{
        rules::{CallRule, RecipientRule, Rule, call_rule, rule_for},
        wire::{MessagesRequest, RecipientLine, ResultLine, Said},
    },
};

use super::{
    report_queue::{Due, message_id},
    server::{Server, State},
};

/// A request that is understood.
pub(super) struct Call {
    sender: SenderId,
    text: MessageText,
    recipients: Vec<(Msisdn, MessageKey)>,
}

impl Call {
    /// Reads a request; `None` if any part of it differs from what the adapter sends.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let request: MessagesRequest<'_> = serde_json::from_slice(body).ok()?;
        let count = request.recipients.len();
        if count == 0 || count > MAX_RECIPIENTS_PER_CALL {
            return None;
        }
        let recipient =
            |line: &RecipientLine| Some((Msisdn::parse_e164(&line.to).ok()?, line.reference.parse().ok()?));
        Some(Self {
            sender: request.sender.parse().ok()?,
            text: MessageText::parse(request.text.into_owned()).ok()?,
            recipients: request.recipients.iter().map(recipient).collect::<Option<_>>()?,
        })
    }

    /// The rule for the call as a whole.
    pub fn rule(&self) -> CallRule {
        call_rule(self.numbers())
    }

    fn numbers(&self) -> impl Iterator<Item = Msisdn> {
        self.recipients.iter().map(|(number, _)| *number)
    }
}

impl Server {
    /// Whether a call that is throttled at first is refused this time.
    pub(super) fn turns_away(&self, call: &Call) -> bool {
        let throttled = call.numbers().find(|number| rule_for(*number).call == CallRule::ThrottleAtFirst);
        throttled.is_some_and(|number| self.shared.throttling.turns_away(number))
    }

    /// Takes the messages that the rules accept, and returns the lines of the answer.
    pub(super) fn take(&self, call: &Call) -> Vec<ResultLine> {
        let now = self.shared.clock.now();
        let lines = {
            let mut state = self.state();
            let copy = state.inbox.copy(call.sender.as_str(), call.text.as_str());
            let take = |&(number, reference): &(Msisdn, MessageKey)| {
                self.take_one(&mut state, (number, reference), copy, now)
            };
            call.recipients.iter().filter_map(take).collect()
        };
        self.shared.due.notify_one();
        lines
    }

    fn take_one(
        &self,
        state: &mut State,
        (number, reference): (Msisdn, MessageKey),
        copy: u32,
        now: Timestamp,
    ) -> Option<ResultLine> {
        let rule = rule_for(number);
        let said = match self.refusal(number, rule) {
            Some(said) => Some(said),
            None => {
                let taken = state.inbox.take(number, reference, copy, now);
                let due = |&reported: &_| Due { number: taken, reference, reported };
                rule.reports.iter().map(due).for_each(|due| state.reports.push(due));
                self.said_of_taken(rule, taken)
            }
        };
        said.map(|said| ResultLine { reference: reference.to_string(), said })
    }

    fn refusal(&self, number: Msisdn, rule: Rule) -> Option<Said> {
        match rule.recipient {
            RecipientRule::Accept | RecipientRule::AcceptWithoutId | RecipientRule::LeaveOut => None,
            RecipientRule::Refuse(reason) => Some(Said::Refused { reason }),
            RecipientRule::Fault(fault) => Some(Said::AccountFault { fault }),
            RecipientRule::Throttle => Some(Said::Throttled),
            RecipientRule::ThrottleAtFirst => {
                self.shared.throttling.turns_away(number).then_some(Said::Throttled)
            }
        }
    }

    fn said_of_taken(&self, rule: Rule, number: u64) -> Option<Said> {
        match rule.recipient {
            RecipientRule::LeaveOut => None,
            RecipientRule::AcceptWithoutId => Some(Said::Accepted { id: None }),
            _ => Some(Said::Accepted { id: Some(message_id(self.shared.started, number)) }),
        }
    }
}
