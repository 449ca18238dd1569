//! Campaigns and their batches.
//!
//! ```text
//! ORG#<org>            C#<campaign>   header: state, counters; hot, under 1 KB
//!                      T#<campaign>   text, names, frozen tariff: read, never changed
//! ORG#<org>#C<c>       DIR            where each batch begins, to find a number's batch
//!                      COUNTS#00 …    what became of each batch of a large one, to find a page of one status
//! ORG#<org>#C<c>#B<b>  PLAN           the recipients, packed; immutable
//!                      HEAD           state, lease, fencing token, delivery reports
//!                      J#000001 …     the journal: what a worker was about to do, and what came of it
//! ORG#<org>#SENT       <fingerprint>  who sent the same last, for the guard against sending twice by mistake
//! PACE#<account>       PACE           the provider account's next free time
//! ```
//! A batch has a partition of its own, since a partition takes 1,000 writes a second at most and a
//! campaign's batches are written by many workers at once.

mod accept;
mod batches;
mod control;
mod counts;
mod due;
mod head;
mod header;
mod pacing;
mod reports;
#[cfg(test)]
mod scale;
mod set_aside;
mod settle;

pub use accept::{Acceptance, Accepted, DuplicateGuard, NotAccepted, RETENTION};
pub use batches::{BatchRecord, Written};
pub use control::Controlled;
pub use control::VALIDITY;
pub use counts::CountedCampaign;
pub use due::{DUE_SHARDS, Due, MAX_DUE, Stranger};
pub use head::{BatchState, Claimed, GiveBack, HeadState};
pub use header::{CampaignHeader, CampaignText};
pub use pacing::Turn;
pub use reports::{BATCHES_TOGETHER, BatchReports, Fit, ReportsApplied, SlotReport};
pub use settle::REPORT_WAIT;

use domain::keys::{BatchKey, CampaignKey};

use crate::{error::StoreError, item::Key, table::Table};

/// The campaigns table, and the accounts table for the money that moves with them.
#[derive(Clone, Debug)]
pub struct Campaigns {
    table: Table,
    accounts: Table,
}

impl Campaigns {
    /// Over both tables.
    pub const fn new(table: Table, accounts: Table) -> Self {
        Self { table, accounts }
    }

    /// Whether the table answers.
    pub async fn reachable(&self) -> Result<(), StoreError> {
        self.table.reachable().await
    }
}

fn header_key(key: CampaignKey) -> Key {
    Key::new(format!("ORG#{}", key.organisation), format!("C#{:012}", key.number()))
}

fn text_key(key: CampaignKey) -> Key {
    Key::new(format!("ORG#{}", key.organisation), format!("T#{:012}", key.number()))
}

fn campaign_partition(key: CampaignKey) -> String {
    format!("ORG#{}#C{}", key.organisation, key.campaign)
}

fn directory_key(key: CampaignKey) -> Key {
    Key::new(campaign_partition(key), "DIR")
}

fn batch_partition(key: BatchKey) -> String {
    format!("{}#B{}", campaign_partition(key.campaign), key.batch)
}

fn head_key(key: BatchKey) -> Key {
    Key::new(batch_partition(key), "HEAD")
}
