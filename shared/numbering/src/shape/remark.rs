//! Finds the number in a cell, and the words before and after it: `Mob: 0712…`, `0712… (work)`.

use super::{digits_in, is_among};
use crate::NumberError;

/// Digits of the shortest number that counts as a second number in a cell.
const WHOLE_NUMBER_DIGITS: usize = 7;
/// Most digits that are written for one number: fifteen, those dialled before them, and a zero in parentheses.
const MOST_DIGITS: usize = 19;
/// Most digits that stand for the end of a second number.
const MOST_END_DIGITS: usize = 2;
const MOST_EXTENSION_DIGITS: usize = 6;
const EXTENSION_LABELS: [&str; 5] = ["extension", "extn", "ext", "x", "#"];

/// Words after a number which say that it is not a person's phone number. Most labels can also be a remark there.
const OTHER_REMARKS: &str = "fax telefax";
/// Labels of numbers that are not people's phone numbers.
const OTHER_LABELS: &str = "a/c id acc account acct invoice inv order ref reference receipt box till paybill pin \
    passport ticket age amount amt total balance price fax date time year otp zip postcode vat tin kra plot room serial reg registration sku imei iccid isbn \
    ean upc nhif nssf ssn iban policy meter voucher txn transaction";

/// The number of a cell.
pub struct Found {
    /// Digits and the characters between them.
    pub number: String,
    /// Whether words follow it.
    pub has_words_after: bool,
}

#[derive(Clone, Copy)]
enum Part<'a> {
    Word(&'a str),
    /// Text from the first digit or plus of a number to its last one.
    Number(&'a str),
}

/// A cell without the extension at its end: texts go to the number itself.
pub fn without_extension(text: &str) -> &str {
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    if !(1..=MOST_EXTENSION_DIGITS).contains(&(text.len() - before.len())) {
        return text;
    }
    let labelled = before.trim_end_matches([' ', '.', ':', '-', '=']);
    let number = EXTENSION_LABELS.iter().find_map(|label| {
        let at = labelled.len().checked_sub(label.len())?;
        let (number, end) = labelled.split_at_checked(at)?;
        end.eq_ignore_ascii_case(label).then_some(number)
    });
    // `ext` within a word is not a label, and `##` hides digits.
    let number = number.filter(|number| !number.ends_with(|c: char| c.is_alphabetic() || c == '#'));
    number.filter(|number| digits_in(number) >= WHOLE_NUMBER_DIGITS).unwrap_or(text)
}

/// Finds the one number of a cell.
pub fn find(text: &str) -> Result<Found, NumberError> {
    let text = without_bracketed_remarks(text);
    let parts = parts(&text)?;
    let numbers: Vec<&str> = parts.iter().filter_map(Part::number).collect();
    let number = match numbers.as_slice() {
        [] if parts.is_empty() => return Err(NumberError::NotANumber),
        [] => return Err(NumberError::Words),
        [number] => number,
        // `Phone 2: 0712…`
        [label, number] if label.len() == 1 && matches!(parts.first(), Some(Part::Word(_))) => number,
        _ => return Err(several(&numbers)),
    };
    if let Some(refusal) = refusal_of(number) {
        return Err(refusal);
    }
    let is_this = |part: &Part<'_>| part.number() == Some(number);
    let mut before = parts.iter().take_while(|part| !is_this(part)).filter_map(Part::word);
    let mut words = parts.iter().filter_map(Part::word);
    if before.any(|word| is_among(OTHER_LABELS, word)) || words.any(|word| is_among(OTHER_REMARKS, word)) {
        return Err(NumberError::OtherThing);
    }
    let has_words_after = matches!(parts.last(), Some(Part::Word(_)));
    Ok(Found { number: (*number).to_owned(), has_words_after })
}

impl<'a> Part<'a> {
    const fn number(&self) -> Option<&'a str> {
        match *self {
            Self::Number(number) => Some(number),
            Self::Word(_) => None,
        }
    }

    const fn word(&self) -> Option<&'a str> {
        match *self {
            Self::Word(word) => Some(word),
            Self::Number(_) => None,
        }
    }
}

/// Why several numbers are not one number.
fn several(numbers: &[&str]) -> NumberError {
    let whole = numbers.iter().filter(|number| digits_in(number) >= WHOLE_NUMBER_DIGITS).count();
    match whole {
        0 => NumberError::NotANumber,
        1 => NumberError::OtherDigits,
        _ => NumberError::TwoNumbers,
    }
}

