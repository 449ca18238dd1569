//! Records of opt-outs that were removed: which numbers, by which key, and when.

use domain::{
    ids::{KeyId, OrganisationId},
    msisdn::Msisdn,
    packed,
    timestamp::Timestamp,
};
use platform::random;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::leaf::partition;
use crate::{
    error::StoreError,
    item::{Item, Key, check_refused, from_item, to_item},
    table::{Change, Conditional, Range, Table, Write},
};

const WHAT: &str = "a record of removed opt-outs";
/// Prefix of the sort key of a record.
const PREFIX: &str = "R#";

/// The key that removes numbers, and the time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Remover {
    /// The API key.
    pub key: KeyId,
    pub at: Timestamp,
}

/// The removal of a number from the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RemovedOptOut {
    /// The API key that removed them.
    pub key: KeyId,
    pub removed_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct RemovalRecord {
    key: KeyId,
    removed_at: Timestamp,
    phones: ByteBuf,
}

/// The write of a record, in the transaction that takes the numbers off.
pub(super) fn removal_write(
    table: &Table,
    organisation: OrganisationId,
    remover: &Remover,
    mut phones: Vec<Msisdn>,
) -> Result<Write, StoreError> {
    phones.sort_unstable();
    let place = format!("{PREFIX}{:015}#{:016x}", remover.at.millis(), random::token()?);
    let record = RemovalRecord {
        key: remover.key,
        removed_at: remover.at,
        phones: ByteBuf::from(packed::pack(&phones)),
    };
    table.write_new(to_item(&Key::new(partition(organisation), place), WHAT, &record)?)
}

/// When a number was removed from the list and by which key, the earliest first.
pub(super) async fn removals_of(
    table: &Table,
    organisation: OrganisationId,
    phone: Msisdn,
) -> Result<Vec<RemovedOptOut>, StoreError> {
    let mut removals = Vec::new();
    for item in removal_items(table, organisation).await? {
        let RemovalRecord { key, removed_at, phones } = from_item(WHAT, item)?;
        if unpack(&phones)?.contains(&phone) {
            removals.push(RemovedOptOut { key, removed_at });
        }
    }
    Ok(removals)
}

/// Erases a number from the records, which still say that a number was removed.
pub(super) async fn erase_from_removals(
    table: &Table,
    organisation: OrganisationId,
    phone: Msisdn,
) -> Result<(), StoreError> {
    for item in removal_items(table, organisation).await? {
        let key = Key::of(&item);
        let seen = item.get("phones").cloned();
        let RemovalRecord { phones, .. } = from_item(WHAT, item)?;
        let phones = unpack(&phones)?;
        let Some(seen) = seen.filter(|_| phones.contains(&phone)) else { continue };
        let left: Vec<Msisdn> = phones.into_iter().filter(|other| *other != phone).collect();
        let left = serde_dynamo::to_attribute_value(ByteBuf::from(packed::pack(&left)));
        let change = Change::new("SET phones = :left")
            .when("phones = :seen")
            .value(":seen", seen)
            .value(":left", left.map_err(StoreError::unreadable(WHAT))?);
        if let Conditional::Refused(found) = table.update(&key, change).await? {
            check_refused(WHAT, found.as_ref())?;
            return Err(StoreError::Contended { operation: "erasing a number from removals" });
        }
    }
    Ok(())
}

async fn removal_items(table: &Table, organisation: OrganisationId) -> Result<Vec<Item>, StoreError> {
    table.query(Range::of(partition(organisation)).beginning_with(PREFIX)).await
}

fn unpack(phones: &[u8]) -> Result<Vec<Msisdn>, StoreError> {
    packed::unpack(phones).map_err(StoreError::packed(WHAT))
}
