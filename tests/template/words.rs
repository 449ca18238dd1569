//! Holds comments to plain English: words that make a sentence a riddle do not come back.

use std::fs;

use crate::links::{below, root};

/// Words that no comment needs, each with a plain one.
const WORDS: [(&str, &str); 10] = [
    ("nobody", "no recipient, no worker, …"),
    ("somebody", "a recipient, another system, …"),
    ("everybody", "every recipient, …"),
    ("whoever", "the worker that …"),
    ("whatever", "any …, even if …"),
    ("whom", "the recipient that …"),
    ("so many", "the number, or the parameter's name"),
    ("becomes of", "the outcome of"),
    ("stranger", "an unknown item"),
    ("dying", "crashing"),
];
/// Endings of files whose comments are read, and the mark that begins a comment.
const COMMENTS: [(&str, &str); 4] = [("rs", "//"), ("js", "//"), ("yaml", "#"), ("toml", "#")];

fn has_word(comment: &str, word: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    comment.match_indices(word).any(|(place, _)| {
        !is_letter(comment[..place].chars().next_back())
            && !is_letter(comment[place + word.len()..].chars().next())
    })
}

#[test]
fn comments_use_plain_words() {
    let mut found = Vec::new();
    let mut comments = 0;
    for file in below(&root()) {
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let Some((_, mark)) = COMMENTS.iter().find(|(known, _)| *known == ending) else { continue };
        let text = fs::read_to_string(&file).unwrap_or_default();
        let lines = text.lines().map(str::trim_start).filter(|line| line.starts_with(mark));
        for line in lines.map(str::to_lowercase) {
            comments += 1;
            let words = WORDS.iter().filter(|(word, _)| has_word(&line, word));
            found.extend(words.map(|(word, plain)| format!("{}: {word}; say {plain}", file.display())));
        }
    }
    assert!(comments > 5_000, "{comments}");
    assert!(found.is_empty(), "{found:#?}");
}
