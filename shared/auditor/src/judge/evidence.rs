//! The provider's truth against what is stored.

use std::collections::HashMap;

use crate::{
    evidence::CampaignTruth,
    forms::status::Status,
    place::{CampaignKey, Place},
    report::Rule,
    section::{Claims, Section},
};

/// What the tables say of a batch's recipients.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    pub numbers: &'a [u64],
    pub statuses: &'a [Status],
    pub in_flight: &'a [u16],
}

impl Shown<'_> {
    fn is_in_flight(&self, slot: u16) -> bool {
        self.in_flight.contains(&slot)
    }

    /// Slot, number, and how often it was taken at least and at most.
    pub fn claims(self) -> impl Iterator<Item = (u16, u64, u32, u32)> {
        (0..).zip(self.numbers.iter().zip(self.statuses)).map(move |(slot, (number, status))| {
            let certain = status.was_accepted();
            let possible = certain || *status == Status::Unconfirmed || self.is_in_flight(slot);
            (slot, *number, u32::from(certain), u32::from(possible))
        })
    }
}

/// Judges a live batch by what the provider took under our names.
pub fn judge_batch(
    key: &CampaignKey,
    batch: u32,
    shown: Shown<'_>,
    truth: &CampaignTruth,
    section: &mut Section,
) {
    for (slot, number, certain, possible) in shown.claims() {
        let taken = truth.get(&(batch, slot)).copied().unwrap_or_default();
        let mut find = |rule, what: String| section.find(rule, key.slot(batch, slot), what);
        let status = shown.statuses.get(usize::from(slot)).copied().unwrap_or(Status::Queued);
        if taken.times > 1 {
            find(Rule::TakenOnce, format!("the provider took it {} times", taken.times));
        }
        if taken.times < certain {
            find(Rule::ShownAsTaken, format!("it is {status}, and the provider never took it"));
        }
        if taken.times > 0 && possible == 0 {
            find(Rule::TakenIsShown, format!("it is {status}, and the provider took it"));
        }
        if taken.times > 0 && taken.number != number {
            find(Rule::TakenIsShown, "the provider took it for another number".to_owned());
        }
    }
    for &(batch, slot) in truth.range((batch, 0)..=(batch, u16::MAX)).map(|(place, _)| place) {
        if usize::from(slot) >= shown.numbers.len() {
            let what = "the provider took it, and the batch has no such recipient";
            section.find(Rule::TakenIsShown, key.slot(batch, slot), what);
        }
    }
}

/// Judges all live campaigns together by what the provider took of each number.
pub fn judge_numbers(taken: &HashMap<u64, u32>, claims: &Claims, section: &mut Section) {
    for (number, claim) in claims {
        let times = taken.get(number).copied().unwrap_or_default();
        let place = || claim.place.clone();
        if times > claim.possible {
            let rule = if claim.possible == 0 { Rule::TakenIsShown } else { Rule::TakenOnce };
            let what =
                format!("the provider took its number {times} times, at most {} are shown", claim.possible);
            section.find(rule, place(), what);
        }
        if times < claim.certain {
            let what =
                format!("the provider took its number {times} times, {} are shown as sent", claim.certain);
            section.find(Rule::ShownAsTaken, place(), what);
        }
    }
    let strangers = taken.keys().filter(|number| !claims.contains_key(number)).count();
    if strangers > 0 {
        let what = format!("the provider took {strangers} numbers that no live campaign has");
        section.find(Rule::TakenIsShown, Place::Tables, what);
    }
}
