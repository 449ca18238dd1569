//! Planted personal values, and everything that is searched for them.

use std::{
    io,
    sync::{Arc, Mutex},
};

use lambda_emulator::Output;
use tracing_subscriber::fmt::MakeWriter;

/// Everything that was written, with the place of each text.
#[derive(Clone, Default)]
pub struct Written(Arc<Mutex<Vec<(String, String)>>>);

impl Written {
    pub fn add(&self, place: &str, text: impl Into<String>) {
        self.0.lock().unwrap().push((place.to_owned(), text.into()));
    }

    /// A sink for the functions' processes.
    pub fn output(&self) -> Output {
        let written = self.clone();
        Output::lines(move |function, line| written.add(&format!("log of {function}"), line))
    }

    /// Whether a text of this place contains this.
    pub fn holds(&self, place: &str, text: &str) -> bool {
        self.0.lock().unwrap().iter().any(|(at, line)| at == place && line.contains(text))
    }

    /// Every line that shows one of the canaries.
    pub fn leaks(&self, canaries: &[String]) -> Vec<String> {
        let lines = self.0.lock().unwrap();
        let leak = |(place, line): &(String, String)| {
            let seen: Vec<_> = canaries.iter().filter(|canary| line.contains(canary.as_str())).collect();
            let shown: String = line.chars().take(600).collect();
            (!seen.is_empty()).then(|| format!("{seen:?} in {place}: {shown}"))
        };
        lines.iter().filter_map(leak).collect()
    }
}

/// The log of this process, which is the host's.
impl<'a> MakeWriter<'a> for Written {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line { written: self.clone(), bytes: Vec::new() }
    }
}

/// A line of the host's log, stored when it ends.
pub struct Line {
    written: Written,
    bytes: Vec<u8>,
}

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.written.add("log of the host", String::from_utf8_lossy(&self.bytes));
    }
}
