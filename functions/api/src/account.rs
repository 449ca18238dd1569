//! The caller's organisation, its key, limits, prices and sender ids, and its balance.

use std::iter;

use axum::{Json, extract::State};
use domain::{
    api_key::{KeyMode, KeyRecord},
    audience::MAX_RECIPIENTS,
    organisation::Organisation,
    scope::Scope,
    sender_id::SenderId,
    tariff::Price,
    text::MAX_SEGMENTS,
    timestamp::{Millis, Timestamp},
};
use serde_json::{Value, json};
use web::{ApiError, Caller, Guarded};

use crate::{api::Api, send::MAX_GROUPS, shown};

/// `GET /v1/`
pub async fn root(Guarded { caller, input: () }: Guarded<()>) -> Json<Value> {
    let Organisation { id, name, slug, .. } = &*caller.organisation;
    Json(json!({
        "api": "Address Book SMS",
        "version": "v1",
        "organisation": {"id": id, "name": name, "slug": slug},
    }))
}

/// `GET /v1/account/`: the settings, prices and limits that a program needs before it sends.
pub async fn account(
    State(api): State<Api>,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<Json<Value>, ApiError> {
    let organisation = &*caller.organisation;
    let Organisation { id, name, slug, currency, home_country, offset, tariff, .. } = organisation;
    let price = |price: &Price| json!({"prefix": price.prefix, "price": shown::money(organisation, price.per_segment)});
    let prices: Vec<Value> = tariff.prices().iter().map(price).collect();
    Ok(Json(json!({
        "organisation": {
            "id": id, "name": name, "slug": slug, "currency": currency, "home_country": home_country,
            "offset": offset.to_string(), "not_mobile": organisation.not_mobile,
        },
        "key": key(&caller),
        "limits": limits(&api, &caller, api.backend.clock.now()).await?,
        "sender_ids": sender_lines(organisation),
        "prices": prices,
    })))
}

fn key(caller: &Caller) -> Value {
    let KeyRecord { id, name, mode, scopes, valid_until, .. } = caller.key();
    let scopes: Vec<&str> = scopes.iter().map(Scope::as_str).collect();
    let valid_until = valid_until.map(|at| shown::time(&caller.organisation, at));
    json!({"id": id, "name": name, "mode": mode, "scopes": scopes, "valid_until": valid_until})
}

/// The limits, and how much of the day's is used up: of money only for a key that may see money.
async fn limits(api: &Api, caller: &Caller, now: Timestamp) -> Result<Value, ApiError> {
    let organisation = &*caller.organisation;
    let (campaigns, day) = (&api.backend.stores.campaigns, now.day(organisation.offset));
    let cap = organisation.daily_spend_cap.filter(|_| caller.scopes().allow(Scope::Account));
    let (spent, tested) = match (cap, caller.mode()) {
        (Some(_), KeyMode::Live) => (Some(campaigns.spent_on(organisation.id, &day).await?), None),
        (_, KeyMode::Live) => (None, None),
        (_, KeyMode::Test) => (None, Some(campaigns.tested_on(organisation.id, &day).await?)),
    };
    Ok(json!({
        "requests_per_minute": organisation.rate_limit,
        "daily_spend_cap": cap.map(|cap| shown::money(organisation, cap)),
        "spent_today": spent.map(|spent| shown::money(organisation, spent)),
        "daily_test_recipients": organisation.daily_test_recipients,
        "tested_today": tested,
        "duplicate_window_seconds": organisation.duplicate_window.map(Millis::secs_rounded_up),
        "max_recipients": MAX_RECIPIENTS,
        "max_message_parts": MAX_SEGMENTS,
        "max_group_ids": MAX_GROUPS,
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

/// `GET /v1/bulk-sms/sender-ids/`: the default first.
pub async fn sender_ids(Guarded { caller, input: () }: Guarded<()>) -> Json<Value> {
    let results = sender_lines(&caller.organisation);
    Json(json!({"count": results.len(), "results": results}))
}

fn sender_lines(Organisation { default_sender, senders, .. }: &Organisation) -> Vec<Value> {
    let others = senders.iter().filter(|sender| *sender != default_sender);
    let line = |sender: &SenderId| json!({"sender_id": sender, "is_default": sender == default_sender});
    iter::once(default_sender).chain(others).map(line).collect()
}
