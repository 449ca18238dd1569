//! The demo's organisation, books and text.

use cli::client::IdempotencyKey;
use cli::operator::{NewOrganisation, Slug, SlugError};
use domain::{
    money::{Currency, Money},
    organisation::NotMobile,
    sender_id::{SenderId, SenderIdError},
    tariff::Price,
    timestamp::Offset,
};

/// The organisation's short name.
pub const SLUG: &str = "demo";
const NAME: &str = "Demo";
const SENDER: &str = "TALKNTALK";
/// KES 100,000.
pub const OPENING_BALANCE: Money = Money::from_ten_thousandths(100_000 * 10_000);
/// The reference of the top-up, so that it happens once.
pub const OPENING_REFERENCE: &str = "demo-opening-balance";
/// The campaign's text: one segment.
pub const MESSAGE: &str = "Hi! Your statement is ready. Log in at app.example.com";

/// Names the campaign, so that a start that was cut off in mid-send does not send it again.
pub fn campaign_key() -> IdempotencyKey {
    IdempotencyKey::from_static("demo-campaign")
}

/// Prices of a segment in ten-thousandths of a shilling: KES 1.00 at home, more abroad, none for the rest of the world,
/// which therefore cannot be sent to.
const PRICES: [(&str, i64); 7] = [
    ("254", 10_000),
    ("255", 25_000),
    ("256", 35_000),
    ("250", 40_000),
    ("234", 60_000),
    ("44", 65_000),
    ("1", 15_000),
];

#[derive(Clone, Copy, Debug)]
pub struct DemoBook {
    pub name: &'static str,
    pub description: &'static str,
    /// The contacts, in a file as a customer would export it.
    pub csv: &'static [u8],
}

/// The two demo books: 2,164 recipients in all. Some contacts are in both, some have no phone, and some numbers are not
/// valid.
pub const BOOKS: [DemoBook; 2] = [
    DemoBook {
        name: "Premium Customers",
        description: "Made-up people with made-up numbers",
        csv: include_bytes!("../../../../tests/fixtures/contacts/premium_customers.csv"),
    },
    DemoBook {
        name: "Newsletter Subscribers",
        description: "Made-up people, some of them premium customers too",
        csv: include_bytes!("../../../../tests/fixtures/contacts/newsletter_subscribers.csv"),
    },
];

/// Why the names above are not valid; never happens, as the tests show.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// The short name.
    #[error(transparent)]
    Slug(#[from] SlugError),
    #[error("the demo's sender id is not valid")]
    Sender(#[from] SenderIdError),
}

/// The organisation.
///
/// # Errors
/// Never, as long as its tests pass.
pub fn organisation() -> Result<NewOrganisation, ContentError> {
    let price = |(prefix, amount): (&str, i64)| Price {
        prefix: prefix.to_owned(),
        per_segment: Money::from_ten_thousandths(amount),
    };
    Ok(NewOrganisation {
        name: NAME.to_owned(),
        slug: Some(SLUG.parse::<Slug>()?),
        currency: Currency::KES,
        home_country: "KE".to_owned(),
        offset: Offset::EAST_AFRICA,
        senders: vec![SenderId::parse(SENDER)?],
        prices: PRICES.map(price).to_vec(),
        rate_limit: None,
        daily_spend_cap: None,
        duplicate_window: None,
        not_mobile: NotMobile::Skip,
    })
}

#[cfg(test)]
mod tests {
    use domain::msisdn::Msisdn;

    use super::*;

    #[test]
    fn the_organisation_can_be_set_up() {
        let (slug, organisation) = organisation().unwrap().build().unwrap();
        assert_eq!((slug.to_string().as_str(), organisation.default_sender.as_str()), (SLUG, SENDER));
        let price_of = |digits| organisation.tariff.price(Msisdn::from_digits(digits).unwrap());
        let price = price_of(254_712_345_678).unwrap().per_segment;
        assert_eq!(organisation.currency.show(price), "KES 1.00");
        assert!(price_of(971_501_234_567).is_none());
    }
}
