//! Judges the turns of a provider account by the longest pause of a provider and the longest booking of a worker.

use crate::{
    forms::turns::Turns,
    limits::{LONGEST_BOOKING, LONGEST_HOLD, LONGEST_PROBE_WAIT},
    place::Place,
    report::Rule,
    section::Section,
};

/// Judges how far ahead of `now`, in milliseconds, an account is booked and held, and its doubt.
pub fn judge(turns: Turns, now: i64, place: &Place, section: &mut Section) {
    let ahead = |millis: u64| i64::try_from(millis).unwrap_or(i64::MAX).saturating_sub(now);
    if ahead(turns.held_until) > LONGEST_HOLD {
        section.find(Rule::Turns, place.clone(), "it is held for longer than a provider's pause may last");
    }
    if ahead(turns.booked_until / 1_000) > LONGEST_BOOKING {
        section.find(Rule::Turns, place.clone(), "it is booked further ahead than a worker may book");
    }
    if ahead(turns.next_probe_at) > LONGEST_PROBE_WAIT {
        section.find(Rule::Turns, place.clone(), "its next probe is later than the longest wait");
    }
    if turns.doubted_at > turns.trusted_at && turns.doubt == 0 {
        section.find(Rule::Turns, place.clone(), "it is in doubt, but counts no failed call");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(booked_until: u64, held_until: u64, now: i64) -> usize {
        let mut section = Section::default();
        let place = Place::Account("sandbox".to_owned());
        judge(Turns { booked_until, held_until, ..TRUSTED }, now, &place, &mut section);
        section.findings.len()
    }

    const TRUSTED: Turns =
        Turns { booked_until: 0, held_until: 0, doubt: 0, doubted_at: 0, trusted_at: 0, next_probe_at: 0 };

    #[test]
    fn a_doubt_has_a_call_that_began_it_and_a_probe_within_minutes() {
        let findings = |turns: Turns| {
            let mut section = Section::default();
            judge(turns, 1_000, &Place::Account("sandbox".to_owned()), &mut section);
            section.findings.len()
        };
        let lasting = Turns { doubt: 1, doubted_at: 2, trusted_at: 1, next_probe_at: 301_000, ..TRUSTED };
        assert_eq!(findings(lasting), 0);
        assert_eq!(findings(Turns { doubt: 0, ..lasting }), 1);
        assert_eq!(findings(Turns { next_probe_at: 301_001, ..lasting }), 1);
        assert_eq!(findings(Turns { doubt: 0, trusted_at: 2, ..lasting }), 0);
    }

    #[test]
    fn an_account_that_is_booked_or_held_too_far_ahead_is_a_finding() {
        let now = 1_800_000_000_000;
        assert_eq!(findings(0, 0, now), 0);
        // Booked in microseconds, a minute ahead; held in milliseconds, an hour ahead.
        assert_eq!(findings(1_800_000_060_000_000, 1_800_003_600_000, now), 0);
        assert_eq!(findings(1_800_000_060_001_000, 1_800_003_600_000, now), 1);
        assert_eq!(findings(1_800_000_060_000_000, 1_800_003_600_001, now), 1);
        assert_eq!(findings(u64::MAX, u64::MAX, now), 2);
    }
}
