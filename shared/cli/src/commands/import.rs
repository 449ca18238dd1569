//! `import`: a file of contacts into an address book.

use std::{
    fs,
    path::{Path, PathBuf},
};

use contact_files::{ColumnChoice, Field, Options};
use domain::{api_key::KeyMode, ids::BookId};
use serde_json::{Value, json};

use super::{
    import_report as report,
    send::{book, naming_books},
};
use crate::{
    CliError,
    args::{Api, ImportArgs},
    client::Client,
    import::{ContactFile, Event, Existing, Import, ImportError, Reading, Totals, upload},
    output::{Format, Output},
    target,
    terminal::{Meter, Unit, note},
};

pub(super) async fn import(
    args: ImportArgs,
    api: &Api,
    data: &Path,
    format: Format,
) -> Result<Output, CliError> {
    let client = target::client(api, data).await?;
    if client.mode() == KeyMode::Test {
        return Err(CliError::TestKeyImports);
    }
    if args.refused.as_deref().is_some_and(|refused| is_same_file(refused, &args.file)) {
        return Err(CliError::RefusedIsTheFile);
    }
    // The whole file is checked before a book is created or a row is sent.
    let file = ContactFile::read(&args.file, reading(&args))?;
    format.say(report::reading(&file))?;
    let book = find_or_create(&client, &args).await?;
    let totals = match send(&client, book, &file, &args).await {
        Ok(totals) => totals,
        Err(error) => return Err(naming_books(&client, error, std::slice::from_ref(&args.book)).await),
    };
    let refused = args.refused.filter(|_| totals.invalid > 0);
    let document = document(book, &file, &totals, refused.as_ref());
    let problem = totals
        .is_mostly_invalid()
        .then(|| CliError::MostlyInvalid { taken: totals.rows - totals.invalid, rows: totals.rows });
    Ok(Output::new(report::totals(&totals, refused.as_deref()), document).with_problem(problem))
}

fn reading(args: &ImportArgs) -> Reading {
    let mut choice = ColumnChoice::default();
    for entry in &args.columns {
        // The argument parser has accepted it with the same function.
        let _ = choice.add(entry, '=');
    }
    Reading {
        options: Options { choice, allow_no_phone: args.allow_no_phone },
        sheet: args.sheet.clone(),
        country: args.country.clone(),
    }
}

async fn find_or_create(client: &Client, args: &ImportArgs) -> Result<BookId, CliError> {
    match book(client, &args.book).await {
        Err(CliError::UnknownBook { name, books, .. }) if !args.create => {
            Err(CliError::UnknownBook { name, hint: Some("add --create to create it"), books })
        }
        Err(CliError::UnknownBook { .. }) => {
            // The book is new, so no earlier import into it can have written this file.
            if let Some(refused) = args.refused.as_ref().filter(|path| !args.overwrite && path.exists()) {
                return Err(ImportError::RefusedExists(refused.clone()).into());
            }
            let created = client.create_book(&args.book, "").await;
            Ok(created.map_err(|error| error.with_fields_named(&[("name", "<BOOK>")]))?.id)
        }
        found => found,
    }
}

async fn send(
    client: &Client,
    book: BookId,
    file: &ContactFile,
    args: &ImportArgs,
) -> Result<Totals, CliError> {
    let import = Import {
        client,
        book,
        file,
        path: &args.file,
        piece_bytes: args.piece_kb as usize * 1_000,
        refused: args.refused.as_deref(),
        existing: if args.overwrite { Existing::Replace } else { Existing::Keep },
    };
    let mut meter: Option<Meter> = None;
    let on_event = |event: Event<'_>| match (event, &mut meter) {
        (Event::Done(totals), Some(meter)) => meter.show(totals.rows, &report::bad_count(totals)),
        (Event::Done(totals), None) => {
            if totals.rows > 0 {
                note(format_args!("Continuing after row {}.", totals.rows));
            }
            meter = Some(Meter::new(file.rows, Unit::Rows));
        }
        (Event::Waits(error, wait), Some(meter)) => meter.wait(wait, error),
        (Event::Waits(..), None) => {}
    };
    let interrupted = async {
        // Without a signal handler Ctrl-C ends the process; the progress is saved in either case.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    };
    let totals = upload(import, on_event, interrupted).await?;
    if let Some(meter) = meter {
        meter.finish(totals.rows, &report::bad_count(&totals));
    }
    Ok(totals)
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

fn document(book: BookId, file: &ContactFile, totals: &Totals, refused: Option<&PathBuf>) -> Value {
    let taken = Field::ALL.map(|field| (field.name().to_owned(), json!(file.taken_for(field))));
    let sheet = file.sheet.as_ref();
    json!({
        "address_book_id": book,
        "received": totals.rows,
        "added": totals.added,
        "updated": totals.updated,
        "unchanged": totals.unchanged,
        "duplicates": totals.duplicates,
        "invalid_count": totals.invalid,
        "invalid": totals.bad_rows,
        "notes_cut": totals.notes_cut,
        "not_mobile": totals.not_mobile,
        "columns": Value::Object(taken.into_iter().collect()),
        "ignored_columns": file.ignored(),
        "header_line": file.header_line,
        "encoding": file.encoding,
        "sheet": sheet.map(|(name, _)| name),
        "ignored_sheets": sheet.map(|(_, others)| others),
        "refused_file": refused,
        "repeated_requests": totals.repeated_requests,
    })
}
