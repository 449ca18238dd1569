//! `GET /v1/sms/messages/{message}/`: one message and its history.

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
};
use domain::{ids::Slot, keys::MessageKey, organisation::Organisation};
use http::request::Parts;
use platform::telemetry;
use serde::Serialize;
use stores::campaigns::{BatchRecord, CampaignHeader, CampaignText};
use uuid::{Uuid, fmt::Hyphenated};
use web::{ApiError, ErrorCode, Guarded};

use super::row::{MessageRow, row};
use crate::{api::Api, shown};

/// The message of a path. A segment that is not an id is answered as the id of an unknown message.
pub struct MessagePath(Uuid);

impl<S: Send + Sync> FromRequestParts<S> for MessagePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let segment = Path::<String>::from_request_parts(parts, state).await;
        let id = segment.ok().and_then(|Path(text)| text.parse::<Hyphenated>().ok());
        Ok(Self(id.ok_or_else(unknown)?.into_uuid()))
    }
}

/// A message with its history.
#[derive(Serialize)]
pub struct MessageView {
    #[serde(flatten)]
    row: MessageRow,
    campaign_id: u64,
    test: bool,
    message: String,
    accepted_at: String,
    /// When the provider was last asked to take it; `None` if it never was.
    handed_over_at: Option<String>,
    /// When its hand-over ended: with the provider's answer, after the wait for one, or with the decision not to hand
    /// it over.
    answered_at: Option<String>,
    /// When its last report was written, or a later report of its batch.
    reported_at: Option<String>,
    /// How often the provider has put it off.
    times_put_off: u8,
}

pub async fn message(
    State(api): State<Api>,
    MessagePath(id): MessagePath,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<Json<MessageView>, ApiError> {
    let organisation = &*caller.organisation;
    let MessageKey { batch, slot } = MessageKey::of_uuid(id, organisation.id).ok_or_else(unknown)?;
    telemetry::of_campaign(batch.campaign.number());
    let (campaigns, now) = (&api.backend.stores.campaigns, api.backend.clock.now());
    let read = campaigns.with_text(batch.campaign).await?;
    let kept = read.filter(|(header, _)| header.mode == caller.mode() && now < header.kept_until);
    let Some((header, Some(text))) = kept else { return Err(unknown()) };
    let record = campaigns.batch(batch).await?.ok_or_else(unknown)?;
    let view = view(organisation, &header, &text, &record, slot);
    Ok(Json(view.ok_or_else(unknown)?))
}

/// A message of a batch; `None` if the batch has no such slot.
pub fn view(
    organisation: &Organisation,
    header: &CampaignHeader,
    text: &CampaignText,
    record: &BatchRecord,
    slot: Slot,
) -> Option<MessageView> {
    let state = record.progress.slots().get(usize::from(slot))?;
    let time = |at| shown::time(organisation, at);
    Some(MessageView {
        row: row(organisation, header, text, record, slot)?,
        campaign_id: header.key.number(),
        test: header.mode == domain::api_key::KeyMode::Test,
        message: text.message.as_str().to_owned(),
        accepted_at: time(header.created_at),
        handed_over_at: state.handed_over_at.map(time),
        answered_at: state.since.map(time),
        reported_at: record.sheet.get(slot).and(record.head.reports_at).map(time),
        times_put_off: state.times_put_off,
    })
}

/// 404 `message_not_found`.
fn unknown() -> ApiError {
    ApiError::new(ErrorCode::MessageNotFound, "There is no message with this id.")
}
