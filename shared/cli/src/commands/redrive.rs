//! `redrive`: dead letters back to where they died, and batches that were set aside back to work.

use std::path::Path;

use queue::{Queues, Sqs};

use crate::{CliError, args::Deployment, operator, target::Target, terminal::print};

/// Brings the dead letters of both queues back, and lets the batches that are set aside be taken up again.
pub(super) async fn redrive(at: Deployment, data: &Path) -> Result<(), CliError> {
    let target = Target::of(at, data)?;
    let (client, urls) = target.queues().await?;
    let stores = target.stores().await?;
    for (name, url) in [("batches", &urls.batches), ("receipts", &urls.receipts)] {
        let redriven = operator::redrive(&client, url).await?;
        print(format_args!("{name}: {} brought back, {} left", redriven.moved, redriven.left))?;
    }
    let queues = Queues::new(&Sqs::of(client), urls);
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
