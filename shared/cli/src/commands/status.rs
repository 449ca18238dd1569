//! `status`, `pause`, `resume` and `cancel`: one campaign.

use std::path::Path;

use domain::ids::CampaignId;
use serde_json::{Value, json};

use super::{
    follow::in_one_sentence,
    listing::{cell, cells},
};
use crate::{
    CliError,
    args::Api,
    client::{CampaignStatus, CampaignStep},
    output::Output,
    target,
    terminal::note,
};

/// A campaign with the reasons for the messages that were not delivered.
pub(super) async fn status(campaign: CampaignId, api: &Api, data: &Path) -> Result<Output, CliError> {
    let client = target::client(api, data).await?;
    let status = client.status(campaign).await?;
    let reasons: Value = client.get(&format!("/v1/sms/campaigns/{campaign}/reasons/")).await?;
    let text = describe(&status, &reasons);
    let mut document = json!(status);
    document["reasons"] = reasons["results"].clone();
    Ok(Output::new(text, document))
}

pub(super) async fn steer(
    step: CampaignStep,
    campaign: CampaignId,
    api: &Api,
    data: &Path,
) -> Result<Output, CliError> {
    let status = target::client(api, data).await?.steer(campaign, step).await?;
    // Right after a cancellation the refund is still 0, which would look final.
    let queued = status.further.get("queued_count").and_then(Value::as_u64).unwrap_or_default();
    if queued > 0 {
        note(format_args!("{queued} recipients are queued; `sms status {campaign}` shows their outcome."));
    }
    Ok(Output::new(in_one_sentence(&status), json!(status)))
}

fn describe(status: &CampaignStatus, reasons: &Value) -> String {
    let further = |field: &str| cell(status.further.get(field).unwrap_or(&Value::Null));
    let paused = status.pause_reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let test = if status.further.get("test") == Some(&Value::Bool(true)) { ", test" } else { "" };
    let mut lines = vec![
        format!("Campaign {}  {}{paused}{test}", status.campaign_id, status.status),
        format!("  message     {}", further("message")),
        format!("  sender id   {}", further("sender_id")),
        format!("  books       {}", further("group_names")),
        format!("  recipients  {}", counts(status)),
        format!(
            "  money       {} estimated, {} charged, {} refunded, {} reserved",
            further("estimated_cost"),
            status.charged,
            status.refunded,
            further("reserved")
        ),
        format!(
            "  times       created {}, scheduled {}, started {}, finished {}",
            further("created_at"),
            further("scheduled_at"),
            further("started_at"),
            further("finished_at")
        ),
    ];
    lines.extend(status.waiting.iter().map(|waiting| format!("  waiting     {}", waiting.detail)));
    if status.batches_set_aside > 0 {
        lines.push(format!("  damaged     {} batches wait for an operator", status.batches_set_aside));
    }
    lines.extend(reasons["results"].as_array().into_iter().flatten().map(reason));
    lines.join("\n")
}

fn counts(status: &CampaignStatus) -> String {
    let queued = status.further.get("queued_count").map(cell).unwrap_or_default();
    format!(
        "{}: {} sent ({} delivered, {} undelivered), {} failed, {} unconfirmed, {} cancelled, {queued} queued",
        status.recipients_count,
        status.sent_count,
        status.delivered_count,
        status.undelivered_count,
        status.failed_count,
        status.unconfirmed_count,
        status.cancelled_count
    )
}

/// `  reason      12 failed: The number does not exist. (invalid_number)`
fn reason(reason: &Value) -> String {
    let code = reason["code"].as_str().map(|code| format!(" ({code})")).unwrap_or_default();
    let said = cells(reason, &["count", "status", "error"]);
    format!("  reason      {} {}: {}{code}", said[0], said[1], said[2])
}
