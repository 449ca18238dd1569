//! Folds a journal: the status of every recipient by its records, or why the records contradict each other.

use std::fmt;

use crate::{
    forms::{
        batch::Placed,
        journal::{Dropped, Outcome, Record},
        status::Status,
    },
    limits::GROUP_RECIPIENTS,
};

/// A folded journal.
#[derive(Clone, Debug)]
pub struct Folded {
    /// By slot, before any report.
    pub statuses: Vec<Status>,
    /// Handed over, or about to be, without an outcome yet.
    pub in_flight: Vec<u16>,
    /// By slot, the token of the worker that last recorded that the provider puts the recipient off.
    put_off_under: Vec<Option<u64>>,
    /// By slot, every hand-over whose outcome is recorded.
    hand_overs: Vec<Vec<HandOver>>,
    /// The account that the recipients in flight were handed over to.
    account: String,
}

/// A hand-over of one recipient to an account.
#[derive(Clone, Debug)]
struct HandOver {
    account: String,
    outcome: Outcome,
}

/// Why a journal is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The record's number.
    pub record: usize,
    /// The recipient, if it is about one.
    pub slot: Option<u16>,
    what: &'static str,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "journal record {}: {}", self.record, self.what)
    }
}

/// Folds records in the order of their keys.
pub fn fold(recipients: usize, records: &[Placed]) -> Result<Folded, Broken> {
    let mut folded = Folded {
        statuses: vec![Status::Queued; recipients],
        in_flight: Vec::new(),
        put_off_under: vec![None; recipients],
        hand_overs: vec![Vec::new(); recipients],
        account: String::new(),
    };
    let mut token_before = None;
    for (place, placed) in records.iter().enumerate() {
        let number = place + 1;
        let broken = |(slot, what)| Broken { record: number, slot, what };
        if placed.number.map(|number| number as usize) != Some(number) {
            return Err(broken((None, "its number does not follow the one before")));
        }
        let by_another_worker = token_before.is_some_and(|token| token != placed.record.token);
        folded.apply(&placed.record, by_another_worker).map_err(broken)?;
        token_before = Some(placed.record.token);
    }
    Ok(folded)
}

