//! Which character separates the cells of a text.

use crate::{
    choice::ColumnChoice,
    columns::known_names,
    records::{Record, Records},
};

/// The separators that spreadsheets write, the most frequent first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Records that are examined.
const SAMPLE_RECORDS: usize = 20;
/// Cells of a record that are examined.
const SAMPLE_CELLS: usize = 1_000;

/// The place where the records of a text begin, and their separator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    pub separator: u8,
    /// Bytes before the first record.
    pub place: usize,
    /// Lines before the first record; a spreadsheet does not show them.
    pub lines_before: u64,
}

impl Layout {
    /// Taken from the line `sep=` that Excel reads, or from the separator that makes the best header of one of the
    /// first records.
    pub fn of(text: &str, choice: &ColumnChoice) -> Self {
        told(text).unwrap_or_else(|| Self { separator: found(text, choice), place: 0, lines_before: 0 })
    }
}

/// `sep=;` as the first line, perhaps in quotes.
fn told(text: &str) -> Option<Layout> {
    let line_end = text.find(['\n', '\r']).unwrap_or(text.len());
    let line = text.get(..line_end)?;
    let line = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line);
    let (word, separator) = line.split_at_checked(4)?;
    let &[separator] = separator.as_bytes() else { return None };
    if !word.eq_ignore_ascii_case("sep=") || separator.is_ascii_alphanumeric() || separator == b'"' {
        return None;
    }
    let line_break = if text.get(line_end..)?.starts_with("\r\n") { 2 } else { 1 };
    Some(Layout { separator, place: (line_end + line_break).min(text.len()), lines_before: 1 })
}

fn found(text: &str, choice: &ColumnChoice) -> u8 {
    let mut best = (b',', (0, 0));
    for separator in SEPARATORS {
        let score = score(text, separator, choice);
        if score > best.1 {
            best = (separator, score);
        }
    }
    best.0
}

/// The best header among the first records: its known columns, then its cells.
fn score(text: &str, separator: u8, choice: &ColumnChoice) -> (usize, usize) {
    let (mut records, mut record) = (Records::new(text, separator, 0, 0), Record::default());
    let mut best = (0, 0);
    for _ in 0..SAMPLE_RECORDS {
        if !matches!(records.read(&mut record), Ok(true)) {
            break;
        }
        best = best.max((known_names(&record, choice, SAMPLE_CELLS), record.cells().len()));
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &str) -> Layout {
        Layout::of(text, &ColumnChoice::default())
    }

    #[test]
    fn the_separator_is_the_one_that_makes_the_best_header() {
        for (text, separator) in [
            ("phone,first_name\n1,a\n", b','),
            ("phone;first_name\n1;a\n", b';'),
            ("phone\tfirst_name\n1\ta,b;c\n", b'\t'),
            ("phone|first_name|Town, County\n", b'|'),
            ("phone\n0712345678\n", b','),
            ("Name;\"Tel, mobile\"\nAmina;0712345678\n", b';'),
            ("Simu;Kiasi\n0712345678;1,5\n", b';'),
            ("List of members, 2026\nName;Phone\n", b';'),
            ("", b','),
        ] {
            assert_eq!(layout(text).separator, separator, "{text}");
        }
    }

    #[test]
    fn a_line_that_names_the_separator_is_not_a_record() {
        let told = Layout { separator: b';', place: 7, lines_before: 1 };
        assert_eq!(layout("sep=;\r\nphone;x\r\n"), told);
        assert_eq!(layout("\"SEP=;\"\nphone;x\n").separator, b';');
        assert_eq!(layout("sep=\t\nphone\n").separator, b'\t');
        assert_eq!(layout("sep=phone\n").lines_before, 0);
        assert_eq!(layout("sep=;").place, 5);
    }
}
