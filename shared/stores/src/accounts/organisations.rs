//! Organisations as their operator set them up, and their campaign counter.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::ReturnValue;
use domain::{
    ids::{CampaignId, OrganisationId},
    organisation::Organisation,
};

use super::organisation_partition;
use crate::{
    error::StoreError,
    item::{Key, from_item, integer, number, to_item},
    table::{Change, Conditional, Table},
};

const WHAT: &str = "an organisation";

/// Reads and writes organisations.
#[derive(Clone, Debug)]
pub struct Organisations {
    table: Table,
}

impl Organisations {
    /// Over the accounts table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Stores a new organisation; false where its id is taken.
    pub async fn create(&self, organisation: &Organisation) -> Result<bool, StoreError> {
        let item = to_item(&profile_key(organisation.id), WHAT, organisation)?;
        Ok(matches!(self.table.put_new(item).await?, Conditional::Applied))
    }

    /// Replaces what an organisation is set up with.
    pub async fn replace(&self, organisation: &Organisation) -> Result<bool, StoreError> {
        let item = to_item(&profile_key(organisation.id), WHAT, organisation)?;
        let put = self.table.put_when(item, "attribute_exists(pk)", HashMap::new()).await?;
        Ok(matches!(put, Conditional::Applied))
    }

    /// One organisation.
    pub async fn get(&self, id: OrganisationId) -> Result<Option<Organisation>, StoreError> {
        let item = self.table.get(&profile_key(id)).await?;
        item.map(|item| from_item(WHAT, item)).transpose()
    }

    /// Draws the next campaign number. Numbers rise from 1; one drawn and not used is a harmless gap.
    pub async fn next_campaign(&self, id: OrganisationId) -> Result<CampaignId, StoreError> {
        let key = Key::new(organisation_partition(id), "COUNTERS");
        let change = Change::new("ADD last_campaign :one").value(":one", number(1));
        let updated = self.table.update_returning(&key, change, ReturnValue::UpdatedNew).await?;
        let drawn = updated.ok().map(|item| integer(&item, "last_campaign"));
        drawn.and_then(|n| CampaignId::new(n.unsigned_abs())).ok_or_else(|| StoreError::Unreadable {
            what: "a campaign counter",
            reason: "it is not a positive number".to_owned(),
        })
    }
}

fn profile_key(id: OrganisationId) -> Key {
    Key::new(organisation_partition(id), "PROFILE")
}
