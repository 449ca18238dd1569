//! The steps of a campaign from state to state, each allowed by the transition table, and the state after a resume.

use super::{
    CampaignStatus,
    deadlines::{next_look, valid_until},
};
use crate::timestamp::Timestamp;

/// A step that a sender, an operator or a worker asks of a campaign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CampaignStep {
    /// Stop it for good.
    Cancel,
    Pause,
    /// Pause it, or give a paused campaign another reason: an operator's reason replaces the customer's, so that a
    /// person who resumes the campaign reads it.
    Hold,
    /// Move its start to this time.
    Reschedule(Timestamp),
    /// Start it: its scheduled time has come.
    Launch,
    /// Note that its first batch is claimed.
    Start,
    /// Resume it after a pause.
    Resume(Resumption),
}

impl CampaignStep {
    /// The state that the step leads to.
    pub const fn to(self) -> CampaignStatus {
        match self {
            Self::Cancel => CampaignStatus::Cancelled,
            Self::Pause | Self::Hold => CampaignStatus::Paused,
            Self::Reschedule(_) => CampaignStatus::Scheduled,
            Self::Launch => CampaignStatus::Queued,
            Self::Start => CampaignStatus::Running,
            Self::Resume(resumption) => resumption.state,
        }
    }

    /// The states that the step may begin in.
    pub fn from(self) -> Vec<CampaignStatus> {
        match self {
            Self::Cancel | Self::Pause => CampaignStatus::before(self.to()).collect(),
            Self::Hold => CampaignStatus::before(self.to()).chain([self.to()]).collect(),
            Self::Reschedule(_) | Self::Launch => vec![CampaignStatus::Scheduled],
            Self::Start => vec![CampaignStatus::Queued],
            Self::Resume(_) => vec![CampaignStatus::Paused],
        }
    }

    /// When the clock checks the campaign next: soon, in case a worker crashes or a message is lost after the step.
    pub const fn due_at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Resume(resumption) => resumption.due_at,
            Self::Reschedule(start) => start,
            _ => next_look(now),
        }
    }
}

/// The state of a paused campaign after it is resumed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Resumption {
    /// The state that it had before the pause, or would have by now.
    pub state: CampaignStatus,
    /// The end of its validity, which is counted from the resume: the pause does not use it up.
    pub valid_until: Timestamp,
    /// When the clock checks it next.
    pub due_at: Timestamp,
}

impl Resumption {
    /// Derives the step from the start time of a paused campaign and the first claim of a batch.
    pub fn of(scheduled_at: Option<Timestamp>, started_at: Option<Timestamp>, now: Timestamp) -> Self {
        match (scheduled_at, started_at) {
            (_, Some(_)) => Self::at(CampaignStatus::Running, now),
            (Some(start), None) if start > now => {
                Self { state: CampaignStatus::Scheduled, valid_until: valid_until(start), due_at: start }
            }
            (_, None) => Self::at(CampaignStatus::Queued, now),
        }
    }

    const fn at(state: CampaignStatus, now: Timestamp) -> Self {
        Self { state, valid_until: valid_until(now), due_at: next_look(now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::deadlines::{LOOK_EVERY, VALIDITY};

    const NOW: Timestamp = Timestamp::from_secs(100_000);
    const EARLIER: Timestamp = Timestamp::from_secs(90_000);
    const LATER: Timestamp = Timestamp::from_secs(110_000);

    #[test]
    fn a_resumed_campaign_has_the_state_that_it_had_before() {
        let state = |scheduled, started| Resumption::of(scheduled, started, NOW).state;
        assert_eq!(state(None, None), CampaignStatus::Queued);
        assert_eq!(state(None, Some(EARLIER)), CampaignStatus::Running);
        assert_eq!(state(Some(LATER), None), CampaignStatus::Scheduled);
        assert_eq!(state(Some(LATER), Some(EARLIER)), CampaignStatus::Running);
        for start in [EARLIER, NOW] {
            assert_eq!(state(Some(start), None), CampaignStatus::Queued, "its time came while it was paused");
        }
    }

    #[test]
    fn a_resumed_campaign_has_its_full_validity_again() {
        let now = Resumption::of(Some(EARLIER), Some(EARLIER), NOW);
        assert_eq!((now.valid_until, now.due_at), (NOW.plus(VALIDITY), NOW.plus(LOOK_EVERY)));
        let later = Resumption::of(Some(LATER), None, NOW);
        assert_eq!((later.valid_until, later.due_at), (LATER.plus(VALIDITY), LATER));
    }

    #[test]
    fn only_a_hold_and_a_move_of_the_start_begin_in_the_state_that_they_lead_to() {
        let resume = CampaignStep::Resume(Resumption::of(None, None, NOW));
        let steps = [
            CampaignStep::Cancel,
            CampaignStep::Pause,
            CampaignStep::Hold,
            CampaignStep::Reschedule(LATER),
            CampaignStep::Launch,
            CampaignStep::Start,
            resume,
        ];
        for step in steps {
            let stays = step.from().contains(&step.to());
            let may_stay = matches!(step, CampaignStep::Hold | CampaignStep::Reschedule(_));
            assert_eq!(stays, may_stay, "{step:?}");
        }
    }

    #[test]
    fn a_campaign_is_launched_only_from_its_schedule_and_started_only_from_the_queue() {
        assert_eq!(CampaignStep::Launch.from(), [CampaignStatus::Scheduled]);
        assert_eq!(CampaignStep::Start.from(), [CampaignStatus::Queued]);
    }
}
