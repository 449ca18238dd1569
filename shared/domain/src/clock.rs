//! The rules of the clock: what it does with a due campaign, and which batches it enqueues again.
//!
//! The function `clock` reads, calls these functions, and carries out their decisions. Every decision is safe to
//! repeat.

use crate::{
    batch::Availability,
    campaign::{
        CampaignStatus,
        deadlines::{pause_ends_at, reports_end_at},
    },
    timestamp::{Millis, Timestamp},
};

/// How soon the clock checks a campaign again whose items cannot be read. An operator has to repair them first, and
/// until then thousands of such campaigns must not delay the others.
pub const UNREADABLE_WAIT: Millis = Millis::from_mins(15);

/// The progress of a campaign, by its header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CampaignProgress {
    pub state: CampaignStatus,
    /// When it starts, or started.
    pub starts_at: Timestamp,
    /// Until when its recipients are kept.
    pub kept_until: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Batches that are not closed.
    pub open_batches: i64,
}

/// The clock's action for a campaign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClockAction {
    /// Nothing before its start.
    WaitForStart,
    /// Start the campaign.
    Launch,
    LeavePaused,
    /// Cancel it: it was paused for so long that its recipients are about to expire.
    EndPause,
    /// Enqueue the batches again that no worker holds.
    AskAgain,
    /// End it: its last batch is closed.
    Finish,
    /// The campaign has ended, and reports may still come.
    WaitForReports {
        /// The end of the wait.
        until: Timestamp,
    },
    /// Release the money that it still holds: the wait for reports is over.
    EndReportWait,
}

impl CampaignProgress {
    /// Whether its last batch is closed and its end is not recorded yet.
    pub const fn can_finish(&self) -> bool {
        self.finished_at.is_none() && self.open_batches == 0
    }

    pub fn clock_action(&self, now: Timestamp) -> ClockAction {
        if let Some(finished_at) = self.finished_at {
            let until = reports_end_at(finished_at);
            return if now < until {
                ClockAction::WaitForReports { until }
            } else {
                ClockAction::EndReportWait
            };
        }
        if self.can_finish() {
            return ClockAction::Finish;
        }
        match self.state {
            CampaignStatus::Scheduled if now < self.starts_at => ClockAction::WaitForStart,
            CampaignStatus::Scheduled => ClockAction::Launch,
            CampaignStatus::Paused if now < pause_ends_at(self.kept_until) => ClockAction::LeavePaused,
            CampaignStatus::Paused => ClockAction::EndPause,
            // Also the batches of a cancelled campaign, which a worker closes and refunds.
            CampaignStatus::Queued
            | CampaignStatus::Running
            | CampaignStatus::Cancelled
            | CampaignStatus::Completed
            | CampaignStatus::Failed => ClockAction::AskAgain,
        }
    }
}

/// Whether batches of a campaign were closed since the clock's last check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// Some were closed: the messages are in the queue, and the other batches wait for a worker.
    Made,
    /// No batch was closed since the last check, or this is the first check: messages may be lost.
    None,
}

impl Progress {
    /// Compares the number of open batches with that of the last check.
    pub fn since(seen_open: Option<i64>, open_batches: i64) -> Self {
        if seen_open.is_some_and(|seen| open_batches < seen) { Self::Made } else { Self::None }
    }

    /// Whether the clock enqueues a batch again.
    pub fn asks_for(self, batch: FoundBatch, now: Timestamp) -> bool {
        match batch {
            FoundBatch::Unclaimed => self == Self::None,
            FoundBatch::Claimed(availability) => availability.is_free(now),
            FoundBatch::Unreadable => true,
        }
    }
}

/// The progress of a campaign under way at a check of the clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SeenProgress {
    /// Recipients that workers were through with.
    pub dispatched: i64,
    /// The first check that found this progress.
    pub since: Timestamp,
}

impl SeenProgress {
    /// The progress at this check, given that of the last one.
    pub fn at(now: Timestamp, dispatched: i64, last: Option<Self>) -> Self {
        let unchanged = last.filter(|last| last.dispatched == dispatched);
        unchanged.unwrap_or(Self { dispatched, since: now })
    }
}

