//! Column names without the characters that do not matter: case, spaces, marks, punctuation, accents.

use domain::visible::is_invisible;

/// Letters and digits of a column name, in lower case and without accents: `" Phone No. "` becomes `phoneno`.
pub fn folded(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).map(fold).filter(|c| c.is_alphanumeric()).collect()
}

/// The words of a column name, each folded. A word ends at any character that is not a letter or a digit, between
/// letters and digits, and before a capital letter (`mobilePhone`).
pub fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before: Option<char> = None;
    for c in name.chars().map(fold).filter(|c| !is_invisible(*c)) {
        let starts = before.is_some_and(|before| begins_word(before, c));
        if starts || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase().map(fold));
        }
        before = Some(c);
    }
    words.retain(|word| !word.is_empty());
    words
}

fn begins_word(before: char, c: char) -> bool {
    (before.is_lowercase() && c.is_uppercase())
        || (before.is_alphabetic() && c.is_numeric())
        || (before.is_numeric() && c.is_alphabetic())
}

/// A letter without its accent, a full-width one as an ordinary one, and an Arabic one in its plain form, without the
/// marks of its vowels.
fn fold(c: char) -> char {
    match c {
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ة' => 'ه',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' => ' ',
        'à'..='å' | 'ª' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' | 'º' => 'o',
        'ù'..='ü' => 'u',
        'À'..='Å' => 'A',
        'Ç' => 'C',
        'È'..='Ë' => 'E',
        'Ì'..='Ï' => 'I',
        'Ñ' => 'N',
        'Ò'..='Ö' => 'O',
        'Ù'..='Ü' => 'U',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_look_the_same_are_folded_to_one() {
        for name in ["Phone No.", "PHONE\u{a0}NO", "\u{200b}phone\tno:", "phone_no*", "ｐｈｏｎｅ　ｎｏ"]
        {
            assert_eq!(folded(name), "phoneno", "{name:?}");
        }
        assert_eq!(folded("N\u{ba} de Téléphone"), "nodetelephone");
        assert_eq!(folded("رَقم الهاتِف"), folded("رقـم الهاتف"));
        assert_eq!(folded("الاسم الأول"), "الاسمالاول");
        assert_eq!(folded("  "), "");
    }

    #[test]
    fn words_end_at_marks_capitals_and_digits() {
        assert_eq!(words("Phone 1 - Type"), ["phone", "1", "type"]);
        assert_eq!(words("mobilePhoneType2"), ["mobile", "phone", "type", "2"]);
        assert_eq!(words("Pho\u{200b}ne/Ext."), ["phone", "ext"]);
    }
}
