//! `audit`: everything stored against every rule, by readers that share nothing with the writers.

use std::path::Path;

use auditor::{Auditor, Options, Report, TableNames};
use aws_sdk_dynamodb::Client;
use platform::clock::Clock;

use crate::{CliError, args::Deployment, operator::OrganisationName, target::Target, terminal::print};

/// Audits one organisation or all, and shows what was found. It writes nothing, so it may be run on a
/// live deployment at any time.
pub(super) async fn audit(
    organisation: Option<OrganisationName>,
    at: Deployment,
    data: &Path,
) -> Result<(), CliError> {
    let report = report(organisation, at, data).await;
    let report = report.map_err(|error| CliError::NotAudited(Box::new(error)))?;
    let shown = print(&report);
    match report.findings.len() as u64 + report.further_findings {
        0 => Ok(shown?),
        findings => Err(CliError::Findings(findings)),
    }
}

async fn report(
    organisation: Option<OrganisationName>,
    at: Deployment,
    data: &Path,
) -> Result<Report, CliError> {
    let (connection, stores::TableNames { accounts, address_books, campaigns }) =
        Target::of(at, data)?.tables().await?;
    let options = Options {
        now_millis: Clock::machine().now().millis(),
        organisation: organisation.map(|name| name.0.to_string()),
    };
    let names = TableNames { accounts, address_books, campaigns };
    Ok(Auditor::new(Client::new(&connection), names).audit(options).await?)
}
