//! `send`: a campaign to address books.

use std::path::Path;

use domain::ids::BookId;
use http::StatusCode;
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

/// The flags that the API's fields come from.
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
    if args.dry_run {
        let estimate = estimate(&client, &request).await?;
        return Ok(Output::new(describe(&estimate), json!(estimate)));
    }
    if !args.yes {
        confirm(&estimate(&client, &request).await?)?;
    }
    let key = args.idempotency_key.unwrap_or_else(IdempotencyKey::draw);
    let sent = send_under(&client, &request, &key).await?;
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

/// Shows the estimate and asks whether to send. Without a terminal nothing is sent: a script says `--yes`.
fn confirm(estimate: &SendAnswer) -> Result<(), CliError> {
    note(describe(estimate));
    match ask("Send it?") {
        Some(true) => Ok(()),
        Some(false) => Err(CliError::Declined),
        None => Err(CliError::NobodyToAsk),
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

/// The book of that id, or the only one of that name.
pub(super) async fn book(client: &Client, name: &str) -> Result<BookId, CliError> {
    let id: Option<BookId> = name.parse().ok();
    let books = match (client.address_books().await, id) {
        (Ok(books), _) => books,
        // A key that may send need not be one that may read books.
        (Err(ClientError::Refused(refusal)), Some(id)) if refusal.status == StatusCode::FORBIDDEN => {
            return Ok(id);
        }
        (Err(error), _) => return Err(error.into()),
    };
    let is_meant = |book: &&AddressBook| id.map_or(book.name == name, |id| book.id == id);
    let mut meant = books.iter().filter(is_meant).map(|book| book.id);
    match (meant.next(), meant.next()) {
        (Some(book), None) => Ok(book),
        (None, _) => {
            let books = books.iter().map(|book| book.name.clone()).collect();
            Err(CliError::UnknownBook { name: name.to_owned(), hint: None, books })
        }
        (Some(_), Some(_)) => Err(CliError::Ambiguous(name.to_owned())),
    }
}
