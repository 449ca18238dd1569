//! `StringLike` of IAM: `*` is any text, `?` is any character.

/// Whether a text matches a pattern.
pub fn is_like(text: &str, pattern: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = rest.as_str();
            let ends = text.char_indices().map(|(place, _)| place).chain([text.len()]);
            ends.into_iter().any(|place| is_like(&text[place..], rest))
        }
        Some(wanted) => {
            let mut text = text.chars();
            text.next().is_some_and(|found| wanted == '?' || wanted == found)
                && is_like(text.as_str(), rest.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text_and_a_question_mark_one_character() {
        for (text, pattern) in [
            ("STOPS", "STOPS"),
            ("ORG#1#WALLET", "ORG#*#WALLET"),
            ("ORG#1", "ORG#?"),
            ("KEY#", "KEY#*"),
            ("a#b#b", "*#b"),
        ] {
            assert!(is_like(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in [
            ("STOPS2", "STOPS"),
            ("ORG#1#WALLETS", "ORG#*#WALLET"),
            ("ORG#12", "ORG#?"),
            ("ORG#1#KEYS", "ORG#?"),
            ("", "?"),
        ] {
            assert!(!is_like(text, pattern), "{text} {pattern}");
        }
    }
}
