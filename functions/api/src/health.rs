//! `GET /v1/health/`: whether the tables and the queues answer, and whether functions could read their secrets.
//!
//! It needs no key, so an instance checks at most once in [`KEPT_FOR`] and repeats its answer meanwhile.

use axum::{Json, extract::State};
use domain::timestamp::Millis;
use serde_json::{Value, json};
use web::{ApiError, ErrorCode};

use crate::{api::Api, last_look::Health};

/// How long an answer is repeated.
const KEPT_FOR: Millis = Millis::from_secs(5);

pub async fn health(State(api): State<Api>) -> Result<Json<Value>, ApiError> {
    let Health { tables, queues, secrets } = current(&api).await;
    let word = |reachable: bool| if reachable { "ok" } else { "unreachable" };
    let (tables, queue) = (word(tables), word(queues));
    let secrets = if secrets { "ok" } else { "unreadable" };
    if (tables, queue, secrets) == ("ok", "ok", "ok") {
        return Ok(Json(json!({"status": "ok", "tables": tables, "queue": queue, "secrets": secrets})));
    }
    let error = ApiError::new(ErrorCode::Unavailable, "The service is not available right now.");
    let error = error.with("status", "unavailable").with("tables", tables);
    Err(error.with("queue", queue).with("secrets", secrets))
}

async fn current(api: &Api) -> Health {
    let mut last = api.last_look.0.lock().await;
    let now = api.backend.clock.now();
    if let Some((at, health)) = *last
        && now.since(at) < KEPT_FOR
    {
        return health;
    }
    let stores = &api.backend.stores;
    let (tables, queues, unreadable) =
        tokio::join!(stores.reachable(), api.queues.reachable(), stores.campaigns.has_unreadable_secret(now));
    let secrets = !matches!(unreadable, Ok(true));
    let health = Health { tables: tables.is_ok(), queues: queues.is_ok(), secrets };
    *last = Some((now, health));
    health
}
