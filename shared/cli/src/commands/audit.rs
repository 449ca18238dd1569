//! `audit`: every stored item is checked against every rule, by readers that share no code with the writers.

use std::path::Path;

use auditor::{AuditError, Auditor, Finding, Options, Place, Report, TableNames};
use aws_sdk_dynamodb::Client;
use platform::clock::Clock;
use serde_json::{Value, json};

use crate::{CliError, args::Deployment, operator::OrganisationName, output::Output, target::Target};

/// Audits one organisation or all of them. It writes nothing, so it can run on a live deployment at any time.
pub(super) async fn audit(
    organisation: Option<OrganisationName>,
    at: Deployment,
    data: &Path,
) -> Result<Output, CliError> {
    let report = report(organisation, at, data).await;
    let report = report.map_err(|error| CliError::NotAudited(Box::new(error)))?;
    let findings = report.findings.len() as u64 + report.further_findings;
    let problem = (findings > 0).then_some(CliError::Findings(findings));
    Ok(Output::new(&report, document(&report)).with_problem(problem))
}

async fn report(
    organisation: Option<OrganisationName>,
    at: Deployment,
    data: &Path,
) -> Result<Report, CliError> {
    let (connection, stores::TableNames { accounts, address_books, campaigns }) =
        Target::of(at, data).await?.tables().await?;
    let options = Options {
        now_millis: Clock::machine().now().millis(),
        organisation: organisation.as_ref().map(|name| name.id().to_string()),
    };
    let names = TableNames { accounts, address_books, campaigns };
    let audited = Auditor::new(Client::new(&connection), names).audit(options).await;
    audited.map_err(|error| match (error, organisation) {
        (AuditError::NoSuchOrganisation, Some(name)) => {
            CliError::Unknown { kind: "organisation", name: name.to_string() }
        }
        (error, _) => error.into(),
    })
}

fn document(report: &Report) -> Value {
    json!({
        "clean": report.is_clean(),
        "organisations": report.organisations,
        "campaigns": report.campaigns,
        "recipients": report.recipients,
        "address_books": report.books,
        "contacts": report.contacts,
        "ledger_lines": report.ledger_lines,
        "orphan_batches": report.orphan_batches,
        "unsettled": report.unsettled,
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "further_findings": report.further_findings,
    })
}

fn finding(finding: &Finding) -> Value {
    json!({"rule": finding.rule.as_str(), "place": place(&finding.place), "problem": finding.what})
}

fn place(place: &Place) -> Value {
    match place {
        Place::Tables => json!({}),
        Place::Account(account) => json!({"provider_account": account}),
        Place::Organisation(organisation) => json!({"organisation_id": organisation}),
        Place::Campaign { organisation, campaign } => {
            json!({"organisation_id": organisation, "campaign_id": campaign})
        }
        Place::Batch { organisation, campaign, batch } => {
            json!({"organisation_id": organisation, "campaign_id": campaign, "batch": batch})
        }
        Place::Slot { organisation, campaign, batch, slot } => {
            json!({"organisation_id": organisation, "campaign_id": campaign, "batch": batch, "slot": slot})
        }
        Place::Book { organisation, book } => {
            json!({"organisation_id": organisation, "address_book_id": book})
        }
        Place::Leaf { organisation, book, leaf } => {
            json!({"organisation_id": organisation, "address_book_id": book, "leaf": leaf})
        }
    }
}
