//! Decides whether a cell looks like a phone number, and extracts its digits.
//!
//! Runs before libphonenumber, which is made to find a number in any text: it reads letters as the digits of a keypad,
//! and a date or an amount of money as a number. A person sees at once that such cells are not phone numbers; these are
//! the rules for that. They know no country and no length of its numbers.

mod bank_account;
mod coordinates;
mod date;
mod mask;
mod quantity;
mod remark;
mod wrapping;

use std::ops::RangeInclusive;

pub use date::is_compact_date;

use crate::{NumberError, characters::fold};
use remark::Found;
use wrapping::Wrapped;

/// Characters of the longest cell that is read: a number, its separators, and a short remark.
pub const MAX_CELL_CHARACTERS: usize = 64;

/// Digits of a cell that needs no further check if it has nothing else: a shorter one may be a placeholder, and a
/// longer one is not a number.
const PLAIN_DIGITS: RangeInclusive<usize> = 7..=15;

/// Texts that say that there is no number.
const PLACEHOLDERS: &str =
    "- -- --- . ? ?? ??? 0 n/a na n.a. #n/a nan nil none null no unknown undefined tbd hakuna";

/// The digits of a cell that looks like a phone number.
#[derive(Debug, PartialEq, Eq)]
pub struct Digits {
    /// ASCII digits, at least one.
    pub digits: String,
    /// Whether they certainly begin with a country code.
    pub is_international: bool,
    /// Whether words follow them, which may replace digits.
    pub has_words_after: bool,
}

pub fn read(cell: &str) -> Result<Digits, NumberError> {
    if let Some(digits) = plain(cell) {
        return Ok(digits);
    }
    let folded = fold(cell);
    let text = folded.trim();
    if text.chars().count() > MAX_CELL_CHARACTERS {
        return Err(NumberError::TooManyCharacters);
    }
    let Wrapped { text, is_international } = wrapping::unwrap(text)?;
    if text.is_empty() {
        return Err(NumberError::Empty);
    }
    let found = match quantity::read_spreadsheet_number(text) {
        Some(digits) => Found { number: digits?, has_words_after: false },
        None => read_text(text)?,
    };
    let has_plus = found.number.starts_with('+') || found.number.ends_with('+');
    let digits: String = found.number.chars().filter(char::is_ascii_digit).collect();
    // A chat's address is always international. A number that begins with zeros cannot be.
    let is_international = has_plus || (is_international && !digits.starts_with('0'));
    Ok(Digits { digits, is_international, has_words_after: found.has_words_after })
}

/// The digits of a cell that has nothing else but a plus before them. Most cells of most files are such cells, and need
/// none of the other rules.
fn plain(cell: &str) -> Option<Digits> {
    let digits = cell.strip_prefix('+').unwrap_or(cell);
    let is_plain = PLAIN_DIGITS.contains(&digits.len()) && is_digits(digits);
    is_plain.then(|| Digits {
        digits: digits.to_owned(),
        is_international: digits.len() < cell.len(),
        has_words_after: false,
    })
}

fn read_text(text: &str) -> Result<Found, NumberError> {
    if is_among(PLACEHOLDERS, text) {
        Err(NumberError::Placeholder)
    } else if bank_account::is_iban(text) {
        Err(NumberError::BankAccount)
    } else if date::is_date(text) {
        Err(NumberError::Date)
    } else if coordinates::is_coordinates(text) {
        Err(NumberError::Coordinates)
    } else if quantity::is_negative(text) {
        Err(NumberError::Negative)
    } else if quantity::is_amount(text) {
        Err(NumberError::Amount)
    } else {
        let text = remark::without_extension(text);
        if mask::is_masked(text) { Err(NumberError::Mask) } else { remark::find(text) }
    }
}

/// Whether a word is in a list; ignores case.
fn is_among(list: &str, word: &str) -> bool {
    if word.is_empty() {
        return false;
    }
    let word = word.to_lowercase();
    list.split_ascii_whitespace().any(|listed| listed == word)
}

fn digits_in(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
