//! No test is left out of `cargo test` unless a script of `.ci` runs it. Rustdoc would be started for each crate to find
//! no example, so crates have `doctest = false`; crates and programs without a test beside their code have
//! `test = false`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::links::{below, root};

/// Every Rust file of the repository.
fn sources() -> Vec<PathBuf> {
    let is_source = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "rs");
    below(&root()).into_iter().filter(is_source).collect()
}

#[test]
fn no_source_has_an_example_that_rustdoc_would_run() {
    for path in sources() {
        let text = fs::read_to_string(&path).expect("a text");
        let docs = text.lines().filter_map(|line| {
            let line = line.trim_start();
            line.strip_prefix("//!").or_else(|| line.strip_prefix("///"))
        });
        let opening = docs.filter_map(|line| line.trim().strip_prefix("```")).step_by(2);
        let languages: Vec<&str> = opening.filter(|language| !matches!(*language, "text" | "sh")).collect();
        assert!(languages.is_empty(), "{}: {languages:?}", path.display());
    }
}

#[test]
fn no_library_is_searched_for_examples() {
    for path in below(&root()).into_iter().filter(|path| path.ends_with("src/lib.rs")) {
        let manifest = path.parent().and_then(Path::parent).expect("a crate has a folder").join("Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("a text");
        assert!(text.contains("\n[lib]\n") && text.contains("\ndoctest = false\n"), "{}", manifest.display());
    }
}

#[test]
fn no_test_stands_in_a_crate_or_program_that_is_not_tested() {
    let mut sections = 0;
    for path in below(&root()).into_iter().filter(|path| path.ends_with("Cargo.toml")) {
        let manifest = fs::read_to_string(&path).expect("a text");
        let folder = path.with_file_name("src");
        for section in manifest.split("\n[").filter(|section| section.contains("\ntest = false")) {
            sections += 1;
            let untested =
                if section.starts_with("lib]") { below(&folder) } else { vec![folder.join("main.rs")] };
            for source in untested.iter().filter(|path| path.is_file()) {
                let code = fs::read_to_string(source).expect("a text");
                assert!(!code.contains("#[cfg(test)]"), "{}", source.display());
            }
        }
    }
    assert!(sections > 0, "no manifest has such a section");
}

/// Whether a script runs the ignored tests, of the whole workspace or of these modules.
fn runs_ignored(script: &str) -> bool {
    let runs = match script {
        ".ci/run" => "cargo test --workspace -- --ignored --skip clients::sdk",
        ".ci/sdks" => "clients::sdk -- --ignored",
        _ => return false,
    };
    let text = fs::read_to_string(root().join(script)).expect("a script");
    text.lines().any(|line| !line.starts_with('#') && line.ends_with(runs))
}

#[test]
fn a_test_that_is_ignored_names_the_script_that_runs_it() {
    let mut named = 0;
    for path in sources() {
        let text = fs::read_to_string(&path).expect("a text");
        for line in text.lines().filter(|line| line.trim_start().starts_with("#[ignore")) {
            let reason = line.split('"').nth(1).unwrap_or_default();
            if reason.starts_with("not a test: ") {
                continue;
            }
            named += 1;
            let script = reason.rsplit(": ").next().unwrap_or_default();
            assert!(runs_ignored(script), "{}: no script of .ci runs it: {line}", path.display());
        }
    }
    assert!(named > 0, "no test is ignored");
}
