//! The binary as a child of the test, with what it has printed.

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
    // What the developer has exported is no business of a test.
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
    // A function ends without an error if its input ends, since its parent is then dead.
    let _open = child.stdin.take();
    child.wait_with_output().unwrap()
}

/// Runs it with a reader that is gone before it writes anything, as `head` may be.
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
    /// What it printed until it was up.
    pub start: String,
}

impl Instance {
    /// Starts one on any port, and returns when everything is up.
    pub fn start(data: &Path, arguments: &[&str]) -> Self {
        let arguments = [&["--port", "0"], arguments].concat();
        // A group of its own, as a shell gives it.
        let mut child = command(data, &arguments).stdout(Stdio::piped()).process_group(0).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut start = String::new();
        while !start.contains(UP) {
            assert_ne!(stdout.read_line(&mut start).unwrap(), 0, "it ended early: {start}");
        }
        Self { child, stdout, start }
    }

    /// What stands behind a word at the beginning of a line.
    pub fn named(&self, word: &str) -> &str {
        let line = self.start.lines().find_map(|line| line.strip_prefix(word));
        line.unwrap_or_else(|| panic!("no {word} in: {}", self.start)).trim()
    }

    /// Where its front answers.
    pub fn base_url(&self) -> &str {
        self.named("API").trim_end_matches("/v1/")
    }

    /// Sends a signal to its whole group, as a terminal does, and waits for the end; whether it ended
    /// well, and what it still printed.
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
