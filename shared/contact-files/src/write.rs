//! Writes records, for a program that makes a file of rows, such as refused ones.

/// Appends a record with its line end, with quotes where a cell needs them.
pub fn push_record<'a>(text: &mut String, separator: char, cells: impl IntoIterator<Item = &'a str>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            text.push(separator);
        }
        push_cell(text, separator, cell);
    }
    text.push('\n');
}

fn push_cell(text: &mut String, separator: char, cell: &str) {
    let needs_quotes = cell.contains([separator, '"', '\n', '\r']) || cell.starts_with(' ');
    if needs_quotes {
        text.push('"');
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{Record, Records};

    #[test]
    fn written_rows_are_read_back() {
        let cells = ["plain", "a,b", "say \"x\"", "two\nlines", "", " \"spaced\""];
        let mut text = String::new();
        push_record(&mut text, ',', cells);
        let mut record = Record::default();
        assert!(Records::new(&text, b',', 0, 0).read(&mut record).unwrap());
        assert_eq!(record.cells(), cells);
    }
}
