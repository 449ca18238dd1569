//! What the provider really took: evidence that no table of ours could have made.

use std::collections::{BTreeMap, HashMap};

use thiserror::Error;

/// What the provider really took, by our name for the message where it echoes one, else by number.
#[derive(Clone, Debug, Default)]
pub struct ProviderTruth {
    by_reference: HashMap<String, BTreeMap<u64, CampaignTruth>>,
    by_number: HashMap<u64, u32>,
    unknown_limit: Option<u64>,
}

/// What was taken of one campaign, by batch and slot.
pub(crate) type CampaignTruth = BTreeMap<(u32, u16), Taken>;

/// What was taken under one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    pub times: u32,
    /// The number it went to; the last, where there were several.
    pub number: u64,
}

/// The text is no reference of ours: `organisation.campaign.batch.slot`, the organisation as 32
/// hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a message reference")]
pub struct ReferenceError;

impl ProviderTruth {
    /// Nothing was taken.
    pub fn new() -> Self {
        Self::default()
    }

    /// A message was taken once more, under a reference, for a number (its digits without the plus).
    ///
    /// # Errors
    /// Where the reference is none of ours.
    pub fn took(&mut self, reference: &str, number: u64) -> Result<(), ReferenceError> {
        let (organisation, campaign, place) = parse(reference).ok_or(ReferenceError)?;
        let campaigns = self.by_reference.entry(organisation).or_default();
        let taken = campaigns.entry(campaign).or_default().entry(place).or_default();
        *taken = Taken { times: taken.times + 1, number };
        Ok(())
    }

    /// A number was taken so many times more, under whatever name: for providers that echo none. Judged
    /// over all live campaigns that are audited together: it must be the truth of just those.
    pub fn took_number(&mut self, number: u64, times: u32) {
        *self.by_number.entry(number).or_default() += times;
    }

    /// So many calls, of so many recipients at most, may never have been answered: what bounds the recipients of
    /// whom only a report can tell.
    #[must_use]
    pub fn with_lost_answers(self, calls: u64, recipients: u64) -> Self {
        Self { unknown_limit: Some(calls * recipients), ..self }
    }

    pub(crate) fn campaign(&self, organisation: &str, campaign: u64) -> Option<&CampaignTruth> {
        self.by_reference.get(organisation)?.get(&campaign)
    }

    /// Whether messages are known by our names for them.
    pub(crate) fn has_references(&self) -> bool {
        self.by_number.is_empty()
    }

    pub(crate) const fn numbers(&self) -> &HashMap<u64, u32> {
        &self.by_number
    }

    pub(crate) const fn unknown_limit(&self) -> Option<u64> {
        self.unknown_limit
    }

    /// Every campaign that something was taken of, as organisation and number.
    pub(crate) fn campaigns(&self) -> impl Iterator<Item = (&str, u64)> {
        self.by_reference
            .iter()
            .flat_map(|(organisation, campaigns)| campaigns.keys().map(|c| (organisation.as_str(), *c)))
    }
}

fn parse(reference: &str) -> Option<(String, u64, (u32, u16))> {
    let mut parts = reference.split('.');
    let organisation = hyphenated(parts.next()?)?;
    let campaign = parts.next()?.parse().ok()?;
    let place = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some((organisation, campaign, place))
}

/// A UUID as keys write it, of its 32 digits.
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
            truth.took("3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.84.3.17", 254_712_345_678).unwrap();
        }
        let campaign = truth.campaign("3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f", 84).unwrap();
        assert_eq!(campaign[&(3, 17)], Taken { times: 2, number: 254_712_345_678 });
        for text in ["", "x.1.2.3", "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.1.2", "é".repeat(16).as_str()] {
            assert_eq!(truth.took(text, 1), Err(ReferenceError), "{text}");
        }
    }
}
