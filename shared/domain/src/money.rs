//! Money as integers: ten-thousandths of a currency unit, checked, never a float.

mod currency;

use std::{iter::Sum, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use currency::{Currency, CurrencyError};

/// Steps in one currency unit. SMS prices have up to four decimals (`KES 0.8000` in Africa's Talking's answers), and
/// sums of them must be exact.
const SCALE: i64 = 10_000;
const DECIMALS: usize = 4;

/// An amount in one organisation's currency, in ten-thousandths of its unit.
///
/// Stored and added as an integer (DynamoDB adds integers atomically); written and read as an exact decimal. Arithmetic
/// is checked: an overflow is an error, not a wrong balance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

/// Why a text or a result is not an amount. The message follows the field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// The text is not a plain decimal such as `1248.00`.
    #[error("must be a decimal amount such as 1248.00")]
    NotDecimal,
    /// More than four decimals.
    #[error("must have at most {DECIMALS} decimals")]
    TooFine,
    /// Beyond ±922,337,203,685,477.5807.
    #[error("must be within ±922337203685477.5807")]
    OutOfRange,
}

impl Money {
    pub const ZERO: Self = Self(0);

    /// An amount given in ten-thousandths of the unit, as it is stored.
    pub const fn from_ten_thousandths(amount: i64) -> Self {
        Self(amount)
    }

    /// The amount in ten-thousandths of the unit, as it is stored.
    pub const fn ten_thousandths(self) -> i64 {
        self.0
    }

    /// Sum, or [`MoneyError::OutOfRange`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_add(other.0).map(Self).ok_or(MoneyError::OutOfRange)
    }

    /// Difference, or [`MoneyError::OutOfRange`].
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_sub(other.0).map(Self).ok_or(MoneyError::OutOfRange)
    }

    /// A price times a count, or [`MoneyError::OutOfRange`].
    pub fn checked_mul(self, count: u64) -> Result<Self, MoneyError> {
        i64::try_from(count)
            .ok()
            .and_then(|count| self.0.checked_mul(count))
            .map(Self)
            .ok_or(MoneyError::OutOfRange)
    }

    /// The amount with the opposite sign.
    pub const fn negated(self) -> Self {
        Self(-self.0)
    }

    /// True for amounts above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// A plain decimal with the given number of decimals, or with more if the amount has them.
    fn with_decimals(self, decimals: u8) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.unsigned_abs() / SCALE as u64, self.0.unsigned_abs() % SCALE as u64);
        let fraction = format!("{fraction:0DECIMALS$}");
        let shown = fraction.trim_end_matches('0').len().max(usize::from(decimals));
        match fraction.get(..shown) {
            Some("") => format!("{sign}{whole}"),
            shown => format!("{sign}{whole}.{}", shown.unwrap_or(&fraction)),
        }
    }

    /// Whether it can be paid in a currency: it has no more decimals than the smallest coin.
    pub fn is_payable_in(self, currency: Currency) -> bool {
        let coin = 10_i64.pow((DECIMALS as u32).saturating_sub(currency.decimals().into()));
        self.0 % coin == 0
    }

    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }
}

impl Sum for Money {
    /// Saturates; for amounts that were summed with checks before and are only shown again.
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self(iter.fold(0, |total, amount| total.saturating_add(amount.0)))
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads a plain decimal: an optional minus, digits, and at most four decimals. Further decimals may only be zeros.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(w, f)| (w, Some(f)));
        let fraction = fraction.unwrap_or("0");
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return Err(MoneyError::NotDecimal);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > DECIMALS {
            return Err(MoneyError::TooFine);
        }
        let whole: i64 = whole.parse().map_err(|_| MoneyError::OutOfRange)?;
        let fraction: i64 = format!("{fraction:0<DECIMALS$}").parse().map_err(|_| MoneyError::NotDecimal)?;
        let amount = whole
            .checked_mul(SCALE)
            .and_then(|whole| whole.checked_add(fraction))
            .ok_or(MoneyError::OutOfRange)?;
        Ok(Self(if negative { -amount } else { amount }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_decimals_are_read() {
        assert_eq!("1248.00".parse(), Ok(Money::from_ten_thousandths(12_480_000)));
        assert_eq!("7".parse(), Ok(Money::from_ten_thousandths(70_000)));
        assert_eq!("2.4999".parse(), Ok(Money::from_ten_thousandths(24_999)));
        assert_eq!("2.49990".parse(), Ok(Money::from_ten_thousandths(24_999)));
        assert_eq!("-1.500000000000000000000".parse(), Ok(Money::from_ten_thousandths(-15_000)));
        assert_eq!("2.49991".parse::<Money>(), Err(MoneyError::TooFine));
        assert_eq!("0.00001".parse::<Money>(), Err(MoneyError::TooFine));
        assert_eq!("99999999999999999999".parse::<Money>(), Err(MoneyError::OutOfRange));
        for text in ["", ".", "1.", ".5", "1e3", "1,000", "+1", "- 1", "NaN", "١"] {
            assert_eq!(text.parse::<Money>(), Err(MoneyError::NotDecimal), "{text}");
        }
    }

    #[test]
    fn arithmetic_beyond_the_range_is_an_error() {
        let most = Money::from_ten_thousandths(i64::MAX);
        assert_eq!(most.checked_add(Money::from_ten_thousandths(1)), Err(MoneyError::OutOfRange));
        assert_eq!(most.checked_mul(2), Err(MoneyError::OutOfRange));
        assert_eq!(Money::from_ten_thousandths(i64::MIN).checked_sub(most), Err(MoneyError::OutOfRange));
    }

    #[test]
    fn zero_is_written_without_a_sign() {
        let amounts = [0, -1, 1, i64::MIN].map(Money::from_ten_thousandths);
        let shown = amounts.map(|amount| amount.with_decimals(2));
        assert_eq!(shown, ["0.00", "-0.0001", "0.0001", "-922337203685477.5808"]);
        assert_eq!(amounts.map(Money::is_positive), [false, false, true, false]);
    }

    #[test]
    fn a_payment_is_of_whole_coins() {
        let is_payable =
            |amount, code: &str| Money::from_ten_thousandths(amount).is_payable_in(code.parse().unwrap());
        assert!(is_payable(10_000, "UGX") && !is_payable(10_100, "UGX"));
        assert!(is_payable(10_100, "KES") && !is_payable(10_110, "KES"));
        assert!(is_payable(10_110, "BHD") && !is_payable(10_111, "BHD"));
    }

    #[test]
    fn a_sum_that_was_checked_before_is_shown_and_a_larger_one_stays_at_the_most() {
        let amounts = |amounts: [i64; 3]| amounts.map(Money::from_ten_thousandths);
        assert_eq!(amounts([5, -2, 8]).into_iter().sum::<Money>(), Money::from_ten_thousandths(11));
        let most = Money::from_ten_thousandths(i64::MAX);
        assert_eq!(amounts([i64::MAX, 1, 1]).into_iter().sum::<Money>(), most);
        assert_eq!(Money::checked_sum(amounts([i64::MAX, 1, 1])), Err(MoneyError::OutOfRange));
    }
}
