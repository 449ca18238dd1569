//! Reading while the campaign runs.

use std::time::Duration;

use super::{Campaign, millis};
use crate::support::table::{Table, count};

/// Workers that run it.
const WORKERS: usize = 2;
/// Longer than the pages take that are read while every worker waits for the provider.
const HELD: Duration = Duration::from_secs(10);
/// Between two looks at the status.
const LOOK_EVERY: Duration = Duration::from_millis(250);
const POLL: Duration = Duration::from_millis(5);

/// Reads of a status, as the console makes them while a campaign runs.
pub struct Watched {
    recipients: usize,
    /// Processor time of the api process and wall time of each look.
    looks: Vec<(Duration, Duration)>,
}

/// Runs the campaign to its end and reads it meanwhile; gives the most reads of a page.
///
/// Reads can be counted only while the workers make none: when all of their batches are in hand and wait
/// for the provider, which is held back for that long.
pub async fn measure(campaign: &Campaign<'_>, table: &mut Table) -> (u64, Watched) {
    let provider = &campaign.measured.provider;
    let in_hand = (domain::batch::batches_of(campaign.recipients as u64) as usize).min(WORKERS * 10) as u64;
    // Half of the campaign is handed over first, so that every state has recipients.
    for _ in 0..in_hand / 20 {
        campaign.measured.stack.poll_batches().await.expect("the queue answers");
    }
    let arrived = provider.arrived();
    provider.wait(HELD);
    let reading = async {
        while provider.arrived() - arrived < in_hand {
            tokio::time::sleep(POLL).await;
        }
        provider.wait(Duration::ZERO);
        let most = campaign.measure(table, "running").await;
        (most, watch(campaign).await)
    };
    tokio::join!(campaign.measured.dispatch_all(WORKERS), reading).1
}

/// Until the campaign has ended.
async fn watch(campaign: &Campaign<'_>) -> Watched {
    let mut looks = Vec::new();
    loop {
        let read = campaign.read(&campaign.status).await;
        looks.push((read.processor, read.wall));
        let status = campaign.measured.api.get(&campaign.status).await.expect(200);
        if status["status"] == "completed" {
            return Watched { recipients: campaign.recipients, looks };
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

impl Watched {
    /// Prints how long the looks took.
    pub fn print(&self) {
        let title = format!("Status of a campaign of {}, while it runs", count(self.recipients as u64));
        let columns = ["looks", "own CPU ms, median", "wall ms, median", "wall ms, longest"];
        let mut table = Table::new(&title, &columns);
        let (mut processor, mut wall): (Vec<Duration>, Vec<Duration>) = self.looks.iter().copied().unzip();
        processor.sort_unstable();
        wall.sort_unstable();
        let middle = self.looks.len() / 2;
        table.row([
            count(self.looks.len() as u64),
            millis(processor[middle]),
            millis(wall[middle]),
            millis(wall[wall.len() - 1]),
        ]);
        table.print();
    }
}
