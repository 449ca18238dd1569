//! Following and steering campaigns.

mod control;
mod export;
mod list;
mod messages;
mod page;
mod row;
mod status;

use axum::{
    Router,
    extract::{FromRequestParts, Path},
    routing::{get, post},
};
use domain::ids::CampaignId;
use http::request::Parts;
use web::{
    ApiError,
    fields::{self, Fields},
};

use crate::Api;

/// Paths under `/v1/sms/campaigns`. The two fixed words are no campaign numbers, so they cannot clash.
pub fn routes() -> Router<Api> {
    Router::new()
        .route("/v1/sms/campaigns", get(list::campaigns))
        .route("/v1/sms/campaigns/status", post(status::by_body))
        .route("/v1/sms/campaigns/messages", post(messages::by_body))
        .route("/v1/sms/campaigns/{campaign}", get(status::by_path))
        .route("/v1/sms/campaigns/{campaign}/messages", get(messages::by_path))
        .route("/v1/sms/campaigns/{campaign}/cancel", post(control::cancel))
        .route("/v1/sms/campaigns/{campaign}/pause", post(control::pause))
        .route("/v1/sms/campaigns/{campaign}/resume", post(control::resume))
}

/// The campaign that a path names. Whatever cannot be a number, or no text at all, is a campaign that does
/// not exist.
pub struct NamedCampaign(CampaignId);

impl<S: Send + Sync> FromRequestParts<S> for NamedCampaign {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let segment = Path::<String>::from_request_parts(parts, state).await;
        segment.ok().and_then(|Path(text)| number(&text)).map(Self).ok_or_else(unknown)
    }
}

fn number(text: &str) -> Option<CampaignId> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits).and_then(CampaignId::new)
}

/// The `campaign_id` among the fields of a body, and whatever else `read` takes of them.
fn in_body<T>(mut fields: Fields, read: impl FnOnce(&mut Fields) -> T) -> Result<(CampaignId, T), ApiError> {
    let number = fields.required("campaign_id", fields::positive_integer);
    let rest = read(&mut fields);
    fields.finish()?;
    Ok((number.and_then(CampaignId::new).ok_or_else(unknown)?, rest))
}

/// 404
fn unknown() -> ApiError {
    ApiError::not_found("campaign_not_found", "There is no campaign with this number.")
}
