//! `cargo run`: the whole system on this machine, on one thread; the emulators bring theirs.

use std::process::ExitCode;

use clap::Parser;
use cli::terminal::note_error;
use local::{Cli, RunError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Cli::parse().execute().await {
        // A reader that has seen enough, as `head` does, is no failure.
        Ok(()) | Err(RunError::Closed(_)) => ExitCode::SUCCESS,
        Err(error) => {
            note_error(&error);
            ExitCode::FAILURE
        }
    }
}
