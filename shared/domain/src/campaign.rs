//! A campaign's states with their one transition table, and its counts.

pub mod deadlines;
mod step;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{api_key::KeyMode, delivery::DeliveryStatus, money::Money};

pub use step::{CampaignStep, Resumption};

/// The state of a campaign.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignStatus {
    /// Accepted and paid for; waits for its time.
    Scheduled,
    /// Waits for a worker.
    Queued,
    /// A worker has claimed its first batch.
    Running,
    /// Paused by the sender or by a fault; recipients that were not handed over stay queued.
    Paused,
    /// Ended by the sender or the operator; recipients that were not handed over are refunded.
    Cancelled,
    /// Every recipient is handed over or given up.
    Completed,
    /// No recipient was handed over.
    Failed,
}

use CampaignStatus::{Cancelled, Completed, Failed, Paused, Queued, Running, Scheduled};

impl CampaignStatus {
    pub const ALL: [Self; 7] = [Scheduled, Queued, Running, Paused, Cancelled, Completed, Failed];

    /// The transition table.
    pub const fn can_become(self, next: Self) -> bool {
        match self {
            Scheduled => matches!(next, Queued | Paused | Cancelled),
            Queued => matches!(next, Running | Paused | Cancelled | Completed | Failed),
            Running => matches!(next, Paused | Cancelled | Completed | Failed),
            Paused => matches!(next, Scheduled | Queued | Running | Cancelled | Completed | Failed),
            Cancelled | Completed | Failed => false,
        }
    }

    /// The states from which `next` may be reached: the condition of the write that sets it.
    pub fn before(next: Self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |status| status.can_become(next))
    }

    /// Whether a worker may hand recipients over.
    pub const fn is_sending(self) -> bool {
        matches!(self, Queued | Running)
    }

    /// The contract's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Scheduled => "scheduled",
            Queued => "queued",
            Running => "running",
            Paused => "paused",
            Cancelled => "cancelled",
            Completed => "completed",
            Failed => "failed",
        }
    }
}

impl fmt::Display for CampaignStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word is not a campaign status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be one of scheduled, queued, running, paused, cancelled, completed, failed")]
pub struct CampaignStatusError;

impl FromStr for CampaignStatus {
    type Err = CampaignStatusError;

    fn from_str(word: &str) -> Result<Self, CampaignStatusError> {
        Self::ALL.into_iter().find(|status| status.as_str() == word).ok_or(CampaignStatusError)
    }
}

/// Recipients of a campaign, or of a batch, by status.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Accepted by the provider, delivered and undelivered ones included.
    pub sent: i64,
    /// Part of `sent`: reported as delivered.
    pub delivered: i64,
    /// Part of `sent`: finally reported as not delivered.
    pub undelivered: i64,
    /// Refused, or given up.
    pub failed: i64,
    /// Handed over, with an unknown outcome.
    pub unconfirmed: i64,
    /// Recipients that were not handed over, on purpose.
    pub cancelled: i64,
}

impl Counts {
    /// Counts statuses. Queued recipients have no count: they are the difference to the total.
    pub fn of(statuses: impl IntoIterator<Item = DeliveryStatus>) -> Self {
        let mut counts = Self::default();
        for status in statuses {
            counts.add(status, 1);
        }
        counts
    }

    /// The change of the counts if a recipient's status changes.
    pub fn step(from: DeliveryStatus, to: DeliveryStatus) -> Self {
        let mut counts = Self::default();
        counts.add(from, -1);
        counts.add(to, 1);
        counts
    }

    fn add(&mut self, status: DeliveryStatus, change: i64) {
        match status {
            DeliveryStatus::Queued => {}
            DeliveryStatus::Failed => self.failed += change,
            DeliveryStatus::Unconfirmed => self.unconfirmed += change,
            DeliveryStatus::Cancelled => self.cancelled += change,
            DeliveryStatus::Sent => self.sent += change,
            DeliveryStatus::Delivered => {
                self.sent += change;
                self.delivered += change;
            }
            DeliveryStatus::Undelivered => {
                self.sent += change;
                self.undelivered += change;
            }
        }
    }

    /// The sum of two.
    pub const fn plus(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            delivered: self.delivered + other.delivered,
            undelivered: self.undelivered + other.undelivered,
            failed: self.failed + other.failed,
            unconfirmed: self.unconfirmed + other.unconfirmed,
            cancelled: self.cancelled + other.cancelled,
        }
    }

    /// Recipients that the dispatcher is through with.
    pub const fn dispatched(&self) -> i64 {
        self.sent + self.failed + self.unconfirmed + self.cancelled
    }
}

