use domain::{
    batch::{BatchState, RecipientBatch},
    ids::{AccountName, Slot},
    journal::{Intent, Progress, Record, SlotOutcome},
    money::Money,
    packed,
    receipt::{DeliveryReceipt, MatchedBy, ReportFit, ReportSheet, Reported, SlotReport},
    timestamp::Timestamp,
};

use super::folded::Folded;
use crate::campaigns::{BatchRecord, HeadState};

/// A recipient that was accepted as `a`, one whose answer was lost, and one that is being submitted.
fn batch(state: BatchState) -> BatchRecord {
    let at = Timestamp::from_secs(1);
    let record = |outcomes, intent| {
        let intent = Intent::new(AccountName::new("at-ke"), intent);
        Record { token: 1, at, outcomes, dropped: Vec::new(), intent }
    };
    let outcomes = vec![SlotOutcome::Accepted(Some("a".to_owned())), SlotOutcome::Unknown];
    let records = [record(Vec::new(), vec![0, 1]), record(outcomes, vec![2])];
    let head = HeadState {
        state,
        lease_until: at,
        not_before: at,
        delays: 0,
        reports_version: 0,
        reports_at: None,
        held: Money::ZERO,
        counts: None,
        closed_at: None,
    };
    BatchRecord {
        plan: RecipientBatch::unpack(
            0,
            &packed::pack(&[254_711_000_001_u64, 254_722_000_001, 254_733_000_001]),
        )
        .unwrap(),
        progress: Progress::fold(3, records).unwrap(),
        sheet: ReportSheet::new(3),
        head,
        unpaid: Default::default(),
    }
}

fn report(slot: Slot, id: &str, matched_by: MatchedBy) -> SlotReport {
    let receipt = DeliveryReceipt::new(Reported::Delivered, None, None);
    let account = AccountName::new("at-ke");
    SlotReport {
        slot,
        account,
        provider_message_id: Some(id.to_owned()),
        times_put_off: None,
        receipt,
        matched_by,
    }
}

fn folded(state: BatchState, reports: &[SlotReport]) -> Folded {
    Folded::of(batch(state), reports).unwrap()
}

#[test]
fn only_reports_that_match_change_statuses() {
    let reports = [
        report(0, "a", MatchedBy::Id),
        report(0, "b", MatchedBy::Recipient),
        report(1, "b", MatchedBy::Id),
        report(1, "b", MatchedBy::Recipient),
    ];
    let fits = [ReportFit::Matches, ReportFit::Unrelated, ReportFit::Possible, ReportFit::Matches];
    let folded = folded(BatchState::Open, &reports);
    assert_eq!((folded.applied.fits.as_slice(), folded.applied.changed), (fits.as_slice(), 2));
}

#[test]
fn only_what_the_journal_has_settled_is_believed_of_a_read_of_a_moment_ago() {
    assert!(
        !folded(BatchState::Open, &[report(0, "a", MatchedBy::Id), report(1, "b", MatchedBy::Id)]).may_change
    );
    assert!(
        folded(BatchState::Open, &[report(0, "a", MatchedBy::Id), report(2, "b", MatchedBy::Id)]).may_change
    );
    assert!(folded(BatchState::Closed, &[report(0, "a", MatchedBy::Id)]).may_change, "its counts are of all");
}
