//! The binary, run to its end.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;

fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sms"));
    // A test must not depend on variables that the developer has set.
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

/// Starts a command with variables that its user has exported.
pub fn start_with(data: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Child {
    let mut command = command(data, arguments);
    command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Runs a command that reads this from its standard input.
pub fn run_fed(data: &Path, variables: &[(&str, &str)], arguments: &[&str], input: &[u8]) -> Output {
    let mut command = command(data, arguments);
    command
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

/// The one JSON document that a command writes.
pub fn document(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text:?}"))
}

/// Runs a command whose standard output is closed before it writes anything.
pub fn run_unread(data: &Path, arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = command(data, arguments).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    child.wait_with_output().unwrap()
}

/// Runs a command whose standard input and standard error are a terminal, at which `typed` is typed. Also returns what
/// the terminal showed.
pub fn run_on_terminal(data: &Path, arguments: &[&str], typed: &str) -> (Output, String) {
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let path = ptsname(&person, Vec::new()).unwrap();
    let terminal = File::options().read(true).write(true).open(path.to_str().unwrap()).unwrap();
    let mut person = File::from(person);
    person.write_all(typed.as_bytes()).unwrap();
    let mut command = command(data, arguments);
    command.stdin(terminal.try_clone().unwrap()).stderr(terminal);
    let output = command.stdout(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    // The command has the last copies of the terminal: once it is dropped, reading ends with an error on Linux.
    drop(command);
    let mut shown = Vec::new();
    let _ = person.read_to_end(&mut shown);
    let shown = String::from_utf8(shown).unwrap().replace("\r\n", "\n");
    // The terminal echoes what is typed.
    (output, shown.strip_prefix(typed).unwrap_or(&shown).to_owned())
}

/// The output of a command that succeeds.
pub fn printed(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
