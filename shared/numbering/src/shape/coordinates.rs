//! Cells that are the coordinates of a place.

use super::is_digits;

/// Decimals from which a number with a point is a coordinate rather than digits in groups.
const FEWEST_DECIMALS: usize = 4;
const MAX_DEGREES: u16 = 180;
/// Letters and words next to coordinates.
const WORDS: &str = "n s e w o lat latitude lon lng long longitude gps";

/// `-1.2921, 36.8219`, `1.2921° S 36.8219° E`, `1°17'31"S 36°49'18"E`
pub fn is_coordinates(text: &str) -> bool {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let has_degrees = match text.matches('°').count() {
        0 => false,
        // One number with a degree sign and no words is a temperature.
        1 => !words.is_empty(),
        _ => true,
    };
    words.iter().all(|word| super::is_among(WORDS, word)) && (has_degrees || is_decimal_pair(text))
}

/// Two numbers with decimals, the mark of which is a comma only if there is no point.
fn is_decimal_pair(text: &str) -> bool {
    let mark = if text.contains('.') { '.' } else { ',' };
    let numbers = text.split(|c: char| !c.is_ascii_digit() && c != mark);
    let mut numbers = numbers.map(|number| number.trim_matches(mark)).filter(|number| !number.is_empty());
    let (Some(first), Some(second), None) = (numbers.next(), numbers.next(), numbers.next()) else {
        return false;
    };
    is_coordinate(first, mark) && is_coordinate(second, mark)
}

fn is_coordinate(number: &str, mark: char) -> bool {
    number.split_once(mark).is_some_and(|(degrees, decimals)| {
        let is_plain = degrees == "0" || !degrees.starts_with('0');
        let is_in_range = is_plain && degrees.parse().is_ok_and(|degrees: u16| degrees <= MAX_DEGREES);
        is_in_range && is_digits(decimals) && decimals.len() >= FEWEST_DECIMALS
    })
}
