//! The worker's next step for a batch.

use super::{BatchRoutes, NextLeg, Stop, UsableAccounts};
use crate::{
    campaign::CampaignStatus,
    delivery::DeliveryStatus,
    ids::Slot,
    journal::{DropReason, Intent, Progress, Slots},
    routes::Leg,
    timestamp::Timestamp,
};

/// The inputs of the next step beside the journal.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    pub campaign: CampaignStatus,
    /// When recipients that are still queued expire.
    pub valid_until: Timestamp,
    /// Recipients that have opted out since the audience was made.
    pub opted_out: &'a [Slot],
    /// The token of the worker's claim. Under one token a recipient that the provider puts off is handed over once.
    pub token: u64,
    /// The routes of the batch's recipients.
    pub routes: &'a BatchRoutes,
    /// The accounts that can be used.
    pub accounts: &'a UsableAccounts,
    /// Most recipients of the next call, if fewer than the account takes: by its turn, or for a probe.
    pub most: usize,
    /// Whether the worker hands over recipients.
    pub hand_over: HandOver,
    /// The current time.
    pub now: Timestamp,
}

/// Whether a worker hands over recipients.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HandOver {
    /// The worker hands over the next group.
    Continues,
    /// The worker hands over nothing for now: it has a reason to stop, or a follow-up action comes first.
    Stops,
}

impl HandOver {
    /// Stops if there is a reason to stop.
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
    pub group: Option<Group>,
}

/// Recipients of one call: all of them have the same next leg.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// The account, and the sender if it is not the campaign's.
    pub leg: Leg,
    /// The recipients; at least one.
    pub slots: Slots,
}

impl Group {
    /// The intent that is written before the call.
    pub fn intent(&self) -> Option<Intent> {
        Intent::new(self.leg.account, self.slots.clone())
    }
}

impl Situation<'_> {
    fn next_leg(&self, progress: &Progress, slot: Slot) -> NextLeg<'_> {
        self.accounts.next_leg(self.routes.legs(slot), progress.declined_by(slot))
    }

    /// Whether this worker may hand a recipient over. A recipient that the provider has put off under this claim waits
    /// for the next claim.
    fn is_open(&self, progress: &Progress, slot: Slot) -> bool {
        !progress.was_put_off_under(self.token, slot)
    }
}

/// Decides the next step of a batch whose last intent's outcomes are known.
pub fn next_step(progress: &Progress, situation: &Situation<'_>) -> Step {
    // Recipients in flight may be queued again once their outcomes are written; they are part of the next step.
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
    let is_unrouted = |slot: &Slot| situation.next_leg(progress, *slot) == NextLeg::Unrouted;
    let (unrouted, stays): (Slots, Slots) = stays.into_iter().partition(is_unrouted);
    let group = next_group(progress, situation, stays);
    Step { group, ..Step::dropping([(DropReason::OptedOut, opted_out), (DropReason::Unrouted, unrouted)]) }
}

/// The first recipient that has an account now, and the following recipients of the same leg. Recipients that were put
/// off come last, so that one that is put off for hours delays no other.
fn next_group(progress: &Progress, situation: &Situation<'_>, mut queued: Slots) -> Option<Group> {
    queued.retain(|slot| situation.is_open(progress, *slot));
    queued.sort_by_key(|slot| progress.times_put_off(*slot));
    let leg_of = |slot: Slot| match situation.next_leg(progress, slot) {
        NextLeg::Leg(leg) => Some(leg),
        NextLeg::Waits(_) | NextLeg::Unrouted => None,
    };
    let leg = queued.iter().find_map(|slot| leg_of(*slot))?;
    let most = situation.most.min(situation.accounts.most_recipients(leg.account)).max(1);
    let alike = queued.into_iter().filter(|slot| leg_of(*slot) == Some(leg));
    let mut slots: Slots = alike.take(most).collect();
    slots.sort_unstable();
    Some(Group { leg: leg.clone(), slots })
}

/// Why recipients of the batch wait although the campaign is sending; `None` if the provider has put off all that are
/// left.
pub fn waits_for(progress: &Progress, situation: &Situation<'_>) -> Option<Stop> {
    if !situation.campaign.is_sending() || situation.now >= situation.valid_until {
        return None;
    }
    let waits = |slot: Slot| match situation.next_leg(progress, slot) {
        NextLeg::Waits(stop) => Some(stop),
        NextLeg::Leg(_) | NextLeg::Unrouted => None,
    };
    let queued = progress.queued_slots().filter(|slot| !situation.opted_out.contains(slot));
    let open = queued.filter(|slot| situation.is_open(progress, *slot));
    open.filter_map(waits).reduce(Stop::or)
}

