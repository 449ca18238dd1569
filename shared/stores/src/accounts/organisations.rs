//! Organisations with their settings, the sender ids that lead to them, and their campaign counters.
//!
//! ```text
//! ORG#<org>             PROFILE      name, settings, prices, limits
//! ORG#<org>#COUNTERS    COUNTERS     the last campaign's number
//! SENDER#<sender>       ORG#<org>    that the organisation may send under this sender id
//! ```
//! An opt-out at the network names a sender id, and the `SENDER#` items lead to its organisations, however long ago the
//! text was sent. Every write of a profile writes these items in the same transaction.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::ReturnValue;
use domain::{
    ids::{CampaignId, OrganisationId},
    organisation::Organisation,
    sender_id::SenderId,
};
use serde::{Deserialize, Serialize};

use crate::{
    error::StoreError,
    item::{Item, Key, check_refused, from_item, number, to_item},
    keys::{organisation_partition, partition_of},
    outcome::{Changed, Creation},
    retry::{RetryPolicy, Tries},
    table::{Change, Conditional, Range, Table, Write},
};

const WHAT: &str = "an organisation";
const COUNTERS: &str = "an organisation's counters";
const PROFILE: &str = "PROFILE";
/// Kind and sort key of the counters.
const COUNTERS_PLACE: &str = "COUNTERS";
const SENDER: &str = "a sender id's organisation";

/// Campaign numbers that are skipped after a restore. Backups reach 35 days back, in which an organisation that sends
/// 300 requests a minute uses 15 million; there are enough numbers for ten thousand restores.
pub const PASSED_OVER: u64 = 100_000_000;

const _: () = assert!(PASSED_OVER > 35 * 24 * 60 * 300 && PASSED_OVER * 10_000 < CampaignId::MAX);

/// An organisation that may send under a sender id.
#[derive(Serialize, Deserialize)]
struct SenderRecord {
    organisation: OrganisationId,
}

/// An organisation's counters, which begin with its first campaign.
#[derive(Deserialize)]
struct Counters {
    last_campaign: CampaignId,
}

/// Reads and writes organisations.
#[derive(Clone, Debug)]
pub struct Organisations {
    table: Table,
}

impl Organisations {
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    pub async fn create(&self, organisation: &Organisation) -> Result<Creation, StoreError> {
        let profile = self.table.write_new(profile_item(organisation)?)?;
        let writes = [vec![profile], self.sender_writes(organisation, &BTreeSet::new())?].concat();
        Ok(match self.table.transact(writes).await? {
            Ok(()) => Creation::Created,
            Err(_) => Creation::IdTaken,
        })
    }

    /// Replaces an organisation's profile.
    pub async fn replace(&self, organisation: &Organisation) -> Result<Changed, StoreError> {
        let mut tries = Tries::of("changing an organisation", RetryPolicy::CONTENTION);
        loop {
            let Some(standing) = self.table.get(&profile_key(organisation.id)).await? else {
                return Ok(Changed::NotFound);
            };
            if self.table.transact(self.replacing(organisation, standing)?).await?.is_ok() {
                return Ok(Changed::Done);
            }
            tries.pause().await?;
        }
    }

    /// The writes of a change. Their condition is that the sender ids are those that were read, so that a sender id
    /// that another change added keeps its item.
    fn replacing(&self, organisation: &Organisation, standing: Item) -> Result<Vec<Write>, StoreError> {
        let mut condition = Change::only_if("senders = :senders AND default_sender = :default_sender");
        for name in ["senders", "default_sender"] {
            condition.values.extend(standing.get(name).cloned().map(|seen| (format!(":{name}"), seen)));
        }
        let standing: Organisation = from_item(WHAT, standing)?;
        let profile = self.table.write_put(profile_item(organisation)?, condition)?;
        Ok([vec![profile], self.sender_writes(organisation, &senders_of(&standing))?].concat())
    }

