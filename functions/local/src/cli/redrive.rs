//! `redrive`: dead letters back to where they died.

use std::path::Path;

use aws_config::BehaviorVersion;
use aws_sdk_sqs::Client;
use platform::{
    aws::AwsSettings,
    environment,
    http::{HttpClient, Roots},
};

use super::CliError;
use crate::{data::Instance, operator, terminal::print};

/// The queues whose dead letters are meant, by the names that the functions know them by.
const QUEUES: [(&str, &str); 2] = [("batches", "BATCHES_QUEUE_URL"), ("receipts", "RECEIPTS_QUEUE_URL")];

/// Brings the dead letters of both queues back: on AWS where the environment names the queues, else on
/// this machine.
pub(super) async fn redrive(data: &Path) -> Result<(), CliError> {
    let (client, lookup) = queues(data).await?;
    for (name, variable) in QUEUES {
        let Some(url) = lookup(variable) else { continue };
        let redriven = operator::redrive(&client, &url).await?;
        print(format_args!("{name}: {} brought back, {} left", redriven.moved, redriven.left))?;
    }
    Ok(())
}

type Lookup = Box<dyn Fn(&str) -> Option<String>>;

async fn queues(data: &Path) -> Result<(Client, Lookup), CliError> {
    if QUEUES.iter().any(|(_, variable)| environment::process(variable).is_some()) {
        let http = HttpClient::new(Roots::Native)?;
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12());
        let config = config.http_client(http.shared_http_client()).load().await;
        return Ok((Client::new(&config), Box::new(environment::process)));
    }
    let variables = Instance::running_on(data)?.variables;
    let endpoint = variables.get("AWS_ENDPOINT_URL_SQS").cloned().unwrap_or_default();
    let config =
        AwsSettings::emulator(&endpoint).connection(HttpClient::new(Roots::Native)?.shared_http_client());
    Ok((Client::new(&config), Box::new(move |name| variables.get(name).cloned())))
}
