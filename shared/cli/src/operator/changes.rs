//! Changing how an organisation is set up.

use domain::{
    money::Money,
    organisation::{NotMobile, Organisation},
    sender_id::SenderId,
    tariff::{Price, Tariff},
    timestamp::{Millis, Offset},
};
use numbering::HomeCountry;
use stores::{Changed, Stores};

use super::{OrganisationError, organisations::MAX_SENDERS};

/// A limit that can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting<T> {
    /// The setting applies, with this value.
    On(T),
    /// The setting does not apply.
    Off,
}

/// The changes of an organisation; a setting that is `None` or empty stays.
///
/// The currency cannot change, because wallet and ledger use it. Neither can the slug, from which the id is made.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub name: Option<String>,
    /// Further sender ids.
    pub senders: Vec<SenderId>,
    /// Sender ids that it may use no more.
    pub removed_senders: Vec<SenderId>,
    /// The default sender id; it is added to the organisation's sender ids.
    pub default_sender: Option<SenderId>,
    /// New prices, which replace those of the same prefix.
    pub prices: Vec<Price>,
    /// Prefixes that can no longer be sent to.
    pub removed_prices: Vec<String>,
    /// ISO 3166 alpha-2.
    pub home_country: Option<String>,
    /// The offset from UTC in which its times are shown.
    pub offset: Option<Offset>,
    /// Requests a minute.
    pub rate_limit: Option<u32>,
    /// Most that campaigns accepted on one day may cost together.
    pub daily_spend_cap: Option<Setting<Money>>,
    /// Most recipients that test campaigns accepted on one day may have together.
    pub daily_test_recipients: Option<u64>,
    /// How long a repetition of the same text to the same books is refused.
    pub duplicate_window: Option<Setting<Millis>>,
    pub not_mobile: Option<NotMobile>,
}

impl<T> Setting<T> {
    fn into_option(self) -> Option<T> {
        match self {
            Self::On(value) => Some(value),
            Self::Off => None,
        }
    }
}

impl Changes {
    /// The organisation after the changes.
    ///
    /// # Errors
    /// If the result is not valid, or an item to remove does not exist.
    pub fn apply(self, mut organisation: Organisation) -> Result<Organisation, OrganisationError> {
        self.change_senders(&mut organisation)?;
        organisation.tariff = self.tariff(&organisation.tariff)?;
        if let Some(country) = &self.home_country {
            HomeCountry::parse(country)?;
        }
        let Organisation {
            name, home_country, offset, rate_limit, daily_test_recipients, not_mobile, ..
        } = &mut organisation;
        *name = self.name.unwrap_or_else(|| std::mem::take(name));
        *home_country = self.home_country.unwrap_or_else(|| std::mem::take(home_country));
        *offset = self.offset.unwrap_or(*offset);
        *rate_limit = self.rate_limit.unwrap_or(*rate_limit);
        *not_mobile = self.not_mobile.unwrap_or(*not_mobile);
        *daily_test_recipients = self.daily_test_recipients.unwrap_or(*daily_test_recipients);
        if let Some(cap) = self.daily_spend_cap {
            organisation.daily_spend_cap = cap.into_option();
        }
        if let Some(window) = self.duplicate_window {
            organisation.duplicate_window = window.into_option();
        }
        Ok(organisation)
    }

    fn change_senders(&self, organisation: &mut Organisation) -> Result<(), OrganisationError> {
        let Organisation { senders, default_sender, .. } = organisation;
        for sender in self.senders.iter().chain(&self.default_sender) {
            if !senders.contains(sender) {
                senders.push(sender.clone());
            }
        }
        for removed in &self.removed_senders {
            let place = senders.iter().position(|sender| sender == removed);
            senders.remove(place.ok_or_else(|| not_there("sender id", removed.as_str()))?);
        }
        if let Some(sender) = &self.default_sender {
            default_sender.clone_from(sender);
        }
        if senders.len() > MAX_SENDERS {
            return Err(OrganisationError::TooManySenders);
        }
        // Sends would use the default even if the organisation may not.
        if senders.contains(default_sender) { Ok(()) } else { Err(OrganisationError::NoSender) }
    }

    fn tariff(&self, tariff: &Tariff) -> Result<Tariff, OrganisationError> {
        let mut prices = Vec::from(tariff.clone());
        for removed in &self.removed_prices {
            let place = prices.iter().position(|price| price.prefix == *removed);
            prices.remove(place.ok_or_else(|| not_there("price for", removed))?);
        }
        let replaced: Vec<_> = self.prices.iter().map(|price| price.prefix.as_str()).collect();
        prices.retain(|price| !replaced.contains(&price.prefix.as_str()));
        prices.extend(self.prices.iter().cloned());
        prices.sort_by(|a, b| a.prefix.cmp(&b.prefix));
        Ok(Tariff::new(prices)?)
    }
}

fn not_there(kind: &'static str, name: &str) -> OrganisationError {
    OrganisationError::NotThere { kind, name: name.to_owned() }
}

/// Changes an organisation that was just read. If two operators change it at the same moment, the later write wins.
///
/// # Errors
/// If the result is not valid, or the table does not answer; then nothing is changed.
pub async fn change_organisation(
    stores: &Stores,
    organisation: Organisation,
    changes: Changes,
) -> Result<Organisation, OrganisationError> {
    let changed = changes.apply(organisation)?;
    match stores.accounts.organisations.replace(&changed).await? {
        Changed::Done => Ok(changed),
        Changed::NotFound => Err(OrganisationError::Gone),
    }
}

