//! Cells that are a quantity, and numbers that a spreadsheet or a program wrote as one.

use super::{digits_in, is_among, is_digits};
use crate::NumberError;

/// Words that make a number a quantity: units, and the codes and short names of currencies.
const QUANTITY_WORDS: &str = "kes ksh kshs ugx ush ushs tzs tsh tshs rwf frw bif etb birr ngn naira ghs cedi cedis zar \
    zmw mwk xof xaf cfa fcfa usd eur gbp inr rs sh shs shilling shillings kg km pcs";
/// Digits of a whole number that is more likely a phone number with decimals than a quantity.
const LIKELY_PHONE_DIGITS: usize = 9;
/// Digits of a number with its country code.
const INTERNATIONAL_DIGITS: usize = 11;
/// Digits after the mark of an amount's decimals: some currencies have three.
const MOST_DECIMALS: usize = 3;

/// The digits of a number that a spreadsheet or a program took for a quantity: `254712345678.0`,
/// `2.54712345678E+11`. `None` if the cell is anything else.
pub fn read_spreadsheet_number(text: &str) -> Option<Result<String, NumberError>> {
    scientific(text).or_else(|| Some(Ok(without_zero_decimals(text)?.to_owned())))
}

/// Excel writes few digits, and a number cannot be made of them again: those that were zeros are not known either.
fn scientific(text: &str) -> Option<Result<String, NumberError>> {
    let (mantissa, exponent) = text.split_once(['e', 'E'])?;
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let whole = whole.strip_prefix('+').unwrap_or(whole);
    let exponent: usize = exponent.parse().ok()?;
    if whole.len() != 1 || !is_digits(whole) || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.split_at_checked(exponent);
    Some(match digits {
        None => Err(NumberError::LostDigits),
        Some((digits, rest)) if rest.bytes().all(|b| b == b'0') => Ok(format!("{whole}{digits}")),
        Some(_) => Err(NumberError::Amount),
    })
}

/// A whole number with a zero behind its point, as programs write a column of numbers with blanks in it. With two
/// zeros it is an amount, unless it has a plus, a leading zero or a country code, as no amount has.
fn without_zero_decimals(text: &str) -> Option<&str> {
    let (whole, decimals) = text.rsplit_once(['.', ','])?;
    let digits = whole.strip_prefix('+').unwrap_or(whole);
    if !is_digits(digits) || decimals.is_empty() || !decimals.bytes().all(|b| b == b'0') {
        return None;
    }
    let is_no_amount = whole.starts_with(['+', '0']) || digits.len() >= INTERNATIONAL_DIGITS;
    let is_phone = digits.len() >= LIKELY_PHONE_DIGITS && (decimals.len() == 1 || is_no_amount);
    is_phone.then_some(whole)
}

/// A minus before a number. A dash before a number that begins with a zero or a plus is a list's.
pub fn is_negative(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| matches!(c, '1'..='9')))
}

/// An amount: a currency or a unit, decimals, or the separators of thousands.
pub fn is_amount(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphabetic());
    let has_unit = text.contains(['$', '%'])
        || text.ends_with("/=")
        || text.ends_with("/-")
        || words.any(|word| is_among(QUANTITY_WORDS, word));
    let amount = text.trim_matches(|c: char| matches!(c, '(' | ')' | '-' | ' '));
    digits_in(text) > 0 && (has_unit || has_decimals(amount) || has_thousands(amount))
}

/// `7720076.00`, `7,720,076.50`, `7 720 076,5`
fn has_decimals(text: &str) -> bool {
    let Some(at) = text.rfind(['.', ',']) else { return false };
    let (whole, decimals) = text.split_at(at);
    let (mark, decimals) = decimals.split_at(1);
    let is_whole = is_quantity(whole) || [",", ".", "'", " "].iter().any(|by| is_grouped(whole, by));
    is_whole && !whole.contains(mark) && is_digits(decimals) && decimals.len() <= MOST_DECIMALS
}

/// `7,720,076`, `7'720'076`. Spaces group the digits of phone numbers too, and so do points in longer ones.
fn has_thousands(text: &str) -> bool {
    is_grouped(text, ",")
        || is_grouped(text, "'")
        || (is_grouped(text, ".") && digits_in(text) < LIKELY_PHONE_DIGITS)
}

/// Groups of three, the first one shorter; in India groups of two before the last three.
fn is_grouped(text: &str, by: &str) -> bool {
    let groups: Vec<&str> = text.split(by).collect();
    let [first, middle @ .., last] = groups.as_slice() else { return false };
    let sizes = |size: usize| middle.iter().all(|group| group.len() == size && is_digits(group));
    is_quantity(first) && first.len() <= 3 && last.len() == 3 && is_digits(last) && (sizes(3) || sizes(2))
}

fn is_quantity(text: &str) -> bool {
    is_digits(text) && !text.starts_with('0')
}