/// A campaign in numbers, as the status answer shows it. `sent + failed + unconfirmed + cancelled +
/// queued` is the number of recipients.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CampaignReport {
    /// Unique recipients accepted.
    pub recipients: u64,
    /// The recipients by status.
    pub counts: Counts,
    /// Reserved at acceptance.
    pub estimated_cost: Money,
    pub charged: Money,
    pub refunded: Money,
}

impl CampaignReport {
    /// Recipients that are not handed over yet.
    pub const fn queued(&self) -> i64 {
        self.recipients as i64 - self.counts.dispatched()
    }

    /// sent / recipients × 100, to one decimal, rounded half up.
    pub fn delivery_rate(&self) -> f64 {
        if self.recipients == 0 {
            return 0.0;
        }
        let (sent, recipients) = (self.counts.sent.unsigned_abs(), self.recipients);
        ((sent * 2_000 + recipients) / (recipients * 2)) as f64 / 10.0
    }

    /// Money that is still reserved for the campaign.
    pub fn held(&self, mode: KeyMode) -> Money {
        let moved = [self.charged, self.refunded].into_iter().sum::<Money>();
        mode.moves(self.estimated_cost.checked_sub(moved).unwrap_or_default())
    }
}

/// The final state of a campaign in `state`, once its last batch is closed. It failed only if no recipient can have
/// been reached.
pub const fn verdict(state: CampaignStatus, counts: &Counts) -> CampaignStatus {
    let handed_over = counts.sent + counts.unconfirmed;
    match state {
        Cancelled => Cancelled,
        _ if handed_over == 0 && counts.failed > 0 => Failed,
        _ => Completed,
    }
}

/// Whether a campaign handed over no recipient, and never will: it has ended, or it was cancelled before its first
/// batch was claimed, after which no worker hands over.
pub const fn reached_no_recipient(
    state: CampaignStatus,
    has_started: bool,
    open_batches: i64,
    counts: &Counts,
) -> bool {
    let is_over = open_batches == 0 || (matches!(state, Cancelled) && !has_started);
    is_over && counts.sent + counts.unconfirmed == 0
}

/// The share of refusals above which a campaign is paused…
pub const BREAKER_PERCENT: i64 = 50;
/// …once at least this many recipients were decided.
pub const BREAKER_MIN_DECIDED: i64 = 500;

/// A campaign's counts when it was last resumed; zero if it never was. The circuit breaker counts only what came after:
/// otherwise the refusals that paused a campaign would pause it again at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct CountsAtResume {
    /// Accepted by the provider.
    #[serde(rename = "resumed_sent")]
    pub sent: i64,
    /// Refused, or given up.
    #[serde(rename = "resumed_failed")]
    pub failed: i64,
}

impl CountsAtResume {
    /// The counts that the circuit breaker judges. Those that it does not read are zero.
    pub fn since(self, counts: &Counts) -> Counts {
        Counts { sent: counts.sent - self.sent, failed: counts.failed - self.failed, ..Counts::default() }
    }
}

