//! A command line, from its words to its exit code.

use std::ffi::OsString;

use clap::{Parser, error::ErrorKind};
use serde_json::json;

use crate::{
    Cli, CliError, Exit,
    output::{Format, error_document},
    terminal::{Closed, note, note_error, print},
};

/// Runs a command line, with the program's name first, and writes its answer.
pub async fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let answered = match Cli::try_parse_from(&arguments) {
        Ok(cli) => answer(cli).await,
        Err(stop) => explain(&stop, &arguments),
    };
    // A reader that closes the pipe early, as `head` does, is not a failure.
    answered.unwrap_or(Exit::Done)
}

async fn answer(cli: Cli) -> Result<Exit, Closed> {
    let format = cli.format();
    match cli.execute().await {
        Ok(output) => {
            format.write(&output)?;
            Ok(output.problem.map_or(Exit::Done, |problem| {
                note_error(&problem);
                problem.exit()
            }))
        }
        Err(CliError::Closed(closed)) => Err(closed),
        Err(error) => {
            // The exit code stays the error's, even if the document cannot be written.
            let _ = format.write_error(&error);
            Ok(error.exit())
        }
    }
}

/// Writes the help or the version, or the error of the command line.
fn explain(stop: &clap::Error, arguments: &[OsString]) -> Result<Exit, Closed> {
    let text = stop.render().to_string();
    // The command line could not be parsed, so the flag is searched among its words.
    let format = if arguments.iter().any(|word| word == "--json") { Format::Json } else { Format::Text };
    match (stop.use_stderr(), stop.kind(), format) {
        (false, ErrorKind::DisplayVersion, Format::Json) => {
            print(json!({"name": "sms", "version": env!("CARGO_PKG_VERSION")}))?;
        }
        (false, _, Format::Json) => print(json!({"help": text.trim_end()}))?,
        (false, _, Format::Text) => print(text.trim_end())?,
        (true, _, format) => {
            note(text.trim_end());
            let paragraph = text.split("\n\n").next().unwrap_or_default();
            let message = paragraph.strip_prefix("error: ").unwrap_or(paragraph);
            if format == Format::Json {
                print(error_document("usage", message, None))?;
            }
            return Ok(Exit::NotCarriedOut);
        }
    }
    Ok(Exit::Done)
}
