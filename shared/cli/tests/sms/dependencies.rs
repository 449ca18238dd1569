//! Only `sms` depends on the crates for credentials and terminals, and `sms` depends on no emulator.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Crates of the command line.
const OF_SMS: [&str; 9] = [
    "aws-config",
    "aws-sdk-signin",
    "aws-sdk-sso",
    "aws-sdk-ssooidc",
    "aws-sdk-sts",
    "calamine",
    "clap",
    "clap_complete",
    "indicatif",
];
/// Crates of the system on one machine, and of the tests.
const OF_THIS_MACHINE: [&str; 8] = [
    "dynoxide-rs",
    "lambda-emulator",
    "libsqlite3-sys",
    "local",
    "provider-emulators",
    "rusqlite",
    "sqs-emulator",
    "tests",
];

/// All dependencies of some packages, without those of tests.
fn tree(packages: &[String]) -> BTreeSet<String> {
    let named = packages.iter().flat_map(|package| ["--package", package]);
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .args(named)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8(tree.stdout).unwrap();
    lines.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

fn found(tree: &BTreeSet<String>, names: &[&'static str]) -> Vec<&'static str> {
    names.iter().copied().filter(|name| tree.contains(*name)).collect()
}

/// The name of a folder's package.
fn package(folder: PathBuf) -> String {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let name = manifest.lines().find_map(|line| line.strip_prefix("name = "));
    name.unwrap().trim_matches('"').to_owned()
}

#[test]
fn no_deployed_function_carries_the_command_line() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions");
    let folders = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let crates = folders.filter(|folder| folder.is_dir() && !folder.ends_with("local"));
    let deployed: Vec<String> = crates.map(package).collect();
    assert_eq!(deployed.len(), 7);
    let tree = tree(&deployed);
    assert!(tree.contains("aws-sdk-dynamodb"), "{tree:?}");
    assert_eq!(found(&tree, &OF_SMS), [""; 0]);
    assert_eq!(found(&tree, &OF_THIS_MACHINE), [""; 0]);
}

#[test]
fn the_command_line_carries_no_emulator() {
    let tree = tree(&["cli".to_owned()]);
    assert_eq!(found(&tree, &OF_SMS), OF_SMS, "the names are those of crates");
    assert_eq!(found(&tree, &OF_THIS_MACHINE), [""; 0]);
}
