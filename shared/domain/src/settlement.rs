//! Settles the money that was reserved for the recipients of a batch.
//!
//! ```text
//!                       when the batch is closed        reports, or the end of the wait for them
//! reserved ──┬─ sent, delivered, undelivered ► charged
//!            ├─ failed, cancelled ───────────► released
//!            └─ unconfirmed ─────────────────► held ──┬─ a report in time ► charged
//!                                                     └─ none ────────────► released
//! ```
//! Over a batch's whole life, charged + released = reserved.

use thiserror::Error;

use crate::{
    api_key::KeyMode,
    batch::{BatchState, RecipientBatch},
    campaign::Counts,
    delivery::DeliveryStatus,
    ids::Slot,
    keys::BatchKey,
    money::{Money, MoneyError},
    tariff::MessagePrice,
    wallet::{Posting, PostingKind, Settlement},
};

/// Why the money of a batch cannot be settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SettlementError {
    /// A recipient without a price, although every recipient was priced at acceptance with the same tariff.
    #[error("a recipient has no price in its campaign's tariff")]
    Unpriced,
    /// The plan and the statuses are not of the same batch.
    #[error("there is a status without a recipient, or a recipient without a status")]
    Unmatched,
    /// The recipients that reports settle cost more than is held for all.
    #[error("reports settle more money than the batch holds")]
    MoreThanHeld,
    /// A sum is too large.
    #[error(transparent)]
    Amount(#[from] MoneyError),
}

/// A recipient's step from one status to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatusStep {
    pub slot: Slot,
    /// The status before.
    pub from: DeliveryStatus,
    /// The status after.
    pub to: DeliveryStatus,
}

/// The change of the counts and the money of a batch, for live and test campaigns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Added to the campaign's counts.
    pub counts: Counts,
    /// The cost of the recipients that are to be charged.
    pub charged: Money,
    /// The cost of the recipients that are not.
    pub released: Money,
    /// The cost of the recipients that wait for a report, after the change.
    pub held: Money,
}

impl Tally {
    /// The tally of a batch that is closed: every recipient, by slot.
    pub fn of_batch(
        plan: &RecipientBatch,
        statuses: &[DeliveryStatus],
        price: MessagePrice<'_>,
    ) -> Result<Self, SettlementError> {
        if plan.len() != statuses.len() {
            return Err(SettlementError::Unmatched);
        }
        let mut tally = Self { counts: Counts::of(statuses.iter().copied()), ..Self::default() };
        for (slot, status) in (0..).zip(statuses) {
            let cost = plan.cost(slot, price).ok_or(SettlementError::Unpriced)?;
            let part = match status {
                DeliveryStatus::Unconfirmed | DeliveryStatus::Queued => &mut tally.held,
                status if status.was_accepted() => &mut tally.charged,
                _ => &mut tally.released,
            };
            *part = part.checked_add(cost)?;
        }
        Ok(tally)
    }

    /// The tally of reports for a closed batch that still holds `held`: recipients that were unconfirmed are charged.
    /// After the end of the wait nothing is held, and a report changes the counts only.
    pub fn of_reports(
        plan: &RecipientBatch,
        steps: &[StatusStep],
        price: MessagePrice<'_>,
        held: Money,
    ) -> Result<Self, SettlementError> {
        let mut tally = Self { counts: counts_of(steps), held, ..Self::default() };
        for step in steps.iter().filter(|step| held.is_positive() && step.settles()) {
            if usize::from(step.slot) >= plan.len() {
                return Err(SettlementError::Unmatched);
            }
            let cost = plan.cost(step.slot, price).ok_or(SettlementError::Unpriced)?;
            tally.charged = tally.charged.checked_add(cost)?;
        }
        tally.held = held.checked_sub(tally.charged)?;
        if tally.held < Money::ZERO { Err(SettlementError::MoreThanHeld) } else { Ok(tally) }
    }

    /// The tally of the end of the wait for reports: all held money is released.
    pub fn of_timeout(held: Money) -> Self {
        Self { released: held, ..Self::default() }
    }

    /// The tally of reports that settle no money.
    pub fn of_counts(counts: Counts) -> Self {
        Self { counts, ..Self::default() }
    }

    pub const fn moved(&self, mode: KeyMode) -> MoneyMoved {
        MoneyMoved { charged: mode.moves(self.charged), released: mode.moves(self.released) }
    }
}

