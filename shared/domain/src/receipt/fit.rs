//! Whether a report is about the message of a slot.

use super::reported::DeliveryReceipt;
use crate::{
    delivery::DeliveryStatus,
    ids::{AccountName, Slot},
    journal::{Progress, SlotState},
};

/// A report for a recipient of a batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SlotReport {
    pub slot: Slot,
    /// The account whose provider reports.
    pub account: AccountName,
    /// The provider's id of the message, if the report has one.
    pub provider_message_id: Option<String>,
    /// How often the recipient had been put off before the hand-over that is reported, if the report says so.
    pub times_put_off: Option<u8>,
    pub receipt: DeliveryReceipt,
    /// How the report was matched to this recipient's message.
    pub matched_by: MatchedBy,
}

/// How a report was matched to a recipient's message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MatchedBy {
    /// The message matches only by an equal id: the report may be about another message to the same number.
    Id,
    /// The provider names the recipient: the report cannot be about another message, and only a different id
    /// contradicts it.
    Recipient,
}

/// Whether a report fits the journal of its recipient.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReportFit {
    /// The report is about this message.
    Matches,
    /// The message was handed over without a known id, and the report must be matched by id. It may be about this
    /// message.
    Possible,
    /// The recipient is in flight: its outcome, and so the id, is not known yet.
    TooEarly,
    /// The message has another id, has no known id and is of another account or hand-over, or was never handed over.
    Unrelated,
}

impl SlotReport {
    /// How the report fits a journal. It matches if the ids are equal, or if one side has no id and the account and the
    /// hand-over are the same: so a report with an unknown id settles a hand-over whose answer was lost, unless the
    /// report is matched by id.
    pub fn fit(&self, progress: &Progress) -> ReportFit {
        let Some(state) = self.recipient(progress) else { return ReportFit::Unrelated };
        match state.status {
            DeliveryStatus::Queued if progress.in_flight().contains(&self.slot) => ReportFit::TooEarly,
            DeliveryStatus::Queued | DeliveryStatus::Failed | DeliveryStatus::Cancelled => {
                ReportFit::Unrelated
            }
            DeliveryStatus::Sent
            | DeliveryStatus::Unconfirmed
            | DeliveryStatus::Delivered
            | DeliveryStatus::Undelivered => self.fit_by_id(state),
        }
    }

    fn fit_by_id(&self, state: &SlotState) -> ReportFit {
        match (&state.provider_message_id, &self.provider_message_id) {
            (Some(known), Some(reported)) if known == reported => ReportFit::Matches,
            (Some(_), Some(_)) => ReportFit::Unrelated,
            // An account that declined the recipient may report this refusal under our reference, after another account
            // took the recipient.
            _ if state.account.is_some_and(|account| account != self.account) => ReportFit::Unrelated,
            // The report of a hand-over that was put off may come after the next one, whose answer was lost.
            _ if self.times_put_off.is_some_and(|times| times != state.times_put_off) => ReportFit::Unrelated,
            _ => match self.matched_by {
                MatchedBy::Id => ReportFit::Possible,
                MatchedBy::Recipient => ReportFit::Matches,
            },
        }
    }

    /// Whether a later read of the journal can change [`Self::fit`]. The journal never changes a settled recipient.
    pub fn may_fit_otherwise_later(&self, progress: &Progress) -> bool {
        self.recipient(progress).is_some_and(|state| state.status == DeliveryStatus::Queued)
    }