/// A batch as the clock finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FoundBatch {
    /// No worker has ever claimed it.
    Unclaimed,
    /// A worker has claimed it at least once.
    Claimed(Availability),
    /// The state of the batch cannot be read. The next worker that claims the batch sets it aside.
    Unreadable,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        batch::BatchState,
        campaign::deadlines::{PAUSE_ENDS_BEFORE, REPORT_WAIT, RETENTION},
    };

    const START: Timestamp = Timestamp::from_secs(1_000_000);
    const BEFORE: Timestamp = Timestamp::from_secs(999_999);

    fn unfinished(state: CampaignStatus) -> CampaignProgress {
        let kept_until = START.plus(RETENTION);
        CampaignProgress { state, starts_at: START, kept_until, finished_at: None, open_batches: 3 }
    }

    #[test]
    fn a_scheduled_campaign_is_launched_at_its_time_and_not_before() {
        let scheduled = unfinished(CampaignStatus::Scheduled);
        assert_eq!(scheduled.clock_action(BEFORE), ClockAction::WaitForStart);
        assert_eq!(scheduled.clock_action(START), ClockAction::Launch);
    }

    #[test]
    fn a_paused_campaign_is_left_alone_until_its_recipients_are_about_to_expire() {
        let (paused, end) =
            (unfinished(CampaignStatus::Paused), START.plus(Millis(RETENTION.0 - PAUSE_ENDS_BEFORE.0)));
        assert_eq!(paused.clock_action(Timestamp::from_millis(end.millis() - 1)), ClockAction::LeavePaused);
        assert_eq!(paused.clock_action(end), ClockAction::EndPause);
    }

    #[test]
    fn batches_of_campaigns_under_way_and_of_cancelled_ones_are_enqueued_again() {
        for state in [CampaignStatus::Queued, CampaignStatus::Running, CampaignStatus::Cancelled] {
            assert_eq!(unfinished(state).clock_action(START), ClockAction::AskAgain, "{state}");
        }
    }

    #[test]
    fn a_campaign_without_open_batches_ends_in_every_state() {
        for state in CampaignStatus::ALL {
            let closed = CampaignProgress { open_batches: 0, ..unfinished(state) };
            assert_eq!(closed.clock_action(START), ClockAction::Finish, "{state}");
        }
    }

    #[test]
    fn a_finished_campaign_waits_for_reports_and_then_holds_nothing() {
        for state in [CampaignStatus::Completed, CampaignStatus::Failed, CampaignStatus::Cancelled] {
            let finished =
                CampaignProgress { finished_at: Some(START), open_batches: 0, ..unfinished(state) };
            let until = START.plus(REPORT_WAIT);
            assert_eq!(finished.clock_action(START), ClockAction::WaitForReports { until });
            let last = Timestamp::from_millis(until.millis() - 1);
            assert_eq!(finished.clock_action(last), ClockAction::WaitForReports { until });
            assert_eq!(finished.clock_action(until), ClockAction::EndReportWait);
        }
    }

    #[test]
    fn unclaimed_batches_are_enqueued_again_only_if_the_campaign_makes_no_progress() {
        assert_eq!(Progress::since(None, 3), Progress::None);
        assert_eq!(Progress::since(Some(3), 3), Progress::None);
        assert_eq!(Progress::since(Some(4), 3), Progress::Made);
        assert!(Progress::None.asks_for(FoundBatch::Unclaimed, START));
        assert!(!Progress::Made.asks_for(FoundBatch::Unclaimed, START));
    }

    #[test]
    fn a_campaign_is_idle_since_the_first_check_that_found_its_present_progress() {
        let first = SeenProgress::at(BEFORE, 7, None);
        assert_eq!(first, SeenProgress { dispatched: 7, since: BEFORE });
        assert_eq!(SeenProgress::at(START, 7, Some(first)), first);
        assert_eq!(SeenProgress::at(START, 8, Some(first)), SeenProgress { dispatched: 8, since: START });
    }

    #[test]
    fn a_batch_whose_lease_has_ended_is_enqueued_again_even_if_others_make_progress() {
        let left = Availability { state: BatchState::Open, lease_until: START, not_before: START };
        let closed = Availability { state: BatchState::Closed, ..left };
        for headway in [Progress::Made, Progress::None] {
            assert!(headway.asks_for(FoundBatch::Claimed(left), START));
            assert!(!headway.asks_for(FoundBatch::Claimed(left), BEFORE), "a worker holds it");
            assert!(!headway.asks_for(FoundBatch::Claimed(closed), START));
            assert!(headway.asks_for(FoundBatch::Unreadable, START), "a worker sets it aside");
        }
    }
}
