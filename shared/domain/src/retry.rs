//! Decides whether and when to try again. Pure: the jitter is an argument.

use crate::timestamp::Millis;

/// The decision after a definite "not now".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RetryDecision {
    /// Try again after this long.
    RetryIn(Millis),
    /// The validity ends before another attempt.
    GiveUp,
}

const FIRST_DELAY: Millis = Millis(1_000);
const LONGEST_DELAY: Millis = Millis::from_mins(5);
/// Longest delay of a recipient that the provider puts off: each attempt is a journal record, and there may be attempts
/// until the campaign's validity ends.
const LONGEST_PUT_OFF: Millis = Millis::from_mins(10);

/// Exponential backoff with full jitter, never sooner than the provider asked for and never past the
/// end of validity. `attempt` counts from 0; `jitter` is a uniformly drawn `u32`.
/// (Full jitter: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)
pub fn decide(
    attempt: u32,
    jitter: u32,
    retry_after: Option<Millis>,
    validity_left: Millis,
) -> RetryDecision {
    let ceiling = FIRST_DELAY.0.saturating_mul(1 << attempt.min(16)).min(LONGEST_DELAY.0);
    let jittered = (i128::from(ceiling) * i128::from(jitter) / i128::from(u32::MAX)) as i64;
    let delay = Millis(jittered.max(FIRST_DELAY.0 / 2)).max(retry_after.unwrap_or_default());
    if delay < validity_left { RetryDecision::RetryIn(delay) } else { RetryDecision::GiveUp }
}

/// How long a recipient waits, by how often it was put off: twice as long each time, of which up to a half is jitter.
pub fn put_off_delay(times: u8, jitter: u32) -> Millis {
    let doublings = u32::from(times.saturating_sub(1)).min(16);
    let longest = FIRST_DELAY.0.saturating_mul(1 << doublings).min(LONGEST_PUT_OFF.0);
    let jittered = (i128::from(longest) * i128::from(jitter) / i128::from(u32::MAX) / 2) as i64;
    Millis(longest - jittered)
}

/// The shortest time that a batch stays away because of other campaigns' turns.
const SHORTEST_ABSENCE: Millis = Millis(500);

/// How long a batch stays away because of other campaigns' turns: a random time up to `longest`, so that batches that
/// were refused together come back one by one.
pub fn after_others(longest: Millis, jitter: u32) -> Millis {
    let absence = (i128::from(longest.0) * i128::from(jitter) / i128::from(u32::MAX)) as i64;
    Millis(absence).max(SHORTEST_ABSENCE)
}

/// How long a batch waits that found its account in doubt. The batch whose call failed makes the next probe; the others
/// come up to half as long after it, so that they do not all ask at once.
pub fn after_doubt(next_probe: Millis, jitter: u32) -> Millis {
    let wait = next_probe.max(FIRST_DELAY);
    Millis(wait.0 + (i128::from(wait.0) * i128::from(jitter) / i128::from(u32::MAX) / 2) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Millis = Millis::from_hours(24);

    #[test]
    fn waits_longer_each_time_up_to_five_minutes() {
        let longest = |attempt| decide(attempt, u32::MAX, None, DAY);
        assert_eq!(longest(0), RetryDecision::RetryIn(Millis(1_000)));
        assert_eq!(longest(3), RetryDecision::RetryIn(Millis(8_000)));
        assert_eq!(longest(u32::MAX), RetryDecision::RetryIn(Millis::from_mins(5)));
        assert_eq!(decide(9, 0, None, DAY), RetryDecision::RetryIn(Millis(500)));
    }

    #[test]
    fn a_recipient_that_is_put_off_waits_at_most_ten_minutes() {
        assert_eq!([0, 1, 2, 5].map(|times| put_off_delay(times, 0).0), [1_000, 1_000, 2_000, 16_000]);
        assert_eq!(put_off_delay(u8::MAX, 0), Millis::from_mins(10));
        assert_eq!(put_off_delay(u8::MAX, u32::MAX), Millis::from_mins(5));
    }

    #[test]
    fn batches_of_an_account_in_doubt_come_back_after_the_next_probe_and_not_all_at_once() {
        let waits = [0, u32::MAX].map(|jitter| after_doubt(Millis(8_000), jitter).0);
        assert_eq!(waits, [8_000, 12_000]);
        assert_eq!(after_doubt(Millis(0), 0), FIRST_DELAY);
    }

    #[test]
    fn batches_that_were_refused_together_come_back_at_different_times() {
        let absences = [0, u32::MAX / 2, u32::MAX].map(|jitter| after_others(Millis(8_000), jitter).0);
        assert_eq!(absences, [500, 3_999, 8_000]);
    }

    #[test]
    fn obeys_the_provider_and_the_validity() {
        let asked = Some(Millis::from_mins(10));
        assert_eq!(decide(0, 0, asked, DAY), RetryDecision::RetryIn(Millis::from_mins(10)));
        assert_eq!(decide(0, 0, asked, Millis::from_mins(10)), RetryDecision::GiveUp);
    }
}
