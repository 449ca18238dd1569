//! Compares the cost of a batch's recipients with the postings for the batch.

use std::collections::BTreeMap;

use crate::forms::{
    batch::{Head, Planned, Stage},
    campaign::Terms,
    ledger::{Cause, Line},
    status::Status,
};

/// An amount as text, with four decimals.
pub fn shown(amount: i128) -> String {
    let (sign, amount) = (if amount < 0 { "-" } else { "" }, amount.unsigned_abs());
    format!("{sign}{}.{:04}", amount / 10_000, amount % 10_000)
}

/// The postings of a batch, in ten-thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// Charged: at dispatch, and by reports later.
    pub settled: i128,
    /// Refunded when the batch was closed.
    pub released: i128,
    /// Refunded when the wait for reports ended.
    pub timed_out: i128,
}

#[derive(Clone, Debug, Default)]
pub struct CampaignPostings {
    pub reserved: Option<i128>,
    pub batches: BTreeMap<u32, Posted>,
    /// Whether a line could not be read, so that the sums cannot be used.
    pub is_partial: bool,
}

impl CampaignPostings {
    pub fn add(&mut self, line: &Line<'_>) {
        let amount = i128::from(line.amount);
        match line.cause {
            Cause::TopUp | Cause::Correction => {}
            Cause::Reserve { .. } => self.reserved = Some(amount),
            Cause::Settle { batch, .. } => self.batches.entry(batch).or_default().settled += amount,
            Cause::Release { batch, at_timeout: false, .. } => {
                self.batches.entry(batch).or_default().released += amount;
            }
            Cause::Release { batch, at_timeout: true, .. } => {
                self.batches.entry(batch).or_default().timed_out += amount;
            }
        }
    }

    /// The postings of a batch; `None` if they are not known.
    pub fn of_batch(&self, batch: u32) -> Option<Posted> {
        (!self.is_partial).then(|| self.batches.get(&batch).copied().unwrap_or_default())
    }

    pub fn settled(&self) -> i128 {
        self.batches.values().map(|posted| posted.settled).sum()
    }

    pub fn released(&self) -> i128 {
        self.batches.values().map(|posted| posted.released + posted.timed_out).sum()
    }
}

/// The prices of recipients, summed by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    pub all: i128,
    pub accepted: i128,
    pub given_up: i128,
    pub unconfirmed: i128,
    /// Recipients without a price, which is an error.
    pub unpriced: u64,
}

impl Prices {
    pub fn of(terms: &Terms, recipients: &[Planned], statuses: &[Status]) -> Self {
        let mut prices = Self::default();
        for (recipient, status) in recipients.iter().zip(statuses) {
            let Some(price) = terms.price(recipient) else {
                prices.unpriced += 1;
                continue;
            };
            prices.all += price;
            match status {
                status if status.was_accepted() => prices.accepted += price,
                Status::Failed | Status::Cancelled => prices.given_up += price,
                Status::Unconfirmed => prices.unconfirmed += price,
                _ => {}
            }
        }
        prices
    }
}

/// The contradictions in a batch's money. Test campaigns hold amounts in name only and post nothing.
pub fn judge_batch(head: &Head<'_>, prices: Prices, posted: Posted, is_live: bool) -> Vec<String> {
    let held = i128::from(head.held);
    let mut wrong = Vec::new();
    let mut equal = |what: &str, found: i128, expected: i128| {
        if found != expected {
            wrong.push(format!("{what} {}, it should be {}", shown(found), shown(expected)));
        }
    };
    let posts = is_live && head.stage == Stage::Closed;
    let due = |amount: i128| if posts { amount } else { 0 };
    equal("what was given back at its close is", posted.released, due(prices.given_up));
    if posts && posted.timed_out > 0 {
        // A report after the wait changed its recipient's status, but moved no money.
        let paid = posted.settled + posted.timed_out;
        equal(
            "charged and given back after the wait are together",
            paid,
            prices.accepted + prices.unconfirmed,
        );
        equal("held after the wait is", held, 0);
    } else {
        equal("what was charged is", posted.settled, due(prices.accepted));
        equal("what was given back after the wait is", posted.timed_out, 0);
        equal("held is", held, if head.stage == Stage::Closed { prices.unconfirmed } else { 0 });
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(stage: Stage, held: i64) -> Head<'static> {
        Head {
            stage,
            unreadable: None,
            lease_until: 0,
            waits: false,
            held,
            counts: None,
            reports: None,
            expires_at: None,
        }
    }

    const PRICES: Prices = Prices { all: 60, accepted: 30, given_up: 20, unconfirmed: 10, unpriced: 0 };

    #[test]
    fn the_amounts_charged_refunded_and_held_by_a_closed_batch_follow_from_its_statuses() {
        let posted = Posted { settled: 30, released: 20, timed_out: 0 };
        assert!(judge_batch(&head(Stage::Closed, 10), PRICES, posted, true).is_empty());
        assert_eq!(judge_batch(&head(Stage::Closed, 9), PRICES, posted, true).len(), 1);
        let more = Posted { settled: 31, ..posted };
        let wrong = judge_batch(&head(Stage::Closed, 10), PRICES, more, true);
        assert_eq!(wrong, ["what was charged is 0.0031, it should be 0.0030"]);
    }

    #[test]
    fn after_the_wait_a_late_report_moves_no_money() {
        let posted = Posted { settled: 25, released: 20, timed_out: 15 };
        assert!(judge_batch(&head(Stage::Closed, 0), PRICES, posted, true).is_empty());
        assert_eq!(judge_batch(&head(Stage::Closed, 5), PRICES, posted, true).len(), 1);
    }

    #[test]
    fn open_batches_and_test_campaigns_have_no_postings() {
        let nothing = Posted::default();
        assert!(judge_batch(&head(Stage::Open, 0), PRICES, nothing, true).is_empty());
        assert!(judge_batch(&head(Stage::Closed, 10), PRICES, nothing, false).is_empty());
        let posted = Posted { settled: 30, ..nothing };
        assert_eq!(judge_batch(&head(Stage::Open, 0), PRICES, posted, true).len(), 1);
    }

    #[test]
    fn an_amount_is_shown_to_the_last_step() {
        assert_eq!((shown(12_480_001), shown(-1)), ("1248.0001".to_owned(), "-0.0001".to_owned()));
    }
}
