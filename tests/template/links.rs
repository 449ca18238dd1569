//! Documents, held against the files that they name: a file that moves takes its mentions along.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders that hold no document of ours.
const SKIPPED: [&str; 6] = [".git", ".local", ".venv", ".aws-sam", "target", "node_modules"];
/// What makes a word between backticks the path of a file.
const ENDINGS: [&str; 7] = [".rs", ".md", ".json", ".csv", ".yaml", ".toml", ".py"];
/// What makes it a path too.
const BEGINNINGS: [&str; 4] = ["functions/", "shared/", "tests/", ".ci/"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository is there")
}

/// Every file and folder below one.
fn below(folder: &Path) -> Vec<PathBuf> {
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

/// Addresses of Markdown links that lead to files.
fn links(text: &str) -> Vec<&str> {
    let addresses = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = addresses.filter(|address| !address.contains("://") && !address.starts_with('#'));
    local.filter_map(|address| address.split('#').next()).collect()
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
    let root = root();
    let files = below(&root);
    let mut lost = Vec::new();
    let documents = files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let mut named = 0;
    for document in documents {
        let text = fs::read_to_string(document).expect("a text");
        let folder = document.parent().expect("a file has a folder");
        let dead_links = links(&text).into_iter().filter(|link| !folder.join(link).exists());
        // A path may leave out its beginning, as in `accounts/wallets.rs`.
        let dead_paths =
            paths(&text).into_iter().filter(|path| !files.iter().any(|file| file.ends_with(path)));
        named += links(&text).len() + paths(&text).len();
        lost.extend(dead_links.chain(dead_paths).map(|name| format!("{}: {name}", document.display())));
    }
    assert!(named > 20, "{named}");
    assert!(lost.is_empty(), "{lost:#?}");
}
