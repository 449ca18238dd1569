//! Compares documents with the files that they name, so that a file that moves must be renamed in them.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders without documents of this product.
const SKIPPED: [&str; 6] = [".git", ".local", ".venv", ".aws-sam", "target", "node_modules"];
/// Endings that make a word between backticks the path of a file.
const ENDINGS: [&str; 7] = [".rs", ".md", ".json", ".csv", ".yaml", ".toml", ".py"];
/// Beginnings that make it a path too.
const BEGINNINGS: [&str; 4] = ["functions/", "shared/", "tests/", ".ci/"];

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository is there")
}

/// Every file and folder below one.
pub fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let skipped = path.file_name().is_some_and(|name| SKIPPED.iter().any(|other| name == *other));
        if path.is_dir() && !skipped {
            found.extend(below(&path));
        }
        found.push(path);
    }
    found
}

/// Every Markdown file of the repository, with its text.
pub fn documents() -> Vec<(PathBuf, String)> {
    let files =
        below(&root()).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a text");
        (path, text)
    };
    files.map(read).collect()
}

/// Addresses of Markdown links within the repository: a file and a heading, either of which may be empty.
fn links(text: &str) -> Vec<(&str, &str)> {
    let addresses = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = addresses.filter(|address| !address.contains("://"));
    local.map(|address| address.split_once('#').unwrap_or((address, ""))).collect()
}

/// The name by which a link finds a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let letters = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = letters.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn has_heading(document: &Path, wanted: &str) -> bool {
    let text = fs::read_to_string(document).unwrap_or_default();
    text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == wanted)
}

/// Words between backticks that are paths.
fn paths(text: &str) -> Vec<&str> {
    let quoted = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let is_path = |word: &&str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
        let named = ENDINGS.iter().any(|ending| word.ends_with(ending))
            || BEGINNINGS.iter().any(|beginning| word.starts_with(beginning));
        word.contains('/') && word.chars().all(plain) && !word.starts_with('/') && named
    };
    quoted.filter(is_path).collect()
}

#[test]
fn every_file_that_a_document_names_is_there() {
    let files = below(&root());
    let mut lost = Vec::new();
    let mut named = 0;
    for (document, text) in documents() {
        let folder = document.parent().expect("a file has a folder");
        let dead_links =
            links(&text).into_iter().map(|(file, _)| file).filter(|file| !folder.join(file).exists());
        // A path may leave out its beginning, as in `accounts/wallets.rs`.
        let dead_paths =
            paths(&text).into_iter().filter(|path| !files.iter().any(|file| file.ends_with(path)));
        named += links(&text).len() + paths(&text).len();
        lost.extend(dead_links.chain(dead_paths).map(|name| format!("{}: {name}", document.display())));
    }
    assert!(named > 20, "{named}");
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn every_heading_that_a_link_leads_to_is_there() {
    let mut lost = Vec::new();
    for (document, text) in documents() {
        let folder = document.parent().expect("a file has a folder");
        for (file, heading) in links(&text).into_iter().filter(|(_, heading)| !heading.is_empty()) {
            let target = if file.is_empty() { document.clone() } else { folder.join(file) };
            if !has_heading(&target, heading) {
                lost.push(format!("{}: {file}#{heading}", document.display()));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}
