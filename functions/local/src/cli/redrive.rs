//! `redrive`: dead letters back to where they died, and batches that were set aside back to work.

use std::path::Path;

use aws_config::BehaviorVersion;
use aws_sdk_sqs::Client;
use platform::{
    aws::AwsSettings,
    environment,
    http::{HttpClient, Roots},
};
use queue::QueueUrls;

use super::{CliError, args::Deployment, target};
use crate::{data::Instance, operator, terminal::print};

/// The queues whose dead letters are meant, by the end of their names, and by the variables that the
/// functions know them by.
const QUEUES: [(&str, &str); 2] = [("batches", "BATCHES_QUEUE_URL"), ("receipts", "RECEIPTS_QUEUE_URL")];

/// A queue by what it is for, and its address.
type Queue = (&'static str, String);

/// Brings the dead letters of both queues back, and lets the batches that are set aside be taken up again: a
/// named stack's, those of what the environment names, or the running instance's.
pub(super) async fn redrive(at: Deployment, data: &Path) -> Result<(), CliError> {
    let (client, queues) = match &at.stack {
        Some(stack) => of_stack(stack).await?,
        None if of(environment::process).is_empty() => of_instance(data)?,
        None => (on_aws().await?, of(environment::process)),
    };
    for (name, url) in &queues {
        let redriven = operator::redrive(&client, url).await?;
        print(format_args!("{name}: {} brought back, {} left", redriven.moved, redriven.left))?;
    }
    let stores = target::stores(at, data).await?;
    let url = |wanted| queues.iter().find(|(name, _)| *name == wanted).map(|(_, url)| url.clone());
    let urls = QueueUrls {
        batches: url("batches").ok_or_else(|| CliError::NoQueue("batches".to_owned()))?,
        receipts: url("receipts").unwrap_or_default(),
    };
    let queues = queue::Queues::new(&queue::Sqs::of(client), urls);
    let taken_up = operator::take_up_set_aside(&stores.campaigns, &queues).await?;
    print(format_args!("set aside: {} batches are taken up again", taken_up.batches))?;
    if taken_up.unreadable_campaigns > 0 {
        print(format_args!(
            "{} campaigns cannot be read; `audit` names them",
            taken_up.unreadable_campaigns
        ))?;
    }
    Ok(())
}

/// The queues that variables name.
fn of(lookup: impl Fn(&str) -> Option<String>) -> Vec<Queue> {
    QUEUES.into_iter().filter_map(|(name, variable)| Some((name, lookup(variable)?))).collect()
}

/// With the region, credentials and endpoints of the AWS command line.
async fn on_aws() -> Result<Client, CliError> {
    let http = HttpClient::new(Roots::Native)?;
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12());
    Ok(Client::new(&config.http_client(http.shared_http_client()).load().await))
}

/// A stack's queues have its name and theirs, as `template.yaml` says.
async fn of_stack(stack: &str) -> Result<(Client, Vec<Queue>), CliError> {
    let client = on_aws().await?;
    let mut queues = Vec::new();
    for (name, _) in QUEUES {
        let full = format!("{stack}-{name}");
        let found = client.get_queue_url().queue_name(&full).send().await.ok();
        let url = found.and_then(|found| found.queue_url).ok_or(CliError::NoQueue(full))?;
        queues.push((name, url));
    }
    Ok((client, queues))
}

fn of_instance(data: &Path) -> Result<(Client, Vec<Queue>), CliError> {
    let variables = Instance::running_on(data)?.variables;
    let endpoint = variables.get("AWS_ENDPOINT_URL_SQS").cloned().unwrap_or_default();
    let http = HttpClient::new(Roots::Native)?;
    let config = AwsSettings::emulator(&endpoint).connection(http.shared_http_client());
    Ok((Client::new(&config), of(|name| variables.get(name).cloned())))
}
