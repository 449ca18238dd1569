//! `follow`: a campaign until it is finished or paused.

use std::path::Path;

use domain::ids::CampaignId;
use serde_json::json;

use crate::{
    CliError,
    args::Api,
    client::{CampaignStatus, Client, ClientError},
    follow::{Pace, follow as watch},
    output::Output,
    target,
};

/// A campaign that has ended or is paused.
pub(super) struct Followed {
    pub text: String,
    pub status: CampaignStatus,
    pub problem: Option<CliError>,
}

pub(super) async fn follow(campaign: CampaignId, api: &Api, data: &Path) -> Result<Output, CliError> {
    let Followed { text, status, problem } = to_its_end(&target::client(api, data).await?, campaign).await?;
    Ok(Output::new(text, json!(status)).with_problem(problem))
}

pub(super) async fn to_its_end(client: &Client, campaign: CampaignId) -> Result<Followed, ClientError> {
    let status = watch(client, campaign, Pace::Patient).await?;
    let text = in_one_sentence(&status);
    let problem = status.is_paused().then(|| {
        let reason = status.pause_reason.clone().unwrap_or_else(|| "by a person".to_owned());
        CliError::Paused { campaign, reason }
    });
    Ok(Followed { text, status, problem })
}

pub(super) fn in_one_sentence(status: &CampaignStatus) -> String {
    format!(
        "Campaign {} {}: {} sent, {} failed, {} unconfirmed, {} cancelled; charged {}, refunded {}.",
        status.campaign_id,
        status.status,
        status.sent_count,
        status.failed_count,
        status.unconfirmed_count,
        status.cancelled_count,
        status.charged,
        status.refunded
    )
}
