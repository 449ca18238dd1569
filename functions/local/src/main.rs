//! `cargo run`: the command line, on one thread; the emulators bring theirs.

use std::{error::Error, process::ExitCode};

use clap::Parser;
use local::{
    cli::{Cli, CliError},
    terminal::note,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Cli::parse().execute().await {
        // A reader who has seen enough, as `head` does, is content.
        Ok(()) | Err(CliError::Closed(_)) => ExitCode::SUCCESS,
        Err(error) => {
            note(format_args!("error: {error}"));
            let mut source = error.source();
            while let Some(cause) = source {
                note(format_args!("  because: {cause}"));
                source = cause.source();
            }
            ExitCode::from(error.exit_code())
        }
    }
}
