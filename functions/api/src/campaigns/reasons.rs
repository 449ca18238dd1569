//! `GET /v1/sms/campaigns/{campaign}/reasons/`: why recipients were not reached, with a sentence for each reason.

use std::cmp::Reverse;

use axum::{Json, extract::State};
use domain::{delivery::DeliveryStatus, keys::CampaignKey, reasons::Reason};
use serde::Serialize;
use stores::campaigns::{FollowedCampaign, Undelivered};
use web::{ApiError, Guarded};

use super::named::{CampaignPath, of_own_mode};
use crate::api::Api;

/// The sentence for every recipient whose hand-over has no reliable answer. Their messages distinguish two causes,
/// neither of which says whether they received the message.
const UNCONFIRMED: &str = "The message was handed over, and it is not known whether it went out.";
/// The sentence for every message that a network reports as not delivered.
pub const UNDELIVERED: &str = "The network could not deliver the message.";

/// The reasons of a campaign.
#[derive(Serialize)]
pub struct ReasonsView {
    campaign_id: u64,
    complete: bool,
    results: Vec<ReasonView>,
}

/// Recipients of one status for one reason.
#[derive(Serialize)]
struct ReasonView {
    status: &'static str,
    code: Option<String>,
    error: &'static str,
    count: u64,
}

pub async fn reasons(
    State(api): State<Api>,
    CampaignPath(campaign): CampaignPath,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<Json<ReasonsView>, ApiError> {
    let campaigns = &api.backend.stores.campaigns;
    let key = CampaignKey { organisation: caller.organisation.id, campaign };
    let header = of_own_mode(&caller, campaigns.header(key).await?)?;
    let followed = campaigns.follow(header).await?;
    let counts = followed.report.counts;
    let undelivered = match counts.undelivered {
        0 => Undelivered { is_complete: true, ..Undelivered::default() },
        _ => campaigns.undelivered(&followed.header).await?,
    };
    let is_complete = undelivered.is_complete
        && undelivered.by_code.values().sum::<u64>() >= counts.undelivered.unsigned_abs();
    Ok(Json(ReasonsView {
        campaign_id: key.number(),
        complete: is_complete,
        results: lines(&followed, undelivered),
    }))
}

/// A line for each reason, the most frequent first.
fn lines(followed: &FollowedCampaign, undelivered: Undelivered) -> Vec<ReasonView> {
    let line = |status: DeliveryStatus, code, error, count| {
        let status = status.as_str();
        ReasonView { status, code, error, count }
    };
    let of_reason = |(reason, count): (Reason, i64)| {
        line(reason.status(), Some(reason.code().to_owned()), reason.sentence(), count.unsigned_abs())
    };
    let of_code = |(code, count)| line(DeliveryStatus::Undelivered, code, UNDELIVERED, count);
    let unconfirmed = followed.report.counts.unconfirmed.unsigned_abs();
    let unconfirmed = line(DeliveryStatus::Unconfirmed, None, UNCONFIRMED, unconfirmed);
    let mut lines: Vec<ReasonView> = followed.reasons.iter().map(of_reason).collect();
    lines.extend(undelivered.by_code.into_iter().map(of_code));
    lines.push(unconfirmed);
    lines.retain(|line| line.count > 0);
    lines.sort_by_key(|line| Reverse(line.count));
    lines
}
