//! The worker's next step for a batch.

use super::Stop;
use crate::{
    campaign::CampaignStatus,
    delivery::DeliveryStatus,
    ids::Slot,
    journal::{DropReason, Progress, Slots},
    timestamp::Timestamp,
};

/// The inputs of the next step beside the journal.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The campaign's status.
    pub campaign: CampaignStatus,
    /// When recipients that are still queued expire.
    pub valid_until: Timestamp,
    /// Recipients that have opted out since the audience was made.
    pub opted_out: &'a [Slot],
    /// The token of the worker's claim. It hands over no recipient twice that the provider puts off.
    pub token: u64,
    /// Most recipients of one call.
    pub group: usize,
    /// Whether the worker hands over recipients.
    pub hand_over: HandOver,
    /// The current time.
    pub now: Timestamp,
}

/// Whether a worker hands over recipients.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HandOver {
    /// It hands over the next group.
    Continues,
    /// It hands over none for now: it has a reason to stop, or a follow-up action comes first.
    Stops,
}

impl HandOver {
    /// A worker that has a reason to stop stops.
    pub const fn after(stop: Option<Stop>) -> Self {
        match stop {
            Some(_) => Self::Stops,
            None => Self::Continues,
        }
    }
}

/// A worker's next step: recipients to drop, and recipients to hand over.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Step {
    /// Recipients that will not be handed over.
    pub dropped: Vec<(DropReason, Slots)>,
    /// Recipients to be handed over now.
    pub intent: Slots,
}

/// Decides the next step of a batch whose last intent's outcomes are known.
pub fn next_step(progress: &Progress, situation: &Situation<'_>) -> Step {
    // Recipients in flight may be queued again once their outcomes are written: the step after this one has them.
    let queued: Slots = progress.queued_slots().collect();
    if situation.campaign == CampaignStatus::Cancelled {
        return Step::dropping([(DropReason::Cancelled, queued)]);
    }
    if situation.now >= situation.valid_until {
        let (untried, put_off) = queued.into_iter().partition(|slot| progress.times_put_off(*slot) == 0);
        return Step::dropping([(DropReason::Expired, untried), (DropReason::GivenUp, put_off)]);
    }
    if situation.hand_over == HandOver::Stops || !situation.campaign.is_sending() {
        return Step::default();
    }
    let (opted_out, stays): (Slots, Slots) =
        queued.into_iter().partition(|slot| situation.opted_out.contains(slot));
    let intent = next_group(progress, situation, stays);
    Step { intent, ..Step::dropping([(DropReason::OptedOut, opted_out)]) }
}

/// Recipients that were put off come after the others: one that is put off for hours delays no other.
fn next_group(progress: &Progress, situation: &Situation<'_>, queued: Slots) -> Slots {
    let is_open = |slot: &Slot| !progress.was_put_off_under(situation.token, *slot);
    let mut group: Slots = queued.into_iter().filter(is_open).collect();
    group.sort_by_key(|slot| progress.times_put_off(*slot));
    group.truncate(situation.group);
    group.sort_unstable();
    group
}

impl Step {
    fn dropping<const N: usize>(dropped: [(DropReason, Slots); N]) -> Self {
        let dropped = dropped.into_iter().filter(|(_, slots)| !slots.is_empty()).collect();
        Self { dropped, intent: Slots::new() }
    }
}

