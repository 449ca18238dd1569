//! Cells that are a date or a time.

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
        || (!has_words && is_time(&groups.digits, &groups.between))
        || is_named_month(text, &groups)
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
    let is_date = (is_year(first) && is_day_and_month(second, third))
        || ((is_year(third) || is_short_year) && is_day_and_month(first, second));
    let is_time = time.is_empty() || gaps.split_first().is_some_and(|(_, gaps)| is_time(time, gaps));
    is_one_separator && is_date && is_time
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
    MONTHS
        .iter()
        .any(|month| word == *month || (word.len() >= 3 && word.len() <= 4 && month.starts_with(&word)))
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
