//! Whether a text has a visible character.
//!
//! Texts of messages and names of books and contacts must not be blank. A text of zero-width characters is not empty
//! after `trim()`, and shows nothing.
//!
//! Source: the property `Default_Ignorable_Code_Point` of Unicode 16 (`DerivedCoreProperties.txt`), and the characters
//! without that property whose glyph is empty.

/// Whether a character is an invisible mark without width, a filler, or has an empty glyph. White space and control
/// characters are not included.
pub const fn is_invisible(character: char) -> bool {
    is_ignorable(character) || has_empty_glyph(character)
}

/// Whether a text has only white space and invisible characters.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

/// `Default_Ignorable_Code_Point`: soft hyphen, zero-width and bidirectional marks, Hangul fillers, variation
/// selectors, tags.
const fn is_ignorable(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Braille blank, interlinear annotation marks, Egyptian blanks, musical null notehead.
const fn has_empty_glyph(character: char) -> bool {
    matches!(
        character,
        '\u{2800}' | '\u{fff9}'..='\u{fffb}' | '\u{13441}'..='\u{13442}' | '\u{1d159}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_spaces_and_invisible_characters_is_blank() {
        let blank = [
            "",
            " \t\r\n\u{a0}\u{3000}",
            "\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}",
            "\u{200e}\u{200f}\u{61c}\u{202a}\u{202e}\u{2066}\u{2069}",
            "\u{fe0f}\u{fe00}\u{180b}\u{e0100}",
            "\u{3164}\u{115f}\u{1160}\u{ffa0}",
            "\u{2800}",
            "\u{ad}",
            "\u{e0001}\u{e0041}\u{e007f}",
            "\u{34f}\u{180e}\u{fffb}",
            " \u{200b} \u{ad}\n",
        ];
        for text in blank {
            assert!(is_blank(text), "{}", text.escape_unicode());
        }
    }

    #[test]
    fn a_text_with_one_visible_character_is_not_blank() {
        for text in
            ["a", "\u{200b}1", "❤\u{fe0f}", "👩\u{200d}👩\u{200d}👧", ".", "क\u{94d}\u{200d}ष", "⠁", "ㅤa"]
        {
            assert!(!is_blank(text), "{}", text.escape_unicode());
        }
    }
}
