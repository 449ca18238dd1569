//! Cells in which digits are hidden: `0712345XXX`, `07** *** 678`.

use super::is_digits;

/// Characters that hide a digit in every position.
const HIDING: [char; 3] = ['*', '?', '…'];
/// Fewest digits and letters X of a number with hidden digits: `x1` and `xx` are too short to be one.
const FEWEST_CHARACTERS: usize = 5;
/// Digits of a number without hidden ones: with the zero of a national number, or with a country code.
const WHOLE_NATIONAL_DIGITS: usize = 10;
const WHOLE_DIGITS: usize = 12;

/// Whether other characters replace digits.
pub fn is_masked(text: &str) -> bool {
    let has_digits = text.contains(|c: char| c.is_ascii_digit());
    let may_hide_by_x = text.chars().filter(|c| c.is_ascii_digit() || is_x(*c)).count() >= FEWEST_CHARACTERS
        && !has_whole_number_beside_x(text);
    let chars: Vec<char> = text.chars().collect();
    // A run of one character has the same neighbours, so each run is checked once.
    let is_masked = chars.chunk_by(|a, b| a == b || (is_x(*a) && is_x(*b)));
    let mut at = 0_usize;
    for run in is_masked {
        let before = at.checked_sub(1).and_then(|before| chars.get(before)).copied();
        at += run.len();
        let is_counted = may_hide_by_x || !run.first().is_some_and(|c| is_x(*c));
        if is_counted && hides(before, run, chars.get(at).copied()) {
            return has_digits || !text.contains(is_plain_word);
        }
    }
    false
}

/// `0712345678 xx`: the number has all its digits, in a word without an X.
fn has_whole_number_beside_x(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let fewest = if word.starts_with('0') { WHOLE_NATIONAL_DIGITS } else { WHOLE_DIGITS };
        let digits = word.strip_prefix('+').unwrap_or(word);
        digits.len() >= fewest && is_digits(digits)
    })
}

/// Whether a run of one character hides digits, given the characters next to it.
fn hides(before: Option<char>, run: &[char], after: Option<char>) -> bool {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let beside_digit = is_digit(before) || is_digit(after);
    match run {
        [first, ..] if HIDING.contains(first) => true,
        // Between two digits a bullet separates, and before a space it begins a line of a list.
        ['•'] => is_digit(before) != is_digit(after),
        ['•' | '#' | '_', _, ..] => true,
        ['.' | '-', _, _, ..] => beside_digit,
        [x] if is_x(*x) => beside_digit && !is_letter(before) && !is_letter(after),
        [x, _, ..] if is_x(*x) => !is_letter(before) && !is_letter(after),
        [c, _, _, ..] => c.is_alphabetic() && !is_letter(before) && !is_letter(after),
        _ => false,
    }
}

const fn is_x(c: char) -> bool {
    matches!(c, 'x' | 'X')
}

fn is_plain_word(c: char) -> bool {
    c.is_alphabetic() && !is_x(c)
}
