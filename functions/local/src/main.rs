//! `cargo run`: the whole system on this machine, on one thread; the emulators have their own threads.

use std::process::ExitCode;

use clap::Parser;
use cli::terminal::note_error;
use local::{Cli, RunError};

/// Only the owner can read or write files that this process and its children create.
#[cfg(unix)]
const OWNER_ONLY: u16 = 0o077;

fn main() -> ExitCode {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_bits_truncate(OWNER_ONLY.into()));
    run()
}

#[tokio::main(flavor = "current_thread")]
async fn run() -> ExitCode {
    match Cli::parse().execute().await {
        // A reader that closes the pipe early, as `head` does, is not a failure.
        Ok(()) | Err(RunError::Closed(_)) => ExitCode::SUCCESS,
        Err(error) => {
            note_error(&error);
            ExitCode::FAILURE
        }
    }
}
