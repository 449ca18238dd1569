//! `send`: a campaign to address books.

use std::path::Path;

use domain::ids::BookId;
use serde_json::{Map, Value, json};

use super::{
    estimate::describe,
    follow::{self, Followed},
};
use crate::{
    CliError,
    args::{Api, SendArgs},
    client::{AddressBook, Client, ClientError, IdempotencyKey, SendAnswer},
    output::{Format, Output},
    send::send_once,
    target,
    terminal::{ask, note},
};

/// The flags of the API's fields.
const FLAGS: [(&str, &str); 6] = [
    ("group_ids", "--book"),
    ("message", "--message"),
    ("sender_id", "--sender"),
    ("scheduled_at", "--at"),
    ("max_cost", "--max-cost"),
    ("allow_placeholders", "--allow-placeholders"),
];

pub(super) async fn send(args: SendArgs, api: &Api, data: &Path, format: Format) -> Result<Output, CliError> {
    let client = target::client(api, data).await?;
    let mut books = Vec::new();
    for name in &args.books {
        books.push(book(&client, name).await?);
    }
    let request = request(&args, &books);
    let estimated = async || match estimate(&client, &request).await {
        Ok(estimate) => Ok(estimate),
        Err(error) => Err(naming_books(&client, error, &args.books).await),
    };
    if args.dry_run {
        let estimate = estimated().await?;
        return Ok(Output::new(describe(&estimate), json!(estimate)));
    }
    if !args.yes {
        confirm(&estimated().await?)?;
    }
    let key = args.idempotency_key.unwrap_or_else(IdempotencyKey::draw);
    let sent = match send_under(&client, &request, &key).await {
        Ok(sent) => sent,
        Err(error) => return Err(naming_books(&client, error, &args.books).await),
    };
    let mut document = json!(sent);
    document["idempotency_key"] = key.as_str().into();
    let Some(campaign) = sent.campaign_id else { return Ok(Output::new(describe(&sent), document)) };
    // Written now, because the campaign exists even if the rest of the command fails.
    format.say(format_args!("{}\nCampaign {campaign}", describe(&sent)))?;
    if !args.follow {
        return Ok(Output::new("", document));
    }
    let followed = follow::to_its_end(&client, campaign).await;
    let Followed { text, status, problem } =
        followed.map_err(|source| CliError::NotFollowed { campaign, source })?;
    document["campaign"] = json!(status);
    Ok(Output::new(text, document).with_problem(problem))
}

/// The estimate of the send, by the API's dry run.
async fn estimate(client: &Client, request: &Value) -> Result<SendAnswer, CliError> {
    let mut request = request.clone();
    request["dry_run"] = true.into();
    client.estimate(request).await.map_err(named_as_typed)
}

/// Shows the estimate and asks whether to send. Without a terminal nothing is sent: a script needs `--yes`.
fn confirm(estimate: &SendAnswer) -> Result<(), CliError> {
    note(describe(estimate));
    match ask("Send it?") {
        Some(true) => Ok(()),
        Some(false) => Err(CliError::Declined),
        None => Err(CliError::NoTerminal),
    }
}

fn named_as_typed(error: ClientError) -> CliError {
    error.with_fields_named(&FLAGS).into()
}

/// Sends under a key that the send can be repeated with, if it ends without an answer.
async fn send_under(client: &Client, request: &Value, key: &IdempotencyKey) -> Result<SendAnswer, CliError> {
    send_once(client, request, key).await.map_err(|source| match source.is_definite() {
        true => named_as_typed(source),
        false => CliError::NotSent { key: key.clone(), source },
    })
}

fn request(args: &SendArgs, books: &[BookId]) -> Value {
    let mut request =
        Map::from_iter([("group_ids".to_owned(), json!(books)), ("message".to_owned(), json!(args.message))]);
    let optional = [("sender_id", &args.sender), ("scheduled_at", &args.at), ("max_cost", &args.max_cost)];
    for (field, value) in optional {
        request.extend(value.as_ref().map(|value| (field.to_owned(), json!(value))));
    }
    if args.allow_placeholders {
        request.insert("allow_placeholders".to_owned(), true.into());
    }
    Value::Object(request)
}

/// Finds a book by its id, or by its name if only one book has this name.
pub(super) async fn book(client: &Client, name: &str) -> Result<BookId, CliError> {
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    let books = client.address_books().await?;
    let mut named = books.iter().filter(|book| book.name == name).map(|book| book.id);
    match (named.next(), named.next()) {
        (Some(book), None) => Ok(book),
        (None, _) => Err(unknown_book(name, books)),
        (Some(_), Some(_)) => Err(CliError::Ambiguous(name.to_owned())),
    }
}

fn unknown_book(name: &str, books: Vec<AddressBook>) -> CliError {
    let books = books.into_iter().map(|book| book.name).collect();
    CliError::UnknownBook { name: name.to_owned(), hint: None, books }
}

/// The error of a request that names books by their ids, with the names if the API knows none of the ids.
pub(super) async fn naming_books(client: &Client, error: CliError, typed: &[String]) -> CliError {
    let ids: Vec<&str> =
        typed.iter().map(String::as_str).filter(|name| name.parse::<BookId>().is_ok()).collect();
    if error.code() != "address_book_not_found" || ids.is_empty() {
        return error;
    }
    let name = ids.join(", ");
    match client.address_books().await {
        Ok(books) => unknown_book(&name, books),
        Err(_) => CliError::Unknown { kind: "address book", name },
    }
}
