//! Records of erased persons: when, and how many items were erased. Never who.
//!
//! ```text
//! ORG#<org>#ERASURES    <time>#<random>    one erasure
//! ```

use domain::{ids::OrganisationId, timestamp::Timestamp};
use platform::random;
use serde::{Deserialize, Serialize};

use crate::{
    error::StoreError,
    item::{Key, from_item, to_item},
    keys::partition_of,
    table::{Conditional, Range, Table},
};

const WHAT: &str = "a record of an erasure";

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Erasure {
    pub erased_at: Timestamp,
    /// Deleted contacts, including those of deleted books.
    pub contacts: u64,
    /// Campaigns from which the recipient was erased.
    pub messages: u64,
    /// Sends that were not accepted, from whose batches the number was erased.
    pub unaccepted_sends: u64,
    /// The operator's reason.
    pub reason: Option<String>,
}

/// Reads and writes records of erasures.
#[derive(Clone, Debug)]
pub struct Erasures {
    table: Table,
}

impl Erasures {
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Stores a record without an expiry.
    pub async fn record(&self, organisation: OrganisationId, erasure: &Erasure) -> Result<(), StoreError> {
        let place = format!("{:015}#{:016x}", erasure.erased_at.millis(), random::token()?);
        let item = to_item(&Key::new(partition_of(organisation, "ERASURES"), place), WHAT, erasure)?;
        match self.table.put_new(item).await? {
            Conditional::Applied => Ok(()),
            Conditional::Refused(_) => Err(StoreError::Contended { operation: "recording an erasure" }),
        }
    }

    /// An organisation's records, the oldest first.
    pub async fn list(&self, organisation: OrganisationId) -> Result<Vec<Erasure>, StoreError> {
        let items = self.table.query(Range::of(partition_of(organisation, "ERASURES"))).await?;
        items.into_iter().map(|item| from_item(WHAT, item)).collect()
    }
}
