//! The search of a list of campaigns: by a campaign's number, or by words.

use stores::campaigns::{CampaignHeader, CampaignText};

const MAX_CHARACTERS: usize = 100;

/// A search, in lower case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextSearch(String);

impl TextSearch {
    /// Reads the parameter of a query.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match text.chars().count() {
            1..=MAX_CHARACTERS if !text.contains(char::is_control) => Ok(Self(text.to_lowercase())),
            _ => Err(format!("must have 1 to {MAX_CHARACTERS} characters, and no control character")),
        }
    }

    /// Whether a campaign has this number, or these words in its message, the names of its address books, its sender id
    /// or the name of the key that it was sent with.
    pub fn is_in(&self, header: &CampaignHeader, text: Option<&CampaignText>) -> bool {
        let number = self.0.strip_prefix('#').unwrap_or(&self.0);
        if number.parse() == Ok(header.key.number()) || self.matches(header.sender.as_str()) {
            return true;
        }
        text.is_some_and(|text| {
            let words = [text.message.as_str(), &text.created_by.name];
            words.into_iter().any(|word| self.matches(word))
                || text.group_names.iter().any(|name| self.matches(name))
        })
    }

    fn matches(&self, text: &str) -> bool {
        text.to_lowercase().contains(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_some_characters_in_any_case() {
        assert_eq!(TextSearch::parse("  Habari YAKO ").unwrap(), TextSearch("habari yako".to_owned()));
        assert!(TextSearch::parse("ÉCOLE").unwrap().matches("une école"));
        for wrong in ["", "   ", "\0", "a\nb", &"x".repeat(101)] {
            assert!(TextSearch::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
