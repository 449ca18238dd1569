//! The tables that campaigns are stored in.

use crate::{error::StoreError, table::Table};

/// The campaigns table, and the accounts table for the money that moves with them.
#[derive(Clone, Debug)]
pub struct Campaigns {
    pub(super) table: Table,
    pub(super) accounts: Table,
}

impl Campaigns {
    pub const fn new(table: Table, accounts: Table) -> Self {
        Self { table, accounts }
    }

    /// Whether the table answers.
    pub async fn reachable(&self) -> Result<(), StoreError> {
        self.table.reachable().await
    }
}
