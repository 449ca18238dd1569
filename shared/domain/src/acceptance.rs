//! Decides whether a send becomes a campaign, and how the campaign begins.
//!
//! The checks are made twice: on the items that were read before anything is written, which is cheap, and by the
//! transaction that commits the campaign, which is final. Both report the same refusal.

use thiserror::Error;

use crate::{
    api_key::KeyMode,
    batch::BatchSize,
    campaign::{
        CampaignStatus,
        deadlines::{Retention, next_look, starts_at, valid_until},
    },
    ids::CampaignId,
    money::Money,
    timestamp::{Millis, Timestamp},
};

/// How far ahead a campaign may be scheduled.
pub const MAX_AHEAD: Millis = Millis::from_hours(24 * 365);

/// How long the spending of a day is kept after the last campaign of that day: by then the day is over at every offset
/// from UTC.
pub const SPENDING_KEPT: Millis = Millis::from_hours(72);

/// Why a campaign cannot start at an instant. The message follows the field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ScheduleError {
    /// Now, or earlier.
    #[error("must be in the future")]
    InThePast,
    /// More than [`MAX_AHEAD`] from now.
    #[error("must be within a year")]
    TooFarAhead,
}

/// Whether a campaign may be scheduled for an instant.
pub fn check_schedule(at: Timestamp, now: Timestamp) -> Result<(), ScheduleError> {
    if at <= now {
        return Err(ScheduleError::InThePast);
    }
    if at.since(now) > MAX_AHEAD { Err(ScheduleError::TooFarAhead) } else { Ok(()) }
}

/// The conditions of a send, in the order in which a failure is reported.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Condition {
    /// The request still holds the claim on its idempotency key. Otherwise another request answers for both, so no
    /// other refusal may hide this one.
    ClaimHeld,
    /// The wallet has the cost available.
    Affordable,
    /// The day's spending stays within the organisation's cap.
    WithinDailyCap,
    /// The recipients of the day's test campaigns stay within the organisation's cap.
    WithinTestCap,
    /// The send does not repeat an earlier one by mistake.
    NoDuplicate,
    /// The recipients of the earlier campaign that it sends to again were not sent to again before.
    NotSentAgain,
}

/// Why a send is not accepted. Nothing was reserved, and nothing is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Another request has taken over the idempotency key.
    ClaimLost,
    /// The wallet has less available than the cost.
    InsufficientBalance,
    /// The day's spending would exceed the cap.
    SpendCapReached,
    /// The recipients of the day's test campaigns would exceed the cap.
    TestCapReached,
    /// This campaign has just sent the same text to the same books.
    Duplicate(CampaignId),
    /// This campaign has already sent again to these recipients.
    SentAgain(CampaignId),
}

impl Refusal {
    /// The condition that failed.
    pub const fn condition(self) -> Condition {
        match self {
            Self::ClaimLost => Condition::ClaimHeld,
            Self::InsufficientBalance => Condition::Affordable,
            Self::SpendCapReached => Condition::WithinDailyCap,
            Self::TestCapReached => Condition::WithinTestCap,
            Self::Duplicate(_) => Condition::NoDuplicate,
            Self::SentAgain(_) => Condition::NotSentAgain,
        }
    }
}

/// A day's spending, against an organisation's cap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DailySpending {
    /// The most that campaigns accepted on one day may cost together.
    pub cap: Money,
    /// The cost of the day's campaigns so far.
    pub spent: Money,
}

/// The most that the day's campaigns may have cost so far if one more of this cost still fits under the cap; `None` if
/// it exceeds the cap even as the day's first.
pub fn room_under_cap(cap: Money, cost: Money) -> Option<Money> {
    cap.checked_sub(cost).ok().filter(|room| *room >= Money::ZERO)
}

/// The recipients of a day's test campaigns, against an organisation's cap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DailyTests {
    /// The most that test campaigns accepted on one day may have together.
    pub cap: u64,
    /// The recipients of the day's test campaigns so far.
    pub recipients: u64,
}

