//! `send`: a campaign to address books.

use std::path::Path;

use domain::ids::BookId;
use serde_json::{Map, Value, json};

use super::follow::{self, Followed};
use crate::{
    CliError,
    args::{Api, SendArgs},
    client::{Client, IdempotencyKey, SendAnswer},
    output::{Format, Output},
    send::send_once,
    target,
};

pub(super) async fn send(args: SendArgs, api: &Api, data: &Path, format: Format) -> Result<Output, CliError> {
    let client = target::client(api, data)?;
    let mut books = Vec::new();
    for name in &args.books {
        books.push(book(&client, name).await?);
    }
    let request = request(&args, &books);
    if args.dry_run {
        let estimate = client.estimate(request).await?;
        return Ok(Output::new(price(&estimate), json!(estimate)));
    }
    let key = args.idempotency_key.unwrap_or_else(IdempotencyKey::draw);
    let sent = send_under(&client, &request, &key).await?;
    let mut document = json!(sent);
    document["idempotency_key"] = key.as_str().into();
    let Some(campaign) = sent.campaign_id else { return Ok(Output::new(price(&sent), document)) };
    // Written now: the campaign exists, whatever becomes of the rest of the command.
    format.say(format_args!("{}\nCampaign {campaign}", price(&sent)))?;
    if !args.follow {
        return Ok(Output::new("", document));
    }
    let followed = follow::to_its_end(&client, campaign).await;
    let Followed { text, status, problem } =
        followed.map_err(|source| CliError::NotFollowed { campaign, source })?;
    document["campaign"] = json!(status);
    Ok(Output::new(text, document).with_problem(problem))
}

fn price(answer: &SendAnswer) -> String {
    let SendAnswer { recipients_count, message_parts, estimated_cost, .. } = answer;
    format!("{recipients_count} recipients, {message_parts} segment(s) each, {estimated_cost}")
}

/// Sends under a key that the send can be repeated with, if it ends without an answer.
async fn send_under(client: &Client, request: &Value, key: &IdempotencyKey) -> Result<SendAnswer, CliError> {
    send_once(client, request, key).await.map_err(|source| match source.is_definite() {
        true => CliError::Client(source),
        false => CliError::NotSent { key: key.clone(), source },
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

/// The book of that id, or the only one of that name.
pub(super) async fn book(client: &Client, name: &str) -> Result<BookId, CliError> {
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