    fn recipient<'a>(&self, progress: &'a Progress) -> Option<&'a SlotState> {
        progress.slots().get(usize::from(self.slot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        journal::{Intent, Record, SlotOutcome},
        outcome::RefusalReason,
        receipt::Reported,
        timestamp::Timestamp,
    };

    fn record(outcomes: Vec<SlotOutcome>, intent: Vec<Slot>) -> Record {
        let intent = Intent::new(AccountName::new("at-ke"), intent);
        Record { token: 1, at: Timestamp::from_secs(1), outcomes, dropped: Vec::new(), intent }
    }

    /// Slot 0 accepted as `a`, 1 unknown, 2 refused, 3 in flight, 4 queued.
    fn progress() -> Progress {
        let outcomes = vec![
            SlotOutcome::Accepted(Some("a".to_owned())),
            SlotOutcome::Unknown,
            SlotOutcome::Refused(RefusalReason::Rejected, "502".to_owned()),
        ];
        Progress::fold(5, [record(Vec::new(), vec![0, 1, 2]), record(outcomes, vec![3])]).unwrap()
    }

    fn report(slot: Slot, id: Option<&str>, matched_by: MatchedBy) -> SlotReport {
        let receipt = DeliveryReceipt::new(Reported::Delivered, None, None);
        let account = AccountName::new("at-ke");
        SlotReport {
            slot,
            account,
            provider_message_id: id.map(str::to_owned),
            times_put_off: None,
            receipt,
            matched_by,
        }
    }

    #[test]
    fn a_report_of_another_account_matches_only_by_an_equal_id() {
        use ReportFit::{Matches, Unrelated};
        let fit = |slot, id, matched_by| {
            let other = AccountName::new("infobip");
            SlotReport { account: other, ..report(slot, id, matched_by) }.fit(&progress())
        };
        for (slot, id, expected) in
            [(0, Some("a"), Matches), (0, None, Unrelated), (1, Some("b"), Unrelated), (1, None, Unrelated)]
        {
            let fits = [MatchedBy::Id, MatchedBy::Recipient].map(|by| fit(slot, id, by));
            assert_eq!(fits, [expected; 2], "{slot} {id:?}");
        }
    }

    /// Slot 0 was put off once and then handed over with a lost answer; slot 1 was handed over once, with a lost
    /// answer.
    fn put_off_and_handed_over_again() -> Progress {
        let first = vec![SlotOutcome::PutOff, SlotOutcome::Unknown];
        let second = Record { token: 2, ..record(vec![SlotOutcome::Unknown], Vec::new()) };
        let again = Record { token: 2, ..record(first, vec![0]) };
        Progress::fold(2, [record(Vec::new(), vec![0, 1]), again, second]).unwrap()
    }

    #[test]
    fn a_report_of_a_hand_over_that_was_put_off_is_not_of_the_next_one() {
        use ReportFit::{Matches, Unrelated};
        let progress = put_off_and_handed_over_again();
        let fit = |slot, times_put_off| {
            let report = report(slot, Some("the provider's"), MatchedBy::Recipient);
            SlotReport { times_put_off, ..report }.fit(&progress)
        };
        assert_eq!(
            [None, Some(0), Some(1), Some(2)].map(|times| fit(0, times)),
            [Matches, Unrelated, Matches, Unrelated]
        );
        assert_eq!([None, Some(0), Some(1)].map(|times| fit(1, times)), [Matches, Matches, Unrelated]);
    }

    #[test]
    fn an_equal_id_decides_and_a_missing_one_only_for_a_report_that_is_certain() {
        use ReportFit::{Matches, Possible, TooEarly, Unrelated};
        for (slot, id, by_id, certain) in [
            (0, Some("a"), Matches, Matches),
            (0, Some("b"), Unrelated, Unrelated),
            (0, None, Possible, Matches),
            (1, Some("b"), Possible, Matches),
            (1, None, Possible, Matches),
            (2, Some("a"), Unrelated, Unrelated),
            (3, Some("a"), TooEarly, TooEarly),
            (4, Some("a"), Unrelated, Unrelated),
            (5, Some("a"), Unrelated, Unrelated),
        ] {
            let fits = [MatchedBy::Id, MatchedBy::Recipient].map(|by| report(slot, id, by).fit(&progress()));
            assert_eq!(fits, [by_id, certain], "{slot} {id:?}");
        }
    }

    #[test]
    fn only_a_queued_recipient_may_fit_otherwise_later() {
        let later = |slot| report(slot, None, MatchedBy::Recipient).may_fit_otherwise_later(&progress());
        assert_eq!([0, 1, 2, 3, 4, 5].map(later), [false, false, false, true, true, false]);
    }
}
