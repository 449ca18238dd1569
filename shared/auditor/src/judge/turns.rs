//! The turns of a provider account, against what any provider may ask for and any worker may book.

use crate::{
    forms::turns::Turns,
    limits::{LONGEST_BOOKING, LONGEST_HOLD},
    place::Place,
    report::Rule,
    section::Section,
};

/// Judges how far ahead of `now`, in milliseconds, an account is booked and held.
pub fn judge(turns: Turns, now: i64, place: &Place, section: &mut Section) {
    let ahead = |millis: u64| i64::try_from(millis).unwrap_or(i64::MAX).saturating_sub(now);
    if ahead(turns.held_until) > LONGEST_HOLD {
        section.find(Rule::Turns, place.clone(), "it is held for longer than a provider may ask for");
    }
    if ahead(turns.booked_until / 1_000) > LONGEST_BOOKING {
        section.find(Rule::Turns, place.clone(), "it is booked further ahead than a worker books");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(booked_until: u64, held_until: u64, now: i64) -> usize {
        let mut section = Section::default();
        let place = Place::Account("sandbox".to_owned());
        judge(Turns { booked_until, held_until }, now, &place, &mut section);
        section.findings.len()
    }

    #[test]
    fn an_account_is_booked_and_held_only_so_far_ahead() {
        let now = 1_800_000_000_000;
        let at = |ahead: i64| (now + ahead).unsigned_abs();
        assert_eq!(findings(0, 0, now), 0);
        assert_eq!(findings(at(LONGEST_BOOKING) * 1_000, at(LONGEST_HOLD), now), 0);
        assert_eq!(findings(at(LONGEST_BOOKING + 1) * 1_000, at(LONGEST_HOLD), now), 1);
        assert_eq!(findings(at(LONGEST_BOOKING) * 1_000, at(LONGEST_HOLD + 1), now), 1);
        assert_eq!(findings(u64::MAX, u64::MAX, now), 2);
    }
}
