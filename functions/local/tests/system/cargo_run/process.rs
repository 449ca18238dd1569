//! The binary as a child process of the test, with its output.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use rustix::process::{Pid, Signal, kill_process_group};

/// The last line of a start.
const UP: &str = "Ctrl-C stops";

fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    // A test must not depend on variables that the developer has set.
    command.env_clear().args(arguments).arg("--data").arg(data).stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub fn run(data: &Path, arguments: &[&str]) -> Output {
    command(data, arguments).output().unwrap()
}

/// Runs it to its end with a log level, without a data folder.
pub fn run_at_log_level(level: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    command.env_clear().env("LOG_LEVEL", level).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A function ends without an error if its input ends, because then its parent has ended.
    let _open = child.stdin.take();
    child.wait_with_output().unwrap()
}

/// Runs it with a standard output that is closed before it writes anything.
pub fn run_unread(data: &Path, arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command(data, arguments)
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap()
}

/// An instance that is up; killed when dropped.
pub struct Instance {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// Output until the start was complete.
    pub start: String,
}

impl Instance {
    /// Starts an instance on any port, and returns when everything runs.
    pub fn start(data: &Path, arguments: &[&str]) -> Self {
        let arguments = [&["--port", "0"], arguments].concat();
        // A process group of its own, as a shell makes it.
        let mut child = command(data, &arguments).stdout(Stdio::piped()).process_group(0).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut start = String::new();
        while !start.contains(UP) {
            assert_ne!(stdout.read_line(&mut start).unwrap(), 0, "it ended early: {start}");
        }
        Self { child, stdout, start }
    }

    /// The text after a word at the beginning of a line.
    pub fn named(&self, word: &str) -> &str {
        let line = self.start.lines().find_map(|line| line.strip_prefix(word));
        line.unwrap_or_else(|| panic!("no {word} in: {}", self.start)).trim()
    }

    /// The HTTP server's address.
    pub fn base_url(&self) -> &str {
        self.named("API").trim_end_matches("/v1/")
    }

    /// Sends a signal to the whole process group, as a terminal does, and waits for the end; returns whether it
    /// succeeded, and the remaining output.
    pub fn end_by(mut self, signal: Signal) -> (bool, String) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process_group(pid, signal).unwrap();
        let mut rest = String::new();
        while self.stdout.read_line(&mut rest).unwrap() > 0 {}
        (self.child.wait().unwrap().success(), rest)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
