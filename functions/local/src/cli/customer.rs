//! What a customer does, through the API: import, send, follow.

use std::path::Path;

use domain::ids::BookId;
use serde_json::{Map, Value, json};

use super::{
    CliError,
    args::{Api, ImportArgs, SendArgs},
    target,
};
use crate::{
    client::{Client, ImportSummary},
    follow::{Pace, follow as watch},
    import::{Progress, upload},
    terminal::{Meter, Unit},
};

/// Bad rows that are named; the others are counted.
const BAD_ROWS_SHOWN: usize = 10;

pub(super) async fn import(args: ImportArgs, api: &Api, data: &Path) -> Result<(), CliError> {
    let client = target::client(api, data)?;
    let book = match book(&client, &args.book).await {
        Err(CliError::Unknown { .. }) if args.create => client.create_book(&args.book, "").await?.id,
        found => found?,
    };
    let began = Progress::find(&args.file, book).map_err(CliError::system("reading the file"))?;
    if began.rows > 0 {
        eprintln!("Going on after row {}.", began.rows);
    }
    let mut meter = Meter::new(began.file_bytes(), Unit::Bytes);
    let mut bad_rows = Vec::new();
    let piece_bytes = args.piece_kb as usize * 1_000;
    let done = upload(&client, book, &args.file, piece_bytes, |rows_before, summary, progress| {
        note_bad_rows(&mut bad_rows, rows_before, summary);
        meter.show(progress.bytes, &format!("{} rows", progress.rows));
    })
    .await?;
    meter.finish(&format!("{} rows", done.rows));
    println!(
        "{} rows: {} added, {} updated, {} are none.",
        done.rows, done.added, done.updated, done.invalid
    );
    bad_rows.iter().for_each(|bad| println!("  {bad}"));
    Ok(())
}

/// Names rows by their place in the whole file, and not by what stands in them.
fn note_bad_rows(bad_rows: &mut Vec<String>, rows_before: u64, summary: &ImportSummary) {
    let room = BAD_ROWS_SHOWN.saturating_sub(bad_rows.len());
    let named = summary.invalid.iter().take(room);
    bad_rows.extend(named.map(|bad| format!("row {}: {}", rows_before + bad.row, bad.reason)));
}

pub(super) async fn send(args: SendArgs, api: &Api, data: &Path) -> Result<(), CliError> {
    let client = target::client(api, data)?;
    let mut books = Vec::new();
    for name in &args.books {
        books.push(book(&client, name).await?);
    }
    let sent = client.send(request(&args, &books)).await?;
    println!(
        "{} people, {} segment(s) each, {}",
        sent.recipients_count, sent.message_parts, sent.estimated_cost
    );
    let Some(campaign) = sent.campaign_id else { return Ok(()) };
    println!("Campaign {campaign}");
    if args.follow { show_through(&client, campaign).await } else { Ok(()) }
}

fn request(args: &SendArgs, books: &[BookId]) -> Value {
    let mut request = Map::from_iter([
        ("group_ids".to_owned(), json!(books)),
        ("message".to_owned(), json!(args.message)),
        ("dry_run".to_owned(), json!(args.dry_run)),
    ]);
    let optional = [("sender_id", &args.sender), ("scheduled_at", &args.at), ("max_cost", &args.max_cost)];
    for (field, value) in optional {
        request.extend(value.as_ref().map(|value| (field.to_owned(), json!(value))));
    }
    Value::Object(request)
}

pub(super) async fn follow(campaign: u64, api: &Api, data: &Path) -> Result<(), CliError> {
    show_through(&target::client(api, data)?, campaign).await
}

async fn show_through(client: &Client, campaign: u64) -> Result<(), CliError> {
    let over = watch(client, campaign, Pace::Patient).await?;
    println!(
        "Campaign {campaign} {}: {} sent, {} failed, {} unconfirmed, {} cancelled; charged {}, refunded {}.",
        over.status,
        over.sent_count,
        over.failed_count,
        over.unconfirmed_count,
        over.cancelled_count,
        over.charged,
        over.refunded
    );
    Ok(())
}

/// The book of that id, or the only one of that name.
async fn book(client: &Client, name: &str) -> Result<BookId, CliError> {
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    let books = client.address_books().await?;
    let mut named = books.iter().filter(|book| book.name == name).map(|book| book.id);
    match (named.next(), named.next()) {
        (Some(book), None) => Ok(book),
        (None, _) => Err(CliError::Unknown { kind: "address book", name: name.to_owned() }),
        (Some(_), Some(_)) => Err(CliError::Ambiguous(name.to_owned())),
    }
}
