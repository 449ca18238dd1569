//! `StringLike` of IAM: `*` is any text, `?` is any character.

/// Whether a text matches a pattern.
pub fn is_like(text: &str, pattern: &str) -> bool {
    // Most texts differ from most patterns before the first wildcard.
    let (literal, wildcards) = pattern.split_at(pattern.find(['*', '?']).unwrap_or(pattern.len()));
    let Some(text) = text.strip_prefix(literal) else { return false };
    let mut rest = wildcards.chars();
    match (rest.next(), rest.as_str()) {
        (None, _) => text.is_empty(),
        (Some('*'), "") => true,
        (Some('*'), rest) => {
            let mut ends = text.char_indices().map(|(place, _)| place).chain([text.len()]);
            ends.any(|place| is_like(&text[place..], rest))
        }
        (Some(_), rest) => {
            let mut text = text.chars();
            text.next().is_some() && is_like(text.as_str(), rest)
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
            ("ORG#1#C7#B0", "ORG#?#C*#B*"),
        ] {
            assert!(is_like(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in [
            ("STOPS2", "STOPS"),
            ("ORG#1#WALLETS", "ORG#*#WALLET"),
            ("ORG#12", "ORG#?"),
            ("ORG#1#KEYS", "ORG#?"),
            ("", "?"),
            ("ORG#1#C7#A0", "ORG#?#C*#B*"),
        ] {
            assert!(!is_like(text, pattern), "{text} {pattern}");
        }
    }
}
