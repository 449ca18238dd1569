//! Limits and clean-up of texts about books and contacts.

use std::borrow::Cow;

use domain::visible::is_blank;

/// Characters of a book's name.
pub const MAX_BOOK_NAME: usize = 100;
/// Characters of a book's description.
pub const MAX_DESCRIPTION: usize = 500;
/// Characters of a first or last name.
pub const MAX_PERSON_NAME: usize = 100;
/// Characters of an e-mail address: the limit of an SMTP path (RFC 5321 §4.5.3.1.3).
pub const MAX_EMAIL: usize = 254;
/// Characters of a contact's notes.
pub const MAX_NOTES: usize = 1_000;

/// Reads a text of one line: trimmed, at most `most` characters, no control characters. Empty if it has no visible
/// character.
pub fn line(text: &str, most: usize) -> Result<String, String> {
    short_text(text, most, char::is_control)
}

/// Several lines: as [`line`], with line breaks and tabs.
pub fn lines(text: &str, most: usize) -> Result<String, String> {
    short_text(text, most, |c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

fn short_text(text: &str, most: usize, refused: impl Fn(char) -> bool) -> Result<String, String> {
    let text = text.trim();
    if is_blank(text) {
        return Ok(String::new());
    }
    if text.chars().count() > most {
        return Err(format!("must have at most {most} characters"));
    }
    if text.contains(refused) {
        return Err("must not contain control characters".to_owned());
    }
    has_all_characters(text)?;
    Ok(text.to_owned())
}

/// Refuses a text in which U+FFFD is in the place of characters that could not be read.
pub fn has_all_characters(text: &str) -> Result<(), String> {
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err("lost characters before it arrived: send JSON in UTF-8".to_owned());
    }
    Ok(())
}

/// A text with each run of line breaks, tabs and other control characters as one space.
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Cow::Owned(spaced.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Several lines of at most `most` characters, trimmed, and whether the text was cut. Control characters except line
/// breaks and tabs become spaces.
pub fn cut(text: &str, most: usize) -> (String, bool) {
    let text = text.trim();
    let kept = text.char_indices().nth(most).and_then(|(end, _)| text.get(..end));
    let shown = |c: char| if c.is_control() && !matches!(c, '\n' | '\r' | '\t') { ' ' } else { c };
    (kept.unwrap_or(text).chars().map(shown).collect::<String>().trim_end().to_owned(), kept.is_some())
}

/// A book's name: one line that is not empty.
pub fn book_name(text: &str) -> Result<String, String> {
    line(text, MAX_BOOK_NAME).and_then(|name| {
        if name.is_empty() {
            return Err(format!("must have 1 to {MAX_BOOK_NAME} characters, and not be blank"));
        }
        Ok(name)
    })
}

/// Splits a name into first name and family name. The family name is the last word, or the part before a comma
/// (`Odhiambo, Amina`).
pub fn split_name(name: &str) -> (&str, Option<&str>) {
    let name = name.trim();
    if let Some((last, first)) = name.split_once(',').map(|(last, first)| (last.trim(), first.trim()))
        && !(last.is_empty() || first.is_empty() || first.contains(','))
    {
        return (first, Some(last));
    }
    match name.rsplit_once(char::is_whitespace) {
        Some((first, last)) => (first.trim_end(), Some(last)),
        None => (name, None),
    }
}

/// The other part of a whole name of which the first name or the family name is known. The name itself, if it neither
/// begins nor ends with the known part: then it is the other part alone, as in `Prénom;Nom`.
pub fn other_name<'a>(name: &'a str, known: &str) -> Option<&'a str> {
    let (name, known) = (name.trim(), known.trim());
    let before =
        name.strip_prefix(known).filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
    let after = || name.strip_suffix(known).filter(|rest| rest.ends_with(char::is_whitespace));
    Some(before.or_else(after).unwrap_or(name).trim()).filter(|other| !other.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_counted_in_characters_and_free_of_controls() {
        assert_eq!(book_name("  Premium Customers "), Ok("Premium Customers".to_owned()));
        assert_eq!(book_name(&"Ł".repeat(100)).map(|name| name.chars().count()), Ok(100));
        for refused in
            ["", " \t ", "\u{200b}", "\u{3164} \u{ad}", "Caf\u{fffd}", "a\u{0}b", "a\nb", &"a".repeat(101)]
        {
            assert!(book_name(refused).is_err(), "{refused:?}");
        }
        assert_eq!(lines("one\r\ntwo", 10), Ok("one\r\ntwo".to_owned()));
        assert!(lines("\u{1b}[2J", 10).is_err());
    }

    #[test]
    fn a_text_that_is_imported_is_made_to_fit() {
        assert_eq!(one_line("Amina\r\nOdhiambo\tK"), "Amina Odhiambo K");
        assert_eq!(cut(" one\u{0}two\nthree ", 20), ("one two\nthree".to_owned(), false));
        assert_eq!(cut(&"é".repeat(1_001), 1_000), ("é".repeat(1_000), true));
    }

    #[test]
    fn the_last_word_is_the_family_name() {
        assert_eq!(split_name(" Wanjiru  Njeri Kamau "), ("Wanjiru  Njeri", Some("Kamau")));
        assert_eq!(split_name("Baraka"), ("Baraka", None));
        assert_eq!(split_name("Odhiambo, Amina W."), ("Amina W.", Some("Odhiambo")));
        assert_eq!(split_name("Kamau,"), ("Kamau,", None));
    }

    #[test]
    fn a_whole_name_beside_one_part_gives_the_other_part() {
        assert_eq!(other_name("Amina W. Odhiambo", "Amina"), Some("W. Odhiambo"));
        assert_eq!(other_name("Amina Odhiambo ", "Odhiambo"), Some("Amina"));
        assert_eq!(other_name("Irakoze", "Aline"), Some("Irakoze"));
        assert_eq!(other_name("Anna", "An"), Some("Anna"));
        assert_eq!(other_name(" Amina", "Amina "), None);
    }
}
