//! `POST /v1/sms/send-group/`: accepts a send.
//!
//! ```text
//! parse ─► books, rosters, opt-outs ─► audience ─► quote ─► checks ─► write batches
//!       ─► ONE TRANSACTION: wallet, ledger, campaign, answer ─► enqueue ─► 202
//! ```
//! Before the transaction the send has no effect. After it the campaign will be sent, even if this process crashes: the
//! clock enqueues the batches that it could not.

pub mod again;
mod answer;
mod campaign;
mod commit;
mod duration;
mod price;
mod request;
mod resolve;
mod routed;
mod stopped;

use axum::{extract::State, response::Response};
use domain::{duplicate::Repetition, wallet::Wallet};
use http::StatusCode;
use web::{ApiError, Caller, Creating, idempotency};

use crate::api::Api;
pub use duration::Rates;
use price::Priced;
pub use request::{MAX_GROUPS, scheduled_at};
use request::{SendBody, SendGroup};

pub async fn send_group(
    State(api): State<Api>,
    Creating { caller, input: SendBody { dry_run, request }, once }: Creating<SendBody>,
) -> Result<Response, ApiError> {
    if dry_run {
        // Nothing is written, so an `Idempotency-Key` is neither claimed nor replayed.
        let repetition = repetition(once.key()?.as_ref());
        let (priced, wallet) = check(&api, &caller, request?, repetition).await?;
        let estimate = answer::estimate(&api, &caller, &priced, wallet).await?;
        return Ok(idempotency::respond(idempotency::answer(StatusCode::OK, &estimate)?));
    }
    // The stored answer comes before the body's errors: by now `scheduled_at` may be in the past.
    once.run_transaction(async |claim| {
        stopped::refuse_if_stopped(&api, &caller).await?;
        let (priced, _) = check(&api, &caller, request?, repetition(claim)).await?;
        commit::commit(&api, &caller, priced, claim).await
    })
    .await
}

/// A send with an `Idempotency-Key`, or with a claim on one, is never a repetition by mistake, because a mistaken
/// repetition would have the same key.
fn repetition<K>(key: Option<&K>) -> Repetition {
    key.map_or(Repetition::Mistake, |_| Repetition::Meant)
}

/// Resolves and prices a request, and checks it against every limit. Writes nothing.
async fn check(
    api: &Api,
    caller: &Caller,
    request: SendGroup,
    by_key: Repetition,
) -> Result<(Priced, Wallet), ApiError> {
    let now = api.backend.clock.now();
    let resolved = resolve::resolve(api, &caller.organisation, &request, now).await?;
    let quote = price::quote(&caller.organisation, &request, &resolved)?;
    let guard = price::guard(caller, &request, &resolved, by_key);
    let mut priced = Priced { request, resolved, quote, guard, again: None, now };
    let wallet = price::check(api, caller, &mut priced).await?;
    Ok((priced, wallet))
}
