//! The binary, run to its end.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sms"));
    // A test must not see what the developer has exported.
    command.env_clear().args(arguments).arg("--data").arg(data).stdin(Stdio::null());
    command
}

/// Runs a command on the instance of a folder.
pub fn run(data: &Path, arguments: &[&str]) -> Output {
    command(data, arguments).output().unwrap()
}

/// Runs a command with variables that its user has exported.
pub fn run_with(data: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    command(data, arguments).envs(variables.iter().copied()).output().unwrap()
}

/// The one JSON document that a command writes.
pub fn document(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text:?}"))
}

/// Runs a command whose reader is gone before it writes anything, as `head` may be.
pub fn run_unread(data: &Path, arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = command(data, arguments).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    child.wait_with_output().unwrap()
}

/// What a command that succeeds prints.
pub fn printed(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
