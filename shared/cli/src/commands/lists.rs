//! `campaigns`, `messages`, `books`, `contacts`, `opt-outs` and `statement`: the lists of an organisation.

use std::path::Path;

use serde_json::Value;

use super::{
    listing::{List, cell, cells},
    send::{book, naming_books},
};
use crate::{
    CliError,
    args::{Api, CampaignsArgs, ContactsArgs, Extent, MessagesArgs, OptOutsArgs, StatementArgs, TypedPhone},
    output::{Format, Output},
    target,
};

/// Characters of a text that a list shows.
const TEXT_CHARACTERS: usize = 40;

pub(super) async fn campaigns(
    args: CampaignsArgs,
    api: &Api,
    data: &Path,
    format: Format,
) -> Result<Output, CliError> {
    let CampaignsArgs { status, search, from, to, extent } = args;
    let list = List {
        path: "/v1/sms/campaigns/".to_owned(),
        query: vec![("status", status), ("q", search), ("from", from), ("to", to)],
        names: &[("status", "--status"), ("q", "--search"), ("from", "--from"), ("to", "--to")],
        headings: &["CAMPAIGN", "STATUS", "CREATED", "RECIPIENTS", "DELIVERED", "COST", "BOOKS", "MESSAGE"],
        row: |campaign| {
            let fields = [
                "campaign_id",
                "status",
                "created_at",
                "recipients_count",
                "delivered_count",
                "estimated_cost",
            ];
            let mut row = cells(campaign, &fields);
            row.extend([shortened(&campaign["group_names"]), shortened(&campaign["message"])]);
            row
        },
    };
    list.show(&target::client(api, data).await?, extent, format).await
}

pub(super) async fn messages(
    args: MessagesArgs,
    api: &Api,
    data: &Path,
    format: Format,
) -> Result<Output, CliError> {
    let MessagesArgs { campaign, status, phone, extent } = args;
    let list = List {
        path: format!("/v1/sms/campaigns/{campaign}/messages/"),
        query: vec![("status", status), ("mobile", typed(phone))],
        names: &[("status", "--status"), ("mobile", "--phone")],
        headings: &["NUMBER", "STATUS", "SINCE", "COST", "ERROR"],
        row: |message| cells(message, &["mobile", "status", "updated_at", "cost", "error"]),
    };
    list.show(&target::client(api, data).await?, extent, format).await
}

pub(super) async fn books(
    extent: Extent,
    api: &Api,
    data: &Path,
    format: Format,
) -> Result<Output, CliError> {
    let list = List {
        path: "/v1/address-books/".to_owned(),
        query: Vec::new(),
        names: &[],
        headings: &["ID", "CONTACTS", "CHANGED", "NAME"],
        row: |book| cells(book, &["id", "contact_count", "updated_at", "name"]),
    };
    list.show(&target::client(api, data).await?, extent, format).await
}

pub(super) async fn contacts(
    args: ContactsArgs,
    api: &Api,
    data: &Path,
    format: Format,
) -> Result<Output, CliError> {
    let client = target::client(api, data).await?;
    let id = book(&client, &args.book).await?;
    let list = List {
        path: format!("/v1/address-books/{id}/contacts/"),
        query: vec![("phone", typed(args.phone))],
        names: &[("phone", "--phone")],
        headings: &["NUMBER", "FIRST NAME", "LAST NAME", "E-MAIL", "NOTES"],
        row: |contact| {
            let mut row = cells(contact, &["phone", "first_name", "last_name", "email"]);
            row.push(shortened(&contact["notes"]));
            row
        },
    };
    match list.show(&client, args.extent, format).await {
        Ok(output) => Ok(output),
        Err(error) => Err(naming_books(&client, error, &[args.book]).await),
    }
}

pub(super) async fn opt_outs(
    args: OptOutsArgs,
    api: &Api,
    data: &Path,
    format: Format,
) -> Result<Output, CliError> {
    let list = List {
        path: "/v1/opt-outs/".to_owned(),
        query: vec![("phone", typed(args.phone))],
        names: &[("phone", "--phone")],
        headings: &["NUMBER", "SINCE", "SOURCE", "SENDER ID"],
        row: |opt_out| cells(opt_out, &["phone", "created_at", "source", "sender_id"]),
    };
    list.show(&target::client(api, data).await?, args.extent, format).await
}

pub(super) async fn statement(
    args: StatementArgs,
    api: &Api,
    data: &Path,
    format: Format,
) -> Result<Output, CliError> {
    let list = List {
        path: "/v1/wallet/statement/".to_owned(),
        query: vec![("month", args.month)],
        names: &[("month", "--month")],
        headings: &["TIME", "KIND", "CAMPAIGN", "AMOUNT", "RESERVED", "CURRENCY", "REASON"],
        row: |line| {
            let fields = ["created_at", "kind", "campaign_id", "amount", "reserved", "currency", "reason"];
            cells(line, &fields)
        },
    };
    list.show(&target::client(api, data).await?, args.extent, format).await
}

fn typed(phone: Option<TypedPhone>) -> Option<String> {
    phone.map(|phone| phone.as_str().to_owned())
}

/// The beginning of a long text.
pub(super) fn shortened(value: &Value) -> String {
    let text = cell(value);
    match text.char_indices().nth(TEXT_CHARACTERS) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}
