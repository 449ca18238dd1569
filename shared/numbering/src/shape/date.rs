//! Cells that are a date or a time.

use super::is_among;

/// Words beside the digits of a time.
const CLOCK_WORDS: &str = "am pm h hrs";
/// Names of months in Swahili and French that English has in another form.
const OTHER_MONTHS: &str = "januari februari machi aprili mei juni julai agosti septemba oktoba novemba desemba janvier \
    février mars avril mai juin juillet août septembre octobre novembre décembre";
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Groups of digits of a cell and the characters between them.
struct Groups<'a> {
    digits: Vec<&'a str>,
    between: Vec<&'a str>,
}

/// A date in any order, with any separator, with or without a time after it; a month's name; or a time.
pub fn is_date(text: &str) -> bool {
    let groups = Groups::of(text);
    let has_words = text.contains(char::is_alphabetic);
    is_numeric_date(&groups)
        || is_month_of_year(&groups)
        || is_clock(text, &groups)
        || (text.contains('年') && text.contains('月'))
        || (!has_words && is_time(&groups.digits, &groups.between))
        || is_named_month(text, &groups)
}

/// `20261128`: digits that are a date without its separators, or a number of eight digits.
pub fn is_compact_date(digits: &str) -> bool {
    let Some((year, (month, day))) =
        digits.split_at_checked(4).and_then(|(year, rest)| Some((year, rest.split_at_checked(2)?)))
    else {
        return false;
    };
    is_year(year) && in_range(month, 1..=12) && day.len() == 2 && in_range(day, 1..=31)
}

impl<'a> Groups<'a> {
    fn of(text: &'a str) -> Self {
        let digits = text.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty());
        let between = text.trim_matches(|c: char| !c.is_ascii_digit());
        let between = between.split(|c: char| c.is_ascii_digit()).filter(|group| !group.is_empty());
        Self { digits: digits.collect(), between: between.collect() }
    }
}

/// `2026-11-28`, `28/11/2026 14:05`, `11.28.26`, `2026-11-28T14:05:00Z`
fn is_numeric_date(groups: &Groups<'_>) -> bool {
    let ([first, second, third, time @ ..], [left, right, gaps @ ..]) =
        (groups.digits.as_slice(), groups.between.as_slice())
    else {
        return false;
    };
    let is_one_separator = left.trim() == right.trim() && left.trim().chars().count() <= 1;
    let is_short_year =
        third.len() == 2 && matches!(left.trim(), "-" | "/" | ".") && groups.digits.len() == 3;
    let is_persian =
        matches!(left.trim(), "-" | "/") && first.len() == 4 && matches!(first.get(..2), Some("13" | "14"));
    let is_date = ((is_year(first) || is_persian) && is_day_and_month(second, third))
        || ((is_year(third) || is_short_year) && is_day_and_month(first, second));
    let is_time = time.is_empty() || gaps.split_first().is_some_and(|(_, gaps)| is_time(time, gaps));
    is_one_separator && is_date && is_time
}

/// `11/2026`, `2026-11`
fn is_month_of_year(groups: &Groups<'_>) -> bool {
    let ([one, other], ["/" | "-" | "."]) = (groups.digits.as_slice(), groups.between.as_slice()) else {
        return false;
    };
    (is_year(one) && in_range(other, 1..=12)) || (is_year(other) && in_range(one, 1..=12))
}

/// `2:05 PM`, `5pm`, `14h05`, `8am-5pm`
fn is_clock(text: &str, groups: &Groups<'_>) -> bool {
    let mut words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).peekable();
    let is_short =
        (1..=4).contains(&groups.digits.len()) && groups.digits.iter().all(|group| group.len() <= 2);
    is_short && words.peek().is_some() && words.all(|word| is_among(CLOCK_WORDS, word))
}

/// `14:05`, `14:05:33.120`, with an offset or without
fn is_time(digits: &[&str], between: &[&str]) -> bool {
    let (Some(hour), Some(&gap)) = (digits.first(), between.first()) else { return false };
    hour.len() <= 2
        && gap == ":"
        && digits.iter().all(|group| group.len() <= 9)
        && digits.get(1).is_some_and(|m| m.len() == 2)
}

/// `28 Nov 2026`, `November 28, 2026`. A number with a remark has more digits in a group, or more groups.
fn is_named_month(text: &str, groups: &Groups<'_>) -> bool {
    let is_short = groups.digits.iter().all(|group| group.len() <= 4);
    let has_day = groups.digits.iter().any(|group| in_range(group, 1..=31));
    let is_date = (1..=2).contains(&groups.digits.len()) || text.contains(':');
    is_short && has_day && is_date && text.split(|c: char| !c.is_alphabetic()).any(is_month)
}

fn is_month(word: &str) -> bool {
    let word = word.to_lowercase();
    let is_abbreviation = |month: &&str| (3..=4).contains(&word.len()) && month.starts_with(&word);
    MONTHS.iter().any(|month| word == *month || is_abbreviation(month)) || is_among(OTHER_MONTHS, &word)
}

fn is_day_and_month(one: &str, other: &str) -> bool {
    (in_range(one, 1..=12) && in_range(other, 1..=31)) || (in_range(one, 1..=31) && in_range(other, 1..=12))
}

fn is_year(group: &str) -> bool {
    group.len() == 4 && matches!(group.get(..2), Some("19" | "20"))
}

fn in_range(group: &str, range: std::ops::RangeInclusive<u8>) -> bool {
    group.len() <= 2 && group.parse().is_ok_and(|value: u8| range.contains(&value))
}
