//! The deadlines of a campaign: its validity, the wait for reports, and its retention.

use std::{ops::RangeInclusive, str::FromStr};

use thiserror::Error;

use crate::timestamp::{Millis, Timestamp};

/// How long after its start a campaign's recipients are still handed over. A text that is a day late is more often
/// wrong than useful.
pub const VALIDITY: Millis = Millis::from_hours(24);

/// How long after the end of a campaign the money of unconfirmed recipients is held for reports. Then it is released:
/// the sender does not pay for texts that were never shown to have gone out. Providers report within three days.
pub const REPORT_WAIT: Millis = Millis::from_hours(72);

/// How long recipients, their outcomes and the text are kept after a campaign's start, unless a deployment says
/// otherwise.
pub const RETENTION: Millis = Millis::from_days(180);

/// The least and the most days of a [`Retention`].
pub const RETENTION_DAYS: RangeInclusive<u32> = 45..=3_650;

/// How long a deployment keeps the recipients, their outcomes and the text of a campaign after its start. Numbers are
/// personal data, so they are deleted once they are no longer needed as evidence of a send. Batches of a send that was
/// not accepted expire at the same time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retention(Millis);

/// The text is not a retention.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("must be a whole number of days from {} to {}", RETENTION_DAYS.start(), RETENTION_DAYS.end())]
pub struct RetentionError;

impl Default for Retention {
    fn default() -> Self {
        Self(RETENTION)
    }
}

impl FromStr for Retention {
    type Err = RetentionError;

    /// Reads whole days.
    fn from_str(days: &str) -> Result<Self, RetentionError> {
        let days = days.parse().ok().filter(|days| RETENTION_DAYS.contains(days)).ok_or(RetentionError)?;
        Ok(Self(Millis::from_days(days.into())))
    }
}

impl Retention {
    /// Until when a campaign that starts at an instant is kept.
    pub const fn of_start(self, starts_at: Timestamp) -> Timestamp {
        starts_at.plus(self.0)
    }
}

/// How long before the end of its retention a paused campaign is cancelled and refunded. Without recipients it could
/// never end.
pub const PAUSE_ENDS_BEFORE: Millis = Millis::from_days(30);

/// Time between two checks of a campaign under way by the clock: longer than a healthy batch takes, and short enough
/// that a lost message delays a batch by minutes.
pub const LOOK_EVERY: Millis = Millis::from_mins(2);

// A campaign that is resumed at the last moment, or cancelled by the clock, must end and be settled while its
// recipients are still kept.
const _: () = assert!(PAUSE_ENDS_BEFORE.0 > VALIDITY.0 + REPORT_WAIT.0);
const _: () = assert!(Millis::from_days(*RETENTION_DAYS.start() as i64).0 > PAUSE_ENDS_BEFORE.0 + VALIDITY.0);

/// When a campaign starts: at its scheduled time, or when it was accepted.
pub fn starts_at(scheduled_at: Option<Timestamp>, accepted_at: Timestamp) -> Timestamp {
    scheduled_at.unwrap_or(accepted_at)
}

/// When a campaign that starts or is resumed at an instant gives up its queued recipients.
pub const fn valid_until(starts_at: Timestamp) -> Timestamp {
    starts_at.plus(VALIDITY)
}

/// The part of a campaign's validity for which its recipients wait for an account that throttles, before they go to the
/// next one of their route.
const PATIENCE: Millis = Millis(VALIDITY.0 / 10);

/// When a campaign's recipients no longer wait for an account that throttles, by the end of its validity.
pub const fn patience_ends(valid_until: Timestamp) -> Timestamp {
    valid_until.plus(Millis(PATIENCE.0 - VALIDITY.0))
}

/// When a campaign that is still paused is cancelled, by the end of its retention.
pub const fn pause_ends_at(kept_until: Timestamp) -> Timestamp {
    kept_until.plus(Millis(-PAUSE_ENDS_BEFORE.0))
}

/// The latest time to which the start of a campaign may be moved: as late as a pause may end, so that the campaign ends
/// and is settled while its recipients are kept.
pub const fn latest_start(kept_until: Timestamp) -> Timestamp {
    pause_ends_at(kept_until)
}

/// When the money that a finished campaign still holds is released.
pub const fn reports_end_at(finished_at: Timestamp) -> Timestamp {
    finished_at.plus(REPORT_WAIT)
}

/// When the clock next checks a campaign under way.
pub const fn next_look(now: Timestamp) -> Timestamp {
    now.plus(LOOK_EVERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_starts_when_it_was_scheduled_or_else_accepted() {
        let (accepted, scheduled) = (Timestamp::from_secs(1_000), Timestamp::from_secs(9_000));
        assert_eq!(starts_at(None, accepted), accepted);
        assert_eq!(starts_at(Some(scheduled), accepted), scheduled);
    }

    #[test]
    fn a_retention_is_some_weeks_to_some_years() {
        assert_eq!("180".parse(), Ok(Retention::default()));
        for days in ["", "0", "44", "3651", "-1", "1.5", "long"] {
            assert_eq!(days.parse::<Retention>(), Err(RetentionError), "{days}");
        }
    }

    #[test]
    fn a_campaign_is_valid_for_a_day_and_its_recipients_are_kept_for_180_days() {
        let (start, day) = (Timestamp::from_secs(1_000), 24 * 60 * 60);
        assert_eq!(valid_until(start), Timestamp::from_secs(1_000 + day));
        assert_eq!(patience_ends(valid_until(start)), start.plus(Millis::from_mins(144)));
        assert_eq!(reports_end_at(start), Timestamp::from_secs(1_000 + 3 * day));
        let kept_until = Retention::default().of_start(start);
        assert_eq!(kept_until, Timestamp::from_secs(1_000 + 180 * day));
        assert_eq!(pause_ends_at(kept_until), Timestamp::from_secs(1_000 + 150 * day));
        assert_eq!(next_look(start), Timestamp::from_secs(1_120));
    }
}
