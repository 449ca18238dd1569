//! Cells that are a quantity, and numbers that a spreadsheet or a program wrote as one.

use domain::money::Currency;

use super::{digits_in, is_among, is_digits};
use crate::NumberError;

/// Words that make a number a quantity, besides the codes of currencies: names of currencies, and units.
const QUANTITY_WORDS: &str = "ksh kshs ush ushs tsh tshs frw birr naira cedi cedis cfa fcfa rs rupee rupees sh shs \
    shilling shillings dollar dollars euro euros pound pounds kwacha dirham dirhams riyal riyals yen yuan kg km pcs ریال ريال تومان درهم دينار جنيه";
/// Words that make a number a quantity unless it begins like a phone number, because they are also names and remarks.
const AMBIGUOUS_WORDS: &str = "k mn mln mio mil million millions milioni bn billion billions bilioni thousand thousands \
    elfu lakh lakhs laki crore crores rand franc francs pts points litre litres liter liters tonne tonnes";
/// Codes of currencies that are words or names too. In capitals, and as the only word of a cell in small letters, they are
/// as the ambiguous words: `Bob 712345678` has a name, and `712345678 all day` a remark.
const CODES_THAT_ARE_WORDS: &str = "all ang aud bam bob cad cop cup dop gel gip lak mad mop mur nad pab pen ron sar sek \
    sos stn top try wst";
/// A whole number with this many digits is more likely a phone number with decimals than a quantity.
const LIKELY_PHONE_DIGITS: usize = 9;
/// Digits of a number with its country code.
const INTERNATIONAL_DIGITS: usize = 11;
/// Most decimals of an amount with separators of thousands: some currencies have three.
const MOST_DECIMALS: usize = 3;
/// Digits of a number in scientific notation from which on it has all digits except zeros at the end. Spreadsheets and
/// programs that round write fewer; those that write every digit leave such zeros out.
const UNROUNDED_DIGITS: usize = 11;
/// Most digits of a phone number.
const MOST_DIGITS: usize = 15;
/// Digits before an X that hides others: `712345x`. Fewer are a quantity, as in `2x`.
const MASKED_DIGITS: usize = 4;
/// Fewest digits of a phone number.
const PHONE_DIGITS: usize = 7;

/// The digits of a number that a spreadsheet or a program formatted as a quantity: `254712345678.0`,
/// `2.54712345678E+11`. `None` if the cell is anything else.
pub fn read_spreadsheet_number(text: &str) -> Option<Result<String, NumberError>> {
    scientific(text).or_else(|| Some(Ok(without_zero_decimals(text)?.to_owned())))
}

/// Excel writes few digits, from which the number cannot be restored: the lost digits need not be zeros.
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
        None if whole.len() + fraction.len() >= UNROUNDED_DIGITS && exponent < MOST_DIGITS => {
            Ok(format!("{whole}{fraction:0<exponent$}"))
        }
        None => Err(NumberError::LostDigits),
        Some((digits, rest)) if rest.bytes().all(|b| b == b'0') => Ok(format!("{whole}{digits}")),
        Some(_) => Err(NumberError::Amount),
    })
}

/// A whole number with `.0` after it, as programs write a column of numbers that has blanks. With `.00` it is an
/// amount, unless it has a plus, a leading zero or a country code, which amounts do not have.
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
    let words: Vec<&str> = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    // A word in parentheses is a remark.
    let (begins_as_phone, is_alone) = (begins_as_phone(text), words.len() == 1 && !text.contains('('));
    let has_unit = text.contains(['$', '%', '٪', '°'])
        || text.ends_with("/=")
        || text.ends_with("/-")
        || words.iter().any(|word| is_unit(word, is_alone, begins_as_phone));
    let amount = text.trim_matches(|c: char| matches!(c, '(' | ')' | '-' | ' '));
    let has_separators = has_decimals(amount) || has_thousands(amount);
    digits_in(text) > 0 && (has_unit || has_separators || is_small_quantity(text))
}

/// `5M`, `500ml`, `2 x`, `10 years`: fewer digits than a phone number has, and then one word.
fn is_small_quantity(text: &str) -> bool {
    let Some(end) = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))) else {
        return false;
    };
    let (number, unit) = text.split_at(end);
    let unit = unit.trim_start();
    let is_x = unit.chars().all(|c| matches!(c, 'x' | 'X'));
    let is_repeated = unit.chars().count() > 2 && unit.chars().all(|c| unit.starts_with(c));
    let hides_digits = is_repeated || (is_x && (unit.len() > 1 || number.len() >= MASKED_DIGITS));
    let is_small =
        (1..PHONE_DIGITS).contains(&digits_in(number)) && is_quantity(number.get(..1).unwrap_or_default());
    is_small && !hides_digits && !unit.is_empty() && unit.chars().all(char::is_alphabetic)
}

/// Whether a word next to a number makes it a quantity.
fn is_unit(word: &str, is_alone: bool, begins_as_phone: bool) -> bool {
    let is_in_capitals = word.chars().all(char::is_uppercase);
    let is_in_small_letters = word.chars().all(char::is_lowercase);
    // `Kes 712345678` has a code, and `Kyd 0712345678` may have a name.
    let is_code = || {
        let may_be_name = begins_as_phone && !is_in_capitals && !is_in_small_letters;
        !may_be_name && word.to_uppercase().parse::<Currency>().is_ok()
    };
    let is_ambiguous = || {
        let is_written_as_code = is_in_capitals || (is_alone && is_in_small_letters);
        (is_written_as_code && is_among(CODES_THAT_ARE_WORDS, word)) || is_among(AMBIGUOUS_WORDS, word)
    };
    is_among(QUANTITY_WORDS, word)
        || (!is_among(CODES_THAT_ARE_WORDS, word) && is_code())
        || (!begins_as_phone && is_ambiguous())
}

/// Whether the first number of a text begins with a plus, or with a zero and another digit, which quantities do not.
fn begins_as_phone(text: &str) -> bool {
    let Some((before, number)) = text.find(|c: char| c.is_ascii_digit()).map(|at| text.split_at(at)) else {
        return false;
    };
    let is_zero_first = number.strip_prefix('0').is_some_and(|rest| !rest.starts_with(['.', ',']));
    is_zero_first || before.trim_end_matches([' ', '(']).ends_with('+')
}

/// `7720076.00`, `7,720,076.50`, `7 720 076,5`, `7.12345678`
fn has_decimals(text: &str) -> bool {
    let Some(at) = text.rfind(['.', ',']) else { return false };
    let (whole, decimals) = text.split_at(at);
    let (mark, decimals) = decimals.split_at(1);
    let is_grouped = || {
        let is_grouped = [",", ".", "'", " "].iter().any(|by| is_grouped(whole, by));
        is_grouped && !whole.contains(mark) && decimals.len() <= MOST_DECIMALS
    };
    let are_two_numbers = mark == "," && whole.len().min(decimals.len()) >= PHONE_DIGITS;
    is_digits(decimals) && !are_two_numbers && (whole == "0" || is_quantity(whole) || is_grouped())
}

/// `7,720,076`, `7'720'076`. Not spaces, which also group the digits of phone numbers, as points do in longer ones.
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