#[cfg(test)]
mod tests {
    use domain::{money::Currency, msisdn::Msisdn};

    use super::*;
    use crate::operator::NewOrganisation;

    fn organisation() -> Organisation {
        let new = NewOrganisation {
            name: "Demo".to_owned(),
            slug: None,
            currency: Currency::KES,
            home_country: "KE".to_owned(),
            offset: Offset::EAST_AFRICA,
            senders: vec![sender("TALKNTALK")],
            prices: vec![price("254", "1"), price("255", "2.50"), price("44", "6.50")],
            rate_limit: None,
            daily_spend_cap: None,
            duplicate_window: None,
            not_mobile: NotMobile::Skip,
        };
        new.build().unwrap().1
    }

    fn sender(text: &str) -> SenderId {
        SenderId::parse(text).unwrap()
    }

    fn price(prefix: &str, per_segment: &str) -> Price {
        Price { prefix: prefix.to_owned(), per_segment: per_segment.parse().unwrap() }
    }

    #[test]
    fn settings_that_are_not_named_stay() {
        let before = organisation();
        let after = Changes::default().apply(before.clone()).unwrap();
        // The order of prices does not matter.
        assert_eq!(Organisation { tariff: before.tariff.clone(), ..after.clone() }, before);
        let sum = |organisation: &Organisation| Vec::from(organisation.tariff.clone()).len();
        assert_eq!(sum(&after), sum(&before));
    }

    #[test]
    fn a_new_price_replaces_only_the_price_of_its_prefix() {
        let changes = Changes {
            prices: vec![price("254", "0.80"), price("971", "5")],
            removed_prices: vec!["44".into()],
            ..Changes::default()
        };
        let tariff = changes.apply(organisation()).unwrap().tariff;
        let price = |digits| {
            let price = tariff.price(Msisdn::from_digits(digits).unwrap());
            price.map(|price| price.per_segment.ten_thousandths())
        };
        assert_eq!(price(254_712_345_678), Some(8_000));
        assert_eq!(price(971_501_234_567), Some(50_000));
        assert_eq!(price(255_712_345_678), Some(25_000));
        assert_eq!(price(447_400_123_456), None);
    }

    #[test]
    fn a_default_sender_is_one_that_it_may_use() {
        let (old, new) = (organisation().default_sender, sender("ACME"));
        let changes = Changes {
            default_sender: Some(new.clone()),
            removed_senders: vec![old.clone()],
            ..Changes::default()
        };
        let changed = changes.apply(organisation()).unwrap();
        assert_eq!((changed.default_sender.clone(), changed.senders.clone()), (new.clone(), vec![new]));
        let orphaned = Changes { removed_senders: vec![old], ..Changes::default() }.apply(organisation());
        assert!(matches!(orphaned, Err(OrganisationError::NoSender)));
    }

    #[test]
    fn there_are_no_more_sender_ids_than_one_transaction_replaces() {
        let senders = |count| (0..count).map(|n| sender(&format!("S{n}"))).collect();
        let apply = |count| Changes { senders: senders(count), ..Changes::default() }.apply(organisation());
        let room = MAX_SENDERS - organisation().senders.len();
        assert!(apply(room).is_ok());
        assert!(matches!(apply(room + 1), Err(OrganisationError::TooManySenders)));
    }

    #[test]
    fn a_setting_that_cannot_be_removed_or_used_is_refused() {
        let refused = |changes: Changes| changes.apply(organisation()).unwrap_err().to_string();
        let removed = Changes { removed_prices: vec!["971".into()], ..Changes::default() };
        assert_eq!(refused(removed), "the organisation has no price for 971");
        let nowhere = Changes { home_country: Some("XX".into()), ..Changes::default() };
        assert_eq!(refused(nowhere), "the home country is not valid");
    }

    #[test]
    fn numbers_that_are_not_mobile_are_allowed_and_skipped_again() {
        let set = |not_mobile, organisation| {
            Changes { not_mobile, ..Changes::default() }.apply(organisation).unwrap()
        };
        let allowed = set(Some(NotMobile::Allow), organisation());
        let kept = set(None, allowed.clone());
        let skipped = set(Some(NotMobile::Skip), allowed);
        assert_eq!((kept.not_mobile, skipped.not_mobile), (NotMobile::Allow, NotMobile::Skip));
    }

    #[test]
    fn a_limit_is_set_and_removed() {
        let (cap, window) = ("5000".parse().unwrap(), Millis::from_mins(10));
        let set = Changes {
            daily_spend_cap: Some(Setting::On(cap)),
            duplicate_window: Some(Setting::On(window)),
            ..Changes::default()
        };
        let limited = set.apply(organisation()).unwrap();
        assert_eq!((limited.daily_spend_cap, limited.duplicate_window), (Some(cap), Some(window)));
        let off = Changes { daily_spend_cap: Some(Setting::Off), ..Changes::default() };
        let freed = off.apply(limited).unwrap();
        assert_eq!((freed.daily_spend_cap, freed.duplicate_window), (None, Some(window)));
    }
}
