//! Money as integers: ten-thousandths of a currency unit, checked, never a float.

use std::{fmt, iter::Sum, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Steps in one currency unit: SMS prices have up to four decimals (`KES 0.8000` on Africa's
/// Talking's wire), so this is what must add up exactly.
const SCALE: i64 = 10_000;
const DECIMALS: usize = 4;
/// Decimals always shown, as the API reference shows them.
const MIN_DECIMALS_SHOWN: usize = 2;

/// An amount of one organisation's currency, in ten-thousandths of its unit.
///
/// Stored and summed as an integer (DynamoDB adds integers atomically); shown and read as an exact
/// decimal. Arithmetic is checked: what overflows is an error, not a wrong balance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

/// Why a text or a result is no amount, to be read behind the name of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Not a plain decimal such as `1248.00`.
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
    /// Nothing.
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

    /// The same amount with its sign turned.
    pub const fn negated(self) -> Self {
        Self(-self.0)
    }

    /// True for amounts above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Sums amounts, or [`MoneyError::OutOfRange`].
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

/// `1248.00`; a third and fourth decimal only where the amount has them.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.unsigned_abs() / SCALE as u64, self.0.unsigned_abs() % SCALE as u64);
        let fraction = format!("{fraction:0DECIMALS$}");
        let shown = fraction.trim_end_matches('0').len().max(MIN_DECIMALS_SHOWN);
        write!(f, "{sign}{whole}.{}", fraction.get(..shown).unwrap_or(&fraction))
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads a plain decimal: an optional minus, digits, and at most four decimals.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(w, f)| (w, Some(f)));
        let fraction = fraction.unwrap_or("0");
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return Err(MoneyError::NotDecimal);
        }
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

/// An ISO 4217 currency code, such as `KES`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// The text is not three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a currency is three capital letters, such as KES")]
pub struct CurrencyError;

impl Currency {
    /// Kenyan shilling.
    pub const KES: Self = Self(*b"KES");

    /// An amount with its currency in front, as costs are shown: `KES 1248.00`.
    pub fn show(self, amount: Money) -> String {
        format!("{self} {amount}")
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(CurrencyError),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).unwrap_or("???"))
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;

    fn try_from(text: String) -> Result<Self, CurrencyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_two_decimals_and_more_only_where_the_amount_has_them() {
        let shown = |amount| Money::from_ten_thousandths(amount).to_string();
        assert_eq!(shown(12_480_000), "1248.00");
        assert_eq!(shown(8_500), "0.85");
        assert_eq!(shown(8_501), "0.8501");
        assert_eq!(shown(-8_510), "-0.851");
        assert_eq!(shown(i64::MIN), "-922337203685477.5808");
        assert_eq!(Currency::KES.show(Money::from_ten_thousandths(12_480_000)), "KES 1248.00");
    }

    #[test]
    fn reads_plain_decimals_only() {
        assert_eq!("1248.00".parse(), Ok(Money::from_ten_thousandths(12_480_000)));
        assert_eq!("7".parse(), Ok(Money::from_ten_thousandths(70_000)));
        assert_eq!("0.00001".parse::<Money>(), Err(MoneyError::TooFine));
        assert_eq!("99999999999999999999".parse::<Money>(), Err(MoneyError::OutOfRange));
        for text in ["", ".", "1.", ".5", "1e3", "1,000", "+1", "- 1", "NaN", "١"] {
            assert_eq!(text.parse::<Money>(), Err(MoneyError::NotDecimal), "{text}");
        }
    }

    #[test]
    fn arithmetic_says_when_it_leaves_the_range() {
        let most = Money::from_ten_thousandths(i64::MAX);
        assert_eq!(most.checked_add(Money::from_ten_thousandths(1)), Err(MoneyError::OutOfRange));
        assert_eq!(most.checked_mul(2), Err(MoneyError::OutOfRange));
        assert_eq!(Money::from_ten_thousandths(i64::MIN).checked_sub(most), Err(MoneyError::OutOfRange));
    }

    #[test]
    fn nothing_has_no_sign() {
        let amount = Money::from_ten_thousandths;
        assert_eq!([amount(0), amount(-1), amount(1)].map(|a| a.to_string()), ["0.00", "-0.0001", "0.0001"]);
        assert_eq!([amount(0), amount(-1), amount(1)].map(Money::is_positive), [false, false, true]);
    }

    #[test]
    fn a_currency_is_three_capitals() {
        assert_eq!("KES".parse(), Ok(Currency::KES));
        assert_eq!(String::from(Currency::KES), "KES");
        for text in ["kes", "Kes", "K3S", "KE", "KESH", ""] {
            assert_eq!(text.parse::<Currency>(), Err(CurrencyError), "{text}");
        }
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
