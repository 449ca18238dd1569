//! `sms`: the command line.

use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, CliError, terminal::note_error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Cli::parse().execute().await {
        // A reader that has seen enough, as `head` does, is no failure.
        Ok(()) | Err(CliError::Closed(_)) => ExitCode::SUCCESS,
        Err(error) => {
            note_error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