/// Whether a recipient of the batch may still be dropped or handed over, so that opt-outs matter.
pub fn has_queued(progress: &Progress) -> bool {
    progress.slots().iter().any(|slot| slot.status == DeliveryStatus::Queued)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::AccountName,
        journal::{Intent, Record, SlotOutcome},
    };

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn situation(campaign: CampaignStatus) -> Situation<'static> {
        let valid_until = Timestamp::from_secs(2_000);
        let hand_over = HandOver::Continues;
        Situation { campaign, valid_until, opted_out: &[], token: 8, group: 2, hand_over, now: NOW }
    }

    #[test]
    fn hands_over_the_next_group_less_the_opt_outs() {
        let step = next_step(
            &Progress::new(5),
            &Situation { opted_out: &[4, 1], ..situation(CampaignStatus::Running) },
        );
        assert_eq!(step.intent, [0, 2]);
        assert_eq!(step.dropped, [(DropReason::OptedOut, vec![1, 4])]);
    }

    #[test]
    fn cancelled_and_expired_campaigns_drop_everybody() {
        let cancelled = next_step(&Progress::new(2), &situation(CampaignStatus::Cancelled));
        assert_eq!(cancelled, Step::dropping([(DropReason::Cancelled, vec![0, 1])]));
        let late = Situation { now: Timestamp::from_secs(2_000), ..situation(CampaignStatus::Running) };
        assert_eq!(next_step(&Progress::new(2), &late), Step::dropping([(DropReason::Expired, vec![0, 1])]));
    }

    #[test]
    fn a_paused_campaign_keeps_everybody() {
        for status in [CampaignStatus::Paused, CampaignStatus::Scheduled, CampaignStatus::Completed] {
            assert_eq!(next_step(&Progress::new(2), &situation(status)), Step::default());
        }
        let stops = Situation { hand_over: HandOver::Stops, ..situation(CampaignStatus::Running) };
        assert_eq!(next_step(&Progress::new(2), &stops), Step::default());
    }

    fn record(outcomes: Vec<SlotOutcome>, intent: Slots) -> Record {
        let intent = Intent::new(AccountName::new("at-ke"), intent);
        Record { token: 7, at: NOW, outcomes, dropped: Vec::new(), intent }
    }

    /// The recipients 0 and 1 of four, put off this number of times under the token 7.
    fn put_off(times: usize) -> Progress {
        let mut progress = Progress::new(4);
        for _ in 0..times {
            progress.apply(record(Vec::new(), vec![0, 1])).unwrap();
            progress.apply(record(vec![SlotOutcome::PutOff; 2], Vec::new())).unwrap();
        }
        progress
    }

    #[test]
    fn a_recipient_that_is_put_off_waits_for_the_next_worker_and_delays_no_other() {
        let (mut progress, running) = (put_off(1), situation(CampaignStatus::Running));
        assert_eq!(next_step(&progress, &running).intent, [2, 3]);
        let three = Situation { group: 3, ..running };
        assert_eq!(next_step(&progress, &three).intent, [0, 2, 3]);
        let same_worker = Situation { token: 7, group: 4, ..running };
        assert_eq!(next_step(&progress, &same_worker).intent, [2, 3]);
        progress.apply(record(Vec::new(), vec![2, 3])).unwrap();
        progress.apply(record(vec![SlotOutcome::Accepted(None); 2], Vec::new())).unwrap();
        assert_eq!(next_step(&progress, &same_worker), Step::default());
        assert_eq!(next_step(&progress, &running).intent, [0, 1]);
        assert_eq!((progress.fewest_times_put_off(), put_off(1).fewest_times_put_off()), (1, 0));
    }

    #[test]
    fn a_recipient_that_is_put_off_is_given_up_when_the_validity_ends_and_not_before() {
        let progress = put_off(300);
        let step = next_step(&progress, &situation(CampaignStatus::Running));
        assert_eq!(step, Step { dropped: Vec::new(), intent: vec![2, 3] });
        let late = Situation { now: Timestamp::from_secs(2_000), ..situation(CampaignStatus::Running) };
        let dropped = [(DropReason::Expired, vec![2, 3]), (DropReason::GivenUp, vec![0, 1])];
        assert_eq!(next_step(&progress, &late), Step::dropping(dropped));
    }

    #[test]
    fn opt_outs_are_of_interest_until_the_last_outcome_is_known() {
        let mut progress = Progress::new(1);
        assert!(has_queued(&progress));
        progress.apply(record(Vec::new(), vec![0])).unwrap();
        assert!(has_queued(&progress), "it may come back");
        progress.apply(record(vec![SlotOutcome::Unknown], Vec::new())).unwrap();
        assert!(!has_queued(&progress));
        assert_eq!(next_step(&progress, &situation(CampaignStatus::Cancelled)), Step::default());
    }
}
