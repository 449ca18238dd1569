use domain::{
    campaign::{CampaignStatus, CampaignStep, Counts, Resumption, deadlines, verdict},
    timestamp::Timestamp,
};
use proptest::prelude::*;

fn instant() -> impl Strategy<Value = Timestamp> {
    (0i64..1_000_000).prop_map(Timestamp::from_millis)
}

fn status() -> impl Strategy<Value = CampaignStatus> {
    proptest::sample::select(CampaignStatus::ALL.to_vec())
}

proptest! {
    #[test]
    fn a_resumed_campaign_has_an_allowed_state_and_is_checked_while_it_is_valid(
        scheduled_at in proptest::option::of(instant()),
        started_at in proptest::option::of(instant()),
        now in instant(),
    ) {
        let resumed = Resumption::of(scheduled_at, started_at, now);
        prop_assert!(CampaignStatus::Paused.can_become(resumed.state), "{}", resumed.state);
        prop_assert!(now < resumed.due_at && resumed.due_at < resumed.valid_until);
        let is_started = resumed.state == CampaignStatus::Running;
        prop_assert_eq!(is_started, started_at.is_some(), "a started campaign is not started again");
        let waits = resumed.state == CampaignStatus::Scheduled;
        prop_assert!(!waits || scheduled_at.is_some_and(|at| at > now && resumed.due_at == at));
        prop_assert!(waits || resumed.valid_until == deadlines::valid_until(now));
    }

    #[test]
    fn a_step_and_an_end_stay_within_the_transition_table(
        state in status(),
        now in instant(),
        (sent, unconfirmed, failed) in (0i64..3, 0i64..3, 0i64..3),
    ) {
        let resume = CampaignStep::Resume(Resumption::of(None, None, now));
        for step in [
            CampaignStep::Cancel,
            CampaignStep::Pause,
            CampaignStep::Hold,
            CampaignStep::Launch,
            CampaignStep::Start,
            resume,
        ] {
            for from in step.from() {
                prop_assert!(from == step.to() || from.can_become(step.to()), "{:?} from {}", step, from);
            }
            prop_assert!(step.due_at(now) > now);
        }
        let counts = Counts { sent, unconfirmed, failed, ..Counts::default() };
        let end = verdict(state, &counts);
        if !matches!(state, CampaignStatus::Scheduled | CampaignStatus::Completed | CampaignStatus::Failed) {
            prop_assert!(end == state || state.can_become(end), "{} to {}", state, end);
        }
        prop_assert!(!CampaignStatus::ALL.into_iter().any(|next| end.can_become(next)), "an end is final");
    }
}
