//! The refusal of new sends while an operator has stopped accepting them.

use domain::stop::Activity;
use web::{ApiError, Backend, Caller, ErrorCode};

use crate::api::Api;

/// `Retry-After` of the refusal. Only a person ends a stop, so frequent retries would not help.
const RETRY_AFTER_SECONDS: u32 = 60;

/// 503 if accepting is stopped for all organisations or for the caller's.
pub async fn refuse_if_stopped(api: &Api, caller: &Caller) -> Result<(), ApiError> {
    let Backend { stores, clock } = &api.backend;
    let stops = stores.accounts.stops.current(clock).await?;
    match stops.find(caller.organisation.id, Activity::Accepting) {
        None => Ok(()),
        Some(_) => Err(ApiError::new(
            ErrorCode::SendingStopped,
            "The operator has stopped new sends for now. Nothing was accepted or charged; send again later.",
        )
        .retry_after(RETRY_AFTER_SECONDS)),
    }
}