/// Why digits and the characters between them are not one number.
fn refusal_of(number: &str) -> Option<NumberError> {
    let holds_two = |separator: &[char]| {
        let pieces = number.split(separator).filter(|piece| digits_in(piece) >= WHOLE_NUMBER_DIGITS);
        pieces.count() > 1
    };
    let has_gap = number.contains([' ', '-', '/', '.']);
    let is_two = holds_two(&['/', '+']) || holds_two(&[' ']) || (has_gap && digits_in(number) > MOST_DIGITS);
    // `0712345678/79`: a second number of which the last digits are written.
    let has_other_end = number.split_once('/').is_some_and(|(first, end)| {
        digits_in(first) >= WHOLE_NUMBER_DIGITS && (1..=MOST_END_DIGITS).contains(&digits_in(end))
    });
    let inner = number.trim_start_matches(['+', '(', ' ']);
    let inner = inner.strip_suffix('+').unwrap_or(inner);
    if is_two {
        Some(NumberError::TwoNumbers)
    } else if has_other_end {
        Some(NumberError::OtherDigits)
    } else if inner.contains('+') {
        Some(NumberError::NotANumber)
    } else {
        None
    }
}

/// Removes remarks in parentheses, such as `(KE)` and `(after 5pm)`. Words without digits before a number may be its
/// label, so only their parentheses are removed: `(fax) 020…`.
fn without_bracketed_remarks(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, bracketed)) = rest.split_once('(') {
        let Some((inside, after)) = bracketed.split_once(')') else { break };
        kept.push_str(before);
        let is_remark = inside.contains(char::is_alphabetic) && digits_in(inside) < WHOLE_NUMBER_DIGITS;
        let is_label =
            is_remark && digits_in(inside) == 0 && (digits_in(&kept) == 0 || is_among(OTHER_REMARKS, inside));
        match (is_label, is_remark) {
            (true, _) => kept.extend([" ", inside, " "]),
            (false, true) => kept.push(' '),
            (false, false) => kept.extend(["(", inside, ")"]),
        }
        rest = after;
    }
    kept + rest
}

/// Cuts a cell into words and numbers. Letters directly after a digit, or between digits, replace digits.
fn parts(text: &str) -> Result<Vec<Part<'_>>, NumberError> {
    let mut parts = Vec::new();
    let (mut rest, mut has_letters_before) = (text, false);
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_digit() || (first == '+' && next_is_digit(rest)) {
            let length = number_length(rest);
            let (number, after) = rest.split_at(length);
            let label = if has_letters_before { parts.last().and_then(Part::word) } else { None };
            let is_glued =
                label.is_some_and(|label| has_number(&parts) || is_in_place_of_digit(label, number));
            if is_glued || is_continued_by_letters(number, after) {
                return Err(NumberError::Letters);
            }
            parts.push(Part::Number(number));
            length
        } else if first.is_alphabetic() {
            let length = word_length(rest);
            parts.push(Part::Word(rest.get(..length).unwrap_or_default()));
            length
        } else if first.is_numeric() {
            return Err(NumberError::NotANumber);
        } else {
            first.len_utf8()
        };
        has_letters_before = first.is_alphabetic();
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(parts)
}

/// The bytes of a word such as `O'Brien` or `a/c`.
fn word_length(text: &str) -> usize {
    let end = text.find(|c: char| !(c.is_alphabetic() || matches!(c, '\'' | '/'))).unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim_end_matches(['\'', '/']).len()
}

fn has_number(parts: &[Part<'_>]) -> bool {
    parts.iter().any(|part| part.number().is_some())
}

/// `O712345678`, `A20123456`: one letter joined to digits is a digit mistyped or a document's number, unless they
/// begin as phone numbers do.
fn is_in_place_of_digit(label: &str, number: &str) -> bool {
    label.chars().count() == 1 && !number.starts_with(['0', '+'])
}

/// Whether a plus begins a number.
fn next_is_digit(text: &str) -> bool {
    text.trim_start_matches(['+', ' ', '(']).starts_with(|c: char| c.is_ascii_digit())
}

/// The bytes up to the last digit before any character that is neither a digit nor a separator. A plus after the last
/// digit belongs to it: a text that runs from right to left has it there.
fn number_length(text: &str) -> usize {
    let is_separator = |c: char| matches!(c, ' ' | '+' | '(' | ')' | '-' | '.' | '/' | '~' | '_' | '•');
    let end = text.find(|c: char| !c.is_ascii_digit() && !is_separator(c)).unwrap_or(text.len());
    let run = text.get(..end).unwrap_or_default();
    let length = run.trim_end_matches(|c: char| !c.is_ascii_digit()).len();
    let has_plus_behind =
        !run.starts_with('+') && run.get(length..).is_some_and(|after| after.starts_with('+'));
    length + usize::from(has_plus_behind)
}

/// `0712345xyz`, `0712-34-LATE`
fn is_continued_by_letters(number: &str, after: &str) -> bool {
    let joined = if number.contains('-') { after.strip_prefix('-').unwrap_or(after) } else { after };
    joined.starts_with(char::is_alphabetic)
}
