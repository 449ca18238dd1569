//! `redrive`: moves dead letters back to their queues, and batches that were set aside back to the workers.

use std::path::Path;

use queue::{Queues, Sqs};
use serde_json::json;

use crate::{
    CliError,
    args::Deployment,
    operator::{self, Redriven},
    output::{Format, Output},
    target::Target,
};

/// Each queue's line is written as soon as the queue is done: a later failure does not take it back.
pub(super) async fn redrive(at: Deployment, data: &Path, format: Format) -> Result<Output, CliError> {
    let target = Target::of(at, data).await?;
    let (client, urls) = target.queues().await?;
    let stores = target.stores().await?;
    let batches = operator::redrive(&client, &urls.batches).await?;
    format.say(line("batches", batches))?;
    let receipts = operator::redrive(&client, &urls.receipts).await?;
    format.say(line("receipts", receipts))?;
    let queues = Queues::new(&Sqs::of(client), urls);
    let taken_up = operator::take_up_set_aside(&stores.campaigns, &queues).await?;
    let mut text = format!("set aside: {} batches are retried", taken_up.batches);
    if taken_up.unreadable_campaigns > 0 {
        let unreadable = taken_up.unreadable_campaigns;
        text.push_str(&format!("\n{unreadable} campaigns cannot be read; `sms audit` lists them"));
    }
    let document = json!({
        "batches": {"moved": batches.moved, "left": batches.left},
        "receipts": {"moved": receipts.moved, "left": receipts.left},
        "batches_retried": taken_up.batches,
        "unreadable_campaigns": taken_up.unreadable_campaigns,
    });
    Ok(Output::new(text, document))
}

fn line(queue: &str, Redriven { moved, left }: Redriven) -> String {
    format!("{queue}: {moved} moved back, {left} left")
}
