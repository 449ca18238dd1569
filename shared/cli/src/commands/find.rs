//! `find`: the messages, the contacts and the opt-out of a number.

use std::path::Path;

use serde_json::{Value, json};

use super::{
    listing::{aligned, cell, cells, with_query},
    lists::shortened,
};
use crate::{
    CliError,
    args::{Api, TypedPhone},
    client::Client,
    output::Output,
    target,
    terminal::note,
};

/// The API's names of the number.
const NAMES: [(&str, &str); 2] = [("mobile", "<PHONE>"), ("phone", "<PHONE>")];

pub(super) async fn find(phone: &TypedPhone, api: &Api, data: &Path) -> Result<Output, CliError> {
    let client = target::client(api, data).await?;
    let messages = read(&client, "/v1/sms/messages/", &[("mobile", phone.as_str())]).await?;
    let everything = [("phone", phone.as_str()), ("page_size", "500")];
    let contacts = read(&client, "/v1/contacts/", &everything).await?;
    let opt_outs = read(&client, "/v1/opt-outs/", &everything).await?;
    if let Some(since) = messages["searched_from"].as_str() {
        note(format_args!("Messages of older campaigns than those since {since} are not searched."));
    }
    let text = describe(&messages, &contacts, &opt_outs);
    if text.is_empty() {
        note("There is no message, contact or opt-out of this number.");
    }
    let list = |page: &Value| json!({"total": page["total"], "results": page["results"]});
    let document = json!({"messages": messages, "contacts": list(&contacts), "opt_outs": list(&opt_outs)});
    Ok(Output::new(text, document))
}

async fn read(client: &Client, path: &str, query: &[(&str, &str)]) -> Result<Value, CliError> {
    let answer = client.get(&with_query(path, query.iter().copied())).await;
    answer.map_err(|error| error.with_fields_named(&NAMES).into())
}

/// A line for each opt-out, contact and message; the first column says which of them it is.
fn describe(messages: &Value, contacts: &Value, opt_outs: &Value) -> String {
    let results = |page: &'_ Value| page["results"].as_array().cloned().unwrap_or_default();
    let named = |kind: &str, cells: Vec<String>| [vec![kind.to_owned()], cells].concat();
    let opt_outs = results(opt_outs)
        .into_iter()
        .map(|one| named("opt-out", cells(&one, &["phone", "created_at", "source"])));
    let contacts = results(contacts).into_iter().map(|one| {
        let book = format!("in {}", cell(&one["address_book"]["name"]));
        named("contact", [cells(&one, &["phone", "first_name", "last_name"]), vec![book]].concat())
    });
    let messages = results(messages).into_iter().map(|one| {
        let campaign = format!("of campaign {}", cell(&one["campaign_id"]));
        let cells = cells(&one, &["mobile", "status", "updated_at", "error"]);
        named("message", [cells, vec![campaign, shortened(&one["message"])]].concat())
    });
    let kinds = [opt_outs.collect::<Vec<_>>(), contacts.collect(), messages.collect()];
    kinds.iter().filter(|rows| !rows.is_empty()).map(|rows| aligned(rows)).collect::<Vec<_>>().join("\n")
}
