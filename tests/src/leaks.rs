//! Searches the log of this process for phone numbers, texts and keys, which no log may have.
//!
//! Every world of a test starts it, so that each line of each end-to-end test is searched.

use std::{
    io::{self, Write},
    sync::{
        Mutex, Once, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use platform::telemetry::{self, LogLevel};

/// Beginnings of the tests' numbers, with and without their country code, the text that worlds send, and beginnings of
/// keys.
const CANARIES: [&str; 6] = ["2547115", "254722", "07115", "Your invoice is ready", "tk_live_", "tk_test_"];

static BEGUN: Once = Once::new();
static LINES: AtomicUsize = AtomicUsize::new(0);
static FOUND: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Fails the test at its end if a line of this process has one of these.
#[derive(Clone)]
pub struct Watch;

impl Watch {
    /// Searches the lines of every level from now on.
    pub fn begin() -> Self {
        BEGUN.call_once(|| {
            let level: LogLevel = "trace".parse().expect("a level");
            let subscriber = telemetry::subscriber(level.filter(), || Lines);
            // No effect if the process has another subscriber.
            let _ = tracing::subscriber::set_global_default(subscriber);
        });
        Self
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(thread::panicking() || found.is_empty(), "logged: {found:#?}");
    }
}

/// How many lines were searched.
pub fn lines_seen() -> usize {
    LINES.load(Ordering::Relaxed)
}

struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.fetch_add(1, Ordering::Relaxed);
        let line = String::from_utf8_lossy(bytes);
        if is_leak(&line) {
            FOUND.lock().unwrap_or_else(PoisonError::into_inner).push(line.into_owned());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_leak(line: &str) -> bool {
    CANARIES.iter().any(|canary| line.contains(canary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_texts_and_keys_are_found_in_a_line_and_other_lines_pass() {
        for line in ["to +254711500001", "to 0711500001", "Hi! Your invoice is ready.", "Bearer tk_test_1"] {
            assert!(is_leak(line), "{line}");
        }
        assert!(!is_leak(r#"{"level":"WARN","message":"a batch was left","campaign.id":84}"#));
    }
}
