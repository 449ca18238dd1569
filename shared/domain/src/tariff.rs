//! What a message costs: a price per segment by the longest prefix of the number.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    audience::MAX_RECIPIENTS,
    money::{Money, MoneyError},
    msisdn::Msisdn,
    prefix::{Prefix, PrefixError, PrefixTable, RepeatedPrefix},
    text::{MAX_SEGMENTS, SegmentCount},
    wallet::MOST_IN_A_PART,
};

/// Most prices in a tariff: keeps a campaign's frozen copy within a small item.
pub const MAX_PRICES: usize = 300;

/// The highest price of a segment. The longest text to the most recipients then costs an amount that [`Money`] has, and
/// that a wallet may hold.
pub const MAX_PER_SEGMENT: Money = Money::from_ten_thousandths(10_000_000_000);

const _: () = assert!(
    MAX_PER_SEGMENT.ten_thousandths()
        <= MOST_IN_A_PART.ten_thousandths() / (MAX_RECIPIENTS as i64 * MAX_SEGMENTS as i64)
);

/// One line of a tariff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// First digits of the numbers it is for, country code first; empty for all others.
    pub prefix: String,
    /// Price of one segment.
    pub per_segment: Money,
}

/// An organisation's prices. A number without a matching prefix has no price and is not sent to:
/// what was never agreed on cannot be charged, and remote destinations are how SMS pumping pays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Price>", into = "Vec<Price>")]
pub struct Tariff {
    prices: Vec<Price>,
    /// Indices into `prices`.
    lookup: PrefixTable<usize>,
}

/// Why a list of prices is no tariff.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TariffError {
    #[error(transparent)]
    NotAPrefix(#[from] PrefixError),
    /// Two prices for one prefix.
    #[error("the prefix `{0}` has two prices")]
    Twice(Prefix),
    /// A price below zero.
    #[error("the price of the prefix `{0}` is negative")]
    Negative(String),
    /// A price above [`MAX_PER_SEGMENT`].
    #[error("the price of the prefix `{0}` is over 1000000 a segment")]
    TooHigh(String),
    /// More than [`MAX_PRICES`].
    #[error("a tariff has at most {MAX_PRICES} prices")]
    TooMany,
}

impl Tariff {
    /// Checks prices and readies them for look-up.
    pub fn new(prices: Vec<Price>) -> Result<Self, TariffError> {
        if prices.len() > MAX_PRICES {
            return Err(TariffError::TooMany);
        }
        let line = |(index, price)| parse_prefix(price).map(|prefix| (prefix, index));
        let lines = prices.iter().enumerate().map(line).collect::<Result<_, _>>()?;
        let lookup = PrefixTable::new(lines).map_err(|RepeatedPrefix(prefix)| TariffError::Twice(prefix))?;
        Ok(Self { prices, lookup })
    }

    /// Every price, in the order of the operator.
    pub fn prices(&self) -> &[Price] {
        &self.prices
    }

    /// The price for a number: the longest prefix wins.
    pub fn price(&self, number: Msisdn) -> Option<&Price> {
        self.price_index(number).and_then(|index| self.prices.get(index))
    }

    /// The cost of a message of `segments` segments to a number; `None` without a price.
    pub fn cost(&self, number: Msisdn, segments: SegmentCount) -> Option<Money> {
        self.price(number)?.per_segment.checked_mul(segments.into()).ok()
    }

    /// The price of a message of `segments` segments, to any number.
    pub const fn message(&self, segments: SegmentCount) -> MessagePrice<'_> {
        MessagePrice { tariff: self, segments }
    }

    /// Prices a send: Σ over recipients of (segments × the price for the recipient's prefix).
    pub fn quote(&self, recipients: &[Msisdn], segments: SegmentCount) -> Result<Quote, QuoteError> {
        let mut counts = vec![0u64; self.prices.len()];
        for &number in recipients {
            let count = self.price_index(number).and_then(|index| counts.get_mut(index));
            *count.ok_or(QuoteError::Unpriced)? += 1;
        }
        let mut lines = Vec::new();
        for (price, recipients) in self.prices.iter().zip(counts).filter(|(_, count)| *count > 0) {
            let unit_price = price.per_segment.checked_mul(segments.into())?;
            let cost = unit_price.checked_mul(recipients)?;
            lines.push(QuoteLine { prefix: price.prefix.clone(), recipients, unit_price, cost });
        }
        let cost = Money::checked_sum(lines.iter().map(|line| line.cost))?;
        Ok(Quote { cost, lines })
    }

    fn price_index(&self, number: Msisdn) -> Option<usize> {
        self.lookup.find(number).map(|(_, index)| *index)
    }
}

/// The cost of a campaign's message: its frozen tariff, and the segments of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagePrice<'a> {
    tariff: &'a Tariff,
    segments: SegmentCount,
}

impl MessagePrice<'_> {
    /// The cost of the message to a number; `None` without a price.
    pub fn to(self, number: Msisdn) -> Option<Money> {
        self.tariff.cost(number, self.segments)
    }

    /// The cost of the message to a number of which only the prefix of its price is known.
    pub fn under(self, prefix: &str) -> Option<Money> {
        let price = self.tariff.prices.iter().find(|price| price.prefix == prefix)?;
        price.per_segment.checked_mul(self.segments.into()).ok()
    }
}

