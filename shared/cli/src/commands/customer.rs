//! What a customer does, through the API: import, send, follow.

use std::path::Path;

use domain::ids::BookId;
use serde_json::{Map, Value, json};

use crate::{
    CliError,
    args::{Api, ImportArgs, SendArgs},
    client::{Client, IdempotencyKey, ImportSummary, SendAnswer},
    follow::{Pace, follow as watch},
    import::{Progress, upload},
    send::send_once,
    target,
    terminal::{Meter, Unit, note, print},
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
        note(format_args!("Going on after row {}.", began.rows));
    }
    let mut meter = Meter::new(began.file_bytes(), Unit::Bytes);
    let mut bad_rows = Vec::new();
    let piece_bytes = args.piece_kb as usize * 1_000;
    let done = upload(&client, book, &args.file, piece_bytes, |rows_before, summary, progress| {
        note_bad_rows(&mut bad_rows, rows_before, summary);
        meter.show(progress.bytes, &format!("{} rows", progress.rows));
    })
    .await?;
    meter.finish(done.bytes, &format!("{} rows", done.rows));
    print(format_args!(
        "{} rows: {} added, {} updated, {} are none.",
        done.rows, done.added, done.updated, done.invalid
    ))?;
    Ok(bad_rows.iter().try_for_each(|bad| print(format_args!("  {bad}")))?)
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
    let request = request(&args, &books);
    let sent = if args.dry_run {
        client.estimate(request).await?
    } else {
        send_named(&client, request, args.idempotency_key).await?
    };
    print(format_args!(
        "{} people, {} segment(s) each, {}",
        sent.recipients_count, sent.message_parts, sent.estimated_cost
    ))?;
    let Some(campaign) = sent.campaign_id else { return Ok(()) };
    print(format_args!("Campaign {campaign}"))?;
    if args.follow { show_through(&client, campaign).await } else { Ok(()) }
}

/// Sends under a key that the operator can repeat it with, should it end without an answer.
async fn send_named(
    client: &Client,
    request: Value,
    key: Option<IdempotencyKey>,
) -> Result<SendAnswer, CliError> {
    let key = key.unwrap_or_else(IdempotencyKey::draw);
    send_once(client, &request, &key).await.map_err(|source| match source.is_definite() {
        true => CliError::Client(source),
        false => CliError::NotSent { key, source },
    })
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
    if over.is_paused() {
        let reason = over.pause_reason.unwrap_or_else(|| "somebody paused it".to_owned());
        return Err(CliError::Paused { campaign, reason });
    }
    print(format_args!(
        "Campaign {campaign} {}: {} sent, {} failed, {} unconfirmed, {} cancelled; charged {}, refunded {}.",
        over.status,
        over.sent_count,
        over.failed_count,
        over.unconfirmed_count,
        over.cancelled_count,
        over.charged,
        over.refunded
    ))?;
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
