//! The caller's organisation, its sender ids, balance and ledger.

use std::iter;

use axum::{Json, extract::State};
use domain::{organisation::Organisation, sender_id::SenderId};
use serde::Serialize;
use serde_json::{Value, json};
use stores::accounts::wallets::LedgerLine;
use web::{ApiError, Guarded, cursor::ListPaging, paging::Envelope};

use crate::{api::Api, shown};

/// `GET /v1/`
pub async fn root(Guarded { caller, input: () }: Guarded<()>) -> Json<Value> {
    let Organisation { id, name, slug, .. } = &*caller.organisation;
    Json(json!({
        "api": "Address Book SMS",
        "version": "v1",
        "organisation": {"id": id, "name": name, "slug": slug},
    }))
}

/// `GET /v1/balance/`
pub async fn balance(
    State(api): State<Api>,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<Json<Value>, ApiError> {
    let organisation = &caller.organisation;
    let wallet = api.backend.stores.accounts.wallets.get(organisation.id).await?;
    Ok(Json(json!({
        "organisation": organisation.name,
        "balance": shown::decimal(organisation, wallet.balance()),
        "reserved": shown::decimal(organisation, wallet.reserved),
        "available": shown::decimal(organisation, wallet.available),
        "currency": organisation.currency,
        "retrieved_at": shown::time(organisation, api.backend.clock.now()),
    })))
}

/// A line of the ledger.
#[derive(Serialize)]
pub struct EntryView {
    id: String,
    kind: &'static str,
    amount: String,
    currency: String,
    campaign_id: Option<u64>,
    reason: Option<String>,
    created_at: String,
}

/// `GET /v1/wallet/entries/`
pub async fn entries(
    State(api): State<Api>,
    Guarded { caller, input: paging }: Guarded<ListPaging>,
) -> Result<Json<Envelope<EntryView>>, ApiError> {
    let organisation = &caller.organisation;
    let page = paging.of(&format!("ledger {}", organisation.id))?;
    let wallets = &api.backend.stores.accounts.wallets;
    let found = wallets.ledger(organisation.id, page.request.clone()).await?;
    Ok(Json(page.envelope(found.map(|line| entry(organisation, line)))))
}

fn entry(organisation: &Organisation, line: LedgerLine) -> EntryView {
    EntryView {
        kind: line.kind.as_str(),
        amount: shown::decimal(organisation, line.amount),
        currency: organisation.currency.to_string(),
        campaign_id: line.campaign.map(|campaign| campaign.get()),
        reason: line.reason,
        created_at: shown::time(organisation, line.posted_at),
        id: line.id,
    }
}

/// `GET /v1/bulk-sms/sender-ids/`: the default first.
pub async fn sender_ids(Guarded { caller, input: () }: Guarded<()>) -> Json<Value> {
    let Organisation { default_sender, senders, .. } = &*caller.organisation;
    let others = senders.iter().filter(|sender| *sender != default_sender);
    let line = |sender: &SenderId| json!({"sender_id": sender, "is_default": sender == default_sender});
    let results: Vec<Value> = iter::once(default_sender).chain(others).map(line).collect();
    Json(json!({"count": results.len(), "results": results}))
}
