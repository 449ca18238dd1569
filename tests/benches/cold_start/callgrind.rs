//! Instructions, as callgrind counts them.

use std::{fs, path::Path, process::Command};

/// Counts the instructions of the program that follows.
pub fn callgrind(profile: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--quiet"]);
    command.arg(format!("--callgrind-out-file={}", profile.display()));
    command
}

pub fn counted(profile: &Path) -> f64 {
    let text = fs::read_to_string(profile).expect("valgrind has written its profile");
    fs::remove_file(profile).expect("a file of ours");
    let sum =
        |line: &str| line.strip_prefix("summary: ").or(line.strip_prefix("totals: ")).map(str::to_owned);
    let sum = text.lines().find_map(sum).expect("a profile has a sum");
    sum.trim().parse().expect("the sum is a number")
}
