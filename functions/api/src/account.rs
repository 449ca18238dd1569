//! Who the caller is and what it has: `GET /v1/`, balance, ledger, health.

use axum::{Json, extract::State};
use domain::{money::Money, organisation::Organisation, timestamp::Timestamp};
use http::{StatusCode, Uri};
use serde::Serialize;
use serde_json::{Value, json};
use stores::{
    Page,
    accounts::{api_keys::Scope, wallets::LedgerLine},
};
use web::{
    ApiError, Caller,
    paging::{Envelope, Query},
};

use crate::Api;

/// `GET /v1/`
pub async fn root(caller: Caller) -> Json<Value> {
    let Organisation { id, name, slug, .. } = &*caller.organisation;
    Json(json!({
        "api": "Address Book SMS",
        "version": "v1",
        "organisation": {"id": id, "name": name, "slug": slug},
    }))
}

/// `GET /v1/balance/`
pub async fn balance(State(api): State<Api>, caller: Caller) -> Result<Json<Value>, ApiError> {
    caller.require(Scope::Account)?;
    let organisation = &caller.organisation;
    let wallet = api.edge.stores.accounts.wallets.get(organisation.id).await?;
    Ok(Json(json!({
        "organisation": organisation.name,
        "balance": wallet.balance().to_string(),
        "reserved": wallet.reserved.to_string(),
        "available": wallet.available.to_string(),
        "currency": organisation.currency,
        "retrieved_at": api.edge.clock.now().rfc3339(organisation.offset),
    })))
}

/// A line of the ledger as it goes out.
#[derive(Serialize)]
pub struct EntryAnswer {
    id: String,
    kind: &'static str,
    amount: String,
    currency: String,
    campaign_id: Option<u64>,
    created_at: String,
}

/// `GET /v1/wallet/entries/`
pub async fn entries(
    State(api): State<Api>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Envelope<EntryAnswer>>, ApiError> {
    caller.require(Scope::Account)?;
    let mut query = Query::of(&uri);
    let page = query.page();
    query.finish()?;
    let ledger = api.edge.stores.accounts.wallets.ledger(caller.organisation.id, page).await?;
    let results = ledger.results.into_iter().map(|line| entry(&caller.organisation, line)).collect();
    Ok(Json(Envelope::new(&uri, page, Page { total: ledger.total, results })))
}

fn entry(organisation: &Organisation, line: LedgerLine) -> EntryAnswer {
    EntryAnswer {
        kind: line.kind.as_str(),
        amount: line.amount.to_string(),
        currency: organisation.currency.to_string(),
        campaign_id: line.campaign.map(|campaign| campaign.get()),
        created_at: line.posted_at.rfc3339(organisation.offset),
        id: line.id,
    }
}

/// `GET /v1/health/`: whether the tables and the queues answer.
pub async fn health(State(api): State<Api>) -> Result<Json<Value>, ApiError> {
    let (tables, queues) = tokio::join!(api.edge.stores.reachable(), api.queues.reachable());
    let word = |reachable: bool| if reachable { "ok" } else { "unreachable" };
    let (tables, queues) = (word(tables.is_ok()), word(queues.is_ok()));
    if (tables, queues) == ("ok", "ok") {
        return Ok(Json(json!({"status": "ok", "tables": tables, "queue": queues})));
    }
    let detail = "The service is not available right now.";
    let error = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail);
    Err(error.with("status", "unavailable").with("tables", tables).with("queue", queues))
}

/// A cost as it is shown: currency, space, decimals.
pub fn shown(organisation: &Organisation, amount: Money) -> String {
    organisation.currency.show(amount)
}

/// A time as it is shown: RFC 3339 at the organisation's offset.
pub fn time(organisation: &Organisation, at: Timestamp) -> String {
    at.rfc3339(organisation.offset)
}