/// A priced send, with the values that it is checked against.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Check {
    /// A send with a test key spends nothing.
    pub mode: KeyMode,
    pub cost: Money,
    /// The wallet's available money.
    pub available: Money,
    pub recipients: u64,
    /// The day's spending, if the organisation has a cap.
    pub daily: Option<DailySpending>,
    /// The day's test campaigns, if the send is a test.
    pub tests: Option<DailyTests>,
    /// An earlier campaign with the same text and books, if it is within the duplicate window.
    pub repeats: Option<CampaignId>,
}

impl Check {
    /// The refusal that is reported first, if there is one.
    pub fn refusal(&self) -> Option<Refusal> {
        let is_live = self.mode == KeyMode::Live;
        if is_live && self.available < self.cost {
            return Some(Refusal::InsufficientBalance);
        }
        let passes = |daily: &DailySpending| {
            room_under_cap(daily.cap, self.cost).is_none_or(|room| daily.spent > room)
        };
        if is_live && self.daily.as_ref().is_some_and(passes) {
            return Some(Refusal::SpendCapReached);
        }
        let is_too_much = |tests: DailyTests| tests.recipients.saturating_add(self.recipients) > tests.cap;
        if self.tests.is_some_and(is_too_much) {
            return Some(Refusal::TestCapReached);
        }
        self.repeats.map(Refusal::Duplicate)
    }
}

/// A send that has passed every check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CheckedSend {
    /// Whether the campaign is live or a test.
    pub mode: KeyMode,
    pub cost: Money,
    pub recipients: u64,
    /// The number of recipients in a full batch.
    pub batch_recipients: BatchSize,
    /// The start time, if it is scheduled.
    pub scheduled_at: Option<Timestamp>,
    /// How long its recipients are kept.
    pub retention: Retention,
}

/// A campaign as it is accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewCampaign {
    /// The send that the campaign is made from.
    pub send: CheckedSend,
    /// Scheduled or queued.
    pub state: CampaignStatus,
    pub open_batches: i64,
    /// Money that is moved from available to reserved; zero with a test key.
    pub reserved: Money,
    /// When it starts.
    pub starts_at: Timestamp,
    /// When recipients that are still queued are given up.
    pub valid_until: Timestamp,
    /// Until when its recipients and their outcomes are kept.
    pub kept_until: Timestamp,
    /// When the clock first checks the campaign.
    pub due_at: Timestamp,
}

impl NewCampaign {
    /// The campaign of a send that is accepted now.
    pub fn of(send: &CheckedSend, now: Timestamp) -> Self {
        let starts_at = starts_at(send.scheduled_at, now);
        Self {
            send: *send,
            state: initial_state(send.scheduled_at),
            open_batches: send.batch_recipients.batches_of(send.recipients).into(),
            reserved: send.mode.moves(send.cost),
            starts_at,
            valid_until: valid_until(starts_at),
            kept_until: send.retention.of_start(starts_at),
            // A campaign that starts now is enqueued at once; the clock enqueues it again if that message was lost.
            due_at: send.scheduled_at.unwrap_or(next_look(now)),
        }
    }
}

