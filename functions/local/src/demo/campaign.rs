//! The demo's books and its one campaign, over HTTP.

use std::{
    fmt,
    time::{Duration, Instant},
};

use bytes::Bytes;
use cli::client::{AddressBook, CampaignStatus, Client, ClientError, SendAnswer};
use cli::follow::{Pace, follow, wait_for_reports};
use cli::send::send_once;
use cli::terminal::{Closed, print};
use futures_util::future::try_join_all;
use serde_json::json;
use thiserror::Error;

use super::content::{BOOKS, DemoBook, MESSAGE, campaign_key};

/// How long the demo waits for the sandbox's delivery reports after the last text was handed over.
const REPORTS_WAIT: Duration = Duration::from_secs(5);

/// Why the demo ended early.
#[derive(Debug, Error)]
pub enum DemoError {
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The API accepted the send without saying which campaign it is.
    #[error("the answer to the send names no campaign")]
    NoCampaign,
    /// The output's reader has closed the pipe.
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// The demo's campaign. Its text is the campaign's report.
#[derive(Clone, Debug)]
pub struct DemoCampaign {
    pub sent: SendAnswer,
    pub status: CampaignStatus,
}

impl fmt::Display for DemoCampaign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, status } = self;
        let skipped = &sent.skipped;
        writeln!(f, "Report of campaign {}: {}", status.campaign_id, status.status)?;
        writeln!(
            f,
            "  recipients   {:>6}   left out: {} in both books, {} without a phone, {} opted out",
            status.recipients_count, skipped.duplicate, skipped.no_phone, skipped.opted_out
        )?;
        writeln!(
            f,
            "  sent         {:>6}   failed {}, unconfirmed {}",
            status.sent_count, status.failed_count, status.unconfirmed_count
        )?;
        writeln!(
            f,
            "  delivered    {:>6}   undelivered {}",
            status.delivered_count, status.undelivered_count
        )?;
        write!(f, "  charged {}, refunded {}", status.charged, status.refunded)
    }
}

/// Creates and fills the books, sends to both and follows the campaign; does nothing if the organisation has sent a
/// campaign before.
///
/// # Errors
/// If the API answers with an error, or standard output is closed.
pub async fn send_campaign(client: &Client) -> Result<Option<DemoCampaign>, DemoError> {
    if client.newest_campaigns().await?.total > 0 {
        return Ok(None);
    }
    let books = fill_books(client).await?;
    let ids: Vec<_> = books.iter().map(|book| book.id).collect();
    let began = Instant::now();
    let request = json!({ "group_ids": ids, "message": MESSAGE });
    let sent = send_once(client, &request, &campaign_key()).await?;
    print(format_args!(
        "Sent \"{MESSAGE}\"\n  to {} people in {} books for {}: accepted after {} ms.",
        sent.recipients_count,
        books.len(),
        sent.estimated_cost,
        began.elapsed().as_millis()
    ))?;
    let over = follow(client, sent.campaign_id.ok_or(DemoError::NoCampaign)?, Pace::Brisk).await?;
    let seconds = began.elapsed().as_secs_f32();
    print(format_args!("Campaign {} {} after {seconds:.1} s.", over.campaign_id, over.status))?;
    let status = wait_for_reports(client, over, REPORTS_WAIT).await?;
    Ok(Some(DemoCampaign { sent, status }))
}

async fn fill_books(client: &Client) -> Result<Vec<AddressBook>, DemoError> {
    let known = client.address_books().await?;
    let books = try_join_all(BOOKS.iter().map(|book| fill_book(client, &known, book))).await?;
    Ok(books)
}

async fn fill_book(
    client: &Client,
    known: &[AddressBook],
    demo: &DemoBook,
) -> Result<AddressBook, DemoError> {
    let found = known.iter().find(|book| book.name == demo.name).cloned();
    let book = match found {
        Some(book) => book,
        None => client.create_book(demo.name, demo.description).await?,
    };
    let began = Instant::now();
    let imported = client.import(book.id, Bytes::from_static(demo.csv)).await?;
    print(format_args!(
        "Imported {} rows into \"{}\" in {} ms: {} contacts, {} invalid rows.",
        imported.received,
        demo.name,
        began.elapsed().as_millis(),
        imported.added + imported.updated,
        imported.invalid_count
    ))?;
    Ok(book)
}