/// The circuit breaker: whether a campaign is paused because too many of its recipients were refused.
///
/// An unconfirmed recipient counts as refused. The recipients of calls without a known result are not counted: they put
/// the account in [doubt](crate::pacing::Doubt), which ends by itself, while a pause needs a person.
pub const fn breaks(counts: &Counts) -> bool {
    let refused = counts.failed + counts.unconfirmed;
    let decided = counts.sent + refused;
    decided >= BREAKER_MIN_DECIDED && refused * 100 > decided * BREAKER_PERCENT
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(recipients: u64, counts: Counts) -> CampaignReport {
        let (estimated_cost, charged, refunded) = (Money::ZERO, Money::ZERO, Money::ZERO);
        CampaignReport { recipients, counts, estimated_cost, charged, refunded }
    }

    #[test]
    fn a_campaign_reached_no_one_if_it_has_ended_and_handed_over_no_recipient() {
        let counts = |sent, unconfirmed, failed| Counts { sent, unconfirmed, failed, ..Counts::default() };
        let none = counts(0, 0, 3);
        for state in CampaignStatus::ALL {
            assert!(reached_no_recipient(state, true, 0, &none), "{state}");
            assert!(!reached_no_recipient(state, true, 0, &counts(1, 0, 2)), "{state}");
            assert!(!reached_no_recipient(state, true, 0, &counts(0, 1, 2)), "{state}");
            assert!(!reached_no_recipient(state, true, 1, &none), "{state}: a batch may have handed over");
            assert_eq!(reached_no_recipient(state, false, 1, &none), state == Cancelled, "{state}");
        }
    }

    #[test]
    fn a_final_state_never_changes() {
        for status in CampaignStatus::ALL {
            let leaves = CampaignStatus::ALL.into_iter().any(|next| status.can_become(next));
            assert_eq!(leaves, !matches!(status, Cancelled | Completed | Failed), "{status}");
            assert_eq!(status.as_str().parse(), Ok(status));
        }
    }

    #[test]
    fn a_state_is_reached_only_from_the_states_of_the_table() {
        let before = |next| CampaignStatus::before(next).collect::<Vec<_>>();
        assert_eq!(before(Paused), [Scheduled, Queued, Running]);
        assert_eq!(before(Completed), [Queued, Running, Paused]);
    }

    #[test]
    fn workers_hand_over_only_for_campaigns_under_way() {
        let sending = CampaignStatus::ALL.into_iter().filter(|status| status.is_sending());
        assert_eq!(sending.collect::<Vec<_>>(), [Queued, Running]);
    }

    #[test]
    fn counts_always_add_up_to_the_recipients() {
        let statuses = DeliveryStatus::ALL;
        let report = report(10, Counts::of(statuses));
        assert_eq!(report.counts.sent, 3);
        assert_eq!(report.counts.dispatched() + report.queued(), 10);
        for (from, to) in statuses.iter().flat_map(|a| statuses.iter().map(move |b| (*a, *b))) {
            let stepped = Counts::of([from]).plus(Counts::step(from, to));
            assert_eq!(stepped, Counts::of([to]));
        }
    }

    #[test]
    fn the_rate_has_one_decimal() {
        let rate = |sent, of| report(of, Counts { sent, ..Counts::default() }).delivery_rate();
        assert_eq!(rate(2, 3), 66.7);
        assert_eq!(rate(1, 3), 33.3);
        assert_eq!(rate(1248, 1248), 100.0);
        assert_eq!(rate(0, 0), 0.0);
    }

    #[test]
    fn the_breaker_needs_many_refusals_and_a_majority() {
        let counts = |sent, failed| Counts { sent, failed, ..Counts::default() };
        assert!(!breaks(&counts(0, 499)));
        assert!(!breaks(&counts(250, 250)));
        assert!(breaks(&counts(249, 251)));
        assert!(breaks(&Counts { unconfirmed: 2, ..counts(249, 249) }));
    }

    #[test]
    fn each_status_adds_to_its_own_counts() {
        let twice = DeliveryStatus::ALL.into_iter().flat_map(|status| [status, status]);
        let expected =
            Counts { sent: 6, delivered: 2, undelivered: 2, failed: 2, unconfirmed: 2, cancelled: 2 };
        assert_eq!(Counts::of(twice), expected);
    }

    #[test]
    fn a_campaign_fails_only_if_no_recipient_can_have_been_reached() {
        let counts = |sent, unconfirmed, failed| Counts { sent, unconfirmed, failed, ..Counts::default() };
        for state in [Queued, Running, Paused] {
            assert_eq!(verdict(state, &counts(0, 0, 3)), Failed);
            for (sent, unconfirmed, failed) in [(1, 0, 3), (0, 1, 3), (1, 1, 3), (0, 0, 0)] {
                let counts = counts(sent, unconfirmed, failed);
                assert_eq!(verdict(state, &counts), Completed, "{sent} {unconfirmed} {failed}");
            }
        }
    }

    #[test]
    fn a_cancelled_campaign_stays_cancelled_whatever_its_counts() {
        for counts in [Counts::default(), Counts { sent: 3, ..Counts::default() }] {
            assert_eq!(verdict(Cancelled, &counts), Cancelled);
        }
        assert_eq!(verdict(Cancelled, &Counts { failed: 3, ..Counts::default() }), Cancelled);
    }

    #[test]
    fn a_resumed_campaign_is_not_paused_again_for_refusals_of_before() {
        let paused_at = Counts { sent: 100, failed: 900, ..Counts::default() };
        assert!(breaks(&paused_at));
        let resumed = CountsAtResume { sent: 100, failed: 900 };
        assert!(!breaks(&resumed.since(&paused_at)));
        let later = Counts { sent: 100, failed: 1_400, ..Counts::default() };
        assert!(breaks(&resumed.since(&later)));
        assert_eq!(CountsAtResume::default().since(&later), later, "it was never resumed");
    }

    #[test]
    fn a_campaign_holds_the_money_that_is_neither_charged_nor_refunded() {
        let [estimated_cost, charged, refunded] = [100, 60, 30].map(Money::from_ten_thousandths);
        let report =
            CampaignReport { recipients: 1, counts: Counts::default(), estimated_cost, charged, refunded };
        assert_eq!(report.held(KeyMode::Live), Money::from_ten_thousandths(10));
        assert_eq!(report.held(KeyMode::Test), Money::ZERO);
    }

    #[test]
    fn a_status_is_shown_by_its_word() {
        assert_eq!(
            CampaignStatus::ALL.map(|status| status.to_string()),
            CampaignStatus::ALL.map(CampaignStatus::as_str)
        );
    }
}
