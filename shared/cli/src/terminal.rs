//! What is written for people: lines on standard output, notes and progress on standard error (a bar for
//! a person, a line now and then for a file).
//!
//! Everything that the command line writes goes through here: `println!` panics where the reader has
//! gone, as `head` does when it has seen enough.

use std::{
    error::Error,
    fmt::Display as Show,
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// Nobody reads standard output any more: no failure, but the end of what there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody reads what is written")]
pub struct Closed;

/// Writes a line on standard output.
///
/// # Errors
/// Where it cannot be written: the pipe is closed, or the disk behind it is full.
pub fn print(line: impl Show) -> Result<(), Closed> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}").and_then(|()| output.flush()).map_err(|_| Closed)
}

/// Writes a line on standard error; one that nobody reads is lost.
pub fn note(line: impl Show) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes an error and all that caused it on standard error.
pub fn note_error(error: &dyn Error) {
    note(format_args!("error: {error}"));
    let mut source = error.source();
    while let Some(cause) = source {
        note(format_args!("  because: {cause}"));
        source = cause.source();
    }
}

/// How often a line is written where no bar can be drawn.
const LINE_EVERY: Duration = Duration::from_secs(2);

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// People.
    Recipients,
    /// A file.
    Bytes,
}

impl Unit {
    const fn template(self) -> &'static str {
        match self {
            Self::Recipients => "[{elapsed}] {wide_bar:.green} {human_pos}/{human_len}  {msg}",
            Self::Bytes => "[{elapsed}] {wide_bar:.green} {bytes}/{total_bytes} ({eta} left)  {msg}",
        }
    }
}

/// A progress display.
pub struct Meter(Display);

enum Display {
    Bar(ProgressBar),
    Lines { total: u64, last: Option<Instant> },
}

impl Meter {
    /// Begins at nothing of `total`.
    pub fn new(total: u64, unit: Unit) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(Display::Lines { total, last: None });
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
            Display::Lines { total, last } => {
                if last.is_none_or(|last| last.elapsed() >= LINE_EVERY) {
                    note(format_args!("  {done}/{total}  {message}"));
                    *last = Some(Instant::now());
                }
            }
        }
    }

    /// Ends the display where it has come to, with its last words.
    pub fn finish(self, done: u64, message: &str) {
        match self.0 {
            Display::Bar(bar) => {
                bar.set_position(done);
                bar.abandon_with_message(message.to_owned());
            }
            Display::Lines { total, .. } => note(format_args!("  {done}/{total}  {message}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_has_a_template_that_reads() {
        for unit in [Unit::Recipients, Unit::Bytes] {
            assert!(ProgressStyle::with_template(unit.template()).is_ok(), "{unit:?}");
        }
    }
}