impl StatusStep {
    /// Whether the step ends the wait for a report.
    pub fn settles(&self) -> bool {
        self.from == DeliveryStatus::Unconfirmed && self.to != DeliveryStatus::Unconfirmed
    }
}

/// The change of the counts by some steps.
pub fn counts_of(steps: &[StatusStep]) -> Counts {
    steps.iter().fold(Counts::default(), |counts, step| counts.plus(Counts::step(step.from, step.to)))
}

/// Money that leaves the reserve of a campaign. Nothing with a test key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MoneyMoved {
    pub charged: Money,
    /// Money that becomes available again.
    pub released: Money,
}

impl MoneyMoved {
    /// The postings that move it; empty if no money moves.
    pub fn postings(&self, batch: BatchKey, settlement: Settlement) -> Vec<Posting> {
        [(PostingKind::Settle, self.charged), (PostingKind::Release, self.released)]
            .into_iter()
            .filter(|(_, amount)| amount.is_positive())
            .map(|(kind, amount)| Posting::of_batch(kind, batch, settlement, amount))
            .collect()
    }
}

/// The state of a batch's money.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BatchMoney {
    pub state: BatchState,
    /// The money that it holds for unconfirmed recipients, once it is closed.
    pub held: Money,
}

impl BatchMoney {
    /// Whether reports still settle money, or will once the batch is closed.
    pub fn waits_for_reports(&self) -> bool {
        self.state != BatchState::Closed || self.held.is_positive()
    }

    /// Whether a step comes after the recipient's money was released: the money stays released, and must not be shown
    /// as charged.
    pub fn is_too_late(&self, step: &StatusStep) -> bool {
        step.settles() && !self.waits_for_reports()
    }

