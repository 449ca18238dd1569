//! The messages that a provider took: evidence that does not come from the tables.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

/// The messages that a provider took: by our reference if it echoes one, else by phone number. `Debug`
/// shows no number.
#[derive(Clone, Default)]
pub struct ProviderTruth {
    by_reference: HashMap<String, BTreeMap<u64, CampaignTruth>>,
    by_number: HashMap<u64, u32>,
    unknown_limit: Option<u64>,
}

/// The messages of one campaign, by batch and slot.
pub(super) type CampaignTruth = BTreeMap<(u32, u16), Taken>;

/// The messages that were taken under one reference.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub times: u32,
    /// The number of the last message.
    pub number: u64,
}

impl ProviderTruth {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a message by its reference, and its number: its digits without the plus.
    ///
    /// # Panics
    /// If the reference does not have the form `organisation.campaign.batch.slot`, with the organisation as 32
    /// hexadecimal digits.
    pub fn took(&mut self, reference: &str, number: u64) {
        let (organisation, campaign, place) = parse(reference).expect("a message reference");
        let campaigns = self.by_reference.entry(organisation).or_default();
        let taken = campaigns.entry(campaign).or_default().entry(place).or_default();
        *taken = Taken { times: taken.times + 1, number };
    }

    /// Adds messages by their number only, for a provider that echoes no reference. They are compared with all live
    /// campaigns of one audit together, so they must be the messages of exactly those campaigns.
    pub fn took_number(&mut self, number: u64, times: u32) {
        *self.by_number.entry(number).or_default() += times;
    }

    /// Limits the recipients whose outcome may be unknown: at most this many calls, of at most this many recipients
    /// each, were never answered.
    #[must_use]
    pub fn with_lost_answers(self, calls: u64, recipients: u64) -> Self {
        Self { unknown_limit: Some(calls * recipients), ..self }
    }

    pub(super) fn campaign(&self, organisation: &str, campaign: u64) -> Option<&CampaignTruth> {
        self.by_reference.get(organisation)?.get(&campaign)
    }

    /// Whether messages are known by their references.
    pub(super) fn has_references(&self) -> bool {
        self.by_number.is_empty()
    }

    pub(super) const fn numbers(&self) -> &HashMap<u64, u32> {
        &self.by_number
    }

    pub(super) const fn unknown_limit(&self) -> Option<u64> {
        self.unknown_limit
    }

    /// Every campaign that has messages, as organisation and number.
    pub(super) fn campaigns(&self) -> impl Iterator<Item = (&str, u64)> {
        self.by_reference
            .iter()
            .flat_map(|(organisation, campaigns)| campaigns.keys().map(|c| (organisation.as_str(), *c)))
    }
}

impl fmt::Debug for ProviderTruth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderTruth").field("unknown_limit", &self.unknown_limit).finish_non_exhaustive()
    }
}

fn parse(reference: &str) -> Option<(String, u64, (u32, u16))> {
    let mut parts = reference.split('.');
    let organisation = hyphenated(parts.next()?)?;
    let campaign = parts.next()?.parse().ok()?;
    let place = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some((organisation, campaign, place))
}

/// The 32 digits of a UUID, with the hyphens that keys have.
fn hyphenated(digits: &str) -> Option<String> {
    let plain = digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let part = |from, to| digits.get(from..to).filter(|_| plain);
    Some([part(0, 8)?, part(8, 12)?, part(12, 16)?, part(16, 20)?, part(20, 32)?].join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_leads_to_its_recipient_and_is_counted() {
        let mut truth = ProviderTruth::new();
        for _ in 0..2 {
            truth.took("3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.84.3.17", 254_712_345_678);
        }
        let campaign = truth.campaign("3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f", 84).unwrap();
        assert!(campaign[&(3, 17)] == Taken { times: 2, number: 254_712_345_678 });
        for text in ["", "x.1.2.3", "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.1.2", "é".repeat(16).as_str()] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
