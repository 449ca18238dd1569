//! Instants and how they are shown: RFC 3339 with the organisation's offset, whole seconds.

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

const MILLIS_PER_SECOND: i64 = 1_000;
const MILLIS_PER_DAY: i64 = 24 * 60 * 60 * MILLIS_PER_SECOND;

/// An instant: milliseconds since 1970-01-01T00:00:00Z. It is always an argument; nothing in this crate reads a clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A stretch of time in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds * MILLIS_PER_SECOND)
    }

    pub const fn from_mins(minutes: i64) -> Self {
        Self::from_secs(minutes * 60)
    }

    pub const fn from_hours(hours: i64) -> Self {
        Self::from_mins(hours * 60)
    }

    pub const fn from_days(days: i64) -> Self {
        Self::from_hours(days * 24)
    }

    /// Whole seconds, rounded up: a wait that is answered to a client must not end early.
    pub const fn secs_rounded_up(self) -> i64 {
        (self.0 + MILLIS_PER_SECOND - 1).div_euclid(MILLIS_PER_SECOND)
    }
}

/// Why a text is not an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TimestampError {
    /// A date and time without an offset from UTC: it names no instant.
    #[error("must have an offset from UTC, such as +03:00 or Z")]
    NoOffset,
    /// The text is not an RFC 3339 date and time.
    #[error("must be an RFC 3339 date and time, such as 2027-01-31T08:00:00+03:00")]
    NotRfc3339,
}

impl Timestamp {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds * MILLIS_PER_SECOND)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, for DynamoDB's time to live.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(MILLIS_PER_SECOND)
    }

    pub const fn plus(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// Time from `earlier` until this instant; negative if `earlier` is later.
    pub const fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// RFC 3339 in whole seconds at an offset: `2026-11-23T20:13:27+03:00`.
    pub fn rfc3339(self, offset: Offset) -> String {
        OffsetDateTime::from_unix_timestamp(self.secs())
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(offset.0)
            .format(&Rfc3339)
            .unwrap_or_default()
    }

    /// The calendar day at an offset, `2026-11-23`: the day a daily spend cap counts by.
    pub fn day(self, offset: Offset) -> String {
        self.rfc3339(offset).split('T').next().unwrap_or_default().to_owned()
    }

    pub fn day_ends_at(self, offset: Offset) -> Self {
        let ahead = i64::from(offset.0.whole_seconds()) * MILLIS_PER_SECOND;
        let days = self.0.saturating_add(ahead).div_euclid(MILLIS_PER_DAY);
        Self(days.saturating_add(1).saturating_mul(MILLIS_PER_DAY).saturating_sub(ahead))
    }

    /// When a calendar day at an offset, such as `2026-11-23`, begins; `None` if the text is not a day.
    pub fn parse_day(text: &str, offset: Offset) -> Option<Self> {
        let at_utc = Self::parse_rfc3339(&format!("{text}T00:00:00Z")).ok()?;
        Some(at_utc.plus(Millis::from_secs(-i64::from(offset.0.whole_seconds()))))
    }

    /// Reads RFC 3339; a text that lacks only the offset has its own error.
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimestampError> {
        match OffsetDateTime::parse(text, &Rfc3339) {
            Ok(instant) => Ok(Self((instant.unix_timestamp_nanos() / 1_000_000) as i64)),
            Err(_) if OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339).is_ok() => {
                Err(TimestampError::NoOffset)
            }
            Err(_) => Err(TimestampError::NotRfc3339),
        }
    }
}

/// Converts to whole milliseconds; times before the epoch become the epoch.
impl From<SystemTime> for Timestamp {
    fn from(instant: SystemTime) -> Self {
        let since_epoch = instant.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(since_epoch.as_millis() as i64)
    }
}

/// An organisation's offset from UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct Offset(UtcOffset);

/// The offset is beyond ±25:59:59.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an offset from UTC is within 26 hours")]
pub struct OffsetError;

impl Offset {
    pub const UTC: Self = Self(UtcOffset::UTC);
    /// East Africa Time, +03:00 all year (Africa/Nairobi): an organisation's default.
    pub const EAST_AFRICA: Self = Self(match UtcOffset::from_hms(3, 0, 0) {
        Ok(offset) => offset,
        Err(_) => UtcOffset::UTC,
    });
}

/// Writes the offset as in RFC 3339: `+03:00`.
impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.whole_minutes();
        let sign = if minutes < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }
}

impl TryFrom<i32> for Offset {
    type Error = OffsetError;

    fn try_from(seconds: i32) -> Result<Self, OffsetError> {
        UtcOffset::from_whole_seconds(seconds).map(Self).map_err(|_| OffsetError)
    }
}

impl From<Offset> for i32 {
    fn from(offset: Offset) -> Self {
        offset.0.whole_seconds()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn shows_whole_seconds_at_the_offset() {
        let instant = Timestamp::from_millis(1_795_454_007_999);
        assert_eq!(instant.rfc3339(Offset::EAST_AFRICA), "2026-11-23T20:13:27+03:00");
        assert_eq!(instant.rfc3339(Offset::UTC), "2026-11-23T17:13:27Z");
        assert_eq!(Timestamp::from_secs(1_795_473_000).day(Offset::EAST_AFRICA), "2026-11-24");
    }

    #[test]
    fn a_day_ends_at_midnight_of_its_offset() {
        let ends = |secs, offset| Timestamp::from_secs(secs).day_ends_at(offset).rfc3339(offset);
        assert_eq!(ends(1_795_454_007, Offset::EAST_AFRICA), "2026-11-24T00:00:00+03:00");
        assert_eq!(ends(1_795_473_000, Offset::EAST_AFRICA), "2026-11-25T00:00:00+03:00");
        assert_eq!(ends(1_795_454_007, Offset::UTC), "2026-11-24T00:00:00Z");
        assert_eq!(ends(0, Offset::UTC), "1970-01-02T00:00:00Z", "midnight begins a day");
    }

    #[test]
    fn only_instants_are_read() {
        let parsed = Timestamp::parse_rfc3339("2026-11-23T20:13:27+03:00").unwrap();
        assert_eq!(parsed, Timestamp::from_secs(1_795_454_007));
        assert_eq!(Timestamp::parse_rfc3339("2026-11-23T20:13:27"), Err(TimestampError::NoOffset));
        assert_eq!(Timestamp::parse_rfc3339("tomorrow"), Err(TimestampError::NotRfc3339));
        assert_eq!(Timestamp::parse_rfc3339("2026-02-30T00:00:00Z"), Err(TimestampError::NotRfc3339));
    }

    #[test]
    fn a_system_time_is_taken_in_whole_milliseconds() {
        let instant = UNIX_EPOCH + Duration::from_micros(1_795_454_007_999_999);
        assert_eq!(Timestamp::from(instant), Timestamp::from_millis(1_795_454_007_999));
        assert_eq!(Timestamp::from(UNIX_EPOCH - Duration::from_secs(1)), Timestamp::default());
    }

    #[test]
    fn a_wait_is_rounded_up() {
        assert_eq!(Millis(1).secs_rounded_up(), 1);
        assert_eq!(Millis(2_000).secs_rounded_up(), 2);
        assert_eq!(Millis(0).secs_rounded_up(), 0);
    }
}
