//! What people write in a cell that has nothing to say.

use crate::folding::folded;

/// Longest placeholder, in bytes. A longer cell is not looked at.
const LONGEST: usize = 16;

/// Whether a cell only says that it is empty: nothing, dashes, `N/A`, `none`, `null`, `#N/A`, `hakuna`.
pub fn is_placeholder(cell: &str) -> bool {
    let cell = cell.trim();
    if cell.len() > LONGEST || cell.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    // A dot, a dash or `?` alone; but `+` is the beginning of a number that was lost.
    let folded = folded(cell);
    match folded.as_str() {
        "" => cell.chars().all(|c| matches!(c, '-' | '–' | '—' | '_' | '.' | '/' | '?') || c.is_whitespace()),
        word => PLACEHOLDERS.contains(&word),
    }
}

const PLACEHOLDERS: [&str; 13] = [
    "na",
    "nan",
    "none",
    "null",
    "nil",
    "nill",
    "undefined",
    "unknown",
    "empty",
    "blank",
    "nophone",
    "hakuna",
    "hana",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing_are_placeholders_and_numbers_are_not() {
        for cell in ["", "  ", "N/A", "n.a.", "#N/A", "NULL", "None", "-", "--", " — ", "?", "Hakuna"] {
            assert!(is_placeholder(cell), "{cell:?}");
        }
        for cell in ["0", "+", "Amina", "na 0712345678", "0712345678", "NA NA"] {
            assert!(!is_placeholder(cell), "{cell:?}");
        }
    }
}
