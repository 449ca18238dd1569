//! The report of an import, as text.

use std::{fmt::Write, path::Path};

use contact_files::Field;

use crate::import::{ContactFile, InvalidRow, Totals};

/// Bad rows that are shown; the others are counted.
const MOST_SHOWN: usize = 10;
const UTF_8: &str = "UTF-8";

pub(super) fn reading(file: &ContactFile) -> String {
    let mut lines = vec![counted(file.rows, "row", "rows")];
    if let Some((sheet, others)) = &file.sheet {
        let others =
            if others.is_empty() { String::new() } else { format!("; not read: {}", others.join(", ")) };
        lines.push(format!("Sheet: {sheet}{others}"));
    }
    lines.extend(file.encoding.filter(|encoding| *encoding != UTF_8).map(|it| format!("Encoding: {it}")));
    let taken = Field::ALL.into_iter().map(|field| (field.name(), file.taken_for(field)));
    let taken: Vec<_> = taken
        .filter(|(_, columns)| !columns.is_empty())
        .map(|(field, columns)| format!("{field} from {}", quoted(&columns)))
        .collect();
    lines.push(format!("Columns: {}", taken.join("; ")));
    let ignored = file.ignored();
    if !ignored.is_empty() {
        lines.push(format!("Ignored columns: {}", quoted(&ignored)));
    }
    lines.join("\n")
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// The results of the rows.
pub(super) fn totals(totals: &Totals, refused: Option<&Path>) -> String {
    let mut text = counts(totals);
    let Totals { invalid, repeated_requests, bad_rows, .. } = totals;
    for bad in bad_rows.iter().take(MOST_SHOWN) {
        let _ = write!(text, "\n  {}", bad_row(bad));
    }
    let more = invalid.saturating_sub(bad_rows.len().min(MOST_SHOWN) as u64);
    if more > 0 {
        let _ = write!(text, "\n  and {more} more");
    }
    if *repeated_requests > 0 {
        let requests = counted(*repeated_requests, "request was", "requests were");
        let _ =
            write!(text, "\n{requests} repeated: contacts that the first attempt stored count as updated.");
    }
    match refused {
        Some(path) if *invalid > 0 => {
            let _ = write!(text, "\nThe invalid rows are in {}.", path.display());
        }
        None if more > 0 => {
            text.push_str("\nTo have all of them in a file, repeat the command with --refused FILE.")
        }
        _ => {}
    }
    text
}

fn counts(totals: &Totals) -> String {
    let Totals { rows, added, updated, unchanged, duplicates, invalid, notes_cut, not_mobile, .. } = totals;
    let unchanged = if *unchanged > 0 { format!(" ({unchanged} unchanged)") } else { String::new() };
    let rows = counted(*rows, "row", "rows");
    let mut text = format!("{rows}: {added} added, {updated} updated{unchanged}, {invalid} invalid");
    let further = [
        (duplicates, "duplicate", "duplicates"),
        (not_mobile, "whose number gets no texts", "whose numbers get no texts"),
        (notes_cut, "with notes that were cut", "with notes that were cut"),
    ];
    for (count, one, several) in further.into_iter().filter(|(count, ..)| **count > 0) {
        let _ = write!(text, ", {}", counted(*count, one, several));
    }
    text.push('.');
    text
}

fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

fn bad_row(bad: &InvalidRow) -> String {
    let InvalidRow { line, phone, reason, .. } = bad;
    match phone {
        Some(phone) => format!("line {line}: {phone}: {reason}"),
        None => format!("line {line}: {reason}"),
    }
}

/// The text next to the progress bar.
pub(super) fn bad_count(totals: &Totals) -> String {
    format!("rows, {} invalid", totals.invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bad(line: u64) -> InvalidRow {
        let phone = line.is_multiple_of(2).then(|| "12".to_owned());
        InvalidRow { row: line - 1, line, phone, reason: "too short".to_owned() }
    }

    #[test]
    fn a_report_counts_and_names_the_first_bad_rows() {
        let bad_rows = (2..=201).map(bad).collect();
        let counted =
            Totals { rows: 303, added: 100, invalid: 200, duplicates: 3, bad_rows, ..Totals::default() };
        let report = totals(&counted, Some(Path::new("refused.csv")));
        let lines: Vec<_> = report.lines().collect();
        assert_eq!(lines[0], "303 rows: 100 added, 0 updated, 200 invalid, 3 duplicates.");
        assert_eq!((lines[1], lines[2]), ("  line 2: 12: too short", "  line 3: too short"));
        assert_eq!((lines[11], lines[12]), ("  and 190 more", "The invalid rows are in refused.csv."));
        assert!(totals(&counted, None).ends_with("repeat the command with --refused FILE."));
    }

    #[test]
    fn a_good_import_is_one_line() {
        let good = Totals { rows: 2, updated: 2, unchanged: 1, ..Totals::default() };
        let said = "2 rows: 0 added, 2 updated (1 unchanged), 0 invalid.";
        assert_eq!(totals(&good, Some(Path::new("refused.csv"))), said);
    }
}