fn parse_prefix(price: &Price) -> Result<Prefix, TariffError> {
    let Price { prefix, per_segment } = price;
    if *per_segment < Money::ZERO {
        return Err(TariffError::Negative(prefix.clone()));
    }
    if *per_segment > MAX_PER_SEGMENT {
        return Err(TariffError::TooHigh(prefix.clone()));
    }
    Ok(prefix.parse()?)
}

impl TryFrom<Vec<Price>> for Tariff {
    type Error = TariffError;

    fn try_from(prices: Vec<Price>) -> Result<Self, TariffError> {
        Self::new(prices)
    }
}

impl From<Tariff> for Vec<Price> {
    fn from(tariff: Tariff) -> Self {
        tariff.prices
    }
}

/// The exact price of a send, known before anything is promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Sum over all recipients.
    pub cost: Money,
    /// Shares of the cost by prefix, in the order of the tariff.
    pub lines: Vec<QuoteLine>,
}

/// A quote's share of one prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteLine {
    /// The prefix whose price holds.
    pub prefix: String,
    /// Recipients under it.
    pub recipients: u64,
    /// Price of one message to each: segments × price per segment.
    pub unit_price: Money,
    /// `recipients` × `unit_price`.
    pub cost: Money,
}

/// Why a send has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum QuoteError {
    /// A recipient's destination has no price; such recipients must be skipped first.
    #[error("a recipient's destination has no price")]
    Unpriced,
    /// The sum leaves the range of [`Money`].
    #[error(transparent)]
    Amount(#[from] MoneyError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn msisdn(digits: u64) -> Msisdn {
        Msisdn::from_digits(digits).unwrap()
    }

    fn tariff(prices: &[(&str, i64)]) -> Result<Tariff, TariffError> {
        let price = |&(prefix, amount): &(&str, i64)| Price {
            prefix: prefix.to_owned(),
            per_segment: Money::from_ten_thousandths(amount),
        };
        Tariff::new(prices.iter().map(price).collect())
    }

    #[test]
    fn the_longest_prefix_wins_and_the_empty_one_is_last() {
        let tariff = tariff(&[("", 90_000), ("254", 10_000), ("25411", 12_000), ("1", 50_000)]).unwrap();
        let price = |number| tariff.price(msisdn(number)).unwrap().per_segment.ten_thousandths();
        assert_eq!(price(254_712_345_678), 10_000);
        assert_eq!(price(254_110_123_456), 12_000);
        assert_eq!(price(12_025_550_123), 50_000);
        assert_eq!(price(447_400_123_456), 90_000);
    }

    #[test]
    fn a_destination_without_a_price_cannot_be_quoted() {
        let tariff = tariff(&[("254", 10_000)]).unwrap();
        assert!(tariff.price(msisdn(447_400_123_456)).is_none());
        let quote = tariff.quote(&[msisdn(447_400_123_456)], SegmentCount::ONE);
        assert_eq!(quote, Err(QuoteError::Unpriced));
    }

    #[test]
    fn a_quote_is_the_sum_of_its_lines() {
        let tariff = tariff(&[("254", 8_000), ("256", 11_111)]).unwrap();
        let recipients = [254_712_345_678, 254_712_345_679, 256_712_345_678].map(msisdn);
        let quote = tariff.quote(&recipients, SegmentCount::ONE).unwrap();
        assert_eq!(quote.cost, Money::from_ten_thousandths(27_111));
        assert_eq!(quote.lines.iter().map(|l| l.recipients).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn impossible_tariffs_are_refused_by_name() {
        assert_eq!(tariff(&[("0254", 1)]), Err(TariffError::NotAPrefix(PrefixError("0254".into()))));
        assert_eq!(tariff(&[("25x", 1)]), Err(TariffError::NotAPrefix(PrefixError("25x".into()))));
        assert_eq!(tariff(&[("254", 1), ("254", 2)]), Err(TariffError::Twice("254".parse().unwrap())));
        assert_eq!(tariff(&[("254", -1)]), Err(TariffError::Negative("254".into())));
        assert!(tariff(&[("254", 10_000_000_000)]).is_ok());
        assert_eq!(tariff(&[("254", 10_000_000_001)]), Err(TariffError::TooHigh("254".into())));
    }

    #[test]
    fn a_price_may_be_zero_and_a_prefix_as_long_as_a_number() {
        let tariff = tariff(&[("254", 0), ("254712345678901", 5), ("1", 7)]).unwrap();
        let recipients = [254_712_345_678_901, 254_712_345_678].map(msisdn);
        let quote = tariff.quote(&recipients, SegmentCount::ONE).unwrap();
        let lines: Vec<_> = quote.lines.iter().map(|line| (line.prefix.as_str(), line.recipients)).collect();
        assert_eq!(lines, [("254", 1), ("254712345678901", 1)], "and no price without a recipient");
        assert_eq!(quote.cost, Money::from_ten_thousandths(5));
        let longer = "2547123456789012";
        assert_eq!(
            super::tests::tariff(&[(longer, 1)]),
            Err(TariffError::NotAPrefix(PrefixError(longer.into())))
        );
    }

    #[test]
    fn a_tariff_is_stored_as_its_prices() {
        let tariff = tariff(&[("254", 8_000), ("", 9_000)]).unwrap();
        let prices = Vec::<Price>::from(tariff.clone());
        assert_eq!(prices.len(), 2);
        assert_eq!(Tariff::try_from(prices), Ok(tariff));
    }
}
