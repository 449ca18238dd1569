//! Watching a campaign through the API.

use std::time::{Duration, Instant};

use domain::ids::CampaignId;
use tokio::time::sleep;

use crate::{
    client::{CampaignStatus, Client, ClientError, retry::wait_before_repeating},
    terminal::{Meter, Unit},
};

/// The time between two status requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Ten times a second, for a campaign that takes seconds.
    Brisk,
    /// Once a second: a fifth of an organisation's rate.
    Patient,
}

impl Pace {
    const fn interval(self) -> Duration {
        match self {
            Self::Brisk => Duration::from_millis(100),
            Self::Patient => Duration::from_secs(1),
        }
    }
}

/// Shows a campaign's progress in the terminal until it has ended or is paused: a paused campaign goes on only if a
/// person resumes it.
///
/// # Errors
/// If the API refuses, or cannot be reached for minutes.
pub async fn follow(
    client: &Client,
    campaign: CampaignId,
    pace: Pace,
) -> Result<CampaignStatus, ClientError> {
    let mut status = client.status(campaign).await?;
    let mut meter = Meter::new(status.recipients_count, Unit::Recipients);
    loop {
        meter.show(status.settled(), &describe(&status));
        if status.is_over() || status.is_paused() {
            meter.finish(status.settled(), &describe(&status));
            return Ok(status);
        }
        sleep(pace.interval()).await;
        status = self::status(client, campaign, |wait, error| meter.wait(wait, error)).await?;
    }
}

/// Waits, up to a limit, until every text that was sent has a delivery report.
///
/// # Errors
/// Those of [`follow`].
pub async fn wait_for_reports(
    client: &Client,
    mut status: CampaignStatus,
    at_most: Duration,
) -> Result<CampaignStatus, ClientError> {
    let began = Instant::now();
    while status.delivered_count + status.undelivered_count < status.sent_count && began.elapsed() < at_most {
        sleep(Pace::Brisk.interval()).await;
        status = self::status(client, status.campaign_id, |_, _| {}).await?;
    }
    Ok(status)
}

/// The status; the request is repeated if the API cannot answer for a while.
async fn status(
    client: &Client,
    campaign: CampaignId,
    on_wait: impl Fn(Duration, &ClientError),
) -> Result<CampaignStatus, ClientError> {
    let mut attempt = 1;
    loop {
        let error = match client.status(campaign).await {
            Ok(status) => return Ok(status),
            Err(error) => error,
        };
        let Some(wait) = wait_before_repeating(&error, attempt) else { return Err(error) };
        on_wait(wait, &error);
        sleep(wait).await;
        attempt += 1;
    }
}

fn describe(status: &CampaignStatus) -> String {
    let CampaignStatus { sent_count, failed_count, unconfirmed_count, .. } = status;
    let mut text = format!("{}: {sent_count} sent", status.status);
    for (count, word) in [(failed_count, "failed"), (unconfirmed_count, "unconfirmed")] {
        if *count > 0 {
            text.push_str(&format!(", {count} {word}"));
        }
    }
    if status.batches_set_aside > 0 {
        text.push_str(&format!(", {} damaged batches wait for an operator", status.batches_set_aside));
    }
    if let Some(reason) = &status.pause_reason {
        text.push_str(&format!(" ({reason})"));
    }
    if let Some(waiting) = &status.waiting {
        let next = waiting.next_try_at.as_ref().map(|at| format!(", next try at {at}")).unwrap_or_default();
        text.push_str(&format!(" ({}{next})", waiting.reason));
    }
    text
}