    /// Whether the cost of a recipient with this status is charged or still reserved. `is_unpaid` says that its report
    /// came too late.
    pub fn is_paid(&self, status: DeliveryStatus, is_unpaid: bool) -> bool {
        match status {
            DeliveryStatus::Failed | DeliveryStatus::Cancelled => false,
            DeliveryStatus::Unconfirmed => self.waits_for_reports(),
            _ => !is_unpaid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        msisdn::Msisdn,
        packed,
        tariff::{Price, Tariff},
        text::SegmentCount,
    };

    const FIRST: u64 = 254_700_000_000;

    fn number(digits: u64) -> Msisdn {
        Msisdn::from_digits(digits).unwrap()
    }

    fn money(amount: i64) -> Money {
        Money::from_ten_thousandths(amount)
    }

    fn plan(recipients: usize) -> RecipientBatch {
        let numbers: Vec<Msisdn> = (FIRST..).take(recipients).map(number).collect();
        RecipientBatch::unpack(3, &packed::pack(&numbers)).unwrap()
    }

    fn tariff(prefix: &str) -> Tariff {
        let price = Price { prefix: prefix.into(), per_segment: money(12_345) };
        Tariff::new(vec![price]).unwrap()
    }

    fn of_batch(statuses: &[DeliveryStatus], prefix: &str) -> Result<Tally, SettlementError> {
        let tariff = tariff(prefix);
        Tally::of_batch(&plan(7), statuses, tariff.message(SegmentCount::ONE))
    }

    fn of_reports(steps: &[StatusStep], held: Money) -> Result<Tally, SettlementError> {
        let tariff = tariff("254");
        Tally::of_reports(&plan(7), steps, tariff.message(SegmentCount::ONE), held)
    }

    const fn step(slot: Slot, from: DeliveryStatus, to: DeliveryStatus) -> StatusStep {
        StatusStep { slot, from, to }
    }

    #[test]
    fn closing_a_batch_charges_accepted_recipients_and_releases_the_others() {
        let tally = of_batch(&DeliveryStatus::ALL, "254").unwrap();
        // One recipient for each status; `queued` too, although no closed batch has such a recipient.
        assert_eq!(
            [tally.charged, tally.released, tally.held],
            [money(37_035), money(24_690), money(24_690)]
        );
        assert_eq!(tally.counts, Counts::of(DeliveryStatus::ALL));
    }

    #[test]
    fn a_batch_that_does_not_match_its_plan_or_its_tariff_moves_no_money() {
        assert_eq!(of_batch(&DeliveryStatus::ALL[..6], "254"), Err(SettlementError::Unmatched));
        assert_eq!(of_batch(&DeliveryStatus::ALL, "255"), Err(SettlementError::Unpriced));
        let beyond = step(7, DeliveryStatus::Unconfirmed, DeliveryStatus::Sent);
        assert_eq!(of_reports(&[beyond], money(12_345)), Err(SettlementError::Unmatched));
    }

    #[test]
    fn a_report_in_time_charges_only_a_recipient_that_was_unconfirmed() {
        let steps = [
            step(0, DeliveryStatus::Unconfirmed, DeliveryStatus::Delivered),
            step(1, DeliveryStatus::Sent, DeliveryStatus::Undelivered),
            step(2, DeliveryStatus::Unconfirmed, DeliveryStatus::Undelivered),
        ];
        let tally = of_reports(&steps, money(61_725)).unwrap();
        assert_eq!([tally.charged, tally.released, tally.held], [money(24_690), money(0), money(37_035)]);
        let counts = Counts { sent: 2, delivered: 1, undelivered: 2, unconfirmed: -2, ..Counts::default() };
        assert_eq!(tally.counts, counts);
    }

    #[test]
    fn a_report_after_the_end_of_the_wait_moves_no_money() {
        let late = step(0, DeliveryStatus::Unconfirmed, DeliveryStatus::Delivered);
        let tally = of_reports(&[late], Money::ZERO).unwrap();
        assert_eq!(tally, Tally::of_counts(counts_of(&[late])));
        let money = BatchMoney { state: BatchState::Closed, held: Money::ZERO };
        assert!(money.is_too_late(&late));
        assert!(!money.is_too_late(&step(0, DeliveryStatus::Sent, DeliveryStatus::Delivered)));
    }

    #[test]
    fn reports_never_charge_more_than_is_held() {
        let steps = [0, 1].map(|slot| step(slot, DeliveryStatus::Unconfirmed, DeliveryStatus::Sent));
        assert_eq!(of_reports(&steps, money(12_345)), Err(SettlementError::MoreThanHeld));
        assert_eq!(of_reports(&steps, money(24_690)).unwrap().held, Money::ZERO);
    }

    #[test]
    fn the_end_of_the_wait_releases_all_that_is_held() {
        let tally = Tally::of_timeout(money(49_380));
        assert_eq!(tally.moved(KeyMode::Live), MoneyMoved { charged: Money::ZERO, released: money(49_380) });
        assert_eq!((tally.held, tally.counts), (Money::ZERO, Counts::default()));
    }

    #[test]
    fn a_test_campaign_moves_no_money() {
        let tally = of_batch(&DeliveryStatus::ALL, "254").unwrap();
        assert_eq!(tally.moved(KeyMode::Test), MoneyMoved::default());
    }

    #[test]
    fn each_part_that_moves_has_its_posting() {
        let batch: BatchKey = "00000000000000000000000000000001.84.3".parse().unwrap();
        let kinds = |charged, released| {
            let moved = MoneyMoved { charged: money(charged), released: money(released) };
            let postings = moved.postings(batch, Settlement::AtDispatch);
            postings.into_iter().map(|posting| (posting.kind, posting.amount)).collect::<Vec<_>>()
        };
        let (settle, release) = ((PostingKind::Settle, money(2)), (PostingKind::Release, money(1)));
        assert_eq!(kinds(2, 1), [settle, release]);
        assert_eq!(kinds(2, 0), [settle]);
        assert_eq!(kinds(0, 1), [release]);
        assert_eq!(kinds(0, 0), []);
    }

    #[test]
    fn a_row_shows_a_cost_only_while_it_is_charged_or_reserved() {
        let batch = |state, held| BatchMoney { state, held: money(held) };
        let (open, waiting) = (batch(BatchState::Open, 0), batch(BatchState::Closed, 1));
        let over = batch(BatchState::Closed, 0);
        for money in [open, waiting, over] {
            assert!(!money.is_paid(DeliveryStatus::Failed, false));
            assert!(!money.is_paid(DeliveryStatus::Cancelled, false));
            assert!(money.is_paid(DeliveryStatus::Sent, false));
            assert!(!money.is_paid(DeliveryStatus::Delivered, true), "its report came too late");
            assert_eq!(money.is_paid(DeliveryStatus::Unconfirmed, false), money != over);
        }
        assert!(open.is_paid(DeliveryStatus::Queued, false));
    }
}
