//! Campaigns and their batches: accepting, dispatching, reporting and ending them. The items and their keys are
//! drawn in [`keys`].

mod accept;
mod batches;
mod control;
mod counts;
mod due;
mod head;
mod header;
mod keys;
mod reports;
#[cfg(test)]
mod scale;
mod set_aside;
mod settle;
mod turns;

pub use accept::{Acceptance, Accepted, DuplicateGuard, NotAccepted, RETENTION};
pub use batches::{BatchRecord, Written};
pub use control::Controlled;
pub use control::VALIDITY;
pub use counts::CountedCampaign;
pub use due::{DUE_SHARDS, Due, MAX_DUE, Stranger};
pub use head::{BatchState, Claimed, GiveBack, HeadState, Heads};
pub use header::{CampaignHeader, CampaignText};
pub use reports::{BATCHES_TOGETHER, BatchReports, ReportsApplied};
pub use set_aside::Mark;
pub use settle::{Finish, Moved, REPORT_WAIT};
pub use turns::StoredClock;

use crate::{error::StoreError, table::Table};

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