const fn initial_state(scheduled_at: Option<Timestamp>) -> CampaignStatus {
    match scheduled_at {
        Some(_) => CampaignStatus::Scheduled,
        None => CampaignStatus::Queued,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::deadlines::{LOOK_EVERY, RETENTION, VALIDITY};

    const NOW: Timestamp = Timestamp::from_secs(1_000_000);

    fn money(units: i64) -> Money {
        Money::from_ten_thousandths(units)
    }

    fn check(available: i64, cap: Option<(i64, i64)>, repeats: Option<u64>) -> Check {
        let daily = cap.map(|(cap, spent)| DailySpending { cap: money(cap), spent: money(spent) });
        let repeats = repeats.and_then(CampaignId::new);
        let (mode, cost, available) = (KeyMode::Live, money(10), money(available));
        Check { mode, cost, available, recipients: 3, daily, tests: None, repeats }
    }

    #[test]
    fn a_send_may_cost_all_that_is_available_and_all_that_the_cap_leaves() {
        assert_eq!(check(10, None, None).refusal(), None);
        assert_eq!(check(9, None, None).refusal(), Some(Refusal::InsufficientBalance));
        assert_eq!(check(10, Some((15, 5)), None).refusal(), None);
        assert_eq!(check(10, Some((15, 6)), None).refusal(), Some(Refusal::SpendCapReached));
        assert_eq!(check(10, Some((9, 0)), None).refusal(), Some(Refusal::SpendCapReached));
    }

    #[test]
    fn a_low_balance_is_reported_before_the_cap_and_the_cap_before_a_duplicate() {
        let earlier = CampaignId::new(84).unwrap();
        assert_eq!(check(9, Some((9, 9)), Some(84)).refusal(), Some(Refusal::InsufficientBalance));
        assert_eq!(check(10, Some((9, 9)), Some(84)).refusal(), Some(Refusal::SpendCapReached));
        assert_eq!(check(10, None, Some(84)).refusal(), Some(Refusal::Duplicate(earlier)));
    }

    #[test]
    fn a_test_key_spends_nothing() {
        let test = Check { mode: KeyMode::Test, ..check(0, Some((0, 0)), None) };
        assert_eq!(test.refusal(), None);
    }

    #[test]
    fn the_test_campaigns_of_a_day_have_a_cap_on_recipients() {
        let tests = |cap, recipients| {
            let tests = Some(DailyTests { cap, recipients });
            Check { mode: KeyMode::Test, tests, ..check(0, None, None) }.refusal()
        };
        assert_eq!([tests(10, 7), tests(3, 0)], [None, None]);
        assert_eq!([tests(10, 8), tests(2, 0), tests(10, u64::MAX)], [Some(Refusal::TestCapReached); 3]);
    }

    #[test]
    fn the_spend_cap_counts_earlier_campaigns_of_the_day() {
        assert_eq!(room_under_cap(money(15), money(10)), Some(money(5)));
        assert_eq!(room_under_cap(money(10), money(10)), Some(Money::ZERO));
        assert_eq!(room_under_cap(money(9), money(10)), None);
        assert_eq!(room_under_cap(money(i64::MIN), money(1)), None, "beyond the range of money");
    }

    #[test]
    fn a_campaign_starts_at_once_or_at_its_scheduled_time() {
        let size = BatchSize::try_from(40).unwrap();
        let send = CheckedSend {
            mode: KeyMode::Live,
            cost: money(10),
            recipients: 81,
            batch_recipients: size,
            scheduled_at: None,
            retention: Retention::default(),
        };
        let at_once = NewCampaign {
            send,
            state: CampaignStatus::Queued,
            open_batches: 3,
            reserved: money(10),
            starts_at: NOW,
            valid_until: NOW.plus(VALIDITY),
            kept_until: NOW.plus(RETENTION),
            due_at: NOW.plus(LOOK_EVERY),
        };
        assert_eq!(NewCampaign::of(&send, NOW), at_once);
        let later = NOW.plus(Millis::from_hours(5));
        let scheduled = NewCampaign {
            send: CheckedSend { scheduled_at: Some(later), ..send },
            state: CampaignStatus::Scheduled,
            starts_at: later,
            valid_until: later.plus(VALIDITY),
            kept_until: later.plus(RETENTION),
            due_at: later,
            ..at_once
        };
        assert_eq!(NewCampaign::of(&scheduled.send, NOW), scheduled);
        let test_send = CheckedSend { mode: KeyMode::Test, ..send };
        let test = NewCampaign { send: test_send, reserved: Money::ZERO, ..at_once };
        assert_eq!(NewCampaign::of(&test_send, NOW), test);
    }

    #[test]
    fn a_campaign_is_scheduled_for_the_future_and_for_a_year_at_most() {
        let at = |millis| check_schedule(NOW.plus(Millis(millis)), NOW);
        assert_eq!(at(-1), Err(ScheduleError::InThePast));
        assert_eq!(at(0), Err(ScheduleError::InThePast));
        assert_eq!(at(1), Ok(()));
        assert_eq!(at(MAX_AHEAD.0), Ok(()));
        assert_eq!(at(MAX_AHEAD.0 + 1), Err(ScheduleError::TooFarAhead));
    }
}