    fn sender_writes(
        &self,
        organisation: &Organisation,
        before: &BTreeSet<SenderId>,
    ) -> Result<Vec<Write>, StoreError> {
        let (id, senders) = (organisation.id, senders_of(organisation));
        let record = SenderRecord { organisation: id };
        let put = |sender| {
            let item = to_item(&sender_key(sender, id), SENDER, &record)?;
            self.table.write_put(item, Change::default())
        };
        let delete = |sender| self.table.write_delete(&sender_key(sender, id), Change::default());
        senders.iter().map(put).chain(before.difference(&senders).map(delete)).collect()
    }

    /// The organisations that may send under exactly this sender id.
    pub async fn sending_as(&self, sender: &str) -> Result<Vec<OrganisationId>, StoreError> {
        let items = self.table.query(Range::of(sender_partition(sender))).await?;
        let organisation = |item| from_item(SENDER, item).map(|record: SenderRecord| record.organisation);
        items.into_iter().map(organisation).collect()
    }

    pub async fn get(&self, id: OrganisationId) -> Result<Option<Organisation>, StoreError> {
        let item = self.table.get(&profile_key(id)).await?;
        item.map(|item| from_item(WHAT, item)).transpose()
    }

    /// Every organisation, by id. Reads the whole table: only for the operator's commands.
    pub async fn all(&self) -> Result<Vec<Organisation>, StoreError> {
        let partitions = self.table.partitions_with(PROFILE).await?;
        let keys = partitions.into_iter().map(|partition| Key::new(partition, PROFILE)).collect();
        let items = self.table.get_many(keys, None).await?;
        let mut organisations: Vec<Organisation> =
            items.into_iter().map(|item| from_item(WHAT, item)).collect::<Result<_, _>>()?;
        organisations.sort_by_key(|organisation| organisation.id);
        Ok(organisations)
    }

    /// Skips campaign numbers in every organisation, so that no new campaign gets a number that was used since the
    /// backup: a report or a message about a campaign that the restore lost must not find another campaign. Each call
    /// skips as many again.
    pub async fn pass_over_campaign_numbers(&self) -> Result<(), StoreError> {
        for partition in self.table.partitions_with(PROFILE).await? {
            let key = Key::new(format!("{partition}#{COUNTERS_PLACE}"), COUNTERS_PLACE);
            if let Conditional::Refused(counters) = self.table.update(&key, draw(PASSED_OVER)).await? {
                check_refused(COUNTERS, counters.as_ref())?;
            }
        }
        Ok(())
    }

    /// Draws the next campaign number. Numbers rise from 1; one drawn and not used is a harmless gap.
    pub async fn next_campaign(&self, id: OrganisationId) -> Result<CampaignId, StoreError> {
        let key = Key::new(partition_of(id, COUNTERS_PLACE), COUNTERS_PLACE);
        match self.table.update_returning(&key, draw(1), ReturnValue::UpdatedNew).await? {
            Ok(counters) => Ok(from_item::<Counters>(COUNTERS, counters)?.last_campaign),
            Err(standing) => {
                check_refused(COUNTERS, standing.as_ref())?;
                Err(StoreError::Contended { operation: "drawing a campaign number" })
            }
        }
    }
}

fn draw(numbers: u64) -> Change {
    Change::new("ADD last_campaign :drawn SET v = :form").value(":drawn", number(numbers))
}

fn profile_key(id: OrganisationId) -> Key {
    Key::new(organisation_partition(id), PROFILE)
}

fn profile_item(organisation: &Organisation) -> Result<Item, StoreError> {
    to_item(&profile_key(organisation.id), WHAT, organisation)
}

/// Each once: a transaction takes an item once.
fn senders_of(organisation: &Organisation) -> BTreeSet<SenderId> {
    organisation.senders.iter().chain([&organisation.default_sender]).cloned().collect()
}

fn sender_partition(sender: &str) -> String {
    format!("SENDER#{sender}")
}

fn sender_key(sender: &SenderId, organisation: OrganisationId) -> Key {
    Key::new(sender_partition(sender.as_str()), organisation_partition(organisation))
}
