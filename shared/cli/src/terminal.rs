//! Standard output for answers, and standard error for notes and progress (a bar on a terminal, a line now and then in
//! a file).
//!
//! All output of the command line goes through here, because `println!` panics if its reader has closed the pipe, as
//! `head` does.

use std::{
    error::Error,
    fmt::Display as Show,
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// Standard output is closed: the command ends, and has not failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("standard output is closed")]
pub struct Closed;

/// Writes a line on standard output.
///
/// # Errors
/// If it cannot be written: the pipe is closed, or the disk behind it is full.
pub fn print(line: impl Show) -> Result<(), Closed> {
    let mut output = io::stdout().lock();
    writeln!(output, "{}", visible(line)).and_then(|()| output.flush()).map_err(|_| Closed)
}

/// Writes a line on standard error, if that is open.
pub fn note(line: impl Show) {
    let _ = writeln!(io::stderr(), "{}", visible(line));
}

/// A cell of a file or the answer of a server may hold sequences that command a terminal.
fn visible(line: impl Show) -> String {
    let commands = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    line.to_string().replace(commands, "\u{fffd}")
}

/// Asks a yes-or-no question on standard error; any answer but yes is a no. `None` if there is no terminal to ask on.
pub fn ask(question: impl Show) -> Option<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return None;
    }
    let mut output = io::stderr().lock();
    let mut line = String::new();
    // A terminal that cannot be read says no.
    let _ = write!(output, "{question} [y/N] ").and_then(|()| output.flush());
    let _ = io::stdin().read_line(&mut line);
    Some(is_yes(&line))
}

/// A line of standard input that is not shown while it is typed; empty if there is none.
pub(crate) fn ask_secret(question: &str) -> String {
    let mut line = String::new();
    if io::stdin().is_terminal() && io::stderr().is_terminal() {
        let terminal = ::console::Term::stderr();
        line = terminal.write_str(question).and_then(|()| terminal.read_secure_line()).unwrap_or_default();
    } else {
        let _ = io::stdin().read_line(&mut line);
    }
    line
}

fn is_yes(line: &str) -> bool {
    ["y", "yes"].contains(&line.trim().to_lowercase().as_str())
}

/// Writes an error and its causes on standard error.
pub fn note_error(error: &dyn Error) {
    note(format_args!("error: {error}"));
    let mut source = error.source();
    while let Some(cause) = source {
        // The message of another program may end with a line break.
        note(format_args!("  because: {}", cause.to_string().trim_end()));
        source = cause.source();
    }
}

/// How often a line is written if there is no bar. A line is not repeated before something changes.
const LINE_EVERY: Duration = Duration::from_secs(2);

/// The unit of a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Recipients,
    /// Rows of a file.
    Rows,
}

impl Unit {
    const fn template(self) -> &'static str {
        match self {
            Self::Recipients => "[{elapsed}] {wide_bar:.green} {human_pos}/{human_len}  {msg}",
            Self::Rows => "[{elapsed}] {wide_bar:.green} {human_pos}/{human_len} ({eta} left)  {msg}",
        }
    }
}

/// A progress display.
pub struct Meter(Display);

enum Display {
    Bar(ProgressBar),
    Lines { total: u64, last: Option<Instant>, shown: String },
}

/// Whether standard error shows a bar and colours. `NO_COLOR` and a dumb terminal get lines, as a file does.
fn draws_bars() -> bool {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let is_plain = variable("NO_COLOR").is_some() || variable("TERM").is_some_and(|term| term == "dumb");
    io::stderr().is_terminal() && !is_plain
}

impl Meter {
    /// A bar at 0 of `total`.
    pub fn new(total: u64, unit: Unit) -> Self {
        if !draws_bars() {
            return Self(Display::Lines { total, last: None, shown: String::new() });
        }
        let bar = ProgressBar::new(total);
        if let Ok(style) = ProgressStyle::with_template(unit.template()) {
            bar.set_style(style);
        }
        Self(Display::Bar(bar))
    }

    /// Shows how far it is.
    pub fn show(&mut self, done: u64, message: &str) {
        match &mut self.0 {
            Display::Bar(bar) => {
                bar.set_message(message.to_owned());
                bar.set_position(done);
            }
            Display::Lines { total, last, shown } => {
                let line = format!("  {done}/{total}  {message}");
                if line != *shown && last.is_none_or(|last| last.elapsed() >= LINE_EVERY) {
                    note(&line);
                    (*last, *shown) = (Some(Instant::now()), line);
                }
            }
        }
    }

    /// Shows why the command waits.
    pub fn wait(&self, wait: Duration, error: &dyn Error) {
        let reason = format!("waiting {} s: {error}", wait.as_secs_f64().ceil());
        match &self.0 {
            Display::Bar(bar) => bar.set_message(visible(reason)),
            Display::Lines { .. } => note(format_args!("  {reason}")),
        }
    }

    /// Ends the display at its present value, with a last message.
    pub fn finish(self, done: u64, message: &str) {
        match self.0 {
            Display::Bar(bar) => {
                bar.set_position(done);
                bar.abandon_with_message(message.to_owned());
            }
            Display::Lines { total, shown, .. } => {
                let line = format!("  {done}/{total}  {message}");
                if line != shown {
                    note(line);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(["y\n", "Yes\n", " YES "].into_iter().all(is_yes));
        assert!(!["", "\n", "n\n", "yes please\n", "j\n"].into_iter().any(is_yes));
    }

    #[test]
    fn control_characters_of_a_text_are_not_sent_to_the_terminal() {
        assert_eq!(visible("a\tb\n\u{1b}[2Jc\rd\u{9b}"), "a\tb\n\u{fffd}[2Jc\u{fffd}d\u{fffd}");
    }

    #[test]
    fn every_unit_has_a_template_that_reads() {
        for unit in [Unit::Recipients, Unit::Rows] {
            assert!(ProgressStyle::with_template(unit.template()).is_ok(), "{unit:?}");
        }
    }
}