type FoldError = (Option<u16>, &'static str);

impl Folded {
    fn apply(&mut self, record: &Record, by_another_worker: bool) -> Result<(), FoldError> {
        self.apply_outcomes(record, by_another_worker)?;
        for (reason, slots) in &record.dropped {
            for &slot in slots {
                if *reason == Dropped::PutOff && self.put_off_under(slot).is_none() {
                    return Err((Some(slot), "it gives up a recipient that the provider never put off"));
                }
                *self.queued(slot)? = match reason {
                    Dropped::OnPurpose => Status::Cancelled,
                    Dropped::Expired | Dropped::PutOff | Dropped::Unrouted => Status::Failed,
                };
            }
        }
        if record.intent.len() > GROUP_RECIPIENTS {
            return Err((None, "it hands over more recipients than a call may have"));
        }
        for &slot in &record.intent {
            self.check_hand_overs(slot, &record.account)?;
            self.queued(slot)?;
            if self.put_off_under(slot) == Some(record.token) {
                return Err((Some(slot), "its worker hands over again a recipient that was put off"));
            }
        }
        self.in_flight.clone_from(&record.intent);
        self.account.clone_from(&record.account);
        Ok(())
    }

    /// A worker knows the outcomes of its own call; it cannot know those of an earlier worker's call in flight.
    fn apply_outcomes(&mut self, record: &Record, by_another_worker: bool) -> Result<(), FoldError> {
        let Record { outcomes, token, .. } = record;
        let in_flight = std::mem::take(&mut self.in_flight);
        if outcomes.len() != in_flight.len() {
            return Err((None, "its outcomes are not those of the intent before"));
        }
        if by_another_worker && outcomes.iter().any(|outcome| *outcome != Outcome::Unknown) {
            return Err((
                None,
                "it records an outcome of another worker's call, which only that worker can know",
            ));
        }
        for (slot, outcome) in in_flight.into_iter().zip(outcomes) {
            if let Some(hand_overs) = self.hand_overs.get_mut(usize::from(slot)) {
                hand_overs.push(HandOver { account: self.account.clone(), outcome: *outcome });
            }
            let status = match outcome {
                Outcome::Accepted => Status::Sent,
                Outcome::Refused => Status::Failed,
                Outcome::Unknown => Status::Unconfirmed,
                Outcome::NotTaken | Outcome::Declined => continue,
                Outcome::Returned => {
                    self.put_off(slot, *token);
                    continue;
                }
            };
            *self.queued(slot)? = status;
        }
        Ok(())
    }

    /// At most one hand-over of a recipient can have been taken, and no other follows it. An account that has declined
    /// a recipient does not get it again.
    fn check_hand_overs(&self, slot: u16, account: &str) -> Result<(), FoldError> {
        for before in self.hand_overs.get(usize::from(slot)).into_iter().flatten() {
            if matches!(before.outcome, Outcome::Accepted | Outcome::Unknown) {
                return Err((
                    Some(slot),
                    "it hands over a recipient whose message may have been taken before",
                ));
            }
            if before.outcome == Outcome::Declined && before.account == account {
                return Err((Some(slot), "it hands over a recipient to an account that has declined it"));
            }
        }
        Ok(())
    }

    fn put_off(&mut self, slot: u16, token: u64) {
        if let Some(under) = self.put_off_under.get_mut(usize::from(slot)) {
            *under = Some(token);
        }
    }

    fn put_off_under(&self, slot: u16) -> Option<u64> {
        self.put_off_under.get(usize::from(slot)).copied().flatten()
    }

    fn queued(&mut self, slot: u16) -> Result<&mut Status, FoldError> {
        match self.statuses.get_mut(usize::from(slot)) {
            Some(status) if *status == Status::Queued => Ok(status),
            Some(_) => Err((Some(slot), "it hands over a recipient for the second time")),
            None => Err((Some(slot), "it names a slot that the batch does not have")),
        }
    }

    /// The accounts that took a recipient, or may have taken one.
    pub fn sent_by(&self) -> impl Iterator<Item = &str> {
        let taken = |hand_over: &&HandOver| matches!(hand_over.outcome, Outcome::Accepted | Outcome::Unknown);
        self.hand_overs.iter().flatten().filter(taken).map(|hand_over| hand_over.account.as_str())
    }

    /// Whether no recipient is left to hand over or to drop.
    pub fn is_done(&self) -> bool {
        self.in_flight.is_empty() && !self.statuses.contains(&Status::Queued)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(token: u64, outcomes: &[Outcome], intent: &[u16]) -> Record {
        let account = if intent.is_empty() { "" } else { "at" }.to_owned();
        Record { token, outcomes: outcomes.to_vec(), dropped: Vec::new(), intent: intent.to_vec(), account }
    }

    fn journal(records: Vec<Record>) -> Vec<Placed> {
        let placed = |(record, number)| Placed { number: Some(number), record, expires_at: None };
        records.into_iter().zip(1..).map(placed).collect()
    }

    fn broken(records: Vec<Record>) -> &'static str {
        fold(3, &journal(records)).unwrap_err().what
    }

    #[test]
    fn outcomes_become_statuses_and_recipients_put_off_stay_queued() {
        use Outcome::{Accepted, NotTaken, Refused, Returned, Unknown};
        let folded = fold(
            3,
            &journal(vec![
                record(1, &[], &[0, 1, 2]),
                record(1, &[Accepted, Returned, Refused], &[]),
                record(2, &[], &[1]),
                record(2, &[NotTaken], &[1]),
                record(3, &[Unknown], &[]),
            ]),
        );
        let folded = folded.unwrap();
        assert_eq!(folded.statuses, [Status::Sent, Status::Unconfirmed, Status::Failed]);
        assert!(folded.is_done());
    }

    #[test]
    fn a_slot_that_is_handed_over_twice_is_a_finding() {
        use Outcome::{Accepted, Refused};
        let twice = "it hands over a recipient for the second time";
        assert_eq!(broken(vec![record(1, &[], &[0]), record(1, &[Refused], &[0])]), twice);
        let mut dropping = record(1, &[Accepted], &[]);
        dropping.dropped.push((Dropped::Expired, vec![0]));
        assert_eq!(broken(vec![record(1, &[], &[0]), dropping]), twice);
        assert_eq!(broken(vec![record(1, &[], &[3])]), "it names a slot that the batch does not have");
    }

    #[test]
    fn no_hand_over_follows_one_that_may_have_been_taken() {
        use Outcome::{Accepted, Declined, NotTaken, Returned, Unknown};
        let to = |account: &str, record: Record| Record { account: account.to_owned(), ..record };
        let taken = "it hands over a recipient whose message may have been taken before";
        for outcome in [Accepted, Unknown] {
            let again = |records| [vec![record(1, &[], &[0]), record(1, &[outcome], &[])], records].concat();
            assert_eq!(broken(again(vec![record(2, &[], &[0])])), taken, "{outcome:?}");
            assert_eq!(broken(again(vec![to("aws", record(2, &[], &[0]))])), taken, "{outcome:?}, elsewhere");
        }
        let not_taken = vec![
            record(1, &[], &[0]),
            to("aws", record(1, &[Declined], &[0])),
            record(1, &[NotTaken], &[]),
            to("aws", record(2, &[], &[0])),
            to("aws", record(2, &[Returned], &[])),
            to("aws", record(3, &[], &[0])),
            record(3, &[Unknown], &[]),
        ];
        assert!(fold(3, &journal(not_taken)).is_ok());
        let declined = "it hands over a recipient to an account that has declined it";
        assert_eq!(broken(vec![record(1, &[], &[0]), record(1, &[Declined], &[0])]), declined);
    }

    #[test]
    fn a_journal_must_be_complete_and_a_record_has_only_outcomes_of_its_writers_call() {
        use Outcome::Accepted;
        let missing = "its outcomes are not those of the intent before";
        assert_eq!(broken(vec![record(1, &[], &[0]), record(1, &[], &[1])]), missing);
        let other_workers_outcome =
            "it records an outcome of another worker's call, which only that worker can know";
        assert_eq!(broken(vec![record(1, &[], &[0]), record(2, &[Accepted], &[])]), other_workers_outcome);
        let mut gap = journal(vec![record(1, &[], &[0]), record(1, &[Accepted], &[])]);
        gap[1].number = Some(3);
        assert_eq!(fold(3, &gap).unwrap_err().what, "its number does not follow the one before");
    }

    #[test]
    fn a_worker_must_not_hand_over_again_a_recipient_that_was_put_off() {
        let put_off = [record(1, &[], &[0]), record(1, &[Outcome::Returned], &[])];
        let then = |next: Record| [put_off.to_vec(), vec![next]].concat();
        assert!(fold(3, &journal(then(record(2, &[], &[0])))).is_ok());
        let again = "its worker hands over again a recipient that was put off";
        assert_eq!(broken(then(record(1, &[], &[0]))), again);
        let given_up = |slot| Record { dropped: vec![(Dropped::PutOff, vec![slot])], ..record(2, &[], &[]) };
        assert!(fold(3, &journal(then(given_up(0)))).is_ok());
        assert_eq!(broken(then(given_up(1))), "it gives up a recipient that the provider never put off");
    }
}
