//! The answer of a command: text for a person, or one JSON document for a program.
//!
//! A document's fields are `snake_case` and have the API's names. All other output (notes, progress, the sentence of an
//! error) goes to standard error in both forms.

use std::{error::Error, fmt::Display, iter::successors};

use serde_json::{Value, json};

use crate::{
    CliError,
    terminal::{Closed, note_error, print},
};

/// The form of the answer on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

/// The answer of a command that was carried out. No `Debug`: it may hold a new key.
pub(crate) struct Output {
    text: String,
    document: Value,
    /// Why the command fails although it has an answer: findings of an audit, a paused campaign.
    pub(crate) problem: Option<CliError>,
}

impl Output {
    pub(crate) fn new(text: impl Display, document: Value) -> Self {
        Self { text: text.to_string(), document, problem: None }
    }

    pub(crate) fn with_problem(self, problem: Option<CliError>) -> Self {
        Self { problem, ..self }
    }
}

impl Format {
    /// Writes a part of the answer as soon as it is known. JSON has it in the document at the end.
    pub(crate) fn say(self, line: impl Display) -> Result<(), Closed> {
        match self {
            Self::Text => print(line),
            Self::Json => Ok(()),
        }
    }

    pub(crate) fn write(self, output: &Output) -> Result<(), Closed> {
        match self {
            Self::Text if output.text.is_empty() => Ok(()),
            Self::Text => print(&output.text),
            Self::Json => print(&output.document),
        }
    }

    /// Writes the error of a command that was not carried out.
    pub(crate) fn write_error(self, error: &CliError) -> Result<(), Closed> {
        note_error(error);
        match self {
            Self::Text => Ok(()),
            Self::Json => print(error_document(&error.code(), &error.to_string(), error.source())),
        }
    }
}

/// The document of a command that was not carried out.
pub(crate) fn error_document(code: &str, message: &str, cause: Option<&(dyn Error + 'static)>) -> Value {
    let causes =
        successors(cause, |cause| (*cause).source()).map(|cause| cause.to_string().trim_end().to_owned());
    let causes: Vec<String> = causes.collect();
    json!({"error": {"code": code, "message": message, "causes": causes}})
}
