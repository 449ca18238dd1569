//! Cells that are the number of a bank account.

use std::ops::RangeInclusive;

/// Letters and digits of an IBAN.
const LENGTH: RangeInclusive<usize> = 15..=34;

/// An IBAN (ISO 13616): a country, two check digits, the account. A label joined to a number fails the check.
pub fn is_iban(text: &str) -> bool {
    let characters: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
    let begins_as_iban = match characters.as_slice() {
        [a, b, c, d, ..] => {
            a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit()
        }
        _ => false,
    };
    begins_as_iban && LENGTH.contains(&characters.len()) && remainder(&characters) == Some(1)
}

/// The first four characters last, letters as 10 to 35, modulo 97.
fn remainder(characters: &[char]) -> Option<u32> {
    let (first, rest) = characters.split_at_checked(4)?;
    rest.iter().chain(first).try_fold(0, |remainder, c| {
        let value = c.to_digit(36)?;
        Some((remainder * if value < 10 { 10 } else { 100 } + value) % 97)
    })
}
