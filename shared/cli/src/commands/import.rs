//! `import`: a CSV file into an address book.

use std::path::Path;

use domain::api_key::KeyMode;
use serde_json::json;

use super::send::book;
use crate::{
    CliError,
    args::{Api, ImportArgs},
    client::{ImportSummary, InvalidRow},
    import::{Progress, upload},
    output::Output,
    target,
    terminal::{Meter, Unit, note},
};

/// Invalid rows that are named; the others are counted.
const INVALID_ROWS_SHOWN: usize = 10;

pub(super) async fn import(args: ImportArgs, api: &Api, data: &Path) -> Result<Output, CliError> {
    let client = target::client(api, data)?;
    if client.mode() == KeyMode::Test {
        return Err(CliError::TestKeyImports);
    }
    let book = match book(&client, &args.book).await {
        Err(CliError::Unknown { .. }) if args.create => client.create_book(&args.book, "").await?.id,
        found => found?,
    };
    let began = Progress::find(&args.file, book).map_err(CliError::system("reading the file"))?;
    if began.rows > 0 {
        note(format_args!("Continuing after row {}.", began.rows));
    }
    let mut meter = Meter::new(began.file_bytes(), Unit::Bytes);
    let mut invalid = Vec::new();
    let piece_bytes = args.piece_kb as usize * 1_000;
    let done = upload(&client, book, &args.file, piece_bytes, |rows_before, summary, progress| {
        name_invalid_rows(&mut invalid, rows_before, summary);
        meter.show(progress.bytes, &format!("{} rows", progress.rows));
    })
    .await?;
    meter.finish(done.bytes, &format!("{} rows", done.rows));
    let Progress { rows, added, updated, invalid: invalid_count, .. } = done;
    let mut text = format!("{rows} rows: {added} added, {updated} updated, {invalid_count} invalid.");
    for InvalidRow { row, reason } in &invalid {
        text.push_str(&format!("\n  row {row}: {reason}"));
    }
    let document = json!({
        "address_book_id": book,
        "received": rows,
        "added": added,
        "updated": updated,
        "invalid_count": invalid_count,
        "invalid": invalid.iter().map(|bad| json!({"row": bad.row, "reason": bad.reason})).collect::<Vec<_>>(),
    });
    Ok(Output::new(text, document))
}

/// Names rows by their number in the whole file, and not by their content.
fn name_invalid_rows(invalid: &mut Vec<InvalidRow>, rows_before: u64, summary: &ImportSummary) {
    let room = INVALID_ROWS_SHOWN.saturating_sub(invalid.len());
    let named = summary.invalid.iter().take(room);
    invalid.extend(named.map(|bad| InvalidRow { row: rows_before + bad.row, reason: bad.reason.clone() }));
}
