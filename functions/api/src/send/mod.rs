//! `POST /v1/sms/send-group/`: the accept.
//!
//! ```text
//! parse ─► books, rosters, opt-outs ─► audience ─► quote ─► checks ─► write batches, unseen
//!       ─► ONE TRANSACTION: wallet, ledger, campaign, answer ─► enqueue ─► 202
//! ```
//! Before the transaction nothing has happened; after it, it will be sent, whatever becomes of this
//! process: what it could not enqueue the clock finds.

mod answer;
mod commit;
mod price;
mod request;
mod resolve;

use axum::{body::Body, extract::State, response::Response};
use bytes::Bytes;
use domain::{timestamp::Timestamp, wallet::Wallet};
use http::{HeaderMap, Method, StatusCode, Uri};
use stores::accounts::{
    api_keys::Scope,
    idempotency::{Answer, Claim},
};
use web::{
    ApiError, Caller, body,
    idempotency::{self, Once},
};

use crate::Api;
use commit::Checked;
use request::SendGroup;

/// The handler.
pub async fn send_group(
    State(api): State<Api>,
    caller: Caller,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    caller.require(Scope::Send)?;
    let body = body::read_json(&headers, body).await?;
    if request::is_dry_run(&body) {
        let has_key = idempotency::key_of(&headers)?.is_some();
        return estimate(&api, &caller, &body, has_key).await;
    }
    // Before the body is judged: a replay is answered as the first request was, though its
    // `scheduled_at` may lie in the past by now.
    match idempotency::begin(&api.edge, &caller, &method, uri.path(), &headers, &body).await? {
        Once::Replayed(response) => Ok(response),
        Once::Run(claim) => match send(&api, &caller, &body, claim.as_ref()).await {
            Ok(answer) => Ok(idempotency::respond(answer)),
            Err(error) => {
                idempotency::give_back(&api.edge, claim).await;
                Err(error)
            }
        },
    }
}

async fn send(api: &Api, caller: &Caller, body: &Bytes, claim: Option<&Claim>) -> Result<Answer, ApiError> {
    let now = api.edge.clock.now();
    let (checked, _) = check(api, caller, body, claim.is_some(), now).await?;
    commit::commit(api, caller, checked, claim, now).await
}

/// A dry run: it goes by no idempotency record and leaves none, since nothing is written.
async fn estimate(api: &Api, caller: &Caller, body: &Bytes, has_key: bool) -> Result<Response, ApiError> {
    let (checked, wallet) = check(api, caller, body, has_key, api.edge.clock.now()).await?;
    let Checked { request, resolved, quote, .. } = checked;
    let estimate = answer::estimate(api, caller, &request, &resolved, &quote, wallet);
    Ok(idempotency::respond(idempotency::answer(StatusCode::OK, &estimate)?))
}

/// Resolves and prices a request, and holds it against every limit. Writes nothing.
async fn check(
    api: &Api,
    caller: &Caller,
    body: &Bytes,
    has_key: bool,
    now: Timestamp,
) -> Result<(Checked, Wallet), ApiError> {
    let request = SendGroup::parse(body, &caller.organisation, now)?;
    let resolved = resolve::resolve(api, &caller.organisation, &request, now).await?;
    let quote = price::quote(&caller.organisation, &request, &resolved)?;
    let guard = price::guard(caller, &request, has_key);
    let wallet = price::check(api, caller, &quote, guard.as_ref(), now).await?;
    Ok((Checked { request, resolved, quote, guard }, wallet))
}
