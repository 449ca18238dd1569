//! `hold`: stops everything, and pauses every unfinished campaign.

use std::path::Path;

use platform::clock::Clock;
use serde_json::json;

use crate::{
    CliError,
    args::Deployment,
    operator::{Held, hold_every_campaign},
    output::Output,
    target::Target,
};

pub(super) async fn hold(at: Deployment, data: &Path) -> Result<Output, CliError> {
    let stores = Target::of(at, data).await?.stores().await?;
    let Held { campaigns, unreadable_campaigns } =
        hold_every_campaign(&stores, Clock::machine().now()).await?;
    let document = json!({"paused_campaigns": campaigns, "unreadable_campaigns": unreadable_campaigns});
    let problem = (unreadable_campaigns > 0).then_some(CliError::UnreadableCampaigns(unreadable_campaigns));
    Ok(Output::new(format_args!("Everything is stopped, and {campaigns} campaigns are paused."), document)
        .with_problem(problem))
}
