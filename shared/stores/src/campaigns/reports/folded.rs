//! Folds reports into a batch: computes the changes before anything is written.

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use domain::{
    batch::BatchState,
    campaign::Counts,
    ids::{BatchNumber, Slot},
    money::Money,
    receipt::{ReportFit, ReportSheet, SlotReport},
    settlement::{StatusStep, Tally, counts_of},
    timestamp::Timestamp,
};

use crate::{
    campaigns::{
        batches::BatchRecord,
        head::{CLOSED, OPEN, SET_ASIDE},
        header::CampaignText,
        settle::counts_attribute,
    },
    error::StoreError,
    item::{number, numbers, text},
    table::Change,
};

/// The result of applying some reports.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReportsApplied {
    /// Recipients whose status changed.
    pub changed: usize,
    /// How each report fits, in the order of the reports; empty if the batch was never planned.
    pub fits: Vec<ReportFit>,
}

/// A batch as it was read, and its sheet with the new reports.
pub(super) struct Folded {
    pub(super) before: BatchRecord,
    pub(super) applied: ReportsApplied,
    sheet: ReportSheet,
    steps: Vec<StatusStep>,
    /// Whether a later read could change how a report fits.
    pub(super) may_change: bool,
}

impl Folded {
    pub(super) fn of(before: BatchRecord, reports: &[SlotReport]) -> Result<Self, StoreError> {
        let mut sheet = before.sheet.clone();
        let fits: Vec<ReportFit> = reports.iter().map(|report| report.fit(&before.progress)).collect();
        for (report, _) in reports.iter().zip(&fits).filter(|(_, fit)| **fit == ReportFit::Matches) {
            sheet.apply(report.slot, &report.receipt).map_err(StoreError::unreadable("a report sheet"))?;
        }
        let may_change = may_change(&before, reports);
        let steps = steps(&before, &sheet);
        let applied = ReportsApplied { changed: steps.len(), fits };
        Ok(Self { before, applied, sheet, steps, may_change })
    }

    pub(super) fn says_nothing_new(&self) -> bool {
        self.sheet == self.before.sheet
    }

    /// Whether money is still held for a recipient whose status these reports settle.
    pub(super) fn moves_money(&self) -> bool {
        self.before.head.held.is_positive() && self.steps.iter().any(StatusStep::settles)
    }

    /// The change of the campaign's counts.
    pub(super) fn counts(&self) -> Counts {
        counts_of(&self.steps)
    }

    /// The change of counts, and of the money if it is still held.
    pub(super) fn tally(&self, campaign_text: &CampaignText) -> Result<Tally, StoreError> {
        let (plan, held) = (&self.before.plan, self.before.head.held);
        Tally::of_reports(plan, &self.steps, campaign_text.price(), held)
            .map_err(StoreError::unreadable("a batch's money"))
    }

    /// The write of the sheet. It is refused if the batch has changed since it was read.
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
            change = change.value(":unpaid", numbers(unpaid));
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
        Counts::of(self.before.statuses_under(&self.sheet))
    }

    /// The slots of recipients whose report came after the refund.
    fn unpaid(&self) -> Vec<Slot> {
        let money = self.before.head.money();
        self.steps.iter().filter(|step| money.is_too_late(step)).map(|step| step.slot).collect()
    }
}

/// The recipients whose status changes with a new sheet.
fn steps(before: &BatchRecord, sheet: &ReportSheet) -> Vec<StatusStep> {
    let statuses = before.statuses().zip(before.statuses_under(sheet)).zip(0..);
    let step = |((from, to), slot)| StatusStep { slot, from, to };
    statuses.map(step).filter(|step| step.from != step.to).collect()
}

/// Whether a later read of the batch could change how a report fits. The journal never changes a settled recipient.
fn may_change(before: &BatchRecord, reports: &[SlotReport]) -> bool {
    (before.head.state == BatchState::Closed && !before.progress.is_done())
        || reports.iter().any(|report| report.may_fit_otherwise_later(&before.progress))
}
