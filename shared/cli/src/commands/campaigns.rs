//! `campaign`: lists, shows, cancels and resumes campaigns of any organisation.

use std::path::Path;

use domain::{api_key::KeyMode, keys::CampaignKey, organisation::Organisation, timestamp::Timestamp};
use platform::clock::Clock;
use serde_json::{Value, json};
use stores::{
    Stores,
    campaigns::{CampaignHeader, Controlled, FollowedCampaign},
};

use super::organisations::known;
use crate::{
    CliError,
    args::{CampaignCommand, Deployment, OneCampaign},
    operator::{OpenCampaigns, OrganisationName, Resumed, open_campaigns, resume_faulted},
    output::Output,
    target::Target,
};

/// The change that a command makes.
#[derive(Clone, Copy)]
enum Verb {
    Cancel,
    Resume,
}

pub(super) async fn campaign(
    command: CampaignCommand,
    at: Deployment,
    data: &Path,
) -> Result<Output, CliError> {
    let stores = Target::of(at, data).await?.stores().await?;
    match command {
        CampaignCommand::List { organisation } => list(&stores, organisation).await,
        CampaignCommand::Show(one) => show(&stores, &one).await,
        CampaignCommand::Cancel(one) => steer(&stores, &one, Verb::Cancel).await,
        CampaignCommand::Resume(one) => steer(&stores, &one, Verb::Resume).await,
        CampaignCommand::ResumeFaulted { organisation } => resume_all(&stores, organisation).await,
    }
}

async fn list(stores: &Stores, organisation: Option<OrganisationName>) -> Result<Output, CliError> {
    let organisation = match organisation {
        Some(name) => Some(known(stores, &name).await?.id),
        None => None,
    };
    let OpenCampaigns { headers, unreadable } = open_campaigns(stores, organisation).await?;
    let lines: Vec<String> = headers.iter().map(line).collect();
    let text = if lines.is_empty() { "No campaign is unfinished.".to_owned() } else { lines.join("\n") };
    let results: Vec<Value> = headers.iter().map(entry).collect();
    let document = json!({"total": results.len(), "results": results, "unreadable_campaigns": unreadable});
    Ok(Output::new(text, document).with_problem(problem(unreadable)))
}

async fn show(stores: &Stores, one: &OneCampaign) -> Result<Output, CliError> {
    let organisation = known(stores, &one.organisation).await?;
    let key = CampaignKey { organisation: organisation.id, campaign: one.campaign };
    let header = stores.campaigns.header(key).await?.ok_or_else(|| unknown(one))?;
    let campaign = stores.campaigns.follow(header).await?;
    Ok(Output::new(text(&organisation, &campaign), document(&organisation, &campaign)))
}

async fn steer(stores: &Stores, one: &OneCampaign, verb: Verb) -> Result<Output, CliError> {
    let organisation = known(stores, &one.organisation).await?;
    let key = CampaignKey { organisation: organisation.id, campaign: one.campaign };
    let now = Clock::machine().now();
    let controlled = match verb {
        Verb::Cancel => stores.campaigns.cancel(key, now).await?,
        Verb::Resume => stores.campaigns.resume(key, now).await?,
    };
    match controlled {
        Controlled::Now(_) => show(stores, one).await,
        Controlled::Unknown => Err(unknown(one)),
        Controlled::NotAllowed(status) => {
            let verb = match verb {
                Verb::Cancel => "cancelled",
                Verb::Resume => "resumed",
            };
            Err(CliError::CampaignState { campaign: one.campaign, status, verb })
        }
    }
}

async fn resume_all(stores: &Stores, organisation: Option<OrganisationName>) -> Result<Output, CliError> {
    let organisation = match organisation {
        Some(name) => Some(known(stores, &name).await?.id),
        None => None,
    };
    let Resumed { campaigns, unreadable } =
        resume_faulted(stores, organisation, Clock::machine().now()).await?;
    let document = json!({"resumed_campaigns": campaigns, "unreadable_campaigns": unreadable});
    Ok(Output::new(format_args!("{campaigns} campaigns are resumed."), document)
        .with_problem(problem(unreadable)))
}

fn problem(unreadable: u64) -> Option<CliError> {
    (unreadable > 0).then_some(CliError::UnreadableCampaigns(unreadable))
}

fn unknown(one: &OneCampaign) -> CliError {
    CliError::Unknown { kind: "campaign", name: one.campaign.to_string() }
}

fn line(header: &CampaignHeader) -> String {
    let CampaignHeader { key, state, recipients, .. } = header;
    let reason = header.pause_reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let test = if header.mode == KeyMode::Test { ", test" } else { "" };
    format!("{}  {}  {state}{reason}  {recipients} recipients{test}", key.organisation, key.campaign)
}

fn entry(header: &CampaignHeader) -> Value {
    json!({
        "organisation_id": header.key.organisation,
        "campaign_id": header.key.number(),
        "status": header.state.as_str(),
        "pause_reason": header.pause_reason,
        "recipients_count": header.recipients,
        "test": header.mode == KeyMode::Test,
    })
}

fn text(organisation: &Organisation, campaign: &FollowedCampaign) -> String {
    let FollowedCampaign { header, report, .. } = campaign;
    let (counts, money) = (report.counts, |amount| organisation.currency.show(amount));
    let time =
        |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.rfc3339(organisation.offset));
    format!(
        "{}\n  counts     {} sent, {} failed, {} unconfirmed, {} cancelled, {} queued\n  money      {} estimated, {} \
         charged, {} refunded\n  times      created {}, started {}, finished {}",
        line(header),
        counts.sent,
        counts.failed,
        counts.unconfirmed,
        counts.cancelled,
        report.queued(),
        money(report.estimated_cost),
        money(report.charged),
        money(report.refunded),
        time(Some(header.created_at)),
        time(header.started_at),
        time(header.finished_at),
    )
}

/// The names of the API's status, without the text and the names of the books.
fn document(organisation: &Organisation, campaign: &FollowedCampaign) -> Value {
    let FollowedCampaign { header, report, .. } = campaign;
    let (counts, money) = (report.counts, |amount| organisation.currency.show(amount));
    let time = |at: Option<Timestamp>| at.map(|at| at.rfc3339(organisation.offset));
    let mut document = entry(header);
    let further = json!({
        "sender_id": header.sender.as_str(),
        "sent_count": counts.sent,
        "delivered_count": counts.delivered,
        "undelivered_count": counts.undelivered,
        "failed_count": counts.failed,
        "unconfirmed_count": counts.unconfirmed,
        "cancelled_count": counts.cancelled,
        "queued_count": report.queued(),
        "estimated_cost": money(report.estimated_cost),
        "charged": money(report.charged),
        "refunded": money(report.refunded),
        "reserved": money(report.held(header.mode)),
        "created_at": time(Some(header.created_at)),
        "scheduled_at": time(header.scheduled_at),
        "started_at": time(header.started_at),
        "finished_at": time(header.finished_at),
        "batches_set_aside": header.set_aside,
    });
    if let (Some(document), Value::Object(further)) = (document.as_object_mut(), further) {
        document.extend(further);
    }
    document
}