impl Step {
    fn dropping<const N: usize>(dropped: [(DropReason, Slots); N]) -> Self {
        let dropped = dropped.into_iter().filter(|(_, slots)| !slots.is_empty()).collect();
        Self { dropped, group: None }
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
        dispatch::Unavailable,
        ids::AccountName,
        journal::{Record, SlotOutcome},
        outcome::RefusalReason,
        timestamp::Millis,
    };

    const NOW: Timestamp = Timestamp::from_secs(1_000);
    const ONE: AccountName = AccountName::new("one");
    const TWO: AccountName = AccountName::new("two");

    /// Facts of a test: recipients that go to the account `one`, or else to `two`.
    struct World {
        routes: BatchRoutes,
        accounts: UsableAccounts,
    }

    impl World {
        fn new() -> Self {
            let routes = BatchRoutes::alike(vec![Leg::to(ONE), Leg::to(TWO)], 5);
            Self { routes, accounts: UsableAccounts::new([(ONE, 100), (TWO, 1)]) }
        }

        fn with(unavailable: &[(AccountName, Unavailable)]) -> Self {
            let mut world = Self::new();
            unavailable.iter().for_each(|(account, why)| world.accounts.mark(*account, *why));
            world
        }

        fn situation(&self, campaign: CampaignStatus) -> Situation<'_> {
            Situation {
                campaign,
                valid_until: Timestamp::from_secs(2_000),
                opted_out: &[],
                token: 8,
                routes: &self.routes,
                accounts: &self.accounts,
                most: 2,
                hand_over: HandOver::Continues,
                now: NOW,
            }
        }
    }

    /// The recipients of the next call, and its account.
    fn next_call(progress: &Progress, situation: &Situation<'_>) -> (AccountName, Slots) {
        let group = next_step(progress, situation).group.unwrap();
        (group.leg.account, group.slots)
    }

    fn next(progress: &Progress, situation: &Situation<'_>) -> Slots {
        next_call(progress, situation).1
    }

    #[test]
    fn hands_over_the_next_group_less_the_opt_outs() {
        let world = World::new();
        let situation = Situation { opted_out: &[4, 1], ..world.situation(CampaignStatus::Running) };
        let step = next_step(&Progress::new(5), &situation);
        assert_eq!(step.group, Some(Group { leg: Leg::to(ONE), slots: vec![0, 2] }));
        assert_eq!(step.group.unwrap().intent(), Intent::new(ONE, vec![0, 2]));
        assert_eq!(step.dropped, [(DropReason::OptedOut, vec![1, 4])]);
    }

    #[test]
    fn cancelled_and_expired_campaigns_drop_every_recipient() {
        let world = World::new();
        let situation = |status| world.situation(status);
        let cancelled = next_step(&Progress::new(2), &situation(CampaignStatus::Cancelled));
        assert_eq!(cancelled, Step::dropping([(DropReason::Cancelled, vec![0, 1])]));
        let late = Situation { now: Timestamp::from_secs(2_000), ..situation(CampaignStatus::Running) };
        assert_eq!(next_step(&Progress::new(2), &late), Step::dropping([(DropReason::Expired, vec![0, 1])]));
    }

    #[test]
    fn a_paused_campaign_keeps_every_recipient() {
        let world = World::new();
        let situation = |status| world.situation(status);
        for status in [CampaignStatus::Paused, CampaignStatus::Scheduled, CampaignStatus::Completed] {
            assert_eq!(next_step(&Progress::new(2), &situation(status)), Step::default());
        }
        let stops = Situation { hand_over: HandOver::Stops, ..situation(CampaignStatus::Running) };
        assert_eq!(next_step(&Progress::new(2), &stops), Step::default());
    }

    fn record(outcomes: Vec<SlotOutcome>, intent: Slots) -> Record {
        let intent = Intent::new(ONE, intent);
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
        let world = World::new();
        let (mut progress, running) = (put_off(1), world.situation(CampaignStatus::Running));
        assert_eq!(next(&progress, &running), [2, 3]);
        let three = Situation { most: 3, ..running };
        assert_eq!(next(&progress, &three), [0, 2, 3]);
        let same_worker = Situation { token: 7, most: 4, ..running };
        assert_eq!(next(&progress, &same_worker), [2, 3]);
        progress.apply(record(Vec::new(), vec![2, 3])).unwrap();
        progress.apply(record(vec![SlotOutcome::Accepted(None); 2], Vec::new())).unwrap();
        assert_eq!(next_step(&progress, &same_worker), Step::default());
        assert_eq!(waits_for(&progress, &same_worker), None);
        assert_eq!(next(&progress, &running), [0, 1]);
        assert_eq!((progress.fewest_times_put_off(), put_off(1).fewest_times_put_off()), (1, 0));
    }

    #[test]
    fn a_recipient_that_is_put_off_is_given_up_when_the_validity_ends_and_not_before() {
        let world = World::new();
        let situation = |status| world.situation(status);
        let progress = put_off(300);
        let step = next_step(&progress, &situation(CampaignStatus::Running));
        let group = Some(Group { leg: Leg::to(ONE), slots: vec![2, 3] });
        assert_eq!(step, Step { dropped: Vec::new(), group });
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
        let cancelled = World::new();
        let cancelled = cancelled.situation(CampaignStatus::Cancelled);
        assert_eq!(next_step(&progress, &cancelled), Step::default());
    }

    fn declined() -> SlotOutcome {
        SlotOutcome::Declined(RefusalReason::NotRouted, "407".to_owned())
    }

    #[test]
    fn a_recipient_that_an_account_declined_goes_to_the_next_and_is_dropped_after_the_last() {
        let (mut world, mut progress) = (World::new(), Progress::new(3));
        progress.apply(record(Vec::new(), vec![0, 1])).unwrap();
        progress.apply(record(vec![declined(), declined()], Vec::new())).unwrap();
        let running = world.situation(CampaignStatus::Running);
        assert_eq!(next_call(&progress, &running), (TWO, vec![0]), "the second account takes one a call");
        world.routes = BatchRoutes::alike(vec![Leg::to(ONE)], 3);
        let step = next_step(&progress, &world.situation(CampaignStatus::Running));
        assert_eq!(step.dropped, [(DropReason::Unrouted, vec![0, 1])], "the route has changed");
        assert_eq!(step.group, Some(Group { leg: Leg::to(ONE), slots: vec![2] }));
        world.routes = BatchRoutes::alike(Vec::new(), 3);
        let step = next_step(&progress, &world.situation(CampaignStatus::Running));
        assert_eq!(step, Step::dropping([(DropReason::Unrouted, vec![0, 1, 2])]));
    }

    #[test]
    fn recipients_go_past_a_closed_account_and_wait_for_a_busy_one() {
        let (paced, doubt) = (Stop::Paced(Millis(9)), Stop::InDoubt(Millis(7)));
        let mut progress = Progress::new(2);
        let closed = World::with(&[(ONE, Unavailable::Closed(doubt))]);
        assert_eq!(next_call(&progress, &closed.situation(CampaignStatus::Running)), (TWO, vec![0]));
        progress.apply(record(Vec::new(), vec![0])).unwrap();
        progress.apply(record(vec![declined()], Vec::new())).unwrap();
        let busy = World::with(&[(ONE, Unavailable::Waits(paced))]);
        let running = busy.situation(CampaignStatus::Running);
        assert_eq!(next_call(&progress, &running), (TWO, vec![0]), "1 waits for its account");
        assert_eq!(waits_for(&progress, &running), Some(paced));
        let both = World::with(&[(ONE, Unavailable::Closed(doubt)), (TWO, Unavailable::Closed(paced))]);
        let running = both.situation(CampaignStatus::Running);
        assert_eq!(
            (next_step(&progress, &running), waits_for(&progress, &running)),
            (Step::default(), Some(paced))
        );
    }

    #[test]
    fn a_call_has_one_account_and_one_sender() {
        let mut world = World::new();
        let from = Leg { from: Some("ACME".parse().unwrap()), ..Leg::to(ONE) };
        let progress = Progress::new(2);
        world.routes = BatchRoutes::mixed([vec![Leg::to(ONE)], vec![from.clone()]]);
        let running = world.situation(CampaignStatus::Running);
        assert_eq!(next(&progress, &running), [0]);
        let group = next_step(&progress, &Situation { opted_out: &[0], ..running }).group;
        assert_eq!(group, Some(Group { leg: from, slots: vec![1] }));
    }
}
