//! Folding reports into a batch: what they change, before anything is written.

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use domain::{
    campaign::Counts,
    delivery::DeliveryStatus,
    ids::BatchNumber,
    money::Money,
    msisdn::Msisdn,
    receipt::{ReportFit, ReportSheet, SlotReport},
    timestamp::Timestamp,
};

use crate::{
    campaigns::{
        batches::BatchRecord,
        head::{BatchState, CLOSED, OPEN, SET_ASIDE},
        header::{CampaignHeader, CampaignText},
        settle::{Tally, counts_attribute},
    },
    error::StoreError,
    item::{number, text},
    table::Change,
};

/// The result of applying some reports.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReportsApplied {
    /// Recipients whose status changed.
    pub changed: usize,
    /// How each report fits, in their order; empty if no such batch is planned.
    pub fits: Vec<ReportFit>,
}

/// A batch as it was read, and its sheet with the new reports.
pub(super) struct Folded {
    pub(super) before: BatchRecord,
    pub(super) applied: ReportsApplied,
    sheet: ReportSheet,
    /// Whether a later read could change how a report fits.
    pub(super) may_change: bool,
}

impl Folded {
    /// Folds reports into a batch.
    pub(super) fn of(before: BatchRecord, reports: &[SlotReport]) -> Result<Self, StoreError> {
        let mut sheet = before.sheet.clone();
        let fits: Vec<ReportFit> = reports.iter().map(|report| report.fit(&before.progress)).collect();
        for (report, _) in reports.iter().zip(&fits).filter(|(_, fit)| **fit == ReportFit::Matches) {
            sheet.apply(report.slot, &report.receipt).map_err(StoreError::unreadable("a report sheet"))?;
        }
        let may_change = may_change(&before, reports);
        let mut folded = Self { before, applied: ReportsApplied { changed: 0, fits }, sheet, may_change };
        folded.applied.changed = folded.steps().count();
        Ok(folded)
    }

    pub(super) fn says_nothing_new(&self) -> bool {
        self.sheet == self.before.sheet
    }

    /// Whether money is still held for a recipient whose status these reports settle.
    pub(super) fn moves_money(&self) -> bool {
        self.before.head.held.is_positive()
            && self.steps().any(|(from, _, _)| from == DeliveryStatus::Unconfirmed)
    }

    /// The change of the campaign's counts.
    pub(super) fn counts(&self) -> Counts {
        self.steps().fold(Counts::default(), |counts, (from, to, _)| counts.plus(Counts::step(from, to)))
    }

    /// The change of counts, and the money of recipients that were unconfirmed if it is still held.
    pub(super) fn tally(
        &self,
        header: &CampaignHeader,
        campaign_text: &CampaignText,
    ) -> Result<Tally, StoreError> {
        let (segments, held) = (campaign_text.message.segments(), self.before.head.held);
        let mut tally = Tally { counts: self.counts(), ..Tally::default() };
        let unconfirmed = self.steps().filter(|(from, _, _)| *from == DeliveryStatus::Unconfirmed);
        for (_, _, recipient) in unconfirmed.filter(|_| held.is_positive()) {
            let cost = campaign_text.tariff.cost(recipient, segments).unwrap_or(Money::ZERO);
            let sum = tally.charged.checked_add(cost);
            tally.charged = sum.map_err(StoreError::unreadable("a batch's price"))?;
        }
        debug_assert!(tally.charged <= held || header.held() == Money::ZERO);
        Ok(tally)
    }

    /// The write of the sheet. It is refused unless the batch is still as it was read.
    pub(super) fn sheet_change(&self, held: Money, now: Timestamp) -> Result<Change, StoreError> {
        // The refund after the wait for reports changes `held` and not the sheet: a report whose batch was read
        // before must not charge the refunded money.
        let head = &self.before.head;
        let (state, counts, unspent) = match head.state {
            BatchState::Closed => (CLOSED, ", counts = :counts", " AND held = :seen_held"),
            BatchState::SetAside => (SET_ASIDE, "", ""),
            BatchState::Open | BatchState::Untouched => (OPEN, "", ""),
        };
        let (seen, unpaid) = (head.reports_version, self.unpaid());
        let added = if unpaid.is_empty() { "" } else { " ADD unpaid :unpaid" };
        let mut change = Change::new(format!(
            "SET reports = :reports, reports_version = :next, reports_at = :now, held = :held{counts}{added}"
        ))
        .when(format!(
            "#state = :state AND (reports_version = :seen \
             OR (attribute_not_exists(reports_version) AND :seen = :zero)){unspent}"
        ))
        .name("#state", "state")
        .value(":state", text(state))
        .value(":seen", number(seen))
        .value(":next", number(seen + 1))
        .value(":zero", number(0))
        .value(":now", number(now.millis()))
        .value(":held", number(held.ten_thousandths()))
        .value(":reports", AttributeValue::B(Blob::new(self.sheet.encode())));
        if !unpaid.is_empty() {
            change = change.value(":unpaid", AttributeValue::Ns(unpaid));
        }
        if counts.is_empty() {
            return Ok(change);
        }
        let change = change.value(":seen_held", number(head.held.ten_thousandths()));
        Ok(change.value(":counts", counts_attribute(&self.counts_after())?))
    }

    /// The batch's counts for its entry, if these reports change them.
    pub(super) fn kept(&self) -> Option<(BatchNumber, Counts)> {
        (self.applied.changed > 0).then(|| (self.before.plan.number(), self.counts_after()))
    }

    fn counts_after(&self) -> Counts {
        Counts::of(self.statuses())
    }

    fn statuses(&self) -> impl Iterator<Item = DeliveryStatus> + '_ {
        self.before.statuses_under(&self.sheet)
    }

    /// The slots of recipients whose report came after the refund: a row must not show them as charged.
    fn unpaid(&self) -> Vec<String> {
        let head = &self.before.head;
        if head.state != BatchState::Closed || head.held.is_positive() {
            return Vec::new();
        }
        let statuses = self.before.statuses().zip(self.statuses()).enumerate();
        let late = statuses.filter(|(_, (from, to))| *from == DeliveryStatus::Unconfirmed && from != to);
        late.map(|(slot, _)| slot.to_string()).collect()
    }

    /// The recipients whose status changes: the old status, the new one and the number.
    fn steps(&self) -> impl Iterator<Item = (DeliveryStatus, DeliveryStatus, Msisdn)> + '_ {
        let statuses = self.before.statuses().zip(self.statuses()).zip(self.before.plan.recipients());
        statuses.filter(|((from, to), _)| from != to).map(|((from, to), number)| (from, to, *number))
    }
}

/// Whether a later read of the batch could change how a report fits. The journal settles each recipient once and never
/// changes that again.
fn may_change(before: &BatchRecord, reports: &[SlotReport]) -> bool {
    (before.head.state == BatchState::Closed && !before.progress.is_done())
        || reports.iter().any(|report| report.may_fit_otherwise_later(&before.progress))
}
